//! The latest events of one kind of watcher, numbered, and watchers as positions among them.
//!
//! This is a broadcast whose receivers are not woken for each message: a watcher that may not send yet does not
//! listen, and catches up with one look.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::event::{Audience, Event};
use crate::http::live_figures::Viewing;

/// Events a topic holds.
const MAX_EVENTS: usize = 8_192;

/// Bytes of text a topic holds.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Events that are kept and dropped together.
const CHUNK_EVENTS: usize = 256;

/// What happened lately, for one audience.
#[derive(Debug)]
pub struct Topic {
    pub audience: Audience,
    recent: Mutex<Recent>,
    /// Number that the next event gets. Watchers wait for it to grow.
    head: watch::Sender<u64>,
}

/// The events that are still held, oldest first.
#[derive(Debug, Default)]
struct Recent {
    chunks: VecDeque<Arc<Chunk>>,
    next: u64,
    events: usize,
    bytes: usize,
}

/// Events with numbers in a row.
#[derive(Debug)]
struct Chunk {
    first: u64,
    bytes: usize,
    events: Vec<Event>,
}

/// A position in a topic.
#[derive(Debug)]
pub struct Watch {
    topic: Arc<Topic>,
    /// Number of the first event that was neither taken nor skipped.
    position: u64,
    head: watch::Receiver<u64>,
    /// By what it is counted as somebody who watches.
    viewing: Option<Viewing>,
}

/// Tells when a watch has something new.
#[derive(Debug)]
pub struct Alarm {
    position: u64,
    head: watch::Receiver<u64>,
}

/// How much one look may bring.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    pub events: usize,
    /// Of text; the first event is given even if it is larger.
    pub bytes: usize,
    /// Events that are looked at, wanted or not.
    pub looked_at: usize,
}

impl Topic {
    #[must_use]
    pub fn new(audience: Audience) -> Self {
        Self { audience, recent: Mutex::default(), head: watch::Sender::new(0) }
    }

    /// A watcher of what is published from now on.
    #[must_use]
    pub fn watch(self: Arc<Self>) -> Watch {
        let position = self.recent().next;
        let head = self.head.subscribe();
        Watch { topic: self, position, head, viewing: None }
    }

    /// Adds events, after `missed` others that nobody can be shown.
    pub fn publish(&self, missed: u64, events: Vec<Event>) {
        let next = {
            let mut recent = self.recent();
            recent.next += missed;
            recent.add(events);
            recent.next
        };
        self.head.send_if_modified(|head| std::mem::replace(head, next) != next);
    }

    /// A panic while the lock is held leaves numbers that are at worst too small: what follows is still right.
    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    fn add(&mut self, events: Vec<Event>) {
        let mut events = events.into_iter().peekable();
        while events.peek().is_some() {
            let events: Vec<_> = events.by_ref().take(CHUNK_EVENTS).collect();
            let bytes = events.iter().map(|event| event.text.len()).sum();
            self.events += events.len();
            self.bytes += bytes;
            let first = self.next;
            self.next += events.len() as u64;
            self.chunks.push_back(Arc::new(Chunk { first, bytes, events }));
        }
        while self.events > MAX_EVENTS || self.bytes > MAX_BYTES {
            let Some(oldest) = self.chunks.pop_front() else { break };
            self.events -= oldest.events.len();
            self.bytes -= oldest.bytes;
        }
    }

    /// The chunks from a position on, up to `limit` events, and the number after the last of them.
    fn since(&self, position: u64, limit: usize) -> (Vec<Arc<Chunk>>, u64) {
        let from = self.chunks.partition_point(|chunk| chunk.end() <= position);
        let mut found = Vec::new();
        let mut events = 0;
        for chunk in self.chunks.range(from..) {
            if events >= limit {
                return (found, chunk.first);
            }
            events += chunk.events.len();
            found.push(Arc::clone(chunk));
        }
        (found, self.next)
    }
}

impl Chunk {
    fn end(&self) -> u64 {
        self.first + self.events.len() as u64
    }
}

impl Watch {
    /// The same, counted as somebody who watches until it is dropped.
    #[must_use]
    pub fn counted(self, viewing: Viewing) -> Self {
        Self { viewing: Some(viewing), ..self }
    }

    /// Waits until there is something that was neither taken nor skipped. May be dropped and called again.
    pub async fn ready(&self) {
        self.alarm().rung().await;
    }

    /// Whether [`Self::ready`] would return at once.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        *self.head.borrow() > self.position
    }

    /// The same wait, for those who cannot hold on to the watch meanwhile.
    #[must_use]
    pub fn alarm(&self) -> Alarm {
        Alarm { position: self.position, head: self.head.clone() }
    }

    /// Gives the events that are next and wanted, oldest first, as far as there is room; returns how many had left
    /// the topic before they could be looked at.
    pub fn take(&mut self, room: Room, wanted: impl Fn(&Event) -> bool, give: impl FnMut(&Event)) -> u64 {
        let skipped = self.walk(room, wanted, give);
        if let Some(viewing) = self.viewing.as_ref().filter(|_| skipped > 0) {
            viewing.drop_some(skipped);
        }
        skipped
    }

    fn walk(&mut self, room: Room, wanted: impl Fn(&Event) -> bool, mut give: impl FnMut(&Event)) -> u64 {
        let (chunks, end) = self.topic.recent().since(self.position, room.looked_at);
        let (mut skipped, mut given, mut bytes, mut looked_at) = (0, 0, 0, 0);
        for chunk in chunks {
            if chunk.first > self.position {
                skipped += chunk.first - self.position;
                self.position = chunk.first;
            }
            let before = usize::try_from(self.position - chunk.first).unwrap_or(usize::MAX);
            for event in chunk.events.iter().skip(before) {
                if looked_at == room.looked_at {
                    return skipped;
                }
                if wanted(event) {
                    if given == room.events || (given > 0 && bytes + event.text.len() > room.bytes) {
                        return skipped;
                    }
                    give(event);
                    given += 1;
                    bytes += event.text.len();
                }
                looked_at += 1;
                self.position += 1;
            }
        }
        skipped += end.saturating_sub(self.position);
        self.position = self.position.max(end);
        skipped
    }

    /// Goes to the end: nothing before it is given or counted.
    pub fn forget(&mut self) {
        self.position = self.topic.recent().next;
    }
}

impl Alarm {
    /// Returns when there is something behind the position. If the topic ends first, there will never be.
    pub async fn rung(mut self) {
        if self.head.wait_for(|head| *head > self.position).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::live::event::{Facts, Form};

    const AMPLE: Room = Room { events: 10_000, bytes: 10_000_000, looked_at: 10_000 };

    fn topic() -> Arc<Topic> {
        Arc::new(Topic::new(Audience { project: None, form: Form::Own }))
    }

    fn events(numbers: std::ops::Range<usize>) -> Vec<Event> {
        numbers.map(|number| Event { facts: Facts::default(), text: number.to_string().into() }).collect()
    }

    fn take(watch: &mut Watch, room: Room) -> (Vec<usize>, u64) {
        let mut taken = Vec::new();
        let skipped = watch.take(room, |_| true, |event| taken.push(event.text.parse().unwrap()));
        (taken, skipped)
    }

    #[test]
    fn a_watcher_gets_what_comes_after_it_once_and_in_order() {
        let topic = topic();
        topic.publish(0, events(0..3));
        let mut watch = Arc::clone(&topic).watch();
        assert!(!watch.is_ready());
        topic.publish(0, events(3..600));
        topic.publish(0, events(600..601));
        assert!(watch.is_ready());
        assert_eq!(take(&mut watch, AMPLE), ((3..601).collect(), 0));
        assert_eq!(take(&mut watch, AMPLE), (vec![], 0));
        assert!(!watch.is_ready());
    }

    #[test]
    fn what_has_no_room_comes_next_time() {
        let topic = topic();
        let mut watch = Arc::clone(&topic).watch();
        topic.publish(0, events(0..1_000));
        assert_eq!(take(&mut watch, Room { events: 300, ..AMPLE }), ((0..300).collect(), 0));
        assert_eq!(take(&mut watch, Room { bytes: 7, ..AMPLE }), (vec![300, 301], 0));
        assert_eq!(take(&mut watch, Room { bytes: 1, ..AMPLE }), (vec![302], 0), "one is given however large it is");
        assert_eq!(take(&mut watch, Room { looked_at: 5, ..AMPLE }), ((303..308).collect(), 0));
        assert_eq!(take(&mut watch, AMPLE), ((308..1_000).collect(), 0));
    }

    #[test]
    fn what_was_pushed_out_is_counted() {
        let topic = topic();
        let mut watch = Arc::clone(&topic).watch();
        topic.publish(0, events(0..10_000));
        let (taken, skipped) = take(&mut watch, AMPLE);
        assert_eq!(taken.len() as u64 + skipped, 10_000);
        assert!(taken.len() <= MAX_EVENTS && taken.len() > MAX_EVENTS - 2 * CHUNK_EVENTS, "{}", taken.len());
        assert_eq!(taken.last(), Some(&9_999));
        topic.publish(7, vec![]);
        assert!(watch.is_ready());
        assert_eq!(take(&mut watch, AMPLE), (vec![], 7));
        topic.publish(2, events(0..1));
        assert_eq!(take(&mut watch, AMPLE), (vec![0], 2));
    }

    #[test]
    fn the_bytes_are_bounded() {
        let topic = topic();
        let mut watch = Arc::clone(&topic).watch();
        let large = || Event { facts: Facts::default(), text: "x".repeat(100_000).into() };
        for _ in 0..100 {
            topic.publish(0, vec![large()]);
        }
        let mut bytes = 0;
        let skipped = watch.take(AMPLE, |_| true, |event| bytes += event.text.len());
        assert!(bytes <= MAX_BYTES && bytes > MAX_BYTES / 2, "{bytes}");
        assert_eq!(skipped + (bytes / 100_000) as u64, 100);
    }

    #[test]
    fn unwanted_events_are_passed_over_without_a_word() {
        let topic = topic();
        let mut watch = Arc::clone(&topic).watch();
        topic.publish(0, events(0..100));
        let mut taken = Vec::new();
        let skipped = watch.take(AMPLE, |event| event.text.ends_with('7'), |event| taken.push(event.text.to_string()));
        assert_eq!((taken.len(), skipped), (10, 0));
        assert!(!watch.is_ready());
    }

    #[test]
    fn forgetting_goes_to_the_end() {
        let topic = topic();
        let mut watch = Arc::clone(&topic).watch();
        topic.publish(3, events(0..100));
        watch.forget();
        assert!(!watch.is_ready());
        assert_eq!(take(&mut watch, AMPLE), (vec![], 0));
    }

    #[tokio::test]
    async fn waiting_ends_when_something_comes() {
        let topic = topic();
        let watch = Arc::clone(&topic).watch();
        assert!(watch.ready().now_or_never().is_none());
        let waiting = tokio::spawn(async move {
            watch.ready().await;
            watch
        });
        topic.publish(0, events(0..1));
        let mut watch = waiting.await.unwrap();
        assert_eq!(take(&mut watch, AMPLE), (vec![0], 0));
        assert!(watch.ready().now_or_never().is_none());
    }
}

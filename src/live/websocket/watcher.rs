//! One watcher of `/live`, from its 101 to its end.

use std::time::Duration;

use actix_web::web::Data;
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, ProtocolError, Session};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::filter::Filter;
use super::message::{EventsText, Said, Told};
use super::service::{Admission, LiveService};
use crate::live::outgoing::{self, CREDENTIALS_ENDED, Gone};
use crate::live::pace::{DELIVERY, DELIVERY_GAP, RECHECK};
use crate::live::stop::Stop;
use crate::live::topic::Watch;

/// Version of the protocol.
const PROTOCOL: u8 = 1;

/// How often a watcher is asked whether it is there.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a watcher may say nothing, not even that it is there; two heartbeats.
const SILENCE_LIMIT: Duration = HEARTBEAT.saturating_mul(2);

/// Messages that are not understood before the watcher is sent away.
const MAX_BAD_MESSAGES: u32 = 3;

/// Frames that a watcher may send between two heartbeats.
const MAX_FRAMES: u32 = 200;

/// A watcher: what it wants, and what it has been given.
pub(super) struct Watcher {
    service: Data<LiveService>,
    admission: Admission,
    watch: Watch,
    session: Session,
    stop: Stop,
    /// Absent until it has said what it wants.
    filter: Option<Filter>,
    next_delivery: Instant,
    last_heard: Instant,
    bad_messages: u32,
    /// Since the last heartbeat.
    frames: u32,
}

/// How a watcher ends.
enum End {
    /// There is nobody to tell.
    Gone,
    Close(CloseCode, &'static str),
}

impl From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl Watcher {
    pub fn new(service: Data<LiveService>, admission: Admission, watch: Watch, session: Session, stop: Stop) -> Self {
        let now = Instant::now();
        Self {
            service,
            admission,
            watch,
            session,
            stop,
            filter: None,
            next_delivery: now,
            last_heard: now,
            bad_messages: 0,
            frames: 0,
        }
    }

    /// Serves the watcher until it leaves or is sent away.
    pub async fn run(mut self, mut messages: AggregatedMessageStream) {
        if let Err(End::Close(code, why)) = self.serve(&mut messages).await {
            outgoing::close(self.session, code, why).await;
        }
    }

    async fn serve(&mut self, messages: &mut AggregatedMessageStream) -> Result<(), End> {
        let mut heartbeat = every(HEARTBEAT);
        let mut recheck = every(RECHECK);
        self.tell(&Told::Hello {
            protocol: PROTOCOL,
            project: self.admission.project_uuid,
            heartbeat_s: HEARTBEAT.as_secs(),
        })
        .await?;
        loop {
            let is_subscribed = self.filter.is_some();
            let next_delivery = self.next_delivery;
            let watch = &self.watch;
            let due = async {
                sleep_until(next_delivery).await;
                watch.ready().await;
            };
            tokio::select! {
                () = self.stop.said() => return Err(End::Close(CloseCode::Away, "the server stops")),
                message = messages.recv() => self.hear(message).await?,
                () = due, if is_subscribed => self.deliver().await?,
                _ = heartbeat.tick() => self.beat().await?,
                _ = recheck.tick() => {
                    if !self.service.is_valid(&self.admission).await {
                        return Err(End::Close(CREDENTIALS_ENDED, "the token is not valid any more"));
                    }
                }
            }
        }
    }

    /// Sends what is new and wanted.
    async fn deliver(&mut self) -> Result<(), End> {
        let Some(filter) = &self.filter else { return Ok(()) };
        self.next_delivery = Instant::now() + DELIVERY_GAP;
        let mut events = EventsText::new();
        let skipped = self.watch.take(DELIVERY, |event| filter.passes(&event.facts), |event| events.push(&event.text));
        if skipped > 0 {
            self.tell(&Told::Skipped { count: skipped }).await?;
        }
        match events.text() {
            Some(text) => Ok(outgoing::send(&mut self.session, text, &mut self.stop).await?),
            None => Ok(()),
        }
    }

    async fn beat(&mut self) -> Result<(), End> {
        if self.last_heard.elapsed() >= SILENCE_LIMIT {
            return Err(End::Gone);
        }
        self.frames = 0;
        outgoing::ping(&mut self.session).await?;
        // Scripts in browsers do not see the frame.
        self.tell(&Told::Ping).await
    }

    async fn hear(&mut self, message: Option<Result<AggregatedMessage, ProtocolError>>) -> Result<(), End> {
        let message = message.ok_or(End::Gone)?.map_err(|error| broken(&error))?;
        self.last_heard = Instant::now();
        self.frames += 1;
        if self.frames > MAX_FRAMES {
            return Err(End::Close(CloseCode::Policy, "too many messages"));
        }
        match message {
            AggregatedMessage::Text(text) => self.understand(&text).await,
            AggregatedMessage::Binary(_) => Err(End::Close(CloseCode::Unsupported, "text only")),
            AggregatedMessage::Ping(bytes) => Ok(outgoing::pong(&mut self.session, &bytes).await?),
            AggregatedMessage::Pong(_) => Ok(()),
            AggregatedMessage::Close(_) => Err(End::Close(CloseCode::Normal, "")),
        }
    }

    async fn understand(&mut self, text: &str) -> Result<(), End> {
        match Said::of(text) {
            Ok(Said::Subscribe(filter)) => {
                // What came before the first subscription was not asked for.
                if self.filter.replace(filter).is_none() {
                    self.watch.forget();
                }
                self.tell(&Told::Subscribed).await
            }
            Ok(Said::Ping) => self.tell(&Told::Pong).await,
            Ok(Said::Pong) => Ok(()),
            Err(bad) => {
                self.tell(&bad.told()).await?;
                self.bad_messages += 1;
                if self.bad_messages < MAX_BAD_MESSAGES {
                    return Ok(());
                }
                Err(End::Close(CloseCode::Policy, "too many messages that are not understood"))
            }
        }
    }

    async fn tell(&mut self, told: &Told) -> Result<(), End> {
        Ok(outgoing::send(&mut self.session, told.text(), &mut self.stop).await?)
    }
}

/// What breaking the rules of the protocol is called (RFC 6455 section 7.4.1).
fn broken(error: &ProtocolError) -> End {
    match error {
        ProtocolError::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            End::Close(CloseCode::Invalid, "text must be UTF-8")
        }
        // The other errors of this kind are those of connections, where nobody hears the answer.
        ProtocolError::Overflow | ProtocolError::Io(_) => End::Close(CloseCode::Size, "the message is too large"),
        _ => End::Close(CloseCode::Protocol, "a frame breaks the rules"),
    }
}

/// Ticks that begin one period from now and are never made up for.
fn every(period: Duration) -> tokio::time::Interval {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

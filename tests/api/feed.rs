//! The feed tells exactly what was committed, after it was.

use hearth::domain::Batch;
use hearth::domain::heat::HeatBatch;
use hearth::store::feed::Committed;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use crate::installation::Hearth;
use crate::payload::{batch, click, movement, with};

fn next(hearth: &Hearth, feed: &mut Receiver<Arc<Committed>>) -> Arc<Committed> {
    hearth
        .runtime
        .block_on(async { tokio::time::timeout(std::time::Duration::from_secs(20), feed.recv()).await })
        .unwrap()
        .unwrap()
}

fn heat(committed: &Committed) -> &HeatBatch {
    let Batch::Heat(batch) = &committed.batch else { panic!("not of the heat protocol") };
    batch
}

fn ids(committed: &Committed) -> Vec<String> {
    heat(committed).events.iter().map(|event| event.event_id.to_string()).collect()
}

#[test]
fn what_is_published_is_what_was_stored_without_what_was_there() {
    let hearth = Hearth::start();
    let mut feed = hearth.store().feed().watch();
    hearth.ingest(&batch("s1", &[click("a", 0), click("a", 0), click("b", 1)])).ok();
    let first = next(&hearth, &mut feed);
    assert_eq!((ids(&first), first.receipt.duplicates), (vec!["a".to_owned(), "b".to_owned()], 1));
    assert_eq!(first.receipt.project.unwrap().uuid.to_string(), hearth.project.id);

    hearth.ingest(&batch("s1", &[click("b", 1), click("c", 2), movement("empty", 3, &[])])).ok();
    let second = next(&hearth, &mut feed);
    assert_eq!(ids(&second), ["c"], "neither what is known nor what has no rows");
    assert_eq!(heat(&second).texts.get(heat(&second).events[0].path), "/shop");
}

#[test]
fn what_is_published_can_be_read_at_once() {
    let hearth = Hearth::start();
    let mut feed = hearth.store().feed().watch();
    for n in 0..20 {
        let session = format!("s{n}");
        // The sender is answered on another connection meanwhile; the feed is not told before the commit.
        std::thread::scope(|scope| {
            scope.spawn(|| hearth.ingest(&batch(&session, &[click("a", 0)])).ok());
            let committed = next(&hearth, &mut feed);
            let stored = hearth
                .store()
                .read(|file| Ok(file.query_row("SELECT COUNT(*) FROM heat_event", [], |row| row.get::<_, i64>(0))?));
            assert_eq!((stored.unwrap(), heat(&committed).session.external_id.to_string()), (n + 1, session.clone()));
        });
    }
}

#[test]
fn what_was_refused_is_not_published() {
    let hearth = Hearth::with(&["heat.auto_create_projects=true", "heat.max_projects=1"]);
    let mut feed = hearth.store().feed().watch();
    let stranger = crate::client::Request::ingest("stranger", batch("s", &[click("a", 0)]).to_string());
    hearth.send(&stranger).refused(403, "project_limit");
    hearth.ingest(&with(batch("s", &[click("a", 0)]), &json!({"user": 1}))).refused(400, "invalid_payload");
    assert!(matches!(feed.try_recv(), Err(TryRecvError::Empty)));
}

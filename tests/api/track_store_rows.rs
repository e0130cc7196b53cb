//! What becomes of app events beside the event itself: sessions, touches, traits, pairings, what stays away.

use hearth::domain::track::{
    Conversion, EventKind, IdentifierKind, Pairing, PairingKind, QuarantineReason, Quarantined, Statement, TrackBatch,
    TrackEvent,
};
use hearth::domain::{Batch, Receipt};
use hearth::store::{StoreError, migrate, track::suppressions};

use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::track_store_file::{
    TrackFile, batch, event, event_of_anonymous, event_of_user, fact, identifier, same, tie, touch,
};

fn in_session(id: &str, time_ms: i64, kind: EventKind) -> TrackEvent {
    TrackEvent { session: Some("s".into()), time_ms, kind, ..event(id) }
}

#[test]
fn marks_and_hidden_events_make_no_session() {
    let mut file = TrackFile::new();
    let counted = "SELECT JSON_ARRAY(started_ms, ended_ms, event_count, page_view_count) FROM track_session WHERE event_count > 0";
    let hidden = TrackEvent { is_hidden: true, ..in_session("b", NOW_MS + 9, EventKind::Other) };
    file.write_events(vec![in_session("a", NOW_MS - 9, EventKind::SessionMark), hidden]);
    assert_eq!(file.texts(counted), [""; 0]);
    assert_eq!(file.number("SELECT COUNT(*) FROM track_event JOIN track_session AS s ON s.id = session_id"), 2);

    file.restart();
    file.write_events(vec![
        in_session("c", NOW_MS + 1, EventKind::PageView),
        in_session("d", NOW_MS, EventKind::Other),
    ]);
    file.restart();
    file.write_events(vec![in_session("e", NOW_MS + 2, EventKind::PageView)]);
    assert_eq!(file.texts(counted), [format!("[{NOW_MS},{},3,2]", NOW_MS + 2)]);
}

#[test]
fn a_touch_told_again_is_one_row_and_another_session_is_another() {
    let mut file = TrackFile::new();
    let told = |id: &str, session: Option<&str>, time_ms: i64, captured_ms: i64, page: &str| TrackEvent {
        session: session.map(Into::into),
        time_ms,
        touch: Some(Box::new(hearth::domain::track::Touch {
            landing_page: Some(page.into()),
            ..touch(1, captured_ms)
        })),
        ..event_of_user(id, "u")
    };
    file.write_events(vec![
        told("a", Some("s1"), NOW_MS, NOW_MS - 10, "/second"),
        told("b", Some("s1"), NOW_MS + 5, NOW_MS - 10, "/second"),
        told("c", Some("s1"), NOW_MS - 5, NOW_MS - 20, "/first"),
        told("d", Some("s2"), NOW_MS, NOW_MS - 10, "/second"),
        // Without a session, an hour holds them together.
        told("e", None, NOW_MS, NOW_MS - 10, "/"),
        told("f", None, NOW_MS + 1, NOW_MS - 10, "/"),
        told("g", None, NOW_MS + 3_600_000, NOW_MS - 10, "/"),
    ]);
    let rows = "SELECT JSON_ARRAY(first_ms - 1795168800000, captured_ms - 1795168800000, last_captured_ms - 1795168800000, \
                landing_page) FROM track_touch ORDER BY session_key DESC";
    assert_eq!(
        file.texts(rows),
        ["[0,-10,-10,\"/second\"]", "[-5,-20,-10,\"/first\"]", "[0,-10,-10,\"/\"]", "[3600000,-10,-10,\"/\"]"]
    );
}

#[test]
fn traits_are_those_said_last_and_every_address_is_kept() {
    let mut file = TrackFile::new();
    let said = |id: &str, time_ms: i64, traits| TrackEvent { time_ms, traits, ..event_of_user(id, "u") };
    file.write_events(vec![
        said("a", NOW_MS + 1, vec![fact("plan", "\"pro\""), fact("email", "\" New@B.co \"")]),
        said("b", NOW_MS, vec![fact("plan", "\"free\""), fact("email", "\"OLD@b.co\""), fact("age", "7")]),
        said("c", NOW_MS, vec![fact("email", "null")]),
        TrackEvent { traits: vec![fact("email", "\"nobody@b.co\"")], ..event_of_anonymous("d", "a") },
    ]);
    let traits = file.texts("SELECT key || value FROM track_trait ORDER BY key");
    assert_eq!(traits, ["age7", "email\" New@B.co \"", "plan\"pro\""]);
    assert_eq!(file.texts("SELECT email FROM track_email ORDER BY 1"), ["new@b.co", "old@b.co"]);
}

#[test]
fn a_signal_leaves_its_pairing_and_no_event() {
    let mut file = TrackFile::new();
    let signal = |id: &str, time_ms: i64| TrackEvent {
        kind: EventKind::Signal,
        session: Some("s".into()),
        device: Some("d".into()),
        time_ms,
        pairing: Some(Pairing { kind: PairingKind::ShopifyCart, value: "cart".into() }),
        ..event_of_anonymous(id, "a")
    };
    let mut sent = batch(vec![signal("x", NOW_MS), signal("y", NOW_MS - 1), signal("y", NOW_MS - 1)]);
    assert_eq!(file.write(&mut sent), Receipt::default());
    assert!(sent.events.iter().all(|event| event.seq == 0));
    for table in ["track_event", "track_session", "track_key", "dictionary"] {
        assert_eq!(file.count(table), 0, "{table}");
    }
    assert_eq!(file.number("SELECT time_ms FROM track_pairing"), NOW_MS);
    assert_eq!(file.texts("SELECT value FROM track_identifier"), ["a"]);
    assert_eq!(file.number("SELECT COUNT(*) FROM track_identifier WHERE is_person = 1"), 0);
}

#[test]
fn side_rows_name_their_event() {
    let mut file = TrackFile::new();
    let conversion = Conversion { is_revenue: true, amount_micros: Some(-49_990_000), currency: "EUR".into() };
    let matched = Statement::WebMatch { anonymous: "browser".into() };
    let own = Statement::WebMatch { anonymous: "app".into() };
    file.write_events(vec![
        TrackEvent { conversion: Some(conversion), ..event_of_user("a", "u") },
        TrackEvent { kind: EventKind::DownloadClick, ..event("b") },
        TrackEvent { statements: vec![matched.clone()], ..event_of_anonymous("c", "app") },
        TrackEvent { statements: vec![matched.clone(), own], time_ms: NOW_MS - 1, ..event_of_anonymous("d", "app") },
        TrackEvent { statements: vec![matched], ..event("of nobody") },
    ]);
    file.write(&mut TrackBatch {
        address_hash: None,
        ..batch(vec![TrackEvent { kind: EventKind::DownloadClick, ..event("from nowhere") }])
    });
    let converted = "SELECT JSON_ARRAY(seq, amount_micros, is_revenue) FROM track_conversion";
    assert_eq!(file.texts(converted), ["[1,-49990000,1]"]);
    assert_eq!(
        file.texts("SELECT seq || HEX(address_hash) FROM track_download_click"),
        [format!("2{}", "07".repeat(16))]
    );
    assert_eq!(file.texts("SELECT 'at ' || time_ms FROM track_web_match"), [format!("at {}", NOW_MS - 1)]);
}

#[test]
fn the_newest_of_the_quarantine_are_kept_and_all_are_counted() {
    let mut file = TrackFile::new();
    let mut number = 0;
    let mut quarantine = |file: &mut TrackFile, project: i64, count: usize, max_quarantined: u32| {
        let part = |_| {
            number += 1;
            Quarantined { reason: QuarantineReason::NoName, body: number.to_string().into() }
        };
        let project = hearth::domain::id::ProjectId(project);
        let quarantined = (0..count).map(part).collect();
        file.write(&mut TrackBatch { project, quarantined, max_quarantined, ..batch(Vec::new()) });
    };
    quarantine(&mut file, 1, 2, 3);
    quarantine(&mut file, 2, 1, 3);
    quarantine(&mut file, 1, 2, 3);
    let kept = "SELECT GROUP_CONCAT(body ORDER BY id) FROM track_quarantine GROUP BY project_id ORDER BY project_id";
    assert_eq!(file.texts(kept), ["2,4,5", "3"]);
    quarantine(&mut file, 1, 5, 0);
    assert_eq!(file.texts(kept), ["3"]);
    let counted = "SELECT project_id || ':' || count FROM track_quarantine_count ORDER BY 1";
    assert_eq!(file.texts(counted), ["1:9", "2:1"]);
}

#[test]
fn what_an_erased_person_did_before_stays_away() {
    let tied = |from: IdentifierKind| Statement::Tie {
        from: identifier(from, "erased"),
        to: identifier(IdentifierKind::User, "u"),
    };
    let says = |statement: Statement| TrackEvent { statements: vec![statement], ..event("e") };
    let cases = [
        (IdentifierKind::User, event_of_user("e", "erased")),
        (IdentifierKind::Anonymous, event_of_anonymous("e", "erased")),
        (IdentifierKind::Anonymous, TrackEvent { user: Some("u".into()), ..event_of_anonymous("e", "erased") }),
        (IdentifierKind::Device, TrackEvent { device: Some("erased".into()), ..event("e") }),
        (IdentifierKind::External, says(tied(IdentifierKind::External))),
        (IdentifierKind::Device, says(tied(IdentifierKind::Device))),
        (IdentifierKind::User, says(tie("a", "erased"))),
        (IdentifierKind::User, says(same("erased", "u"))),
        (IdentifierKind::User, says(same("u", "erased"))),
        (IdentifierKind::User, says(Statement::Proven { user: "erased".into() })),
        (IdentifierKind::Anonymous, says(Statement::WebMatch { anonymous: "erased".into() })),
    ];
    for (kind, event) in cases {
        // Who is erased (project, kind, id), when the event was, whether it stays away.
        for (project, erased_kind, value, time_ms, stays_away) in [
            (1, kind, "erased", NOW_MS, true),
            (1, kind, "erased", NOW_MS - 1_000_000, true),
            (1, kind, "erased", NOW_MS + 1, false),
            (1, kind, "Erased", NOW_MS, false),
            (2, kind, "erased", NOW_MS, false),
            (1, IdentifierKind::ALL[(usize::from(kind.code()) + 2) % 4], "erased", NOW_MS, false),
        ] {
            let mut file = TrackFile::new();
            // The writer has looked: nobody is erased.
            file.write_events(vec![event_of_user("before", "other")]);
            let before = file.rows();
            let secret = migrate::install_secret(&file.connection).unwrap();
            let insert = "INSERT INTO track_suppression (project_id, kind, hash, erased_at_ms) VALUES (?1, ?2, ?3, ?4)";
            let hash = suppressions::hash(&secret, erased_kind, value);
            file.connection.execute(insert, (project, erased_kind.code(), hash, NOW_MS)).unwrap();
            file.writer.forget();
            let mut sent = batch(vec![TrackEvent { time_ms, ..event.clone() }]);
            assert_eq!(file.write(&mut sent).duplicates, 0);
            assert_eq!(sent.events[0].seq == 0, stays_away, "{kind:?} {event:?} {project} {erased_kind:?} {time_ms}");
            assert_eq!(file.rows() == before, stays_away);
        }
    }
}

#[test]
fn a_number_is_never_given_twice() {
    let mut file = TrackFile::new();
    file.write_events(vec![event("a"), event("b")]);
    file.connection.execute("DELETE FROM track_event WHERE seq = 2", []).unwrap();
    file.restart();
    let mut sent = batch(vec![event("c")]);
    file.write(&mut sent);
    assert_eq!(sent.events[0].seq, 3);
}

/// Sends a batch the whole way.
fn submit(hearth: &Hearth, batch: TrackBatch) -> Result<Receipt, StoreError> {
    hearth.runtime.block_on(hearth.store().submit(Batch::Track(Box::new(batch))))
}

#[test]
fn nothing_of_a_failed_batch_stays() {
    let hearth = Hearth::start();
    let trigger = "CREATE TRIGGER poison BEFORE INSERT ON track_event WHEN NEW.event_id = 'poison' \
                   BEGIN SELECT RAISE(ABORT, 'poisoned'); END";
    hearth.file().execute_batch(trigger).unwrap();
    let whole = |id: &str| TrackEvent {
        session: Some("s".into()),
        device: Some("d".into()),
        touch: Some(Box::new(touch(1, NOW_MS))),
        statements: vec![tie("a", "u"), same("old", "u")],
        traits: vec![fact("email", "\"a@b.co\"")],
        pairing: Some(Pairing { kind: PairingKind::ShopifyCart, value: "cart".into() }),
        conversion: Some(Conversion { is_revenue: false, amount_micros: None, currency: "USD".into() }),
        kind: EventKind::DownloadClick,
        user: Some("u".into()),
        ..event_of_anonymous(id, "a")
    };
    let tables = [
        "dictionary",
        "track_identifier",
        "track_tie",
        "track_tied",
        "track_alias",
        "track_trait",
        "track_email",
        "track_session",
        "track_event",
        "track_key",
        "track_touch",
        "track_conversion",
        "track_pairing",
        "track_download_click",
        "track_quarantine",
        "track_quarantine_count",
    ];
    let counts = || tables.map(|table| hearth.count_rows(table));
    let quarantined = vec![Quarantined { reason: QuarantineReason::TooDeep, body: "[]".into() }];
    let refused = TrackBatch { quarantined, ..batch(vec![whole("e"), event("poison")]) };
    let before = counts();
    submit(&hearth, refused.clone()).unwrap_err();
    assert_eq!(counts(), before);

    // It is no duplicate now, and all that it needs is written again.
    let receipt = submit(&hearth, TrackBatch { events: vec![whole("e")], ..refused }).unwrap();
    assert_eq!(receipt.duplicates, 0);
    let after = counts();
    let missing: Vec<_> =
        tables.iter().zip(before.iter().zip(after)).filter(|(_, (before, after))| *before == after).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(submit(&hearth, batch(vec![whole("e")])).unwrap().duplicates, 1);
}

#[test]
fn ids_are_remembered_over_a_restart() {
    let mut hearth = Hearth::start();
    let whole = || TrackEvent { session: Some("s".into()), ..event_of_user("e", "u") };
    submit(&hearth, batch(vec![whole()])).unwrap();
    hearth.restart();
    assert_eq!(submit(&hearth, batch(vec![whole()])).unwrap().duplicates, 1);
    let other = TrackEvent { id: Some("f".into()), ..whole() };
    assert_eq!(submit(&hearth, batch(vec![other])).unwrap().duplicates, 0);
    let of_one = ["track_identifier", "track_session"].map(|table| hearth.count_rows(table));
    assert_eq!((of_one, hearth.count_rows("track_event")), ([1, 1], 2));
}

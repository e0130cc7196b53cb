//! Who is who, as apps have said it. Each line becomes a signal: what it says is kept, and no event.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Reason;
use super::events::batch;
use crate::domain::Batch;
use crate::domain::country::Country;
use crate::domain::id::ProjectId;
use crate::domain::track::{EventKind, Identifier, IdentifierKind, Pairing, PairingKind, Statement, TrackEvent, Trait};

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum IdentityLine {
    Identifier {
        kind: Box<str>,
        id: Box<str>,
        is_proven: bool,
    },
    Tie {
        from_kind: Box<str>,
        from_id: Box<str>,
        to_kind: Box<str>,
        to_id: Box<str>,
        time_ms: i64,
    },
    Alias {
        absorbed_user_id: Box<str>,
        user_id: Box<str>,
        time_ms: i64,
    },
    WebMatch {
        kind: Box<str>,
        id: Box<str>,
        anonymous_id: Box<str>,
        time_ms: i64,
    },
    Trait {
        user_id: Box<str>,
        key: Box<str>,
        time_ms: i64,
    },
    Email {
        user_id: Box<str>,
        email: Box<str>,
    },
    Pairing {
        pairing: Box<str>,
        value: Box<str>,
        kind: Box<str>,
        id: Box<str>,
        anonymous_id: Option<Box<str>>,
        time_ms: i64,
    },
}

/// A trait's value as it was written: a tagged line would take it apart and write it anew.
#[derive(Deserialize)]
struct TraitValue<'a> {
    #[serde(borrow)]
    value: &'a RawValue,
}

/// A batch of one signal.
pub(super) fn read(text: &str, project: ProjectId) -> Result<Batch, Reason> {
    let line: IdentityLine = serde_json::from_str(text).map_err(|_| "it is no line as an export writes it")?;
    let mut event = signal();
    match line {
        IdentityLine::Identifier { kind, id, is_proven } => {
            let known = identifier(&kind, id)?;
            event.statements.push(if is_proven && known.kind == IdentifierKind::User {
                Statement::Proven { user: known.value }
            } else {
                // A tie with itself ties nothing, but the id has been met.
                Statement::Tie { from: known.clone(), to: known }
            });
        }
        IdentityLine::Tie { from_kind, from_id, to_kind, to_id, time_ms } => {
            event.time_ms = time_ms;
            let (from, to) = (identifier(&from_kind, from_id)?, identifier(&to_kind, to_id)?);
            event.statements.push(Statement::Tie { from, to });
        }
        IdentityLine::Alias { absorbed_user_id, user_id, time_ms } => {
            event.time_ms = time_ms;
            event.statements.push(Statement::Same { survivor: user_id, absorbed: absorbed_user_id });
        }
        IdentityLine::WebMatch { kind, id, anonymous_id, time_ms } => {
            event.time_ms = time_ms;
            owned_by(&mut event, &kind, id)?;
            event.statements.push(Statement::WebMatch { anonymous: anonymous_id });
        }
        IdentityLine::Trait { user_id, key, time_ms } => {
            event.time_ms = time_ms;
            event.user = Some(user_id);
            let value: TraitValue<'_> =
                serde_json::from_str(text).map_err(|_| "it is no line as an export writes it")?;
            event.traits.push(Trait { key, value: value.value.get().into() });
        }
        IdentityLine::Email { user_id, email } => {
            // As early as can be: it is not what was said last.
            event.user = Some(user_id);
            let value = serde_json::Value::from(&*email).to_string().into();
            event.traits.push(Trait { key: "email".into(), value });
        }
        IdentityLine::Pairing { pairing, value, kind, id, anonymous_id, time_ms } => {
            event.time_ms = time_ms;
            event.anonymous = anonymous_id;
            owned_by(&mut event, &kind, id)?;
            let kind = PairingKind::from_name(&pairing).ok_or("there is no such pairing")?;
            event.pairing = Some(Pairing { kind, value });
        }
    }
    Ok(batch(project, 0, None, Country::UNKNOWN, event))
}

fn signal() -> TrackEvent {
    TrackEvent {
        seq: 0,
        id: None,
        name: "".into(),
        kind: EventKind::Signal,
        time_ms: 0,
        client_time: None,
        channel: "".into(),
        library: None,
        library_version: None,
        user: None,
        anonymous: None,
        device: None,
        session: None,
        may_advertise: true,
        is_hidden: true,
        properties: "{}".into(),
        context: None,
        touch: None,
        conversion: None,
        statements: Vec::new(),
        traits: Vec::new(),
        pairing: None,
    }
}

fn identifier(kind: &str, value: Box<str>) -> Result<Identifier, Reason> {
    let kind = IdentifierKind::from_name(kind).ok_or("there is no such kind of id")?;
    Ok(Identifier { kind, value })
}

fn owned_by(event: &mut TrackEvent, kind: &str, id: Box<str>) -> Result<(), Reason> {
    match IdentifierKind::from_name(kind) {
        Some(IdentifierKind::User) => event.user = Some(id),
        Some(IdentifierKind::Anonymous) => event.anonymous = Some(id),
        _ => return Err("it is nobody's"),
    }
    Ok(())
}

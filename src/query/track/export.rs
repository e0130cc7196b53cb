//! Everything that is kept about a person, as rows: what an export is made of.
//!
//! Columns of the statements say by their names how they are written: `properties:json` is the member `properties`, whose
//! text is JSON already.

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row, params};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::domain::id::ClientId;
use crate::domain::track::{EventKind, IdentifierKind, PairingKind};
use crate::store::StoreError;
use crate::store::pack::Damaged;

/// One kind of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Traits,
    Emails,
    Ties,
    Aliases,
    WebMatches,
    Events,
    Sessions,
    Touches,
    Conversions,
    Pairings,
    DownloadClicks,
    HeatUsers,
    RequestUsers,
}

/// Whose rows, and of when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// Row id: of an identifier, or of a user of browsers' events or requests.
    pub id: i64,
    pub from_ms: i64,
    /// Inclusive.
    pub to_ms: i64,
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Place(Value, Value);

/// Some rows, each a JSON object.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub objects: Vec<String>,
    /// Where the next page begins; absent on the last one.
    pub next: Option<Place>,
}

/// The first two columns of each statement are the place of the row in their order; the statements take row id, first and
/// last time, the place of the row before, and how many are wanted.
impl Section {
    fn sql(self) -> &'static str {
        match self {
            Self::Traits => include_str!("export/traits.sql"),
            Self::Emails => include_str!("export/emails.sql"),
            Self::Ties => include_str!("export/ties.sql"),
            Self::Aliases => include_str!("export/aliases.sql"),
            Self::WebMatches => include_str!("export/web_matches.sql"),
            Self::Events => include_str!("export/events.sql"),
            Self::Sessions => include_str!("export/sessions.sql"),
            Self::Touches => include_str!("export/touches.sql"),
            Self::Conversions => include_str!("export/conversions.sql"),
            Self::Pairings => include_str!("export/pairings.sql"),
            Self::DownloadClicks => include_str!("export/download_clicks.sql"),
            Self::HeatUsers => include_str!("export/heat_users.sql"),
            Self::RequestUsers => include_str!("export/request_users.sql"),
        }
    }
}

/// The rows of a section behind a place.
pub fn page(
    connection: &Connection,
    section: Section,
    owner: Owner,
    after: Option<Place>,
    limit: usize,
) -> Result<Page, StoreError> {
    let Place(first, second) = after.unwrap_or(Place(Value::Null, Value::Null));
    let mut statement = connection.prepare_cached(section.sql())?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query(params![owner.id, owner.from_ms, owner.to_ms, first, second, limit])?;
    let mut page = Page { objects: Vec::with_capacity(limit), next: None };
    while let Some(row) = rows.next()? {
        page.next = Some(Place(row.get(0)?, row.get(1)?));
        page.objects.push(object(row, &names)?);
    }
    if page.objects.len() < limit {
        page.next = None;
    }
    Ok(page)
}

/// Row ids of the users by whom browsers' events (`heat_user`) know the person, and of those who made requests.
pub fn users_of_others(connection: &Connection, project: i64, user: &str) -> Result<[Option<i64>; 2], StoreError> {
    let ask = |sql| {
        let mut find = connection.prepare_cached(sql)?;
        let mut rows = find.query(params![project, user])?;
        rows.next()?.map(|row| row.get(0)).transpose()
    };
    Ok([
        ask("SELECT id FROM heat_user WHERE project_id = ?1 AND external_id = ?2")?,
        ask("SELECT id FROM traffic_user WHERE project_id = ?1 AND external_id = ?2")?,
    ])
}

/// Row ids of sessions in which a user of browsers' events was identified, behind one of them.
pub fn heat_sessions(connection: &Connection, user: i64, after: i64, limit: usize) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("export/heat_sessions.sql"))?;
    Ok(statement.query_map(params![user, after, limit], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// By what its browser calls a session.
pub fn heat_session_name(connection: &Connection, session: i64) -> Result<ClientId, StoreError> {
    let mut find = connection.prepare_cached("SELECT external_id FROM heat_session WHERE id = ?1")?;
    Ok(find.query_row([session], |row| row.get(0))?)
}

/// Whether somebody else was identified in a session, too.
pub fn heat_session_is_shared(connection: &Connection, session: i64, user: i64) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(include_str!("export/heat_session_is_shared.sql"))?.exists([session, user])?)
}

/// Whose requests are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requester {
    User(i64),
    /// Of those in a session that have nobody's name on them.
    Session(i64),
}

/// A request's place in the order of time, and its row id.
pub type RequestPlace = (i64, i64);

/// Requests in the order of time, behind one of them.
pub fn requests(
    connection: &Connection,
    requester: Requester,
    after: RequestPlace,
    limit: usize,
) -> Result<Vec<RequestPlace>, StoreError> {
    let (sql, id) = match requester {
        Requester::User(id) => (include_str!("export/requests_of_user.sql"), id),
        Requester::Session(id) => (include_str!("export/requests_of_session.sql"), id),
    };
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![id, after.0, after.1, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Row ids of the sessions of a user's requests that are nobody else's, too.
pub fn request_sessions(connection: &Connection, user: i64) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("export/request_sessions.sql"))?;
    Ok(statement.query_map([user], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// A row as a JSON object, without its place.
fn object(row: &Row<'_>, names: &[String]) -> Result<String, StoreError> {
    let mut text = String::from("{");
    for (at, name) in names.iter().enumerate().skip(2) {
        let (name, form) = name.split_once(':').unwrap_or((name, ""));
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&quoted(name));
        text.push(':');
        text.push_str(&member(row.get_ref(at)?, form)?);
    }
    text.push('}');
    Ok(text)
}

/// A value in its form.
fn member(value: ValueRef<'_>, form: &str) -> Result<String, StoreError> {
    let code = |value: ValueRef<'_>| value.as_i64().ok().and_then(|code| u8::try_from(code).ok()).ok_or(Damaged);
    Ok(match (value, form) {
        (ValueRef::Null, _) => "null".to_owned(),
        (ValueRef::Integer(flag), "bool") => (flag != 0).to_string(),
        (ValueRef::Integer(millionths), "amount") => amount(millionths),
        (code_of, "event_kind") => quoted(EventKind::from_code(code(code_of)?).name()),
        (code_of, "identifier_kind") => {
            quoted(IdentifierKind::from_code(code(code_of)?).map_or("unknown", IdentifierKind::name))
        }
        (code_of, "pairing_kind") => {
            let code = code(code_of)?;
            quoted(PairingKind::ALL.into_iter().find(|kind| kind.code() == code).map_or("unknown", PairingKind::name))
        }
        (ValueRef::Integer(number), _) => number.to_string(),
        (ValueRef::Real(number), _) => serde_json::to_string(&number).unwrap_or_default(),
        (ValueRef::Text(text), form) => {
            let text = std::str::from_utf8(text).map_err(|_| Damaged)?;
            match form {
                // Only a damaged file has something else.
                "json" if serde_json::from_str::<&RawValue>(text).is_ok() => text.to_owned(),
                _ => quoted(text),
            }
        }
        (ValueRef::Blob(bytes), _) => quoted(&match <[u8; 16]>::try_from(bytes) {
            Ok(uuid) if form == "uuid" => Uuid::from_bytes(uuid).to_string(),
            _ => hexadecimal(bytes),
        }),
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])).collect()
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// Millionths as a decimal number, exactly.
fn amount(millionths: i64) -> String {
    let (sign, size) = (if millionths < 0 { "-" } else { "" }, millionths.unsigned_abs());
    let text = format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        for (millionths, expected) in [
            (49_990_000, "49.99"),
            (5_000_000, "5"),
            (0, "0"),
            (-1, "-0.000001"),
            (100_000_000_000_000, "100000000"),
            (i64::MIN, "-9223372036854.775808"),
        ] {
            assert_eq!(amount(millionths), expected);
        }
    }

    #[test]
    fn every_statement_fits_the_schema() {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = Connection::open(directory.path().join("file.db")).unwrap();
        crate::store::migrate::migrate(&mut connection, 0).unwrap();
        for section in [
            Section::Traits,
            Section::Emails,
            Section::Ties,
            Section::Aliases,
            Section::WebMatches,
            Section::Events,
            Section::Sessions,
            Section::Touches,
            Section::Conversions,
            Section::Pairings,
            Section::DownloadClicks,
            Section::HeatUsers,
            Section::RequestUsers,
        ] {
            let owner = Owner { id: 1, from_ms: i64::MIN, to_ms: i64::MAX };
            let nothing = Page { objects: Vec::new(), next: None };
            assert_eq!(page(&connection, section, owner, None, 10).unwrap(), nothing, "{section:?}");
            let plan: String = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {}", section.sql()))
                .unwrap()
                .query_map(params![1, 0, 1, Value::Null, Value::Null, 10], |row| row.get::<_, String>(3))
                .unwrap()
                .collect::<Result<Vec<_>, _>>()
                .unwrap()
                .join("\n");
            assert!(
                !plan.contains("SCAN track") && !plan.contains("SCAN heat") && !plan.contains("SCAN traffic"),
                "{plan}"
            );
        }
    }
}

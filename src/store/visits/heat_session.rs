//! The visits of a browser's session, from its heat events.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use super::places::{Arrival, Places};
use super::signs::{Sign, What, split, sum};
use super::visit::Visit;
use crate::domain::arrival::{Campaign, parted};
use crate::domain::country::Country;
use crate::domain::heat::Kind;
use crate::domain::id::ProjectId;
use crate::domain::visit::{EARLIEST_MS, FUTURE_MS, VisitSource};
use crate::store::StoreError;
use crate::store::dictionary::{TextHash, text};
use crate::store::pack::Damaged;
use crate::store::value::Number;

/// Rows of a session that are looked at; a browser does not send so many.
pub(super) const MAX_ROWS: usize = 200_000;

/// What a session made of its visits.
#[derive(Debug, Default)]
pub struct Made {
    pub visits: Vec<Visit>,
    /// How many rows were read for it.
    pub row_count: usize,
}

/// What the session says.
struct Session {
    id: i64,
    project: ProjectId,
    user: Option<i64>,
    user_agent: Option<i64>,
    address_hash: Option<Vec<u8>>,
    received_at_ms: i64,
    country: Country,
}

/// Where a sign came from.
struct Source {
    path: i64,
    meta: i64,
    target: Option<i64>,
}

/// Makes the visits of a session; none if it is gone.
pub fn visits(connection: &Connection, places: &mut Places, hash: TextHash, session: i64) -> Result<Made, StoreError> {
    let Some(session) = find(connection, session)? else { return Ok(Made::default()) };
    let (signs, sources) = read(connection, places, &session)?;
    let agent = places.agent(connection, session.user_agent)?;
    let mut visits = Vec::new();
    for range in split(&signs) {
        let signs = &signs[range];
        let sum = sum(signs);
        let begun_by = signs.get(sum.first_view.unwrap_or_default()).and_then(|sign| sources.get(sign.more));
        let arrival = begun_by.map(|source| arrival(connection, source)).transpose()?.unwrap_or_default();
        let (channel, mut told) = places.arrival(connection, &arrival, agent)?;
        (told.entry, told.exit) = (sum.entry, sum.exit);
        let user = signs.iter().rev().find_map(|sign| sign.user).or(session.user);
        let (Some(first), Some(last)) = (signs.first(), signs.last()) else { continue };
        visits.push(Visit {
            project: session.project,
            started_ms: first.at_ms,
            source: VisitSource::Browser,
            session: session.id,
            ended_ms: last.at_ms,
            visitor: visitor(connection, hash, &session, user)?,
            user,
            channel,
            device: agent.device,
            country: session.country,
            told,
            view_count: sum.view_count,
            event_count: sum.event_count,
            marks: sum.marks,
        });
    }
    Ok(Made { visits, row_count: signs.len() })
}

fn find(connection: &Connection, session: i64) -> Result<Option<Session>, StoreError> {
    let found = connection.prepare_cached(include_str!("heat_session.sql"))?.query_row([session], |row| {
        Ok(Session {
            id: session,
            project: ProjectId(row.get(0)?),
            user: row.get(1)?,
            user_agent: row.get(2)?,
            address_hash: row.get(3)?,
            received_at_ms: row.get(4)?,
            country: Country::from_number(row.get(5)?),
        })
    });
    Ok(found.optional()?)
}

/// The session's events in the order of their time, as far as that is believed.
fn read(
    connection: &Connection,
    places: &mut Places,
    session: &Session,
) -> Result<(Vec<Sign>, Vec<Source>), StoreError> {
    let (mut signs, mut sources) = (Vec::new(), Vec::<Source>::new());
    let mut statement = connection.prepare_cached(include_str!("heat_signs.sql"))?;
    let mut rows = statement.query(params![session.id, EARLIEST_MS, MAX_ROWS])?;
    while let Some(row) = rows.next()? {
        let at_ms = whole_ms(row.get::<_, Number>(0)?);
        let received_ms = session.received_at_ms.saturating_add(row.get(1)?);
        if at_ms > received_ms.saturating_add(FUTURE_MS) {
            continue;
        }
        let source = Source { path: row.get(3)?, meta: row.get(4)?, target: row.get(6)? };
        let page = places.path(connection, source.path)?.id;
        let what = match (Kind::from_number(row.get(2)?).ok_or(Damaged)?, source.target) {
            (Kind::Pageview, _) => What::View(page),
            (Kind::Custom, Some(name)) => What::Event(name),
            _ => What::Life(Some(page)),
        };
        signs.push(Sign { at_ms, what, user: row.get(5)?, more: sources.len() });
        sources.push(source);
    }
    Ok((signs, sources))
}

/// What brought the visit: what our tracker says in `meta`, else the queries of the path and of the page viewed.
fn arrival(connection: &Connection, source: &Source) -> Result<Arrival, rusqlite::Error> {
    let context: Value = serde_json::from_str(&text(connection, source.meta)?).unwrap_or_default();
    let meta = &context["meta"];
    let said = |key: &str| meta[key].as_str().filter(|text| !text.is_empty());
    let of_query = |query: &str| Some(Campaign::of_query(query)).filter(|campaign| !campaign.is_empty());
    let mut campaign = said("query").and_then(|query| of_query(query.trim_start_matches('?')));
    campaign = campaign.or_else(|| of_query(&utm_query(&meta["utm"])));
    if campaign.is_none() {
        campaign = parted(&text(connection, source.path)?).1.and_then(of_query);
    }
    if let (None, Some(target)) = (&campaign, source.target) {
        campaign = parted(&text(connection, target)?).1.and_then(of_query);
    }
    Ok(Arrival {
        campaign: campaign.unwrap_or_default(),
        host: said("host").map(str::to_owned),
        referrer: said("referrer").map(str::to_owned),
    })
}

/// `{"source": "x"}`, also under the full names, as a query.
fn utm_query(utm: &Value) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (key, value) in utm.as_object().into_iter().flatten() {
        if let Some(value) = value.as_str() {
            query.append_pair(&format!("utm_{}", key.trim_start_matches("utm_")), value);
        }
    }
    query.finish()
}

/// Who it is: the user if one is known; else whoever has the address and the browser today; else the session alone.
fn visitor(
    connection: &Connection,
    hash: TextHash,
    session: &Session,
    user: Option<i64>,
) -> Result<i64, rusqlite::Error> {
    if let Some(user) = user {
        let external: Option<String> = connection
            .prepare_cached("SELECT external_id FROM heat_user WHERE id = ?1")?
            .query_row([user], |row| row.get(0))
            .optional()?;
        if let Some(external) = external {
            return Ok(hash.hash(&format!("user:{external}")));
        }
    }
    let name = match &session.address_hash {
        Some(address) => format!("address:{address:x?}:{}", session.user_agent.unwrap_or_default()),
        None => format!("heat_session:{}", session.id),
    };
    Ok(hash.hash(&name))
}

#[expect(clippy::cast_possible_truncation, reason = "saturates, as wanted")]
fn whole_ms(number: Number) -> i64 {
    number.0.floor() as i64
}

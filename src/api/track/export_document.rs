//! The document of an export, piece by piece: each is read in a snapshot of its own, so that neither a large person nor a
//! slow reader costs memory or holds up the file.

use std::collections::{HashSet, VecDeque};

use rusqlite::Connection;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::api::event_body::describe;
use crate::api::sessions::SessionBody;
use crate::api::traffic::request_body::RequestBody;
use crate::domain::id::ProjectId;
use crate::domain::track::IdentifierKind;
use crate::query::heat_events::Position;
use crate::query::heat_rows::Stored;
use crate::query::heat_sessions::{self, Session};
use crate::query::public_id::PublicIds;
use crate::query::texts::Lookup;
use crate::query::track::export::{self, Owner, Place, RequestPlace, Requester, Section};
use crate::query::track::whole_person::{PersonalId, WholePerson};
use crate::query::traffic::record::Records;
use crate::store::StoreError;

/// Rows of one piece.
const ROWS: usize = 200;

/// An export under way.
#[derive(Debug)]
pub struct ExportDocument {
    project: ProjectId,
    ids: PublicIds,
    steps: VecDeque<Step>,
    /// Whether the open list has nothing in it yet.
    is_first: bool,
    /// Rows of the open list that would come twice: those met under several ids of the person.
    told: HashSet<String>,
}

/// What is to be written next.
#[derive(Debug)]
enum Step {
    Text(String),
    /// Begins a list.
    List(&'static str),
    Rows(Section, Owner, Option<Place>),
    HeatSessions {
        user: i64,
        after: i64,
    },
    HeatEvents {
        session: Box<Session>,
        only: Option<i64>,
        after: Option<Position>,
    },
    RequestSessions {
        user: i64,
    },
    Requests {
        requester: Requester,
        after: RequestPlace,
    },
}

impl ExportDocument {
    /// Begins the document of a person.
    pub fn new(
        connection: &Connection,
        person: &WholePerson,
        project: Uuid,
        now_ms: i64,
        ids: PublicIds,
    ) -> Result<Self, StoreError> {
        let known = person.ids();
        let described: Vec<_> = known.iter().map(describe_id).collect();
        let opening = json!({"project_id": project, "person_id": person.name, "exported_at": now_ms, "ids": described});
        let opening = opening.to_string();
        let mut steps = VecDeque::from([Step::Text(opening.trim_end_matches('}').to_owned())]);
        for (name, section, has_rows) in LISTS {
            steps.push_back(Step::List(name));
            let owners = known.iter().filter(|id| has_rows.contains(&id.kind)).flat_map(owners);
            steps.extend(owners.map(|owner| Step::Rows(section, owner, None)));
        }
        let (mut heat, mut requests) = (Vec::new(), Vec::new());
        for user in &person.users {
            let [heat_user, request_user] = export::users_of_others(connection, person.project.0, user)?;
            heat.extend(heat_user);
            requests.extend(request_user);
        }
        let all = |id| Owner { id, from_ms: i64::MIN, to_ms: i64::MAX };
        steps.push_back(Step::List("heat_users"));
        steps.extend(heat.iter().map(|user| Step::Rows(Section::HeatUsers, all(*user), None)));
        steps.push_back(Step::List("heat_sessions"));
        steps.extend(heat.iter().map(|user| Step::HeatSessions { user: *user, after: i64::MIN }));
        steps.push_back(Step::List("request_users"));
        steps.extend(requests.iter().map(|user| Step::Rows(Section::RequestUsers, all(*user), None)));
        steps.push_back(Step::List("requests"));
        for user in requests {
            steps.push_back(Step::Requests { requester: Requester::User(user), after: (i64::MIN, i64::MIN) });
            steps.push_back(Step::RequestSessions { user });
        }
        steps.push_back(Step::Text("]}\n".to_owned()));
        Ok(Self { project: person.project, ids, steps, is_first: true, told: HashSet::new() })
    }

    /// The next piece of the text; nothing when it is whole.
    pub fn next(&mut self, connection: &Connection) -> Result<Option<String>, StoreError> {
        let Some(step) = self.steps.pop_front() else { return Ok(None) };
        let mut text = String::new();
        match step {
            Step::Text(written) => text = written,
            Step::List(name) => self.begin_list(name, &mut text),
            Step::Rows(section, owner, after) => self.rows(connection, section, owner, after, &mut text)?,
            Step::HeatSessions { user, after } => self.heat_session(connection, user, after, &mut text)?,
            Step::HeatEvents { session, only, after } => {
                self.heat_events(connection, session, only, after, &mut text)?;
            }
            Step::RequestSessions { user } => {
                for session in export::request_sessions(connection, user)?.into_iter().rev() {
                    let requester = Requester::Session(session);
                    self.steps.push_front(Step::Requests { requester, after: (i64::MIN, i64::MIN) });
                }
            }
            Step::Requests { requester, after } => self.requests(connection, requester, after, &mut text)?,
        }
        Ok(Some(text))
    }

    fn begin_list(&mut self, name: &str, text: &mut String) {
        // The first list follows the ids, a list of which is closed already.
        text.push_str(if name == LISTS[0].0 { ",\"" } else { "],\"" });
        text.push_str(name);
        text.push_str("\":[");
        self.is_first = true;
        self.told.clear();
    }

    fn push(&mut self, text: &mut String, object: &str) {
        if !self.is_first {
            text.push(',');
        }
        text.push_str(object);
        self.is_first = false;
    }

    fn rows(
        &mut self,
        connection: &Connection,
        section: Section,
        owner: Owner,
        after: Option<Place>,
        text: &mut String,
    ) -> Result<(), StoreError> {
        let page = export::page(connection, section, owner, after, ROWS)?;
        for object in page.objects {
            if section != Section::Sessions || self.told.insert(object.clone()) {
                self.push(text, &object);
            }
        }
        if let Some(next) = page.next {
            self.steps.push_front(Step::Rows(section, owner, Some(next)));
        }
        Ok(())
    }

    /// Begins the next session of a user; its events follow.
    fn heat_session(
        &mut self,
        connection: &Connection,
        user: i64,
        after: i64,
        text: &mut String,
    ) -> Result<(), StoreError> {
        let Some(&id) = export::heat_sessions(connection, user, after, 1)?.first() else { return Ok(()) };
        self.steps.push_front(Step::HeatSessions { user, after: id });
        let name = export::heat_session_name(connection, id)?;
        let Some(session) = heat_sessions::find(connection, &name, Some(self.project))? else { return Ok(()) };
        let only = export::heat_session_is_shared(connection, id, user)?.then_some(user);
        let object = to_json(&SessionBody::from(session.clone()));
        self.push(text, object.strip_suffix('}').unwrap_or(&object));
        text.push_str(",\"events\":[");
        self.is_first = true;
        self.steps.push_front(Step::HeatEvents { session: Box::new(session), only, after: None });
        Ok(())
    }

    fn heat_events(
        &mut self,
        connection: &Connection,
        session: Box<Session>,
        only: Option<i64>,
        after: Option<Position>,
        text: &mut String,
    ) -> Result<(), StoreError> {
        let found = heat_sessions::timeline(connection, &session, after, ROWS)?;
        let next = found.last().filter(|_| found.len() == ROWS).map(Stored::position);
        let name = session.external_id.to_string();
        let mut lookup = Lookup::new(connection);
        for stored in found {
            if only.is_none() || stored.user_id == only {
                let event = describe(stored, &name, session.received_at_ms, &self.ids, &mut lookup)?;
                self.push(text, &to_json(&event));
            }
        }
        if next.is_some() {
            self.steps.push_front(Step::HeatEvents { session, only, after: next });
        } else {
            text.push_str("]}");
            self.is_first = false;
        }
        Ok(())
    }

    fn requests(
        &mut self,
        connection: &Connection,
        requester: Requester,
        after: RequestPlace,
        text: &mut String,
    ) -> Result<(), StoreError> {
        let places = export::requests(connection, requester, after, ROWS)?;
        let ids: Vec<i64> = places.iter().map(|(_, id)| *id).collect();
        for record in Records::new(connection).all(&ids)? {
            self.push(text, &to_json(&RequestBody::from(record)));
        }
        if let Some(&last) = places.last().filter(|_| places.len() == ROWS) {
            self.steps.push_front(Step::Requests { requester, after: last });
        }
        Ok(())
    }
}

/// The lists of what apps' events have told: their names, their rows, and of which ids there are such rows.
const LISTS: [(&str, Section, &[IdentifierKind]); 11] = {
    use IdentifierKind::{Anonymous, Device, External, User};
    [
        ("traits", Section::Traits, &[User]),
        ("emails", Section::Emails, &[User]),
        ("ties", Section::Ties, &[Anonymous, Device, External]),
        ("aliases", Section::Aliases, &[User]),
        ("web_matches", Section::WebMatches, &[User, Anonymous]),
        ("sessions", Section::Sessions, &[User, Anonymous]),
        ("events", Section::Events, &[User, Anonymous]),
        ("touches", Section::Touches, &[User, Anonymous]),
        ("conversions", Section::Conversions, &[User, Anonymous]),
        ("pairings", Section::Pairings, &[User, Anonymous]),
        ("download_clicks", Section::DownloadClicks, &[User, Anonymous]),
    ]
};

fn owners(known: &PersonalId) -> Vec<Owner> {
    let Some(id) = known.id else { return Vec::new() };
    let spans = known.spans.as_deref().unwrap_or(&[(i64::MIN, i64::MAX)]);
    let last = |until_ms: i64| if until_ms == i64::MAX { until_ms } else { until_ms.saturating_sub(1) };
    spans.iter().map(|&(from_ms, until_ms)| Owner { id, from_ms, to_ms: last(until_ms) }).collect()
}

fn describe_id(known: &PersonalId) -> serde_json::Value {
    let mut described = json!({"kind": known.kind.name(), "id": known.value});
    if let Some(spans) = &known.spans {
        let bound = |ms: i64| (ms != i64::MIN && ms != i64::MAX).then_some(ms);
        let spans = spans.iter().map(|&(from_ms, until_ms)| json!({"from": bound(from_ms), "until": bound(until_ms)}));
        described["spans"] = spans.collect();
    }
    described
}

/// The JSON of what only has texts, numbers and JSON, which cannot fail.
fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

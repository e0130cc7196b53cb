//! `/p/{project}/sessions/session?id=`: everything known about one session, and a player.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::person_link;
use super::rows::{Row, rows};
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::listing::sentence;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::domain::user_agent::Agent;
use crate::domain::visit::DeviceClass;
use crate::http::parameters::Parameters;
use crate::query::heat_sessions::Session;
use crate::query::session_timeline::{self, Group, Mark, Subject, TimelinePage, What};

/// Rows of a page.
const PAGE_ROWS: usize = 150;

/// Rows that the summary is made of.
const SUMMED_ROWS: usize = 2_000;

#[derive(Template)]
#[template(path = "sessions/session.html")]
struct SessionPage {
    layout: Layout,
    all_sessions: String,
    id: String,
    began: String,
    machine_time: String,
    summary: String,
    facts: Vec<Fact>,
    groups: Vec<Choice>,
    rows: Vec<Row>,
    /// Where the list begins, on later pages.
    first: Option<String>,
    next: Option<String>,
    /// Where the player gets what it shows; nothing without heat events.
    replay: Option<String>,
}

struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

struct Choice {
    name: &'static str,
    href: String,
    count: String,
    is_current: bool,
}

/// Answers one session.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let parameters = Parameters::of(screen.request());
    let id = parameters.text("id")?.ok_or(PageError::Missing("No session is chosen"))?.to_owned();
    let group = parameters.parsed("group", Group::from_word)?;
    let after = parameters.parsed("after", |text| text.parse::<f64>().ok().filter(|after| !after.is_nan()))?;
    let (hash, project, wanted) = (screen.dashboard.store.text_hash(), screen.project.id, id.clone());
    let found = screen.ask(move |connection| {
        let Some(subject) = session_timeline::find(connection, hash, project, &wanted)? else { return Ok(None) };
        let from = after.unwrap_or(f64::NEG_INFINITY);
        let shown = session_timeline::page(connection, hash, &subject, from, group, PAGE_ROWS)?;
        let all = session_timeline::page(connection, hash, &subject, f64::NEG_INFINITY, None, SUMMED_ROWS)?;
        Ok(Some((subject, shown, all)))
    });
    let (subject, shown, all) = found.await?.ok_or(PageError::Missing("There is no such session"))?;
    let link = |group: Option<Group>, after: Option<f64>| {
        let after = after.map(|after| after.to_string());
        let mut parameters = vec![("id", id.as_str())];
        parameters.extend(group.map(|group| ("group", group.word())));
        parameters.extend(after.as_deref().map(|after| ("after", after)));
        screen.link_to("sessions/session", &parameters)
    };
    let encoded: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    // A path knows no plus for a space.
    let replay = screen.api(&format!("sessions/{}/replay", encoded.replace('+', "%20")), &[]);
    let zone = &screen.view.zone;
    html(&SessionPage {
        layout: screen.layout("Session", "sessions"),
        all_sessions: screen.link("sessions"),
        began: format::moment(subject.first_ms, zone),
        machine_time: format::machine_time(subject.first_ms, zone),
        summary: summary(&subject, &all),
        facts: facts(&screen, &subject),
        groups: groups(&all, group, |group| link(group, None)),
        rows: rows(&screen, &shown.moments),
        first: after.map(|_| link(group, None)),
        next: shown.next.map(|next| link(group, Some(next))),
        replay: subject.heat.is_some().then_some(replay),
        id,
    })
}

/// `4 page views, 12 clicks (3 of rage, 1 dead), 2 events and 18 requests, 1 of them failed, in 5 m 20 s.`
fn summary(subject: &Subject, all: &TimelinePage) -> String {
    let count = |is_meant: &dyn Fn(&What) -> bool| all.moments.iter().filter(|moment| is_meant(&moment.what)).count();
    let marked = |mark| all.moments.iter().filter(|moment| moment.mark == Some(mark)).count();
    let plural = |number: usize, one: &str, many: &str| {
        format!("{} {}", format::count(number as u64), if number == 1 { one } else { many })
    };
    let (rage, dead) = (marked(Mark::Rage), marked(Mark::Dead));
    let wrong = match (rage, dead) {
        (0, 0) => String::new(),
        (rage, 0) => format!(" ({rage} of rage)"),
        (0, dead) => format!(" ({dead} dead)"),
        (rage, dead) => format!(" ({rage} of rage, {dead} dead)"),
    };
    let failed = count(&|what| matches!(what, What::Request(record) if record.is_error()));
    let failed = if failed > 0 { format!(", {} of them failed,", format::count(failed as u64)) } else { String::new() };
    let views = plural(count(&|what| what.group() == Group::Pages), "page view", "page views");
    let clicks = plural(count(&|what| what.group() == Group::Clicks), "click", "clicks");
    let events = plural(count(&|what| what.group() == Group::Events), "event", "events");
    let requests = plural(count(&|what| what.group() == Group::Requests), "request", "requests");
    let span = format::span_ms(subject.last_ms.saturating_sub(subject.first_ms));
    let part = if all.next.is_some() { "At first: " } else { "" };
    format!("{part}{views}, {clicks}{wrong}, {events} and {requests}{failed} in {span}.")
}

fn facts(screen: &Screen, subject: &Subject) -> Vec<Fact> {
    let plain = |name, value: String| Fact { name, value, href: None };
    let mut facts = Vec::new();
    match &subject.user {
        Some(user) => {
            facts.push(Fact { name: "User", value: user.clone(), href: Some(person_link(screen, user)) });
        }
        None => facts.push(plain("User", "anonymous".to_owned())),
    }
    let span = format::span_ms(subject.last_ms.saturating_sub(subject.first_ms));
    facts.push(plain("Lasted", span));
    facts.extend(subject.arrival.page.clone().map(|page| plain("Entry page", page)));
    let referrer = subject.arrival.referrer.clone();
    facts.push(plain("Came from", referrer.unwrap_or_else(|| "not told".to_owned())));
    if !subject.arrival.campaign.is_empty() {
        let parameters = subject.arrival.campaign.iter().map(|(name, value)| format!("{name}: {value}"));
        facts.push(plain("Campaign", parameters.collect::<Vec<_>>().join(", ")));
    }
    if let Some(agent) = subject.heat.as_ref().and_then(agent) {
        let device = Some(sentence(agent.device.word())).filter(|_| agent.device != DeviceClass::Unknown);
        let told = device.into_iter().chain([agent.browser.clone(), agent.os.clone()]);
        let told: Vec<_> = told.filter(|text| !text.is_empty()).collect();
        if !told.is_empty() {
            facts.push(plain("Device", told.join(", ")));
        }
    }
    let told = [
        (subject.heat.is_some(), "the browser"),
        (subject.track.is_some(), "an app's events"),
        (subject.traffic.is_some(), "the proxy"),
    ];
    let told: Vec<_> = told.into_iter().filter(|(is_told, _)| *is_told).map(|(_, name)| name).collect();
    facts.push(plain("Told by", told.join(", ")));
    facts
}

/// The browser, as its requests said or, where they do not tell, as its events did.
fn agent(session: &Session) -> Option<Agent> {
    #[derive(serde::Deserialize)]
    struct Device {
        ua: String,
    }
    let of_request = session.user_agent.as_deref().map(Agent::of).filter(|agent| *agent != Agent::UNKNOWN);
    of_request.or_else(|| Some(Agent::of(&serde_json::from_str::<Device>(&session.device_json).ok()?.ua)))
}

fn groups(all: &TimelinePage, current: Option<Group>, link: impl Fn(Option<Group>) -> String) -> Vec<Choice> {
    let more = if all.next.is_some() { "+" } else { "" };
    let choice = |group: Option<Group>| {
        let meant = all.moments.iter().filter(|moment| group.is_none_or(|group| moment.what.group() == group));
        Choice {
            name: group.map_or("Everything", group_name),
            href: link(group),
            count: format::count(meant.count() as u64) + more,
            is_current: group == current,
        }
    };
    std::iter::once(None).chain(Group::ALL.map(Some)).map(choice).collect()
}

fn group_name(group: Group) -> &'static str {
    match group {
        Group::Pages => "Pages",
        Group::Clicks => "Clicks",
        Group::Inputs => "Inputs",
        Group::Events => "Events",
        Group::Requests => "Requests",
        Group::Movement => "Moves and scrolls",
    }
}

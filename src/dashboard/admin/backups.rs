//! Copies of the database: which there are, how the last went, and one more.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::tz::TimeZone;

use super::{Fact, layout};
use crate::backup::listing::Copy;
use crate::backup::sending;
use crate::backup::service::{Backups, Failure, Figures, UnderWay};
use crate::dashboard::error::PageError;
use crate::dashboard::form::see_other;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::{self, Tab};
use crate::http::problem::Problem;

/// Copies that the list shows.
const MAX_SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "admin/backups.html")]
struct BackupsPage {
    layout: Layout,
    tabs: Vec<Tab>,
    is_well: bool,
    state: String,
    under_way: Option<String>,
    figures: Vec<Fact>,
    directory: String,
    copies: Vec<Row>,
    more: usize,
}

/// A copy.
struct Row {
    name: String,
    made: String,
    age: String,
    size: String,
    database: String,
    reason: &'static str,
    is_verified: bool,
}

/// `GET`: the list.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let now_ms = dashboard.clock.now_ms();
    let backups = Arc::clone(&dashboard.backups);
    let (listed, due_at_ms) = web::block(move || {
        let listed = backups.list();
        let due_at_ms = backups.due_at_ms(listed.as_deref().unwrap_or_default());
        (listed, due_at_ms)
    })
    .await
    .map_err(|_| Problem::Internal)?;
    let figures = dashboard.backups.figures();
    let unreadable = listed.as_ref().err().map(ToString::to_string);
    let copies = listed.unwrap_or_default();
    let (is_well, state) = state(&figures, unreadable, &copies, due_at_ms, now_ms);
    html(&BackupsPage {
        layout: layout(&request),
        tabs: tabs::of_installation("backups"),
        is_well,
        state,
        under_way: figures.under_way.map(|it| under_way(&it)),
        figures: facts(&dashboard.backups, &copies, due_at_ms, now_ms),
        directory: dashboard.backups.directory().display().to_string(),
        more: copies.len().saturating_sub(MAX_SHOWN),
        copies: copies.iter().take(MAX_SHOWN).map(|copy| row(copy, now_ms)).collect(),
    })
}

/// `POST`: asks for one.
pub async fn make(dashboard: web::Data<Dashboard>) -> HttpResponse {
    dashboard.backups.ask();
    see_other("/admin/backups")
}

/// What the status page tells of backups.
pub(super) fn status_fact(figures: &Figures, newest: Option<&Copy>, now_ms: i64) -> Fact {
    let newest = newest.map_or_else(|| "none yet".to_owned(), |copy| format::ago(copy.made_at_ms(), now_ms));
    let failure = if figures.failing.is_some() {
        "; the last try failed"
    } else if figures.not_sent.is_some() {
        "; it could not be sent to the bucket"
    } else {
        ""
    };
    Fact::new("Last backup", newest + failure)
}

/// Whether all is well, and in a sentence how it is.
fn state(
    figures: &Figures,
    unreadable: Option<String>,
    copies: &[Copy],
    due_at_ms: Option<i64>,
    now_ms: i64,
) -> (bool, String) {
    let told = |Failure { at_ms, what }: &Failure| format!("{} ({})", what, format::ago(*at_ms, now_ms));
    if let Some(what) = unreadable {
        return (false, format!("The copies cannot be listed: {what}"));
    }
    if let Some(failure) = &figures.failing {
        return (false, format!("The last copy could not be made: {}", told(failure)));
    }
    if let Some(failure) = &figures.not_sent {
        return (false, format!("The last copy was made, but could not be sent to the bucket: {}", told(failure)));
    }
    match (copies.iter().find(|copy| copy.is_verified), due_at_ms) {
        (Some(copy), _) => {
            (true, format!("The newest whole copy was made {}.", format::ago(copy.made_at_ms(), now_ms)))
        }
        (None, Some(_)) => (true, "There is no copy yet; the first is made some minutes after the start.".to_owned()),
        (None, None) => (false, "There is no copy, and none is made by itself (backup.every is 0s).".to_owned()),
    }
}

fn under_way(it: &UnderWay) -> String {
    match (it.done_bytes * 100).checked_div(it.all_bytes) {
        Some(percent) if it.done_bytes > 0 => format!("A copy is being made: {}, {percent} %.", it.phase.as_str()),
        _ => format!("A copy is being made: {}.", it.phase.as_str()),
    }
}

fn facts(backups: &Backups, copies: &[Copy], due_at_ms: Option<i64>, now_ms: i64) -> Vec<Fact> {
    let config = backups.config();
    let every = if config.every == Duration::ZERO {
        "never".to_owned()
    } else {
        format::span_ms(i64::try_from(config.every.as_millis()).unwrap_or(i64::MAX))
    };
    let next = match due_at_ms {
        None => "never".to_owned(),
        Some(at_ms) if at_ms <= now_ms => "now".to_owned(),
        Some(at_ms) => format!("in {}", format::span_ms(at_ms - now_ms)),
    };
    let bytes = copies.iter().map(|copy| copy.file_bytes).sum();
    let bucket = if sending::is_on(&config.s3) { config.s3.bucket.clone() } else { "none".to_owned() };
    vec![
        Fact::new("Made every", every),
        Fact::new("Next", next),
        Fact::new("Kept", format!("{} of {}", format::count(copies.len() as u64), format::count(config.keep as u64))),
        Fact::new("Size of all", format::bytes(bytes)),
        Fact::new("Bucket", bucket),
    ]
}

fn row(copy: &Copy, now_ms: i64) -> Row {
    Row {
        name: copy.name.to_string(),
        made: format::moment(copy.made_at_ms(), &TimeZone::UTC),
        age: format::ago(copy.made_at_ms(), now_ms),
        size: format::bytes(copy.file_bytes),
        database: copy
            .label
            .as_ref()
            .map_or_else(|| format::NOTHING.to_owned(), |label| format::bytes(label.database_bytes)),
        reason: copy.reason().as_str(),
        is_verified: copy.is_verified,
    }
}

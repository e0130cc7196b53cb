//! What the moments of a session look like in its list.

use crate::dashboard::format;
use crate::dashboard::screen::Screen;
use crate::domain::period::civil;
use crate::query::session_timeline::{Mark, Moment, What};

/// From so long on, a pause is shown.
const GAP_MS: i64 = 60_000;

/// Longest properties that are shown, in characters.
const MAX_DETAIL: usize = 300;

/// A row of the list.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// The day, if it is another than that of the row before.
    pub day: Option<String>,
    /// How long nothing happened before it.
    pub gap: Option<String>,
    pub machine_time: String,
    pub time: String,
    pub kind: &'static str,
    /// What it is about: a page, an element, the name of an event, a route.
    pub subject: String,
    /// Whether the subject is code rather than words.
    pub is_code: bool,
    pub detail: String,
    pub badges: Vec<(&'static str, String)>,
    pub links: Vec<(&'static str, String)>,
}

/// The rows of moments in order of time.
pub fn rows(screen: &Screen, moments: &[Moment]) -> Vec<Row> {
    let mut last: Option<i64> = None;
    let mut rows = Vec::with_capacity(moments.len());
    for moment in moments {
        let at_ms = ms(moment.ts);
        let zone = &screen.view.zone;
        let day = civil(at_ms, zone);
        let is_new_day = last.is_none_or(|last| civil(last, zone) != day);
        let gap = last.map(|last| at_ms.saturating_sub(last)).filter(|gap| *gap >= GAP_MS);
        rows.push(Row {
            day: is_new_day.then(|| format::day(at_ms, zone)),
            gap: gap.map(format::span_ms),
            machine_time: format::machine_time(at_ms, zone),
            time: format::time_of_day(at_ms, zone),
            ..row(screen, moment)
        });
        last = Some(last.unwrap_or(at_ms).max(ms(moment.until)));
    }
    rows
}

fn row(screen: &Screen, moment: &Moment) -> Row {
    let path = moment.path.as_deref().unwrap_or_default();
    let heatmap = |layer: &str| ("Heatmap", screen.link_to("heatmaps/viewer", &[("path", path), ("layer", layer)]));
    let on_page = || format!("on {path}");
    let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
    let lasted = || format::span_ms(ms(moment.until) - ms(moment.ts));
    let blank = Row::default();
    match &moment.what {
        What::PageView { title, referrer } => Row {
            kind: "Page view",
            subject: path.to_owned(),
            detail: match referrer {
                Some(referrer) => format!("{} from {referrer}", text(title)),
                None => text(title),
            },
            links: vec![("Page", screen.link_to("pages/page", &[("path", path)])), heatmap("click")],
            ..blank
        },
        What::Click { selector, x, y } => Row {
            kind: "Click",
            subject: selector.as_deref().unwrap_or("somewhere").to_owned(),
            is_code: selector.is_some(),
            detail: format!("at {x:.0}, {y:.0} {}", on_page()),
            badges: moment.mark.map(badge).into_iter().collect(),
            links: vec![heatmap("click")],
            ..blank
        },
        What::Moves { points } => Row {
            kind: "Pointer",
            subject: format!("{} points in {}", format::count(*points), lasted()),
            detail: on_page(),
            links: vec![heatmap("move")],
            ..blank
        },
        What::Scrolls { depth, .. } => Row {
            kind: "Scroll",
            subject: format!("down to {depth:.0} %"),
            detail: on_page(),
            links: vec![heatmap("scroll")],
            ..blank
        },
        What::Input { selector } => {
            Row { kind: "Input", subject: text(selector), is_code: true, detail: on_page(), ..blank }
        }
        What::Keys { category, count } => Row {
            kind: "Keys",
            subject: format!("{} × {}", format::count(*count), text(category)),
            detail: on_page(),
            ..blank
        },
        What::Custom { name, props } => Row {
            kind: "Event",
            subject: name.to_string(),
            detail: format!("{} {}", on_page(), shortened(props.as_deref().unwrap_or_default())),
            links: vec![("Event", screen.link_to("events/event", &[("name", name)]))],
            ..blank
        },
        What::Event(event) => Row {
            kind: "App event",
            subject: event.name.to_string(),
            detail: shortened(&event.stored.properties),
            links: vec![("Event", screen.link_to("events/event", &[("name", &event.name)]))],
            ..blank
        },
        What::Request(record) => request(screen, record),
    }
}

#[expect(clippy::cast_precision_loss, reason = "durations fit a double")]
fn request(screen: &Screen, record: &crate::domain::traffic::TrafficRecord) -> Row {
    let status = if record.is_error() { "bad" } else { "good" };
    let mut badges = vec![(status, record.status.to_string())];
    if record.is_slow {
        badges.push(("warn", "slow".to_owned()));
    }
    if let Some(failure) = record.failure {
        badges.push(("bad", failure.name().replace('_', " ")));
    }
    let id = record.id.to_string();
    Row {
        kind: "Request",
        subject: format!("{} {}", record.method, record.original_url),
        is_code: true,
        detail: format!("in {}", format::duration_ms(Some(record.duration_us as f64 / 1_000.0))),
        badges,
        links: vec![
            ("Request", screen.link_to("traffic/requests/request", &[("id", &id)])),
            ("Route", screen.link_to("traffic/route", &[("route", &record.route), ("method", &record.method)])),
        ],
        ..Row::default()
    }
}

fn badge(mark: Mark) -> (&'static str, String) {
    match mark {
        Mark::Rage => ("bad", "rage click".to_owned()),
        Mark::Dead => ("warn", "dead click".to_owned()),
    }
}

/// JSON as it came, cut; nothing of an empty object.
fn shortened(json: &str) -> String {
    if json == "{}" {
        return String::new();
    }
    let end = json.char_indices().nth(MAX_DETAIL);
    end.map_or_else(|| json.to_owned(), |(end, _)| format!("{}…", &json[..end]))
}

#[expect(clippy::cast_possible_truncation, reason = "saturates, as wanted")]
fn ms(ts: f64) -> i64 {
    ts as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_cut_between_characters() {
        assert_eq!(shortened("{}"), "");
        assert_eq!(shortened(r#"{"a":1}"#), r#"{"a":1}"#);
        let long = shortened(&"ü".repeat(400));
        assert_eq!((long.chars().count(), long.ends_with('…')), (301, true));
    }
}

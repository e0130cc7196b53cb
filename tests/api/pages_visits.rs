//! The pages about visits: their numbers are those of the API, what is hostile stays text, and who has nothing is told why.

use serde_json::{Value, json};

use crate::installation::Hearth;
use crate::payload::{NOW_MS, batch, event, with};
use crate::signing_in::Person;
use crate::track_payload::keyed;

const MINUTE_MS: i64 = 60_000;

const HOSTILE: &str = "<script>alert(1)</script>\"'&";

const AGENT: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

fn at(kind: &str, id: &str, minute: i64, own: &Value) -> Value {
    let common = json!({"ts": NOW_MS - minute * MINUTE_MS, "device": {"ua": AGENT, "platform": "x", "language": "de"}});
    with(event(kind, id, 0, own), &common)
}

fn view(id: &str, minute: i64, path: &str, meta: &Value) -> Value {
    at("pageview", id, minute, &json!({"path": path, "from": "", "to": path, "meta": meta}))
}

fn custom(id: &str, minute: i64, name: &str, props: &Value) -> Value {
    at("custom", id, minute, &json!({"path": "/pricing", "name": name, "props": props}))
}

/// Three visits, one of them from a campaign, and a payment that a server tells of.
fn world() -> (Hearth, Person) {
    let mut hearth = Hearth::start();
    let news = json!({"referrer": "https://news.example/a", "host": "shop.example", "query": "utm_campaign=spring"});
    let first = [
        view("1", 60, "/", &news),
        view("2", 58, "/pricing", &json!({})),
        custom("3", 57, "signup", &json!({"plan": "pro", "note": HOSTILE})),
    ];
    hearth.ingest(&batch("s-1", &first)).ok();
    hearth.ingest(&batch("s-2", &[view("4", 40, "/", &json!({})), view("5", 39, "/pricing", &json!({}))])).ok();
    hearth.ingest(&batch("s-3", &[view("6", 2, &format!("/{HOSTILE}"), &json!({}))])).ok();
    let paid = json!({
        "event": "purchase", "eventId": "e-1", "userId": "carl", "properties": {"value": 49.5, "currency": "EUR"},
        "context": {"library": "@datalyr/api", "version": "1.3.1", "source": "api"},
        "timestamp": "2026-11-20T09:40:00.000Z",
    });
    hearth.send(&keyed("/track", &hearth.project.key, &paid)).ok();
    hearth.restart();
    let admin = hearth.admin();
    (hearth, admin)
}

fn page(hearth: &Hearth, admin: &Person, rest: &str) -> String {
    let answer = hearth.page_as(admin, format!("/p/{}{rest}", hearth.project.id)).ok();
    let text = answer.text();
    assert!(!text.contains(HOSTILE), "{rest}");
    assert_eq!(text.matches("<h1").count(), 1, "{rest}");
    text
}

/// The values of the figures by their names.
fn figure<'p>(page: &'p str, name: &str) -> &'p str {
    let start = format!("<span class=\"name\">{name}</span><span class=\"value\">");
    let (_, rest) = page.split_once(&start).unwrap_or_else(|| panic!("no figure {name}"));
    rest.split_once('<').unwrap().0
}

/// The row of a table or list that has a text: what stands between it and the next.
fn row<'p>(page: &'p str, text: &str) -> Vec<&'p str> {
    let (_, rest) = page.split_once(&format!(">{text}</a>")).unwrap_or_else(|| panic!("no row {text}"));
    let rest = rest.split_once("</tr>").map_or(rest, |(row, _)| row);
    rest.split("<td class=\"number\">").skip(1).map(|cell| cell.split_once('<').unwrap().0).collect()
}

#[test]
fn the_overview_tells_what_the_api_tells() {
    let (hearth, admin) = world();
    let overview = page(&hearth, &admin, "?period=today");
    let totals = hearth.get_own("visits/totals?period=today").ok().json()["totals"].clone();
    for (name, key) in [("Visitors", "visitors"), ("Visits", "visits"), ("Page views", "views")] {
        assert_eq!(figure(&overview, name), totals[key].to_string(), "{name}");
    }
    assert_eq!(figure(&overview, "Bounce rate"), "33.3 %");
    let paid = hearth.get_own("conversions/series?period=today").ok().json();
    assert_eq!((&paid["conversions"], &paid["revenue"][0]["amount"]), (&json!(1), &json!(49.5)));
    assert_eq!([figure(&overview, "Conversions"), figure(&overview, "Revenue, EUR")], ["1", "49.50"]);
    assert!(overview.contains("1 visitor now"));
    let filtered = page(&hearth, &admin, "?period=today&f=page:is:/pricing");
    assert_eq!((figure(&filtered, "Visits"), figure(&filtered, "Page views")), ("2", "2"));
    assert!(!filtered.contains("Revenue, EUR"), "filters on visits do not reach it");
}

#[test]
fn pressing_a_figure_switches_the_chart_and_a_comparison_says_how_much_has_changed() {
    let (hearth, admin) = world();
    let overview = page(&hearth, &admin, "?period=today&compare=previous&metric=views");
    let current = overview.split("class=\"figure\"").skip(1).find(|figure| figure.contains("aria-current")).unwrap();
    assert!(current.contains(">Page views<"), "{current}");
    assert!(overview.contains("<span class=\"good\">new</span>"));
    assert!(overview.contains("metric=visitors"));
    assert!(overview.contains("period=7d&#38;compare=previous&#38;metric=views"), "periods keep the metric");
    let faint = overview.split("<script type=\"application/json\">").nth(1).unwrap().split("</script>").next().unwrap();
    let chart: Value = serde_json::from_str(faint).unwrap();
    assert_eq!((&chart["series"][0]["name"], &chart["series"][1]["is_faint"]), (&json!("Page views"), &json!(true)));
}

#[test]
fn pages_are_listed_and_one_has_neighbours() {
    let (hearth, admin) = world();
    let list = page(&hearth, &admin, "/pages?period=today");
    assert_eq!(row(&list, "/pricing")[..3], ["1", "2", "2"], "one browser at one address is one visitor");
    let exits = page(&hearth, &admin, "/pages?period=today&by=exit_page&sort=value");
    assert!(exits.contains("aria-sort=\"ascending\""));
    assert_eq!(row(&exits, "/pricing")[..2], ["1", "2"]);
    let one = page(&hearth, &admin, "/pages/page?path=/pricing&period=today");
    let told = hearth.get_own("visits/page?page=/pricing&period=today").ok().json();
    assert_eq!(figure(&one, "Page views"), told["totals"]["views"].to_string());
    assert_eq!(figure(&one, "Ended here"), "100 %");
    assert!(one.contains("pages/page?period=today&#38;path=%2F\""), "the page before");
    assert!(one.contains("heatmaps/viewer?period=today&#38;path=%2Fpricing"));
    page(
        &hearth,
        &admin,
        &format!("/pages/page?period=today&path=%2F{}", "%3Cscript%3Ealert(1)%3C%2Fscript%3E%22'%26"),
    );
}

#[test]
fn sources_can_be_told_apart_in_eight_ways() {
    let (hearth, admin) = world();
    let campaigns = page(&hearth, &admin, "/sources?period=today&by=campaign");
    assert_eq!(row(&campaigns, "spring")[..2], ["1", "1"]);
    assert_eq!(row(&campaigns, "(none)")[..2], ["1", "2"]);
    let referrers = page(&hearth, &admin, "/sources?period=today&by=referrer");
    assert_eq!(row(&referrers, "news.example")[..2], ["1", "1"]);
    let unknown = hearth.page_as(&admin, format!("/p/{}/sources?by=colour", hearth.project.id));
    assert_eq!(unknown.status, 400);
    let csv = "/api/v1/projects/";
    assert!(referrers.contains(csv) && referrers.contains("by=referrer&#38;format=csv"));
}

#[test]
fn events_have_their_latest_occurrences_and_their_properties() {
    let (hearth, admin) = world();
    let list = page(&hearth, &admin, "/events?period=today");
    assert_eq!(row(&list, "signup"), ["1", "1", "1"]);
    assert!(list.contains(">purchase</a>"), "of a server, outside of visits");
    let one = page(&hearth, &admin, "/events/event?name=signup&period=today");
    assert_eq!(figure(&one, "Times in visits"), "1");
    assert!(one.contains("title=\"pro\"") && one.contains("sessions/session?period=today&#38;id=s-1"));
    let told = hearth.get_own("visits/occurrences?event=signup&period=today").ok().json();
    let occurrence = &told["occurrences"][0];
    assert_eq!((&occurrence["session"], &occurrence["page"]), (&json!("s-1"), &json!("/pricing")));
    assert_eq!(occurrence["properties"], json!({"plan": "pro", "note": HOSTILE}));
    let paid = hearth.get_own("visits/occurrences?event=purchase&period=today").ok().json();
    assert_eq!((&paid["occurrences"][0]["user"], &paid["occurrences"][0]["session"]), (&json!("carl"), &Value::Null));
    assert!(page(&hearth, &admin, "/events/event?name=purchase&period=today").contains("carl"));
}

#[test]
fn who_sees_nothing_is_told_why() {
    let (hearth, admin) = world();
    for screen in ["", "/pages", "/sources", "/events"] {
        let earlier = page(&hearth, &admin, &format!("{screen}?from=2026-01-01&to=2026-01-02"));
        assert!(earlier.contains("Nothing in this period") && earlier.contains("from=2026-11-20"), "{screen}");
        let filtered = page(&hearth, &admin, &format!("{screen}?period=today&f=page:is:/nowhere"));
        assert!(filtered.contains("Nothing passes these filters"), "{screen}");
    }
    let other = hearth.add_project("Other");
    let never = hearth.page_as(&admin, format!("/p/{}/pages", other.id)).ok().text();
    assert!(never.contains("data-listening") && never.contains("/hearth.js"), "{never}");
}

#[test]
fn pages_are_compressed_for_those_who_can_read_it() {
    let (hearth, admin) = world();
    let asked = crate::client::Request::get(format!("/p/{}", hearth.project.id)).header("cookie", admin.cookie.clone());
    let answer = hearth.send(&asked.header("accept-encoding", "gzip"));
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert!(answer.body.len() < 20_000, "{}", answer.body.len());
}

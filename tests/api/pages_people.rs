//! Attribution and people: what the pages say is what the API says, and hostile texts are texts.

use serde_json::{Value, json};

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::NOW_MS;

/// What nobody may find unescaped on a page.
const HOSTILE: &str = "<img src=x onerror=alert(1)>";

/// Sends app events as a server does.
fn track(hearth: &Hearth, events: &[Value]) {
    for event in events {
        let answer = hearth.send(
            &Request::new("POST", "/track")
                .header("content-type", "application/json")
                .header("x-api-key", hearth.project.key.clone())
                .body(event.to_string()),
        );
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

fn time(before_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(NOW_MS - before_ms).unwrap().to_string()
}

/// A shop: two visitors with touches, one without; purchases in two currencies that do not divide evenly.
fn shop() -> Hearth {
    let hearth = Hearth::start();
    let touch = |id: &str, user: &str, session: &str, source: &str, before_ms: i64| {
        json!({"event": "page_view", "eventId": id, "userId": user, "anonymousId": format!("anon-{user}"), "sessionId": session,
               "timestamp": time(before_ms), "properties": {"utm_source": source, "utm_medium": "cpc", "utm_campaign": HOSTILE, "sessionId": session}})
    };
    let purchase = |id: &str, user: &str, value: f64, currency: &str, before_ms: i64| {
        json!({"event": "purchase", "eventId": id, "userId": user, "timestamp": time(before_ms),
               "properties": {"value": value, "currency": currency}})
    };
    track(
        &hearth,
        &[
            json!({"event": "$identify", "eventId": "i1", "userId": "u1", "anonymousId": "anon-u1", "timestamp": time(9_000_000),
                   "properties": {"traits": {"email": "jane@example.com", "name": HOSTILE}}}),
            touch("t1", "u1", "s1", "google", 8_000_000),
            touch("t2", "u1", "s2", "facebook", 5_000_000),
            touch("t3", "u1", "s3", "newsletter", 4_000_000),
            touch("t4", "u2", "s4", "google", 4_000_000),
            purchase("p1", "u1", 10.0, "EUR", 1_000_000),
            purchase("p2", "u2", 5.5, "USD", 900_000),
            purchase("p3", "u3", 7.25, "EUR", 800_000),
        ],
    );
    hearth
}

/// The texts of the cells of every row of the first table on a page.
fn rows(page: &str) -> Vec<Vec<String>> {
    let table = page.split("<table>").nth(1).unwrap().split("</table>").next().unwrap();
    let text = |cell: &str| {
        let mut text = String::new();
        let mut is_tag = false;
        for character in cell.chars() {
            match character {
                '<' => is_tag = true,
                '>' => is_tag = false,
                _ if !is_tag => text.push(character),
                _ => {}
            }
        }
        text.trim().to_owned()
    };
    let cells = |row: &str| {
        row.split_inclusive("</t").filter_map(|cell| Some(text(&cell[cell.find("<t")?..].replace("</t", "")))).collect()
    };
    table.split("<tr>").skip(1).map(cells).collect()
}

#[test]
fn the_credit_on_the_page_is_that_of_the_api_and_adds_up() {
    let hearth = shop();
    let page = hearth.page(format!("/p/{}/attribution?model=linear&with=first", hearth.project.id));
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let api: Value = serde_json::from_str(&hearth.get_own("attribution?by=source").text()).unwrap();
    assert_eq!(api["totals"]["conversions"], 3);
    let rows = rows(&text);
    let row = |name: &str| rows.iter().find(|row| row.first().is_some_and(|cell| cell == name)).unwrap().clone();
    for credited in api["rows"].as_array().unwrap() {
        let name = credited["key"].as_str().unwrap_or("Direct or unknown");
        let shown = row(name);
        assert_eq!(shown[1], credited["models"]["linear"]["conversions"].to_string(), "{name}");
        assert_eq!(shown[4], credited["models"]["first"]["conversions"].to_string(), "{name}");
    }
    let all = row("All");
    assert_eq!((&*all[1], &*all[4]), ("3", "3"));
    assert_eq!(all[3], "17.25 EUR5.50 USD");
    assert!(text.contains("66.7 %"), "two of three were brought by touches");
    assert!(!text.contains(HOSTILE) && text.contains("&#60;img"), "hostile texts are texts");
}

#[test]
fn a_choice_of_attribution_survives_another_period() {
    let hearth = shop();
    let page = hearth.page(format!("/p/{}/attribution?by=campaign&model=position", hearth.project.id)).text();
    assert!(page.contains("period=7d&#38;by=campaign&#38;model=position"), "{page}");
    assert_eq!(hearth.page(format!("/p/{}/attribution?model=best", hearth.project.id)).status, 400);
}

#[test]
fn empty_pages_say_what_is_missing() {
    let hearth = Hearth::start();
    let page = |rest: &str| hearth.page(format!("/p/{}/{rest}", hearth.project.id)).text();
    assert!(page("attribution").contains("settings/install"));
    assert!(page("people").contains("Nobody is known yet"));
    let hearth = shop();
    let page = hearth.page(format!("/p/{}/attribution?from=2020-01-01&to=2020-01-02", hearth.project.id)).text();
    assert!(
        page.contains("No conversions in this period") && page.contains("The last day with conversions is"),
        "{page}"
    );
}

#[test]
fn people_are_listed_found_and_described_as_by_the_api() {
    let hearth = shop();
    let base = format!("/p/{}", hearth.project.id);
    let list = hearth.page(format!("{base}/people")).text();
    for person in ["user%3Au1", "user%3Au2", "user%3Au3"] {
        assert!(list.contains(person), "{person}");
    }
    assert!(!list.contains(HOSTILE) && list.contains("jane@example.com"));
    for wanted in ["jane%40example.com", "u1", "anon-u1", "user:u1"] {
        let found = hearth.page(format!("{base}/people?q={wanted}"));
        assert_eq!(found.status, 303, "{wanted}");
        assert_eq!(found.header("location"), Some(format!("{base}/people/person?id=user%3Au1").as_str()), "{wanted}");
    }
    assert!(hearth.page(format!("{base}/people?q=nobody")).text().contains("Nobody is known as"));

    let page = hearth.page(format!("{base}/people/person?id=user:u1")).text();
    let api: Value = serde_json::from_str(&hearth.get_own("persons/user:u1").text()).unwrap();
    assert!(page.contains(&format!("<dd class=\"value\">{}</dd>", api["events"])), "{page}");
    assert!(page.contains("10.00 EUR") && page.contains("newsletter") && page.contains("purchase"));
    assert!(!page.contains(HOSTILE));
    assert_eq!(hearth.page(format!("{base}/people/person?id=nobody")).status, 404);
    assert_eq!(hearth.page(format!("{base}/people/person")).status, 404);
}

#[test]
fn a_person_is_erased_when_the_same_id_was_typed() {
    let hearth = shop();
    let base = format!("/p/{}", hearth.project.id);
    let admin = hearth.admin();
    assert!(hearth.page(format!("{base}/people/erase?id=u1")).text().contains("cannot be undone"));
    let erase = |confirmation: &str| {
        let fields = [("id", "user:u1"), ("confirmation", confirmation)];
        hearth.post_as(&admin, format!("{base}/people/erase"), &fields)
    };
    let refused = erase("user:u2");
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("This is not the id above"));
    assert_eq!(hearth.get_own("persons/user:u1").status, 200);
    let erased = erase("user:u1");
    assert_eq!(erased.status, 200, "{}", erased.text());
    assert!(erased.text().contains("The person is gone"));
    assert_eq!(hearth.get_own("persons/user:u1").status, 404);
    assert_eq!(erase("user:u1").status, 404);
}

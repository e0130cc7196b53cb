use std::collections::{BTreeSet, HashSet};

use super::item::What;
use super::*;
use crate::config::{Overrides, Surroundings, load_from};

const BORN_MS: i64 = 1_795_000_000_000;

fn config() -> Config {
    load_from(&Overrides::default(), &Surroundings::default()).map_err(|problems| problems.to_string()).unwrap().config
}

fn days(count: i64) -> Vec<Item> {
    let first = (BORN_MS - count * MS_PER_DAY).div_euclid(MS_PER_HOUR);
    (first..first + count * 24).flat_map(|hour| items_of_hour(hour * MS_PER_HOUR, BORN_MS)).collect()
}

#[test]
fn the_doors_would_take_everything() {
    let (items, mut batches) = (days(3), Batches::new(ProjectId(1), &config()));
    let mut counts = [0; 3];
    for Item { at_ms, what } in items {
        match what {
            What::Heat(sent) => {
                let Batch::Heat(batch) = batches.heat(&sent, at_ms).unwrap() else { panic!("heat is heat") };
                #[expect(clippy::cast_precision_loss, reason = "times fit a double")]
                let latest = at_ms as f64 + 5_000.0;
                assert!(batch.events.iter().all(|event| event.ts <= latest));
                counts[0] += 1;
            }
            What::Track(sent) => {
                batches.track(&sent, at_ms).unwrap();
                counts[1] += 1;
            }
            What::Request(request) => {
                let record = batches.record(*request, at_ms);
                assert!(record.upstream_us < Some(record.duration_us));
                counts[2] += 1;
            }
        }
    }
    assert!(counts[0] > 500 && counts[1] > 100 && counts[2] > 1000, "{counts:?}");
}

#[test]
fn the_same_hour_is_the_same_each_time() {
    let hour_ms = BORN_MS.div_euclid(MS_PER_HOUR) * MS_PER_HOUR;
    let texts = || items_of_hour(hour_ms, BORN_MS).iter().map(|item| format!("{item:?}")).collect::<Vec<_>>();
    assert_eq!(texts(), texts());
}

#[test]
fn days_have_purchases_customers_failures_and_rage() {
    let items = days(10);
    let tracked: Vec<_> = items
        .iter()
        .filter_map(|item| match &item.what {
            What::Track(sent) => Some(sent.body.as_str()),
            _ => None,
        })
        .collect();
    let count = |text: &str| tracked.iter().filter(|body| body.contains(text)).count();
    assert!((20..200).contains(&count(r#""event":"purchase""#)), "{}", count(r#""event":"purchase""#));
    assert!((20..60).contains(&count(r#""event":"signup""#)), "{}", count(r#""event":"signup""#));
    let requests: Vec<_> = items
        .iter()
        .filter_map(|item| match &item.what {
            What::Request(request) => Some(request),
            _ => None,
        })
        .collect();
    let statuses: BTreeSet<_> = requests.iter().map(|request| request.status).collect();
    assert_eq!(statuses, BTreeSet::from([200, 303, 404, 500, 504]));
    let heat =
        items.iter().filter(|item| matches!(&item.what, What::Heat(sent) if sent.body.contains("finish-copper")));
    assert!(heat.count() > 10);
}

#[test]
fn a_customer_is_the_same_in_all_three() {
    let items = days(5);
    let heat_users: HashSet<_> = items
        .iter()
        .filter_map(|item| match &item.what {
            What::Heat(sent) => {
                serde_json::from_str::<serde_json::Value>(&sent.body).unwrap()["user"]["id"].as_str().map(str::to_owned)
            }
            _ => None,
        })
        .collect();
    let buyers: HashSet<_> = items
        .iter()
        .filter_map(|item| match &item.what {
            What::Track(sent) if sent.body.contains(r#""event":"purchase""#) => {
                let body: serde_json::Value = serde_json::from_str(&sent.body).unwrap();
                let session = body["context"]["session_id"].as_str().unwrap().to_owned();
                Some((body["userId"].as_str().unwrap().to_owned(), session))
            }
            _ => None,
        })
        .collect();
    assert!(!buyers.is_empty());
    for (user, session) in &buyers {
        assert!(heat_users.contains(user), "{user}");
        assert!(
            items.iter().any(|item| matches!(&item.what, What::Request(request)
            if request.session.as_deref() == Some(session) && request.user.as_ref().is_some_and(|(id, _)| id == user)))
        );
    }
}

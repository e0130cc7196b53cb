//! Amounts, currencies, which events are successes; pairings and consent.

use super::{one, read, track, web};
use crate::config::Datalyr;
use crate::domain::track::{Conversion, PairingKind};
use crate::intake::datalyr::meaning::revenue::ConversionNames;

fn conversion(name: &str, properties: &str) -> Option<Conversion> {
    track("api", name, "", properties).conversion
}

#[test]
fn the_first_amount_that_is_not_null_counts_even_if_it_is_none() {
    for (properties, micros, currency) in [
        (r#"{"value":0,"revenue":5}"#, Some(0), "USD"),
        (r#"{"value":null,"revenue":5}"#, Some(5_000_000), "USD"),
        (r#"{"amount":9.99}"#, Some(9_990_000), "USD"),
        (r#"{"total":9}"#, None, "USD"),
        (r#"{"value":"19.99"}"#, Some(19_990_000), "USD"),
        (r#"{"value":" 1e2\n"}"#, Some(100_000_000), "USD"),
        (r#"{"value":"free","revenue":5}"#, None, "USD"),
        (r#"{"value":"","revenue":5}"#, None, "USD"),
        (r#"{"value":true,"revenue":5}"#, None, "USD"),
        (r#"{"value":{"a":1},"revenue":5}"#, None, "USD"),
        (r#"{"value":-4.5,"currency":"eur"}"#, Some(-4_500_000), "EUR"),
        (r#"{"value":1e400}"#, None, "USD"),
        (r#"{"value":1,"value":2}"#, Some(2_000_000), "USD"),
        (r#"{"value":1,"currency":" \u00e4bc "}"#, Some(1_000_000), "ÄBC"),
        (r#"{"value":1,"currency":" "}"#, Some(1_000_000), "USD"),
        (r#"{"value":1,"currency":7}"#, Some(1_000_000), "USD"),
        (r#"{"value":1,"currency":"aaaaaaaaaaaaaaaaaaaa"}"#, Some(1_000_000), "AAAAAAAAAAAAAAAA"),
    ] {
        let expected = Conversion { is_revenue: true, amount_micros: micros, currency: currency.into() };
        assert_eq!(conversion("purchase", properties), Some(expected), "{properties}");
    }
}

#[test]
fn events_are_successes_by_their_names() {
    for (name, is_revenue) in [
        ("purchase", Some(true)),
        ("Purchase Completed", Some(true)),
        ("ORDER-paid", Some(true)),
        ("subscribe", Some(true)),
        ("subscription_renewed", Some(true)),
        ("signup_completed", Some(false)),
        ("Sign Up", None),
        ("lead", Some(false)),
        ("add_to_cart", None),
        ("initiate_checkout", None),
        ("view_content", None),
        ("$purchase", None),
        (" purchase", None),
        ("purchases", None),
    ] {
        let found = conversion(name, r#"{"value":10}"#);
        assert_eq!(found.as_ref().map(|found| found.is_revenue), is_revenue, "{name}");
        assert!(found.is_none_or(|found| found.amount_micros == Some(10_000_000)));
    }
}

#[test]
fn names_are_the_owners_choice() {
    let own = Datalyr {
        revenue_events: vec!["Kauf Ä".to_owned(), "both".to_owned()],
        conversion_events: vec!["both".to_owned(), "$x".to_owned()],
        ..super::RULES.datalyr.clone()
    };
    let names = ConversionNames::new(&own);
    assert_ne!(names, super::RULES.conversions);
    let rules = crate::intake::datalyr::decode::DecodeRules::new(&own);
    assert_eq!(rules.conversions, names);
    let about = crate::intake::datalyr::decode::Surroundings { received_at_ms: super::NOW_MS, user_agent: None };
    for (name, is_revenue) in [("kauf-ä", Some(true)), ("both", Some(true)), ("$x", None), ("purchase", None)] {
        let body = format!(r#"{{"event":"{name}"}}"#);
        let event = crate::intake::datalyr::decode::decode(body.into(), &rules, &about).unwrap().events.remove(0);
        assert_eq!(event.conversion.map(|found| found.is_revenue), is_revenue, "{name}");
    }
}

#[test]
fn captured_purchases_are_paid_once() {
    let euro = Conversion { is_revenue: true, amount_micros: Some(49_990_000), currency: "EUR".into() };
    for (kind, version) in [("rn_purchase", "1.7.18"), ("rn_raw_purchase", "1.7.18"), ("rn_old_purchase", "1.7.12")] {
        assert_eq!(one(kind, version).conversion, Some(euro.clone()));
    }
    assert_eq!(one("purchase", "1.3.1").conversion.unwrap().amount_micros, Some(49_990_000));
    for version in ["1.7.12", "1.2.0"] {
        let dollars = one("web_critical_purchase", version).conversion.unwrap();
        assert_eq!((dollars.amount_micros, &*dollars.currency), (Some(49_990_000), "USD"));
    }
}

#[test]
fn other_systems_names_of_a_visit_are_paired_with_it() {
    for (name, data, expected) in [
        (
            "$stripe_checkout_session",
            r#"{"stripe_session_id":"cs_1"}"#,
            Some((PairingKind::StripeCheckoutSession, "cs_1")),
        ),
        ("$shopify_cart", r#"{"shopify_cart_id":77}"#, Some((PairingKind::ShopifyCart, "77"))),
        ("$shopify_cart", r#"{"shopify_cart_id":""}"#, None),
        ("$shopify_cart", r#"{"stripe_session_id":"cs_1"}"#, None),
        ("purchase", r#"{"stripe_session_id":"cs_1"}"#, None),
    ] {
        let found = web(name, "", data).pairing;
        assert_eq!(found.as_ref().map(|found| (found.kind, &*found.value)), expected, "{name} {data}");
    }
    let captured = super::captured("web_batch", "1.7.12").pop().unwrap();
    assert_eq!(&*captured.pairing.unwrap().value, "cs_test_a1B2c3D4e5F6g7H8");
}

#[test]
fn what_was_refused_is_not_for_advertising() {
    for (consent, may_advertise) in [
        (r#"{"analytics":true,"marketing":false}"#, false),
        (r#"{"marketing":true,"sale":false}"#, false),
        (r#"{"analytics":false,"marketing":true}"#, true),
        (r#"{"marketing":null,"sale":0}"#, true),
        (r"{}", true),
        ("null", true),
        (r#""marketing""#, true),
    ] {
        let event = web("pageview", "", &format!(r#"{{"consent":{consent}}}"#));
        assert_eq!(event.may_advertise, may_advertise, "{consent}");
    }
    let batch = super::captured("web_batch_lone_surrogate_and_numeric_user", "1.7.12");
    assert_eq!(batch.iter().map(|event| event.may_advertise).collect::<Vec<_>>(), [true, true, true, false]);
    assert!(read(r#"{"event":"a"}"#).remove(0).may_advertise);
}

//! What apps and pages say by the Datalyr protocol, as bodies of `POST /track`.

use serde_json::{Map, Value, json};

use super::random::Numbers;
use super::sources::Source;
use crate::demo::customers::Customer;

/// Where the shop of the history was reached.
pub(super) const ORIGIN: &str = "https://ember-and-oak.example";

/// Whom an event is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whom<'a> {
    pub customer: Option<&'a Customer>,
    pub anonymous: &'a str,
    pub session: &'a str,
}

/// What brought a visitor: the page view of a landing page, as the SDK for web pages sends it.
pub(super) fn arrival(
    whom: Whom<'_>,
    path: &str,
    source: &Source,
    query: &[(&str, String)],
    at_ms: i64,
    numbers: &mut Numbers,
) -> String {
    let mut data = Map::new();
    let parameters: Vec<_> = query.iter().map(|(name, value)| format!("{name}={}", value.replace(' ', "+"))).collect();
    let mark = if parameters.is_empty() { "" } else { "?" };
    data.insert("url".to_owned(), format!("{ORIGIN}{path}{mark}{}", parameters.join("&")).into());
    data.insert("path".to_owned(), path.into());
    if let Some(referrer) = source.referrer {
        data.insert("referrer".to_owned(), referrer.into());
    }
    for (name, value) in query {
        data.insert((*name).to_owned(), value.as_str().into());
    }
    let event = json!({
        "event_id": numbers.uuid().to_string(), "event_name": "pageview", "event_data": data, "source": "web",
        "timestamp": time(at_ms), "anonymous_id": whom.anonymous, "visitor_id": whom.anonymous,
        "user_id": whom.customer.map(|customer| customer.id.as_str()), "session_id": whom.session,
        "sdk_name": "datalyr-web-sdk", "sdk_version": "1.7.13",
    });
    json!({"events": [event], "batchId": numbers.uuid().to_string(), "timestamp": time(at_ms)}).to_string()
}

/// Who somebody is, with what the shop knows of them.
pub(super) fn identify(whom: Whom<'_>, at_ms: i64, numbers: &mut Numbers) -> Option<String> {
    let customer = whom.customer?;
    let traits = json!({"$set": {"name": customer.name, "email": customer.email, "city": customer.city}});
    Some(event(whom, "$identify", &traits, at_ms, numbers))
}

/// An event of the shop's server.
pub(super) fn event(whom: Whom<'_>, name: &str, properties: &Value, at_ms: i64, numbers: &mut Numbers) -> String {
    let mut body = json!({
        "event": name, "eventId": numbers.uuid().to_string(), "anonymousId": whom.anonymous, "properties": properties,
        "context": {
            "library": "@datalyr/api", "version": "1.3.1", "source": "api", "schema_version": 1, "session_id": whom.session,
        },
        "timestamp": time(at_ms),
    });
    if let Some(customer) = whom.customer {
        body["userId"] = customer.id.as_str().into();
    }
    body.to_string()
}

fn time(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default().to_string()
}

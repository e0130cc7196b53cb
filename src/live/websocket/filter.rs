//! What a watcher wants to see.

use serde::Deserialize;

use crate::domain::heat::Kind;
use crate::live::event::{EventKind, Facts};

/// Longest `route`, `name` and `user`, in bytes.
const MAX_TEXT_BYTES: usize = 2_048;

/// Kinds that one message may name; more than there are.
const MAX_KINDS: usize = 32;

/// Events pass if they fulfil all that is set.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Empty: every kind.
    kinds: Vec<EventKind>,
    route: Option<Pattern>,
    name: Option<Pattern>,
    status: Option<Status>,
    is_slow: Option<bool>,
    user: Option<Box<str>>,
}

/// The members of `subscribe`, as they come.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterWords {
    #[serde(default)]
    kinds: Vec<Box<str>>,
    route: Option<Box<str>>,
    name: Option<Box<str>>,
    status: Option<Box<str>>,
    slow: Option<bool>,
    user: Option<Box<str>>,
}

/// Why words are no filter: the member that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadFilter(pub &'static str);

/// A text, or how it begins.
#[derive(Debug, PartialEq, Eq)]
enum Pattern {
    Exact(Box<str>),
    /// Without the `*`.
    Prefix(Box<str>),
}

#[derive(Debug, PartialEq, Eq)]
enum Status {
    Code(u16),
    /// First digit.
    Class(u16),
}

impl Filter {
    /// Understands what a watcher asks for.
    pub fn of(words: FilterWords) -> Result<Self, BadFilter> {
        if words.kinds.len() > MAX_KINDS {
            return Err(BadFilter("kinds"));
        }
        let kinds: Option<_> = words.kinds.iter().map(|word| EventKind::from_name(word)).collect();
        let bounded = |text: &Option<Box<str>>| text.as_ref().is_none_or(|text| text.len() <= MAX_TEXT_BYTES);
        if !bounded(&words.route) {
            return Err(BadFilter("route"));
        }
        if !bounded(&words.name) {
            return Err(BadFilter("name"));
        }
        if !bounded(&words.user) {
            return Err(BadFilter("user"));
        }
        let (route, name) = (words.route.map(Pattern::of), words.name.map(Pattern::of));
        let status = words.status.map(|status| Status::of(&status).ok_or(BadFilter("status"))).transpose()?;
        Ok(Self { kinds: kinds.ok_or(BadFilter("kinds"))?, route, name, status, is_slow: words.slow, user: words.user })
    }

    /// Whether an event is wanted. What an event does not have fulfils nothing.
    #[must_use]
    pub fn passes(&self, facts: &Facts) -> bool {
        let is_request = facts.kind == EventKind::Request;
        let fits = |wanted: &Option<Pattern>, text: &Option<Box<str>>| {
            wanted.as_ref().is_none_or(|wanted| text.as_ref().is_some_and(|text| wanted.matches(text)))
        };
        (self.kinds.is_empty() || self.kinds.contains(&facts.kind))
            && fits(&self.route, &facts.place)
            && fits(&self.name, &facts.name)
            && self.status.as_ref().is_none_or(|status| facts.status.is_some_and(|code| status.matches(code)))
            && self.is_slow.is_none_or(|is_slow| is_request && facts.is_slow == is_slow)
            && self.user.as_ref().is_none_or(|user| facts.user.as_ref() == Some(user))
    }
}

impl Pattern {
    /// What ends with `*` means all that begins so.
    fn of(text: Box<str>) -> Self {
        match text.strip_suffix('*') {
            Some(prefix) => Self::Prefix(prefix.into()),
            None => Self::Exact(text),
        }
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(whole) => **whole == *text,
            Self::Prefix(prefix) => text.starts_with(&**prefix),
        }
    }
}

impl Status {
    /// `404`, or `4xx` for a class.
    fn of(text: &str) -> Option<Self> {
        if text.len() != 3 || !text.starts_with(|first: char| ('1'..='5').contains(&first)) {
            return None;
        }
        match text.strip_suffix("xx") {
            Some(class) => class.parse().ok().map(Self::Class),
            None => text.parse().ok().map(Self::Code),
        }
    }

    fn matches(&self, code: u16) -> bool {
        match self {
            Self::Code(wanted) => *wanted == code,
            Self::Class(class) => code / 100 == *class,
        }
    }
}

const _: () = assert!(MAX_KINDS > Kind::ALL.len(), "every kind can be named");

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn filter(words: &Value) -> Result<Filter, BadFilter> {
        Filter::of(serde_json::from_value(words.clone()).unwrap())
    }

    fn request(route: &str, status: u16, is_slow: bool, user: Option<&str>) -> Facts {
        Facts {
            kind: EventKind::Request,
            place: Some(route.into()),
            name: None,
            status: Some(status),
            is_slow,
            user: user.map(Box::from),
        }
    }

    #[test]
    fn all_that_is_set_must_be_fulfilled() {
        let slow = request("/api/users/:id", 503, true, Some("u-1"));
        let click = Facts { kind: EventKind::Heat(Kind::Click), place: Some("/api/shop".into()), ..Facts::default() };
        let order = Facts {
            kind: EventKind::Track,
            name: Some("order_completed".into()),
            user: Some("u-1".into()),
            ..Facts::default()
        };
        for (words, passes) in [
            (json!({}), true),
            (json!({"kinds": ["track"]}), true),
            (json!({"kinds": ["request"]}), false),
            (json!({"name": "order_completed"}), true),
            (json!({"name": "order_*", "user": "u-1"}), true),
            (json!({"name": "order"}), false),
            (json!({"user": "u-2"}), false),
            (json!({"route": "*"}), false),
            (json!({"slow": false}), false),
            (json!({"status": "2xx"}), false),
        ] {
            assert_eq!(filter(&words).unwrap().passes(&order), passes, "{words}");
        }
        for (words, passes_slow, passes_click) in [
            (json!({}), true, true),
            (json!({"kinds": []}), true, true),
            (json!({"kinds": ["request"]}), true, false),
            (json!({"kinds": ["scroll", "click"]}), false, true),
            (json!({"route": "/api/*"}), true, true),
            (json!({"route": "/api/users/:id"}), true, false),
            (json!({"route": "/api"}), false, false),
            (json!({"route": "*"}), true, true),
            (json!({"route": ""}), false, false),
            (json!({"name": "*"}), false, false),
            (json!({"status": "5xx"}), true, false),
            (json!({"status": "503"}), true, false),
            (json!({"status": "4xx"}), false, false),
            (json!({"slow": true}), true, false),
            (json!({"slow": false}), false, false),
            (json!({"user": "u-1"}), true, false),
            (json!({"user": "u-2"}), false, false),
            (
                json!({"kinds": ["request"], "route": "/api/*", "status": "5xx", "slow": true, "user": "u-1"}),
                true,
                false,
            ),
            (json!({"kinds": ["request"], "route": "/api/*", "status": "2xx", "slow": true}), false, false),
        ] {
            let filter = filter(&words).unwrap();
            assert_eq!((filter.passes(&slow), filter.passes(&click)), (passes_slow, passes_click), "{words}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (words, member) in [
            (json!({"kinds": ["Click"]}), "kinds"),
            (json!({"kinds": vec!["click"; 33]}), "kinds"),
            (json!({"route": "x".repeat(2_049)}), "route"),
            (json!({"user": "x".repeat(2_049)}), "user"),
            (json!({"name": "x".repeat(2_049)}), "name"),
            (json!({"status": "6xx"}), "status"),
            (json!({"status": "0xx"}), "status"),
            (json!({"status": "50"}), "status"),
            (json!({"status": "5x5"}), "status"),
            (json!({"status": "+50"}), "status"),
            (json!({"status": "5é"}), "status"),
        ] {
            assert_eq!(filter(&words), Err(BadFilter(member)), "{words}");
        }
    }
}

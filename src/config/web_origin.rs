//! Web origins that may send from a browser.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::domain::web_origin::canonical;

/// Whose pages may send: any origin, or a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// Written `["*"]`.
    Any,
    /// Origins exactly as a browser writes them in the Origin header: lower case, without a default port.
    Only(Vec<String>),
}

impl AllowedOrigins {
    /// Whether a request with this Origin header may be read by its page.
    #[must_use]
    pub fn allows(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(origins) => origins.iter().any(|allowed| allowed == origin),
        }
    }
}

impl<'de> Deserialize<'de> for AllowedOrigins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<Item>::deserialize(deserializer)?;
        if items.iter().any(|item| matches!(item, Item::Any)) {
            return match items.as_slice() {
                [_] => Ok(Self::Any),
                _ => Err(de::Error::custom("\"*\" allows every origin and must stand alone")),
            };
        }
        let origins = items.into_iter().filter_map(|item| match item {
            Item::Any => None,
            Item::Origin(origin) => Some(origin),
        });
        Ok(Self::Only(origins.collect()))
    }
}

impl Serialize for AllowedOrigins {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => ["*"].serialize(serializer),
            Self::Only(origins) => origins.serialize(serializer),
        }
    }
}

/// One item of the list on its way in, so that a bad one is reported by its own place.
enum Item {
    Any,
    Origin(String),
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(ItemVisitor)
    }
}

struct ItemVisitor;

impl de::Visitor<'_> for ItemVisitor {
    type Value = Item;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an origin without a path, such as \"https://example.org\", or \"*\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Item, E> {
        if text == "*" {
            return Ok(Item::Any);
        }
        match canonical(text) {
            Some(origin) => Ok(Item::Origin(origin)),
            None => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}

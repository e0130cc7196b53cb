//! Several keys that speak of one parameter.

use super::Parameter;

/// A parameter while the keys that speak of it are merged.
///
/// The rules are those of qs 6.16 as observed; the flags remember what decides between array and object later on.
pub(super) enum Merging {
    Text(String),
    Array { only_text: Option<String>, holds_conflict: bool },
    Object { is_large_array: bool, holds_conflict: bool },
}

impl Merging {
    pub(super) fn into_only_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Array { only_text, .. } => only_text,
            Self::Object { .. } => None,
        }
    }

    /// Adds what a later key says.
    pub(super) fn merge(&mut self, later: Self) {
        let array = |holds_conflict| Self::Array { only_text: None, holds_conflict };
        let object = |is_large_array, holds_conflict| Self::Object { is_large_array, holds_conflict };
        *self = match (&*self, later) {
            // An empty text says nothing to what is there already.
            (_, Self::Text(text)) if text.is_empty() => return,
            (Self::Text(_), Self::Object { is_large_array: true, .. }) => object(true, false),
            (Self::Text(_), _) => array(false),
            (Self::Array { holds_conflict, .. }, Self::Text(_) | Self::Array { .. }) => array(*holds_conflict),
            (Self::Array { holds_conflict, .. }, Self::Object { is_large_array, .. }) => {
                object(is_large_array, *holds_conflict)
            }
            // A text next to an object makes a pair of them, once.
            (Self::Object { is_large_array: false, holds_conflict: false }, Self::Text(_)) => array(true),
            (Self::Object { .. }, Self::Text(_) | Self::Array { .. }) => return,
            (Self::Object { is_large_array, holds_conflict }, Self::Object { is_large_array: later, .. }) => {
                object(*is_large_array || later, *holds_conflict)
            }
        };
    }

    pub(super) fn into_parameter(self) -> Parameter {
        match self {
            Self::Text(text) => Parameter::Text(text),
            Self::Array { only_text, .. } => Parameter::Array { only_text },
            Self::Object { .. } => Parameter::Object,
        }
    }
}

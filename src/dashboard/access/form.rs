//! What a form sends.

use std::collections::HashMap;

use crate::http::view::pairs;

/// Most fields of a form.
const MAX_FIELDS: usize = 500;

/// The fields of a form (`application/x-www-form-urlencoded`); of several with one name, the first.
#[derive(Debug, Clone, Default)]
pub struct Fields(HashMap<String, String>);

impl Fields {
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        let mut fields = HashMap::new();
        for (name, value) in pairs(&String::from_utf8_lossy(body)).take(MAX_FIELDS) {
            fields.entry(name).or_insert(value);
        }
        Self(fields)
    }

    /// A field, without the spaces around it; empty if it is missing.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.as_sent(name).trim()
    }

    /// A field as it was sent, for passwords; empty if it is missing.
    #[must_use]
    pub fn as_sent(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether a checkbox is ticked.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    /// A field that is a whole number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_the_first_counts() {
        let fields = Fields::of(b"name=+Ada+L%2e&name=Bob&on=1&empty=&n=42&odd=%zz%ff");
        assert_eq!(fields.text("name"), "Ada L.");
        assert_eq!(fields.as_sent("name"), " Ada L.");
        assert!(fields.is_on("on") && !fields.is_on("empty") && !fields.is_on("missing"));
        assert_eq!((fields.number("n"), fields.number("on2")), (Some(42), None));
    }
}

//! Numbers in JSON answers.

use serde::{Serialize, Serializer};

use crate::store::pack::whole;

/// A double as JavaScript writes it in JSON: whole numbers without a point, no infinities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JsonNumber(pub f64);

impl Serialize for JsonNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match whole(self.0) {
            Some(integer) => serializer.serialize_i64(integer),
            // serde_json writes infinities as null, like JSON.stringify.
            None => serializer.serialize_f64(self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_javascript_writes_them() {
        for (number, text) in
            [(1.0, "1"), (-0.0, "0"), (0.5, "0.5"), (1_795_000_000_000.0, "1795000000000"), (f64::INFINITY, "null")]
        {
            assert_eq!(serde_json::to_string(&JsonNumber(number)).unwrap(), text);
        }
    }
}

//! Values as an export writes them.

use serde::{Deserialize, Deserializer};

use crate::domain::country::Country;

/// A double; infinite ones are texts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Double(pub f64);

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form<'a> {
            Number(f64),
            Text(&'a str),
        }
        match Form::deserialize(deserializer)? {
            Form::Number(number) => Ok(Self(number)),
            Form::Text("Infinity") => Ok(Self(f64::INFINITY)),
            Form::Text("-Infinity") => Ok(Self(f64::NEG_INFINITY)),
            Form::Text(_) => Err(serde::de::Error::custom("no number")),
        }
    }
}

/// A country by its two letters.
pub(super) fn country(code: Option<&str>) -> Country {
    code.map_or(Country::UNKNOWN, Country::from_code)
}

/// 16 bytes as hexadecimal digits.
pub(super) fn sixteen(text: &str) -> Option<[u8; 16]> {
    (text.len() == 32).then(|| u128::from_str_radix(text, 16).ok()).flatten().map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_numbers_or_infinite() {
        let read = |json: &str| serde_json::from_str::<Double>(json).map(|double| double.0).ok();
        assert_eq!(read("1.5"), Some(1.5));
        assert_eq!(read("\"-Infinity\""), Some(f64::NEG_INFINITY));
        assert_eq!((read("\"NaN\""), read("null")), (None, None));
        assert_eq!(sixteen("000102030405060708090a0b0c0d0e0f").unwrap()[15], 15);
        assert_eq!((sixteen(""), sixteen("000102030405060708090a0b0c0d0e0g")), (None, None));
    }
}

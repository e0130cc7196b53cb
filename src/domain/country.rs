//! Countries, by the two letters that ISO 3166-1 gives them.

/// A country, or none; the number is what the store keeps: 0 for unknown, else by the two letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country(u16);

/// Codes and English names, one country a line.
const NAMES: &str = include_str!("countries.txt");

impl Country {
    /// It was not found out.
    pub const UNKNOWN: Self = Self(0);

    /// The country that two letters mean, in either case. `XX` (Cloudflare: unknown), `T1` (Tor) and whatever else is no
    /// country of the table are unknown: what comes from outside must not invent places.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        let [first, second] = code.as_bytes() else { return Self::UNKNOWN };
        let place = |letter: u8| letter.is_ascii_alphabetic().then(|| u16::from(letter.to_ascii_uppercase() - b'A'));
        let (Some(first), Some(second)) = (place(*first), place(*second)) else { return Self::UNKNOWN };
        let country = Self(1 + first * 26 + second);
        if country.line().is_some() { country } else { Self::UNKNOWN }
    }

    /// The country of a stored number.
    #[must_use]
    pub fn from_number(number: i64) -> Self {
        u16::try_from(number).map(Self).ok().filter(|country| country.line().is_some()).unwrap_or_default()
    }

    /// The number that is stored.
    #[must_use]
    pub fn number(self) -> i64 {
        i64::from(self.0)
    }

    /// The two letters; empty for unknown.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.line().and_then(|line| line.split(' ').next()).unwrap_or_default()
    }

    /// The English name; none for unknown.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        self.line()?.split_once(' ').map(|(_, name)| name)
    }

    fn line(self) -> Option<&'static str> {
        let number = self.0.checked_sub(1)?;
        let letter = |place: u16| u8::try_from(place).ok().map(|place| b'A' + place);
        let letters = [letter(number / 26)?, letter(number % 26)?];
        NAMES.lines().find(|line| line.as_bytes().starts_with(&letters))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_numbers_read_back() {
        for line in NAMES.lines() {
            let (code, name) = line.split_once(' ').unwrap();
            let country = Country::from_code(code);
            assert_eq!((country.code(), country.name()), (code, Some(name)));
            assert_eq!(Country::from_number(country.number()), country);
        }
        assert_eq!(NAMES.lines().count(), 250);
        assert_eq!(Country::from_code("de").name(), Some("Germany"));
    }

    #[test]
    fn what_is_no_country_is_unknown() {
        for code in ["", "D", "DEU", "XX", "T1", "ZZ", "d\u{e9}", "  ", "AP", "EU"] {
            assert_eq!(Country::from_code(code), Country::UNKNOWN, "{code}");
        }
        for number in [-1, 0, 677, 1 << 20, i64::MAX] {
            assert_eq!(Country::from_number(number), Country::UNKNOWN, "{number}");
        }
        assert_eq!(Country::UNKNOWN.code(), "");
        assert_eq!(Country::UNKNOWN.name(), None);
    }
}

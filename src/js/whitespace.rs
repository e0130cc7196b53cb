//! The white space of JavaScript, which is neither ASCII's nor Unicode's.

/// Tells whether JavaScript skips `character` as white space or line end.
///
/// Differs from `char::is_whitespace` in two characters: U+FEFF counts, U+0085 does not (ECMA-262, 12.2 and 12.3).
#[must_use]
pub fn is_whitespace(character: char) -> bool {
    match character {
        '\u{feff}' => true,
        '\u{85}' => false,
        other => other.is_whitespace(),
    }
}

/// Cuts JavaScript white space off both ends, like `String.prototype.trim`.
#[must_use]
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_whitespace)
}

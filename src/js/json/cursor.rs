//! The place in a JSON text, and its smallest pieces: blanks, words, numbers, strings.

use super::{JsonError, JsonErrorKind};

/// A text being read from left to right.
pub(super) struct Cursor<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, offset: 0 }
    }

    /// The next byte, unread.
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.offset).copied()
    }

    /// Reads one byte that [`peek`](Self::peek) has shown to be ASCII.
    pub(super) const fn advance(&mut self) {
        self.offset += 1;
    }

    /// Reads `byte` if it is next.
    pub(super) fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.advance();
        }
        found
    }

    /// Reads the four blanks of JSON, which are fewer than JavaScript's own.
    pub(super) fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.advance();
        }
    }

    /// An error at this place.
    pub(super) const fn error(&self, kind: JsonErrorKind) -> JsonError {
        JsonError { kind, offset_bytes: self.offset }
    }

    /// The error for something else standing here than what must: a wrong character, or nothing.
    pub(super) fn unexpected(&self) -> JsonError {
        let at_end = self.offset >= self.text.len();
        self.error(if at_end { JsonErrorKind::UnexpectedEnd } else { JsonErrorKind::UnexpectedCharacter })
    }

    /// Reads `true`, `false` or `null`.
    pub(super) fn word(&mut self, word: &str) -> Result<(), JsonError> {
        for byte in word.bytes() {
            if !self.accept(byte) {
                return Err(self.unexpected());
            }
        }
        Ok(())
    }

    /// Reads a number: no plus sign, no leading zeros, digits on both sides of a point.
    pub(super) fn number(&mut self, allow_infinite: bool) -> Result<f64, JsonError> {
        let start = self.offset;
        self.accept(b'-');
        if !self.accept(b'0') {
            self.digits()?;
        }
        if self.accept(b'.') {
            self.digits()?;
        }
        if self.accept(b'e') || self.accept(b'E') {
            if !self.accept(b'+') {
                self.accept(b'-');
            }
            self.digits()?;
        }
        let out_of_range = JsonError { kind: JsonErrorKind::NumberOutOfRange, offset_bytes: start };
        let number: f64 = self.text[start..self.offset].parse().map_err(|_| out_of_range)?;
        if number.is_finite() || allow_infinite { Ok(number) } else { Err(out_of_range) }
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.unexpected());
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.advance();
        }
        Ok(())
    }

    /// Reads a string whose opening quote has been read.
    pub(super) fn string(&mut self) -> Result<String, JsonError> {
        let mut content = String::new();
        loop {
            let start = self.offset;
            while self.peek().is_some_and(|byte| byte != b'"' && byte != b'\\' && byte >= 0x20) {
                self.advance();
            }
            content.push_str(&self.text[start..self.offset]);
            match self.peek() {
                None => return Err(self.unexpected()),
                Some(b'"') => {
                    self.advance();
                    return Ok(content);
                }
                Some(b'\\') => {
                    self.advance();
                    content.push(self.escape()?);
                }
                Some(_) => return Err(self.error(JsonErrorKind::ControlCharacter)),
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<char, JsonError> {
        let character = match self.peek() {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(mark @ (b'"' | b'\\' | b'/')) => char::from(mark),
            Some(b'u') => {
                self.advance();
                return self.unicode_escape();
            }
            Some(_) => return Err(self.error(JsonErrorKind::InvalidEscape)),
            None => return Err(self.unexpected()),
        };
        self.advance();
        Ok(character)
    }

    /// Reads four hexadecimal digits, or the two escapes of a surrogate pair; half a pair becomes U+FFFD.
    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        let high = self.hex_unit()?;
        let after_high = self.offset;
        if (0xd800..0xdc00).contains(&high) && self.accept(b'\\') && self.accept(b'u') {
            let low = self.hex_unit()?;
            if let Some(Ok(character)) = char::decode_utf16([high, low]).next() {
                return Ok(character);
            }
        }
        // The second escape, if there is one, stands for itself and is read on its own.
        self.offset = after_high;
        Ok(char::from_u32(u32::from(high)).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex_unit(&mut self) -> Result<u16, JsonError> {
        let mut unit = 0_u16;
        for _ in 0..4 {
            let byte = self.peek().ok_or_else(|| self.unexpected())?;
            let digit = char::from(byte).to_digit(16).and_then(|digit| u16::try_from(digit).ok());
            unit = (unit << 4) | digit.ok_or_else(|| self.error(JsonErrorKind::InvalidEscape))?;
            self.advance();
        }
        Ok(unit)
    }
}

//! A chunked body (RFC 9112 7.1): each frame checked, extensions and trailers left out.

use super::field;
use super::grammar::{is_field_value, is_token_byte};
use super::limits::{MAX_CHUNK_EXTRA_BYTES, MAX_CHUNK_LINE_BYTES};
use super::{Violation, incoming::Step};

/// Sixteen hexadecimal digits are 64 bits.
const MAX_SIZE_DIGITS: usize = 16;

/// Where in a chunked body the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunks {
    place: Place,
    /// What extensions and trailers may still take.
    extra_left: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Size,
    Data { left: u64 },
    DataEnd,
    Trailers,
    End,
}

impl Chunks {
    pub fn begin() -> Self {
        Self { place: Place::Size, extra_left: MAX_CHUNK_EXTRA_BYTES }
    }

    /// Whether the last trailer has been read.
    pub fn have_ended(self) -> bool {
        self.place == Place::End
    }

    /// Takes the next step in `input`, which is not empty. What is to be handed on in other words is appended to `out`.
    ///
    /// The last chunk is kept back until the trailers after it are known to be valid: a body is complete for the
    /// library only if it is complete.
    pub fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Step, Violation> {
        match self.place {
            Place::Size => self.read_size(input, out),
            Place::Data { left } => {
                let bytes = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
                let left = left - bytes as u64;
                self.place = if left == 0 { Place::DataEnd } else { Place::Data { left } };
                Ok(Step::Pass(bytes))
            }
            Place::DataEnd => match input {
                [b'\r', b'\n', ..] => {
                    self.place = Place::Size;
                    Ok(Step::Pass(2))
                }
                [b'\r'] => Ok(Step::More),
                _ => Err(Violation::CHUNK_END),
            },
            Place::Trailers => self.read_trailer(input, out),
            Place::End => Ok(Step::More),
        }
    }

    fn read_size(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Step, Violation> {
        let allowed = input.get(..MAX_CHUNK_LINE_BYTES).unwrap_or(input);
        let Some(end) = allowed.iter().position(|byte| *byte == b'\n') else {
            return if input.len() > MAX_CHUNK_LINE_BYTES { Err(Violation::CHUNK_SIZE) } else { Ok(Step::More) };
        };
        let line = allowed.get(..end).and_then(|line| line.strip_suffix(b"\r")).ok_or(Violation::CHUNK_SIZE)?;
        let digits = line.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(line.len());
        let (digits, extensions) = line.split_at_checked(digits).ok_or(Violation::CHUNK_SIZE)?;
        let size = read_size(digits)?;
        check_extensions(extensions)?;
        self.extra_left = self.extra_left.checked_sub(extensions.len()).ok_or(Violation::CHUNK_EXTRA)?;
        if size == 0 {
            self.place = Place::Trailers;
            return Ok(Step::Replace(end + 1));
        }
        self.place = Place::Data { left: size };
        if extensions.is_empty() && !digits.starts_with(b"0") {
            return Ok(Step::Pass(end + 1));
        }
        out.extend_from_slice(format!("{size:x}\r\n").as_bytes());
        Ok(Step::Replace(end + 1))
    }

    fn read_trailer(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Step, Violation> {
        // Two bytes more, for the empty line.
        let allowed = input.get(..self.extra_left + 2).unwrap_or(input);
        let Some(end) = allowed.iter().position(|byte| *byte == b'\n') else {
            return if input.len() > allowed.len() { Err(Violation::CHUNK_EXTRA) } else { Ok(Step::More) };
        };
        let line = allowed.get(..end).and_then(|line| line.strip_suffix(b"\r")).ok_or(Violation::LINE_END)?;
        if line.is_empty() {
            self.place = Place::End;
            out.extend_from_slice(b"0\r\n\r\n");
        } else {
            field::read_parts(line).map_err(|_| Violation::TRAILER)?;
            self.extra_left = self.extra_left.checked_sub(end + 1).ok_or(Violation::CHUNK_EXTRA)?;
        }
        Ok(Step::Replace(end + 1))
    }
}

fn read_size(digits: &[u8]) -> Result<u64, Violation> {
    if digits.is_empty() || digits.len() > MAX_SIZE_DIGITS {
        return Err(Violation::CHUNK_SIZE);
    }
    let digits = std::str::from_utf8(digits).map_err(|_| Violation::CHUNK_SIZE)?;
    let size = i64::from_str_radix(digits, 16).map_err(|_| Violation::CHUNK_SIZE)?;
    u64::try_from(size).map_err(|_| Violation::CHUNK_SIZE)
}

/// `;name`, `;name=value` or `;name="value"`, any number of times, without whitespace outside of the quotes.
fn check_extensions(mut text: &[u8]) -> Result<(), Violation> {
    while let Some((semicolon, rest)) = text.split_first() {
        if *semicolon != b';' {
            return Err(Violation::CHUNK_SIZE);
        }
        text = skip_token(rest)?;
        if let Some(value) = text.strip_prefix(b"=") {
            text = match value.strip_prefix(b"\"") {
                Some(quoted) => skip_quoted(quoted)?,
                None => skip_token(value)?,
            };
        }
    }
    Ok(())
}

fn skip_token(text: &[u8]) -> Result<&[u8], Violation> {
    let bytes = text.iter().position(|byte| !is_token_byte(*byte)).unwrap_or(text.len());
    match bytes {
        0 => Err(Violation::CHUNK_EXTENSION),
        _ => text.get(bytes..).ok_or(Violation::CHUNK_EXTENSION),
    }
}

/// Skips a quoted string whose opening quote was read.
fn skip_quoted(mut text: &[u8]) -> Result<&[u8], Violation> {
    loop {
        let (byte, rest) = text.split_first().ok_or(Violation::CHUNK_EXTENSION)?;
        text = match byte {
            b'"' => return Ok(rest),
            b'\\' => match rest.split_first() {
                Some((escaped, rest)) if is_field_value(&[*escaped]) => rest,
                _ => return Err(Violation::CHUNK_EXTENSION),
            },
            byte if is_field_value(&[*byte]) => rest,
            _ => return Err(Violation::CHUNK_EXTENSION),
        };
    }
}

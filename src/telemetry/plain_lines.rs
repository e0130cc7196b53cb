//! One event, one line: no byte of a logged value ends a line early or tells a terminal anything (RUSTSEC-2025-0055).

use std::io::{self, Write};

const ESCAPE: u8 = 0x1b;

/// Stderr, to which whole lines are written. What the formatter writes at once is one event.
#[derive(Debug, Clone, Copy)]
pub struct PlainLines {
    /// Colours are the formatter's own; it takes escapes out of values itself.
    pub has_colours: bool,
}

impl tracing_subscriber::fmt::MakeWriter<'_> for PlainLines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

impl Write for PlainLines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        match plain(event, self.has_colours) {
            None => io::stderr().lock().write_all(event),
            Some(plain) => io::stderr().lock().write_all(&plain),
        }?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// The event without control characters; nothing if it has none but the line feed at its end, as is usual.
fn plain(event: &[u8], has_colours: bool) -> Option<Vec<u8>> {
    let line = event.strip_suffix(b"\n").unwrap_or(event);
    let is_control = |byte: u8| (byte < b' ' || byte == 0x7f) && !(has_colours && byte == ESCAPE);
    if !line.iter().copied().any(is_control) {
        return None;
    }
    let mut plain: Vec<u8> = line.iter().map(|byte| if is_control(*byte) { b' ' } else { *byte }).collect();
    plain.push(b'\n');
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_whatever_is_in_it() {
        assert_eq!(plain(b"a plain line\n", false), None);
        assert_eq!(plain(b"a\nb\r\tc\x1b[31m\x7f\n", false), Some(b"a b  c [31m \n".to_vec()));
        assert_eq!(plain("caf\u{e9}\n".as_bytes(), false), None);
        assert_eq!(plain(b"\x1b[2mcolour\x1b[0m\n", true), None);
    }
}

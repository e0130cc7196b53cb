//! Parameters in paths, decoded once as Express decodes them.

/// The segment at `index` of a raw path, percent-decoded; nothing if it is not there or has an invalid
/// sequence. `%2F` gives `/`, `+` stays `+`.
#[must_use]
pub fn segment(raw_path: &str, index: usize) -> Option<String> {
    let raw = raw_path.split('/').skip(1).nth(index)?;
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        if byte != b'%' {
            bytes.push(byte);
            rest = tail;
            continue;
        }
        let (&[high, low], tail) = tail.split_first_chunk::<2>()?;
        bytes.push(hex_digit(high)? << 4 | hex_digit(low)?);
        rest = tail;
    }
    String::from_utf8(bytes).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_once() {
        for (path, expected) in [
            ("/api/projects/a%2Fb+%2520/x", Some("a/b+%20")),
            ("/api/projects/%c3%a9/x", Some("é")),
            ("/api/projects/%zz/x", None),
            ("/api/projects/%2", None),
            ("/api/projects/%ff", None),
            ("/api/projects", None),
        ] {
            assert_eq!(segment(path, 2).as_deref(), expected, "{path}");
        }
    }
}

//! The trace that a request belongs to (W3C Trace Context, 3.2).

/// The trace id of a `traceparent`; nothing if the header is not valid.
///
/// Later versions may append to the four fields, version 00 may not.
#[must_use]
pub fn trace_id(header: &[u8]) -> Option<[u8; 16]> {
    let mut fields = header.trim_ascii().split(|byte| *byte == b'-');
    let version: [u8; 1] = hex(fields.next()?)?;
    let trace: [u8; 16] = hex(fields.next()?)?;
    let parent: [u8; 8] = hex(fields.next()?)?;
    let _flags: [u8; 1] = hex(fields.next()?)?;
    let has_more = fields.next().is_some();
    let is_valid = version != [0xff] && (version != [0] || !has_more) && trace != [0; 16] && parent != [0; 8];
    is_valid.then_some(trace)
}

/// `N` bytes written as lower-case hexadecimal digits.
fn hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            *byte = *byte << 4 | value;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::trace_id;

    #[test]
    fn the_example_of_the_standard_is_read() {
        let id = trace_id(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        assert_eq!(u128::from_be_bytes(id), 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert!(trace_id(b"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more").is_some());
    }

    #[test]
    fn what_is_not_valid_is_no_trace() {
        for header in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        ] {
            assert_eq!(trace_id(header.as_bytes()), None, "{header}");
        }
    }
}

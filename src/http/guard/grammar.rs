//! Which bytes may stand where (RFC 9110 5.5 and 5.6, RFC 9112 2.2).

/// Whether a byte may stand in a token: a method, a field name.
pub(super) fn is_token_byte(byte: u8) -> bool {
    TOKEN_BYTES[usize::from(byte)]
}

/// Whether it is a token: not empty, and of token bytes only.
#[must_use]
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| is_token_byte(*byte))
}

/// Whether all bytes may stand in a field's value: no control characters but the tab. Bytes from 0x80 are allowed and
/// mean nothing.
#[expect(clippy::needless_bitwise_bool, reason = "without branches it is done for many bytes at once")]
pub(super) fn is_field_value(text: &[u8]) -> bool {
    text.iter().fold(true, |valid, byte| valid & ((*byte >= b' ') & (*byte != 0x7f) | (*byte == b'\t')))
}

/// Without the optional whitespace around a value: spaces and tabs, nothing else.
pub(super) fn trim(text: &[u8]) -> &[u8] {
    let is_inside = |byte: &u8| *byte != b' ' && *byte != b'\t';
    let start = text.iter().position(is_inside).unwrap_or(text.len());
    let end = text.iter().rposition(is_inside).map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}

/// Splits at the first `byte`, which belongs to neither half.
pub(super) fn split_once(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|candidate| *candidate == byte)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

const TOKEN_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    // Tokens are ASCII.
    while byte < 0x80 {
        table[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
            );
        byte += 1;
    }
    table
};

//! The options of the field `Connection` (RFC 9110 7.6.1).

use super::grammar::trim;

/// Whether a list holds an option, in any case.
pub(super) fn has(list: &[u8], option: &[u8]) -> bool {
    members(list).any(|member| member.eq_ignore_ascii_case(option))
}

/// The list without the options that would ask for another protocol.
pub(super) fn without_upgrade(list: &[u8]) -> Vec<u8> {
    let kept: Vec<&[u8]> = members(list).filter(|member| !asks_for_upgrade(member)).collect();
    kept.join(b", ".as_slice())
}

/// Whether the list holds an option that would ask for another protocol.
pub(super) fn has_upgrade(list: &[u8]) -> bool {
    members(list).any(asks_for_upgrade)
}

fn asks_for_upgrade(member: &[u8]) -> bool {
    member.eq_ignore_ascii_case(b"upgrade") || member.eq_ignore_ascii_case(b"http2-settings")
}

fn members(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| *byte == b',').map(trim).filter(|member| !member.is_empty())
}

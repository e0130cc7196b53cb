//! The cookies of a request (RFC 6265 5.4): pairs separated by semicolons.

/// The value of the first cookie called `name`, without quotes around it; values are not decoded.
pub(super) fn value<'a>(header: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    header.split(|byte| *byte == b';').find_map(|pair| {
        let (found, value) = split(pair)?;
        (found == name).then(|| unquoted(value))
    })
}

/// The header without the cookies called `name`, everything else byte for byte; nothing if it has none of them.
pub(super) fn without(header: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let is_other = |pair: &&[u8]| split(pair).is_none_or(|(found, _)| found != name);
    let pairs = || header.split(|byte| *byte == b';');
    if pairs().all(|pair| is_other(&pair)) {
        return None;
    }
    let kept: Vec<&[u8]> = pairs().filter(is_other).collect();
    Some(kept.join(&b';').trim_ascii().to_vec())
}

fn split(pair: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = pair.iter().position(|byte| *byte == b'=')?;
    let (name, value) = pair.split_at_checked(at)?;
    Some((name.trim_ascii(), value.get(1..)?.trim_ascii()))
}

fn unquoted(value: &[u8]) -> &[u8] {
    value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(header: &str, name: &str) -> Option<String> {
        value(header.as_bytes(), name.as_bytes()).map(|value| String::from_utf8(value.to_vec()).unwrap())
    }

    #[test]
    fn a_value_is_found_by_its_whole_name() {
        for (header, expected) in [
            ("sid=1", Some("1")),
            ("a=b; sid=1; c=d", Some("1")),
            ("a=b;sid=1", Some("1")),
            (" sid = 1 ", Some("1")),
            ("sid=\"quoted\"", Some("quoted")),
            ("sid=\"", Some("\"")),
            ("sid=a=b==", Some("a=b==")),
            ("sid=%41", Some("%41")),
            ("sid=", Some("")),
            ("sid=1; sid=2", Some("1")),
            ("xsid=1; sidx=2; SID=3; sid", None),
            ("", None),
            (";;;", None),
        ] {
            assert_eq!(text(header, "sid").as_deref(), expected, "{header}");
        }
    }

    #[test]
    fn a_cookie_is_taken_out_and_the_others_stay_as_they_were() {
        for (header, expected) in [
            ("h=1", Some("")),
            ("h=1; a=b", Some("a=b")),
            ("a=b; h=1", Some("a=b")),
            ("a=\"x y\"; h=1;  c = d;e", Some("a=\"x y\";  c = d;e")),
            ("h=1; a=b; h=2", Some("a=b")),
            ("a=b; hh=1; h", None),
        ] {
            let left = without(header.as_bytes(), b"h");
            assert_eq!(left.as_deref(), expected.map(str::as_bytes), "{header}");
        }
    }
}

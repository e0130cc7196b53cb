//! The token inside an `Authorization` header.

/// The scheme and the one space that may stand before a token.
const SCHEME: &[u8] = b"Bearer ";

/// The token of an `Authorization` header, or nothing if the sender showed none.
///
/// Any other text is a token, and a bad one: `Basic Zm9v`, or the bare word `Bearer`. The scheme is
/// optional, in any letter case, and takes exactly one space with it (heat-collector.md 4.5).
#[must_use]
pub fn bearer(authorization: Option<&[u8]>) -> Option<&[u8]> {
    let header = authorization?;
    let token = match header.split_at_checked(SCHEME.len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(SCHEME) => token,
        _ => header,
    };
    (!token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::bearer;

    fn of(header: &str) -> Option<&str> {
        bearer(Some(header.as_bytes())).map(|token| std::str::from_utf8(token).unwrap())
    }

    #[test]
    fn the_scheme_is_optional_and_its_case_is_free() {
        for header in ["Bearer a.b.c", "bearer a.b.c", "bEaReR a.b.c", "a.b.c"] {
            assert_eq!(of(header), Some("a.b.c"), "{header}");
        }
    }

    #[test]
    fn one_space_goes_with_the_scheme_and_no_more() {
        assert_eq!(of("Bearer  a.b.c"), Some(" a.b.c"));
        assert_eq!(of("Bearer\ta.b.c"), Some("Bearer\ta.b.c"));
    }

    #[test]
    fn an_empty_header_is_no_token() {
        assert_eq!(bearer(None), None);
        assert_eq!(of(""), None);
        assert_eq!(of("Bearer "), None);
    }

    #[test]
    fn anything_else_is_a_token_to_refuse() {
        assert_eq!(of("Bearer"), Some("Bearer"));
        assert_eq!(of("Basic Zm9v"), Some("Basic Zm9v"));
        assert_eq!(bearer(Some(b"\xff\xfe")), Some(&b"\xff\xfe"[..]));
    }
}

//! Where the name of a request's user or session comes from (traffic.md 2).

/// Longest text of a source, in bytes.
const MAX_BYTES: usize = 256;

/// One place to look for an id, a name, an e-mail address or a session.
///
/// Header names are in lower case; names of cookies and claims are as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentitySource {
    /// `response-header:NAME`: set by the app, taken away before the client.
    ResponseHeader(String),
    /// `request-header:NAME`.
    RequestHeader(String),
    /// `cookie:NAME`.
    Cookie(String),
    /// `jwt:CLAIM`: the way to the claim, from the outermost object inwards; dots separate its steps.
    Jwt(Vec<String>),
}

impl IdentitySource {
    /// Reads a source as the configuration names it.
    ///
    /// # Errors
    /// What is wrong with `text`, for whoever wrote it.
    pub fn parse(text: &str) -> Result<Self, String> {
        const KINDS: &str = "must be response-header:NAME, request-header:NAME, cookie:NAME or jwt:CLAIM";
        if text.len() > MAX_BYTES {
            return Err(format!("must not be longer than {MAX_BYTES} bytes"));
        }
        let (kind, name) = text.split_once(':').ok_or(KINDS)?;
        match kind {
            "response-header" => Ok(Self::ResponseHeader(header(name)?)),
            "request-header" => Ok(Self::RequestHeader(header(name)?)),
            "cookie" if is_token(name) => Ok(Self::Cookie(name.to_owned())),
            "cookie" => Err(format!("{name:?} cannot be the name of a cookie")),
            "jwt" => claim(name).map(Self::Jwt),
            _ => Err(KINDS.to_owned()),
        }
    }
}

fn header(name: &str) -> Result<String, String> {
    if is_token(name) { Ok(name.to_ascii_lowercase()) } else { Err(format!("{name:?} cannot be the name of a header")) }
}

fn claim(name: &str) -> Result<Vec<String>, String> {
    let steps: Vec<String> = name.split('.').map(str::to_owned).collect();
    if steps.iter().all(|step| !step.is_empty() && !step.contains(char::is_control)) {
        Ok(steps)
    } else {
        Err(format!("{name:?} cannot be the name of a claim"))
    }
}

/// Whether `name` is a `token` (RFC 9110 5.6.2), as names of headers and cookies are.
fn is_token(name: &str) -> bool {
    let is_token_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token_byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read() {
        for (text, source) in [
            ("response-header:X-User", IdentitySource::ResponseHeader("x-user".into())),
            ("request-header:X-Forwarded-User", IdentitySource::RequestHeader("x-forwarded-user".into())),
            ("cookie:Sid.1", IdentitySource::Cookie("Sid.1".into())),
            ("jwt:sub", IdentitySource::Jwt(vec!["sub".into()])),
            ("jwt:user.e mail", IdentitySource::Jwt(vec!["user".into(), "e mail".into()])),
        ] {
            assert_eq!(IdentitySource::parse(text), Ok(source), "{text}");
        }
    }

    #[test]
    fn what_can_never_match_is_told() {
        let long = format!("cookie:{}", "x".repeat(MAX_BYTES));
        for text in [
            "",
            "sub",
            "jwt:",
            "jwt:a..b",
            "jwt:.a",
            "cookie:",
            "cookie:a b",
            "cookie:a=b",
            "request-header:",
            "header:x",
            "response-header:x:y",
            "Jwt:sub",
            "response-header:x\n",
            &long,
        ] {
            assert!(IdentitySource::parse(text).is_err(), "{text}");
        }
    }
}

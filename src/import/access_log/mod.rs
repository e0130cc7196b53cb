//! Access logs of web servers: nginx, Apache, Caddy, Traefik.
//!
//! A line becomes a [`LogLine`] by the rules of its server, and a record by those of the proxy's recorder
//! (`intake::traffic::logged`): routes are learned and texts redacted exactly as if the proxy had seen the request.

pub mod combined;
pub mod json;
pub mod source;
pub mod stamp;

/// Whose log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// What fits, line by line.
    Auto,
    /// `combined`, also with the request's time behind it.
    Nginx,
    /// Common Log Format, `combined`, `vhost_combined`.
    Apache,
    /// JSON.
    Caddy,
    /// Its own Common Log Format, or JSON.
    Traefik,
}

impl LogFormat {
    pub const ALL: [Self; 5] = [Self::Auto, Self::Nginx, Self::Apache, Self::Caddy, Self::Traefik];

    /// The word on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Nginx => "nginx",
            Self::Apache => "apache",
            Self::Caddy => "caddy",
            Self::Traefik => "traefik",
        }
    }

    /// The format a word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }
}

/// What a line says of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogLine {
    /// When the response had ended, in ms since the epoch; to the second where the log says no more.
    pub ended_at_ms: i64,
    /// Absent where the log does not tell it.
    pub duration_us: Option<u64>,
    pub upstream_us: Option<u64>,
    pub client: String,
    pub method: String,
    /// Path and query.
    pub target: String,
    pub host: Option<String>,
    /// As the log writes it, such as `HTTP/1.1`.
    pub protocol: String,
    pub status: u16,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub referrer: Option<String>,
    pub user_agent: Option<String>,
}

/// Why a line is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineRefusal {
    #[error("the line fits no known format")]
    UnknownFormat,
    #[error("the line is no JSON object")]
    InvalidJson,
    #[error("a member that an access log has is missing: it is another log's line")]
    NotAnAccess,
    #[error("the time is none")]
    InvalidTime,
    #[error("the request line has no method and path, as of a client that spoke no HTTP")]
    NoRequest,
    #[error("the status is none")]
    InvalidStatus,
}

/// Reads a line.
pub fn read(line: &str, format: LogFormat) -> Result<LogLine, LineRefusal> {
    let is_json = line.starts_with('{');
    match format {
        LogFormat::Caddy => json::caddy(line),
        LogFormat::Traefik if is_json => json::traefik(line),
        LogFormat::Auto if is_json => json::any(line),
        LogFormat::Auto | LogFormat::Nginx | LogFormat::Apache | LogFormat::Traefik => combined::read(line, format),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_line_ends_the_parser(line in ".{0,200}", odd in r#"[\[\]"\\ xX0-9a-f:/+{}.,-]{0,120}"#) {
            for format in LogFormat::ALL {
                let _ = read(&line, format);
                let _ = read(&odd, format);
                let _ = read(&format!("{{\"ts\":{odd}}}"), format);
                let _ = read(&format!("1.2.3.4 - - [{odd}] \"{odd}\" 200 {odd}"), format);
            }
        }
    }
}

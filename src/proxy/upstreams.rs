//! Which upstream a request goes to.

use hyper::header::HeaderValue;
use url::Url;

use crate::config;
use crate::domain::id::ProjectId;

/// The upstreams in the order in which they are tried: exact hosts, then `*.` hosts with the longer ones first, then
/// any host; within a host the longer path first; `proxy.upstream` last.
#[derive(Debug)]
pub(super) struct Upstreams(Vec<Upstream>);

/// One place that requests go to.
#[derive(Debug)]
pub(super) struct Upstream {
    host: HostPattern,
    /// Without the slash at its end; `/` is empty.
    path: Box<str>,
    pub(super) target: Target,
    pub(super) preserve_host: bool,
    pub(super) project: ProjectId,
}

/// The address of an upstream.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) tls: bool,
    /// Name or address, an IPv6 one without brackets.
    pub(super) host: Box<str>,
    pub(super) port: u16,
    /// Host and, if it is not the scheme's own, port, as the field `Host` has them.
    pub(super) authority: HeaderValue,
    /// Put before the path of each request; without the slash at its end, `/` is empty.
    pub(super) path: Box<str>,
}

/// What the client asked for must be like this.
#[derive(Debug, PartialEq, Eq)]
enum HostPattern {
    Exact(Box<str>),
    /// `.example.org`: any name below.
    Below(Box<str>),
    Any,
}

impl Upstreams {
    /// The configured upstreams; `projects` are those of `config.upstreams`, in the same order.
    ///
    /// `None` if the URL of one has no host or cannot be written into a header.
    pub(super) fn new(config: &config::Proxy, projects: &[ProjectId], default_project: ProjectId) -> Option<Self> {
        let several = config.upstreams.iter().enumerate().map(|(at, upstream)| {
            Some(Upstream {
                host: HostPattern::new(&upstream.host),
                path: without_last_slash(&upstream.path),
                target: Target::new(&upstream.url)?,
                preserve_host: upstream.preserve_host.unwrap_or(config.preserve_host),
                project: projects.get(at).copied().unwrap_or(default_project),
            })
        });
        let mut upstreams = several.collect::<Option<Vec<_>>>()?;
        // Stable, so that of two equal ones the first counts.
        upstreams.sort_by_key(|upstream| (upstream.host.rank(), usize::MAX - upstream.path.len()));
        if let Some(url) = &config.upstream {
            upstreams.push(Upstream {
                host: HostPattern::Any,
                path: "".into(),
                target: Target::new(url)?,
                preserve_host: config.preserve_host,
                project: default_project,
            });
        }
        Some(Self(upstreams))
    }

    /// The upstream for a host (without port) and a path (without query), and its index.
    ///
    /// Paths are compared byte for byte, as they are forwarded: `/%61pi` is not `/api`.
    pub(super) fn choose(&self, host: &str, path: &str) -> Option<(usize, &Upstream)> {
        self.0.iter().enumerate().find(|(_, upstream)| upstream.host.matches(host) && upstream.is_above(path))
    }

    pub(super) fn get(&self, index: usize) -> Option<&Upstream> {
        self.0.get(index)
    }

    /// The address of each, in order, for people: without user and password.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|upstream| upstream.target.name())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether any of them is https.
    pub(super) fn need_tls(&self) -> bool {
        self.0.iter().any(|upstream| upstream.target.tls)
    }
}

impl Upstream {
    fn is_above(&self, path: &str) -> bool {
        path.strip_prefix(&*self.path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || self.path.is_empty())
    }
}

impl Target {
    fn new(url: &Url) -> Option<Self> {
        let host = url.host_str()?;
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Some(Self {
            tls: url.scheme() == "https",
            host: host.trim_start_matches('[').trim_end_matches(']').into(),
            port: url.port_or_known_default()?,
            authority: HeaderValue::try_from(authority).ok()?,
            path: without_last_slash(url.path()),
        })
    }
}

impl Target {
    /// The address for people.
    fn name(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}{}", self.authority.to_str().unwrap_or_default(), self.path)
    }
}

impl HostPattern {
    fn new(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        match text.strip_prefix('*') {
            Some("") => Self::Any,
            Some(below) => Self::Below(below.into()),
            None if text.is_empty() => Self::Any,
            None => Self::Exact(text.into()),
        }
    }

    /// The more specific, the smaller.
    fn rank(&self) -> usize {
        match self {
            Self::Exact(_) => 0,
            Self::Below(below) => usize::MAX - below.len(),
            Self::Any => usize::MAX,
        }
    }

    fn matches(&self, host: &str) -> bool {
        match self {
            Self::Exact(exact) => host.eq_ignore_ascii_case(exact),
            Self::Below(below) => host
                .len()
                .checked_sub(below.len())
                .filter(|&at| at > 0)
                .and_then(|at| host.get(at..))
                .is_some_and(|end| end.eq_ignore_ascii_case(below)),
            Self::Any => true,
        }
    }
}

/// The name in an authority: without its port, and without the dot that may end a full name.
pub(super) fn name_of(authority: &str) -> &str {
    let name = match authority.rfind(']') {
        Some(end) => authority.get(..=end).unwrap_or(authority),
        None => authority.split_once(':').map_or(authority, |(name, _)| name),
    };
    name.strip_suffix('.').unwrap_or(name)
}

fn without_last_slash(path: &str) -> Box<str> {
    path.strip_suffix('/').unwrap_or(path).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstreams(entries: &[(&str, &str, &str)], last: Option<&str>) -> Upstreams {
        let mut config =
            config::load_from(&config::Overrides::default(), &config::Surroundings::default()).unwrap().config.proxy;
        config.upstreams = entries
            .iter()
            .map(|(host, path, url)| config::Upstream {
                host: (*host).to_owned(),
                path: (*path).to_owned(),
                url: url.parse().unwrap(),
                preserve_host: None,
                project: String::new(),
            })
            .collect();
        config.upstream = last.map(|url| url.parse().unwrap());
        Upstreams::new(&config, &[], ProjectId(1)).unwrap()
    }

    fn chosen(upstreams: &Upstreams, host: &str, path: &str) -> Option<String> {
        upstreams.choose(host, path).map(|(_, upstream)| upstream.target.authority.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_most_specific_host_wins_then_the_longest_path_then_the_one_upstream() {
        let all = upstreams(
            &[
                ("", "/api", "http://any-api"),
                ("*.example.org", "/", "http://below"),
                ("*.shop.example.org", "/", "http://further-below"),
                ("shop.example.org", "/", "http://shop"),
                ("shop.example.org", "/api/v1", "http://shop-v1"),
                ("shop.example.org", "/api", "http://shop-api"),
            ],
            Some("http://rest"),
        );
        let cases = [
            ("shop.example.org", "/api/v1/x", "shop-v1"),
            ("SHOP.example.ORG", "/api/v2", "shop-api"),
            ("shop.example.org", "/apix", "shop"),
            ("a.shop.example.org", "/api", "further-below"),
            ("a.example.org", "/", "below"),
            ("example.org", "/api", "any-api"),
            (".example.org", "/", "rest"),
            ("other", "/api/", "any-api"),
            ("other", "/apix", "rest"),
            ("", "*", "rest"),
        ];
        for (host, path, wanted) in cases {
            assert_eq!(chosen(&all, host, path).as_deref(), Some(wanted), "{host} {path}");
        }
    }

    #[test]
    fn there_may_be_none() {
        let one = upstreams(&[("a.test", "/x/", "http://a:81/base/")], None);
        assert_eq!(chosen(&one, "b.test", "/x"), None);
        assert_eq!(chosen(&one, "a.test", "/"), None);
        assert_eq!(chosen(&one, "a.test", "/x/y").as_deref(), Some("a:81"));
        let (_, upstream) = one.choose("a.test", "/x").unwrap();
        assert_eq!(&*upstream.target.path, "/base");
    }

    #[test]
    fn names_lose_port_and_last_dot() {
        let cases =
            [("a.test:8080", "a.test"), ("a.test.", "a.test"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("", "")];
        for (authority, name) in cases {
            assert_eq!(name_of(authority), name);
        }
    }
}

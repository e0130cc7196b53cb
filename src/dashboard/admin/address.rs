//! "This is the address I see": how the address of whoever looks at the page was found, and what would find it rightly.

use std::net::IpAddr;

use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::Timestamp;

use super::{Fact, layout};
use crate::config::{as_written, word_for};
use crate::dashboard::error::PageError;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::{self, Tab};
use crate::http::accounts::service::Accounts;
use crate::identity::client_address::Route;
use crate::identity::country::FoundBy;

/// What proxies say of a client; only the first is believed, and only from a trusted proxy.
const FORWARDING: [&str; 9] = [
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "forwarded",
    "x-real-ip",
    "cf-connecting-ip",
    "true-client-ip",
    "cf-ipcountry",
    "via",
];

/// Of a field's value, in characters.
const MAX_SHOWN: usize = 500;

#[derive(Template)]
#[template(path = "admin/address.html")]
struct AddressPage {
    layout: Layout,
    tabs: Vec<Tab>,
    address: String,
    facts: Vec<Fact>,
    fields: Vec<(String, String)>,
    hops: Vec<Hop>,
    advice: Advice,
}

/// Somebody on the way from the client.
#[derive(Debug, PartialEq, Eq)]
struct Hop {
    address: String,
    verdict: &'static str,
}

/// What should be changed.
#[derive(Debug, PartialEq, Eq)]
enum Advice {
    Fine(&'static str),
    /// The line of the configuration that would be right for this request, and why.
    Trust {
        line: String,
        why: String,
    },
}

/// Answers the page.
pub async fn page(
    request: HttpRequest,
    dashboard: web::Data<Dashboard>,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let clients = &dashboard.clients;
    let route = clients.proxies.route(&request);
    let (country, found_by) = clients.countries.found_for(&request, &clients.proxies);
    let trusted = as_written(&clients.proxies.networks());
    let told = match found_by {
        FoundBy::Header => "told by the proxy",
        FoundBy::Database => "from the database",
        FoundBy::Nothing if clients.countries.is_on() => "the database does not have the address",
        FoundBy::Nothing => "there is no database; see “hearth help countries”",
    };
    let database = clients.countries.database().map_or_else(
        || "none".to_owned(),
        |(kind, built_s)| {
            let built = i64::try_from(built_s).ok().and_then(|built_s| Timestamp::from_second(built_s).ok());
            let built = built.map(|built| built.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
            format!("{kind}, built {built}")
        },
    );
    let is_https = accounts.sessions.cookies.is_https(&request);
    html(&AddressPage {
        layout: layout(&request),
        tabs: tabs::of_installation("address"),
        address: route.believed.last().map(ToString::to_string).unwrap_or_default(),
        facts: vec![
            Fact::new("Trusted proxies", if trusted.is_empty() { "nobody".to_owned() } else { trusted.join(", ") }),
            Fact::new("Your browser speaks", if is_https { "HTTPS" } else { "plain HTTP" }),
            Fact::new("What is kept of a visitor’s address", kept(&dashboard)),
            Fact::new("Country", format!("{} ({told})", country.name().unwrap_or("Unknown"))),
            Fact::new("Database of countries", database),
        ],
        fields: fields(&request),
        hops: hops(&route, |address| clients.proxies.trusts(address)),
        advice: advice(&route, &trusted, |address| clients.proxies.trusts(address)),
    })
}

fn kept(dashboard: &Dashboard) -> &'static str {
    let config = dashboard.config.load();
    let is_hashed = config
        .settings
        .iter()
        .any(|setting| setting.section == "privacy" && setting.name == "address" && setting.toml.contains("hashed"));
    if is_hashed { "a keyed hash, whose salt changes every day" } else { "nothing" }
}

fn fields(request: &HttpRequest) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for name in FORWARDING.map(HeaderName::from_static) {
        for value in request.headers().get_all(&name).take(8) {
            let text: String = String::from_utf8_lossy(value.as_bytes()).chars().take(MAX_SHOWN).collect();
            fields.push((name.to_string(), text));
        }
    }
    fields
}

fn hops(route: &Route, trusts: impl Fn(IpAddr) -> bool) -> Vec<Hop> {
    let last = route.believed.len().saturating_sub(1);
    let believed = route.believed.iter().enumerate().map(|(at, address)| Hop {
        address: address.to_string(),
        verdict: match (at, at == last, trusts(*address)) {
            (0, true, _) => "the other end of the connection, and the client",
            (0, false, _) => "the other end of the connection; a trusted proxy, so it is believed whom it names",
            (_, true, false) => "the client: named by a trusted proxy, and no proxy of ours",
            (_, true, true) => "the client: a trusted proxy that names nobody",
            (_, false, _) => "a trusted proxy as well",
        },
    });
    let ignored = route.ignored.iter().map(|hop| Hop {
        address: hop.chars().take(MAX_SHOWN).collect(),
        verdict: "not believed: nobody trusted names it",
    });
    believed.chain(ignored).collect()
}

fn advice(route: &Route, trusted: &[String], trusts: impl Fn(IpAddr) -> bool) -> Advice {
    let Some(client) = route.believed.last() else { return Advice::Fine("There is nothing to change.") };
    let word = word_for(*client);
    if route.ignored.is_empty() {
        return match word {
            _ if trusts(*client) && route.believed.len() == 1 => Advice::Fine(
                "You come straight from an address that is trusted as a proxy. There is nothing to change.",
            ),
            Some("cloudflare") => trust(word, *client, trusted, "You come through Cloudflare, which is not trusted."),
            _ => Advice::Fine("Nobody else is named. If you do not come through a proxy, there is nothing to change."),
        };
    }
    if trusts(*client) {
        return Advice::Fine(
            "The nearest name that is no address ends what can be believed. The proxy should send addresses.",
        );
    }
    let why = format!("{client} names somebody else and is not trusted. If it is a proxy of yours, trust it:");
    trust(word, *client, trusted, &why)
}

/// The list with one more. A whole private network is not offered: others in it could claim any address.
fn trust(word: Option<&str>, address: IpAddr, trusted: &[String], why: &str) -> Advice {
    let one = match word {
        Some(word @ ("loopback" | "cloudflare")) => word.to_owned(),
        _ => address.to_string(),
    };
    let all: Vec<_> = trusted.iter().cloned().chain([one]).map(|item| format!("{item:?}")).collect();
    Advice::Trust { line: format!("trusted_proxies = [{}]", all.join(", ")), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(believed: &[&str], ignored: &[&str]) -> Route {
        Route {
            believed: believed.iter().map(|address| address.parse().unwrap()).collect(),
            ignored: ignored.iter().map(|hop| (*hop).to_owned()).collect(),
        }
    }

    fn line(believed: &[&str], ignored: &[&str], trusted: &[&str]) -> Option<String> {
        let trusts = |address: IpAddr| trusted.contains(&address.to_string().as_str());
        let trusted: Vec<_> = trusted.iter().map(|text| (*text).to_owned()).collect();
        match advice(&route(believed, ignored), &trusted, trusts) {
            Advice::Fine(_) => None,
            Advice::Trust { line, .. } => Some(line),
        }
    }

    #[test]
    fn the_line_that_is_offered_is_the_one_that_is_missing() {
        assert_eq!(line(&["192.0.2.1"], &[], &[]), None);
        assert_eq!(line(&["127.0.0.1"], &["203.0.113.7"], &[]).unwrap(), "trusted_proxies = [\"loopback\"]");
        assert_eq!(line(&["172.18.0.2"], &["203.0.113.7"], &[]).unwrap(), "trusted_proxies = [\"172.18.0.2\"]");
        assert_eq!(
            line(&["172.18.0.2", "104.16.0.9"], &["203.0.113.7"], &["172.18.0.2"]).unwrap(),
            "trusted_proxies = [\"172.18.0.2\", \"cloudflare\"]"
        );
        assert_eq!(line(&["172.18.0.2", "203.0.113.7"], &[], &["172.18.0.2"]), None);
        assert_eq!(line(&["172.18.0.2"], &["nonsense"], &["172.18.0.2"]), None);
    }

    #[test]
    fn each_hop_has_a_verdict() {
        let trusts = |address: IpAddr| address.to_string().starts_with("10.");
        let hops = hops(&route(&["10.0.0.1", "10.0.0.2", "203.0.113.7"], &["<b>"]), trusts);
        let verdicts: Vec<_> = hops.iter().map(|hop| hop.verdict).collect();
        assert!(verdicts[0].contains("is believed") && verdicts[1].contains("as well"));
        assert!(verdicts[2].starts_with("the client") && verdicts[3].starts_with("not believed"));
    }
}

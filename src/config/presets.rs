//! Words that stand for several networks.

use ipnet::IpNet;

/// Words, and the networks that each stands for, one to a line.
const PRESETS: [(&str, &str); 3] = [
    ("loopback", "127.0.0.0/8\n::1/128"),
    // RFC 1918, RFC 4193.
    ("private", "10.0.0.0/8\n172.16.0.0/12\n192.168.0.0/16\nfc00::/7"),
    ("cloudflare", include_str!("cloudflare.txt")),
];

/// The networks that a word stands for; none if it is no such word.
#[must_use]
pub fn networks_of(word: &str) -> Option<Vec<IpNet>> {
    let (_, lines) = PRESETS.iter().find(|(known, _)| *known == word)?;
    Some(lines.lines().filter_map(|line| line.parse().ok()).collect())
}

/// The word whose networks an address is in.
#[must_use]
pub fn word_for(address: std::net::IpAddr) -> Option<&'static str> {
    let has = |word| networks_of(word).is_some_and(|all| all.iter().any(|network| network.contains(&address)));
    PRESETS.iter().map(|(word, _)| *word).find(|word| has(word))
}

/// Networks as somebody would write them: words where all of their networks are there, single addresses without a prefix.
#[must_use]
pub fn as_written(networks: &[IpNet]) -> Vec<String> {
    let mut rest = networks.to_vec();
    let mut written = Vec::new();
    for (word, _) in PRESETS {
        let of_word = networks_of(word).unwrap_or_default();
        if of_word.iter().all(|network| rest.contains(network)) {
            rest.retain(|network| !of_word.contains(network));
            written.push(word.to_owned());
        }
    }
    let text = |network: &IpNet| {
        if network.prefix_len() == network.max_prefix_len() { network.addr().to_string() } else { network.to_string() }
    };
    written.extend(rest.iter().map(text));
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_network_or_a_remark() {
        for (word, lines) in PRESETS {
            let lines = lines.lines().filter(|line| !line.starts_with('#')).count();
            assert_eq!(networks_of(word).unwrap().len(), lines, "{word}");
        }
        assert_eq!(networks_of("cloudflare").unwrap().len(), 22);
        assert_eq!(networks_of("cloudfront"), None);
    }

    #[test]
    fn networks_are_written_as_they_were_read() {
        let mut networks = networks_of("private").unwrap();
        networks.push("192.0.2.1/32".parse().unwrap());
        networks.push("198.51.100.0/24".parse().unwrap());
        assert_eq!(as_written(&networks), ["private", "192.0.2.1", "198.51.100.0/24"]);
        assert_eq!(as_written(&["10.0.0.0/8".parse().unwrap()]), ["10.0.0.0/8"]);
        assert!(as_written(&[]).is_empty());
    }

    #[test]
    fn an_address_leads_to_its_word() {
        let word = |text: &str| word_for(text.parse().unwrap());
        assert_eq!(word("127.0.0.1"), Some("loopback"));
        assert_eq!(word("172.20.0.2"), Some("private"));
        assert_eq!(word("2606:4700::1"), Some("cloudflare"));
        assert_eq!(word("192.0.2.1"), None);
    }
}

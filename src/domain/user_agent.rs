//! What a browser's name for itself says of device, browser and system.

use woothee::parser::Parser;

use super::visit::DeviceClass;

/// Longer names are cut before anything looks at them: real ones have about 120 bytes.
const MAX_BYTES: usize = 1_024;

/// What a user agent tells; empty is what it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    pub device: DeviceClass,
    pub browser: String,
    pub os: String,
}

impl Agent {
    /// Of whom nothing is known.
    pub const UNKNOWN: Self = Self { device: DeviceClass::Unknown, browser: String::new(), os: String::new() };

    /// Reads a user agent.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let end = (0..=text.len().min(MAX_BYTES)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        let text = &text[..end];
        let Some(told) = Parser::new().parse(text) else { return Self::UNKNOWN };
        let device = device(text, told.category);
        let browser = if device == DeviceClass::Bot { "" } else { browser(text, told.name) };
        Self { device, browser: browser.to_owned(), os: os(text, told.os).to_owned() }
    }

    /// What an app's name for its platform says.
    #[must_use]
    pub fn of_platform(platform: &str) -> Self {
        let (device, os) = match platform.to_ascii_lowercase().as_str() {
            "ios" | "iphone" => (DeviceClass::Phone, "iOS"),
            "ipados" | "ipad" => (DeviceClass::Tablet, "iOS"),
            "android" => (DeviceClass::Phone, "Android"),
            "macos" | "mac" => (DeviceClass::Desktop, "macOS"),
            "windows" => (DeviceClass::Desktop, "Windows"),
            "linux" => (DeviceClass::Desktop, "Linux"),
            "tvos" => (DeviceClass::Television, "tvOS"),
            _ => return Self::UNKNOWN,
        };
        Self { device, browser: String::new(), os: os.to_owned() }
    }
}

fn device(text: &str, category: &str) -> DeviceClass {
    let has = |part: &str| text.contains(part);
    if category == "crawler" || has("Headless") || has("bot/") || has("Bot/") || has("Lighthouse") {
        DeviceClass::Bot
    } else if [
        "SmartTV",
        "SMART-TV",
        "Smart TV",
        "AppleTV",
        "GoogleTV",
        "Android TV",
        "BRAVIA",
        "AFTT",
        "HbbTV",
        "Web0S",
        "CrKey",
    ]
    .iter()
    .any(|part| has(part))
    {
        DeviceClass::Television
    } else if has("iPad") || has("Tablet") || has("Kindle") || has("Silk/") || (has("Android") && !has("Mobile")) {
        DeviceClass::Tablet
    } else {
        match category {
            "pc" => DeviceClass::Desktop,
            "smartphone" | "mobilephone" => DeviceClass::Phone,
            _ => DeviceClass::Unknown,
        }
    }
}

/// The names of browsers as people know them; all that are listed, so that nobody makes up others.
fn browser<'a>(text: &str, name: &'a str) -> &'a str {
    let has = |part: &str| text.contains(part);
    match name {
        _ if has("SamsungBrowser/") => "Samsung Internet",
        _ if has("YaBrowser/") => "Yandex",
        _ if has("Vivaldi/") => "Vivaldi",
        _ if has("DuckDuckGo/") => "DuckDuckGo",
        "Internet Explorer" => "Internet Explorer",
        "UNKNOWN" | "HTTP Library" | "Misc" | "misc crawler" => "",
        "Webview" => "In-app browser",
        name => name,
    }
}

fn os<'a>(text: &str, name: &'a str) -> &'a str {
    match name {
        "iPhone" | "iPad" | "iPod" | "iOS" => "iOS",
        "Mac OSX" | "Mac OS Classic" => "macOS",
        "Android" => "Android",
        "ChromeOS" => "ChromeOS",
        "Linux" => "Linux",
        "BSD" => "BSD",
        "UNKNOWN" | "" => "",
        name if name.starts_with("Windows Phone") || name.starts_with("Windows Mobile") => "Windows Phone",
        name if name.starts_with("Windows") || text.contains("Windows NT") => "Windows",
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_agents_are_known() {
        let of = |text: &str| {
            let agent = Agent::of(text);
            (agent.device, agent.browser.clone().leak() as &str, agent.os.clone().leak() as &str)
        };
        for (text, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                (DeviceClass::Desktop, "Chrome", "Windows"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
                (DeviceClass::Desktop, "Edge", "Windows"),
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                (DeviceClass::Desktop, "Safari", "macOS"),
            ),
            (
                "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
                (DeviceClass::Desktop, "Firefox", "Linux"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                (DeviceClass::Phone, "Safari", "iOS"),
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
                (DeviceClass::Tablet, "Safari", "iOS"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
                (DeviceClass::Phone, "Samsung Internet", "Android"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                (DeviceClass::Tablet, "Chrome", "Android"),
            ),
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", (DeviceClass::Bot, "", "")),
            ("", (DeviceClass::Unknown, "", "")),
            ("Browser/1", (DeviceClass::Unknown, "", "")),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn endless_names_are_cut_between_characters() {
        assert_eq!(Agent::of(&"é".repeat(100_000)), Agent::UNKNOWN);
    }
}

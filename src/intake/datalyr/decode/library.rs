//! Which SDK an event comes from, where it does not say so itself (datalyr.md 2).

/// Names under which SDKs call themselves in `User-Agent`, and the library each of them is.
const AGENTS: [(&str, &str); 5] = [
    ("@datalyr/api", API),
    ("@datalyr/react-native", REACT_NATIVE),
    ("@datalyr/swift", SWIFT),
    ("datalyr-react-native-sdk", REACT_NATIVE),
    ("datalyr-ios-sdk", SWIFT),
];

const API: &str = "@datalyr/api";
const REACT_NATIVE: &str = "@datalyr/react-native";
const SWIFT: &str = "@datalyr/swift";

/// The library and the version that a `User-Agent` names. Versions lie: nothing may depend on them.
pub(super) fn of_user_agent(user_agent: &str) -> Option<(&'static str, &str)> {
    user_agent.split_ascii_whitespace().find_map(|product| {
        let (name, version) = product.rsplit_once('/')?;
        let (_, library) = AGENTS.iter().find(|(agent, _)| *agent == name)?;
        Some((*library, version))
    })
}

/// The channel of an event that does not name one, by its library: these strings exactly.
pub(super) fn channel(library: Option<&str>) -> &'static str {
    match library {
        Some(REACT_NATIVE | SWIFT) => "mobile_app",
        _ => "api",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_names_library_and_version() {
        for (agent, expected) in [
            ("@datalyr/react-native/1.7.18", Some((REACT_NATIVE, "1.7.18"))),
            ("@datalyr/swift/2.1.13", Some((SWIFT, "2.1.13"))),
            ("@datalyr/api/1.3.1", Some((API, "1.3.1"))),
            ("datalyr-react-native-sdk/1.0.7 (ios)", Some((REACT_NATIVE, "1.0.7"))),
            ("datalyr-ios-sdk/1.0.0", Some((SWIFT, "1.0.0"))),
            ("node", None),
            ("Mozilla/5.0 (X11; Linux x86_64)", None),
            ("@datalyr/api", None),
            ("", None),
        ] {
            assert_eq!(of_user_agent(agent), expected, "{agent}");
        }
    }
}

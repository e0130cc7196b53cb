//! What to write into a website or app so that it sends here.

/// A way to send, ready to be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// Last part of the address of its heading.
    pub id: &'static str,
    pub title: &'static str,
    pub text: &'static str,
    pub code: String,
}

/// Every way, with the address of this server, a project key, and the project's workspace id.
#[must_use]
pub fn snippets(url: &str, key: &str, workspace: &str) -> Vec<Snippet> {
    let snippet = |id, title, text, code| Snippet { id, title, text, code };
    vec![
        snippet(
            "tracker",
            "Website: one tag",
            "Put it into the head of every page. Page views, clicks, scrolling and heatmaps come by themselves.",
            format!("<script async src=\"{url}/hearth.js\" data-key=\"{key}\"></script>"),
        ),
        snippet(
            "heat-sdk",
            "Website: heat-sdk",
            "If your pages use heat-collector’s SDK already, change its address.",
            format!(
                "import {{ init }} from \"@m-software-engineering/heat-sdk\";\n\ninit({{\n  endpoint: \"{url}/ingest\",\n  \
                 projectKey: \"{key}\",\n}});"
            ),
        ),
        snippet(
            "proxy",
            "App: the recording proxy",
            "Start Hearth in front of your app and send its visitors to the proxy’s address: every request is recorded, without \
             a change to the app.",
            "hearth --upstream http://localhost:3000".to_owned(),
        ),
        snippet(
            "datalyr-web",
            "Web pages: Datalyr’s SDK",
            "The workspace id is no secret. Name the origins of your pages under Keys, if only they may send.",
            format!("datalyr.init({{\n  workspaceId: \"{workspace}\",\n  endpoint: \"{url}\",\n}});"),
        ),
        snippet(
            "datalyr-node",
            "Servers: Datalyr’s Node SDK",
            "For purchases, sign-ups and whatever else only the server knows.",
            format!("new Datalyr({{\n  apiKey: \"{key}\",\n  host: \"{url}/track\",\n}});"),
        ),
        snippet(
            "datalyr-react-native",
            "Phones: Datalyr’s React Native SDK",
            "Without server tracking: its address cannot be changed.",
            format!(
                "Datalyr.initialize({{\n  apiKey: \"{key}\",\n  workspaceId: \"{workspace}\",\n  endpoint: \"{url}/track\",\n  \
                 useServerTracking: false,\n}});"
            ),
        ),
        snippet(
            "datalyr-swift",
            "Phones: Datalyr’s Swift SDK",
            "In both of its modes.",
            format!("DatalyrConfig(apiKey: \"{key}\", endpoint: \"{url}/track\")"),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_snippet_names_what_it_needs() {
        for snippet in snippets("https://h.example", "hk_1", "ws_1") {
            let names = |text: &str| snippet.code.contains(text);
            assert_eq!(names("https://h.example"), snippet.id != "proxy", "{}", snippet.id);
            assert!(names("hk_1") || names("ws_1") || snippet.id == "proxy", "{}", snippet.id);
        }
    }
}

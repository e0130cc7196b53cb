//! Lists whose items are tables.

use super::*;

fn said(problems: &[Problem]) -> Vec<String> {
    let said = |problem: &Problem| match &problem.suggestion {
        Some(suggestion) => format!("{} [{suggestion}]", problem.message),
        None => problem.message.clone(),
    };
    problems.iter().map(said).collect()
}

#[test]
fn are_read_from_double_brackets_and_from_inline_tables() {
    let brackets = "[[proxy.upstreams]]\nhost = \"a.example\"\npath = \"/api\"\nurl = \"http://127.0.0.1:1\"\n\n\
                    [[proxy.upstreams]]\nurl = \"https://b.internal\"\npreserve_host = false\nproject = \"Shop\"\n";
    let inline = "[proxy]\nupstreams = [{ host = \"a.example\", path = \"/api\", url = \"http://127.0.0.1:1\" },\n\
                  { url = \"https://b.internal\", preserve_host = false, project = \"Shop\" }]\n";
    for text in [brackets, inline] {
        let (_directory, overrides) = file(text);
        let loaded = loaded(&overrides, &Surroundings::default());
        let [first, second] = loaded.config.proxy.upstreams.as_slice() else {
            panic!("{:?}", loaded.config.proxy.upstreams)
        };
        assert_eq!((first.host.as_str(), first.path.as_str(), first.preserve_host), ("a.example", "/api", None));
        assert_eq!((second.host.as_str(), second.path.as_str(), second.preserve_host), ("", "/", Some(false)));
        assert_eq!((second.url.as_str(), second.project.as_str()), ("https://b.internal/", "Shop"));
        assert!(loaded.origins["proxy.upstreams"].position().is_some());
    }
}

#[test]
fn report_the_mistakes_of_all_items_with_their_places() {
    let problems = problems_of(
        "[[proxy.upstreams]]\nhots = \"a.example\"\npth = \"/\"\nurl = \"ftp://127.0.0.1\"\n\n\
         [[proxy.upstreams]]\nurl = \"http://127.0.0.1:1\"\n\n\
         [[proxy.upstreams]]\npath = 5\nurl = \"http://127.0.0.1:2\"\n\n\
         [[proxy.upstreams]]\npath = \"/x\"\n\n\
         [traffic]\nslow_thresholds = [{ route = \"/x\", treshold = \"1s\" }, { route = \"/y\", threshold = \"soon\" }]\n",
    );
    assert_eq!(
        places(&problems),
        [
            "2:1 proxy.upstreams",
            "3:1 proxy.upstreams",
            "4:7 proxy.upstreams",
            "10:8 proxy.upstreams",
            "13:1 proxy.upstreams",
            "17:20 traffic.slow_thresholds",
            "17:36 traffic.slow_thresholds",
            "17:83 traffic.slow_thresholds",
        ]
    );
    let said = said(&problems);
    assert_eq!(said[0], "item 1, hots: there is no such key [host]");
    assert_eq!(said[1], "item 1, pth: there is no such key [path]");
    assert!(said[2].starts_with("item 1, url: expected an address"), "{}", said[2]);
    assert_eq!(said[3], "item 3, path: expected text in quotes, found 5");
    assert_eq!(said[4], "item 4, url: must be set");
    assert_eq!(said[5], "item 1, threshold: must be set");
    assert_eq!(said[6], "item 1, treshold: there is no such key [threshold]");
    assert!(said[7].starts_with("item 2, threshold: expected a duration"), "{}", said[7]);
    assert_eq!(problems[0].code, ProblemCode::UnknownKey);
    assert_eq!(problems[3].code, ProblemCode::InvalidValue);
}

#[test]
fn report_every_bad_item_of_a_plain_list_too() {
    let problems = problems_of("[server]\ntrusted_proxies = [\"a\", \"10.0.0.0/8\", \"b\"]\n");
    assert_eq!(places(&problems), ["2:20 server.trusted_proxies", "2:39 server.trusted_proxies"]);
    assert!(problems[1].message.starts_with("item 3: expected an IP address or network"));
}

#[test]
fn report_a_bounded_number_of_mistakes() {
    let list = vec!["\"x\""; 5000].join(",");
    assert_eq!(problems_of(&format!("[server]\ntrusted_proxies = [{list}]\n")).len(), 20);
}

#[test]
fn are_not_written_with_single_brackets() {
    let problems = problems_of("[proxy.upstreams]\nurl = \"http://127.0.0.1:1\"\n");
    assert_eq!(said(&problems), ["is a list of tables; write [[proxy.upstreams]] with double brackets"]);
    let problems = problems_of("[[server.trusted_proxies]]\nx = 1\n");
    assert_eq!(
        said(&problems),
        ["item 1: expected an IP address or network, such as \"10.0.0.1\" or \"10.0.0.0/8\", or one of the words \
          \"loopback\", \"private\" and \"cloudflare\", found a table"]
    );
}

#[test]
fn are_not_taken_from_variables_and_flags() {
    let surroundings = environment(&[("HEARTH_PROXY__UPSTREAMS", "[]")]);
    let problems = load_from(&nothing(), &surroundings).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "env HEARTH_PROXY__UPSTREAMS: proxy.upstreams: is a list of tables, which only a file can hold: \
         [[proxy.upstreams]]"
    );
    let problems = problems_of_flags(&["traffic.slow_thresholds=[{route=\"/\",threshold=\"1s\"}]"]);
    assert_eq!(said(&problems), ["is a list of tables, which only a file can hold: [[traffic.slow_thresholds]]"]);
}

#[test]
fn with_very_deep_nesting_are_a_problem_and_not_a_crash() {
    for (before, after) in [("proxy.upstreams = [{", "}]\n"), ("[[proxy.upstreams]]\n", "\n")] {
        let problems = problems_of(&format!("{before}{}a = 1{after}", "a.".repeat(50_000)));
        assert!(!problems.is_empty());
    }
}

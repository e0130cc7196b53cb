use proptest::prelude::*;

use super::*;

#[test]
fn values_of_secrets_do_not_stay() {
    for (url, expected) in [
        ("https://x.example/a", None),
        ("https://x.example/a?b=c&utm_source=x&fbclid=FB1#top", None),
        ("https://x.example/a?token=", None),
        ("https://x.example/a?token", None),
        ("https://x.example/a?tokens=1&author=2&keyword=3&encode=4", None),
        ("https://x.example/a?token=__redacted__&b=1", None),
        ("https://x.example/a?token=1", Some("https://x.example/a?token=__redacted__")),
        ("https://x.example/a?b=1&Email=a%40b.co&c=2", Some("https://x.example/a?b=1&Email=__redacted__&c=2")),
        ("?code=1&state=2", Some("?code=__redacted__&state=2")),
        ("email=a@b.co&utm_source=x", Some("email=__redacted__&utm_source=x")),
        ("https://x.example/a#access_token=1&b=2", Some("https://x.example/a#access_token=__redacted__&b=2")),
        ("https://x.example/#/reset?token=1#2", Some("https://x.example/#/reset?token=__redacted__#2")),
        ("/a?b=/c?token=1", Some("/a?b=/c?token=__redacted__")),
        ("/a?token=1?2?3&b=4", Some("/a?token=__redacted__&b=4")),
        ("/a?user[email]=1&pass[]=2", Some("/a?user[email]=__redacted__&pass[]=__redacted__")),
        ("/a?user%5Bemail%5D=1", Some("/a?user%5Bemail%5D=__redacted__")),
        ("/a?%74oken=1", Some("/a?%74oken=__redacted__")),
        ("/a?token=1&token=2", Some("/a?token=__redacted__&token=__redacted__")),
    ] {
        let redacted = redact_url(url);
        assert_eq!(redacted, expected.unwrap_or(url), "{url}");
        assert_eq!(matches!(redacted, Cow::Borrowed(_)), expected.is_none(), "{url}");
    }
}

#[test]
fn what_hands_a_visitor_over_goes_altogether() {
    for (url, expected) in [
        ("https://x.example/?_dl_h=1", "https://x.example/"),
        ("https://x.example/?_dl_h=1&b=2", "https://x.example/?b=2"),
        ("https://x.example/?a=1&_dl_vid=2&b=3", "https://x.example/?a=1&b=3"),
        ("https://x.example/?_dl_h=1&_dl_vid=2&dl_kprofile_id=3&b=4&c=5", "https://x.example/?b=4&c=5"),
        ("https://x.example/?a=1&dl_kprofile_id=2#b", "https://x.example/?a=1#b"),
        ("https://x.example/?_dl_h=1#_dl_h=2&c=3", "https://x.example/#c=3"),
        ("https://x.example/?_dl_h&_dl_vid=1&a=1", "https://x.example/?_dl_h&a=1"),
        ("_dl_h=1&a=2", "&a=2"),
        ("?_dl_h=1?2&a=2", "?a=2"),
    ] {
        assert_eq!(redact_url(url), expected, "{url}");
    }
}

#[test]
fn urls_are_found_by_their_keys_and_the_rest_stays_letter_for_letter() {
    for untouched in [
        "{}",
        r#"{ "url" : "https:\/\/x.example\/a?b=c" , "n":1e+21,"b":{"c":[{"url":"/?token=1"}]} }"#,
        r#"{"text":"token=1","search":"shoes","note":"?code=2"}"#,
        r#"{"a":{"b":{"url":"/?token=1"}}}"#,
        r#"{"url":7,"referrer":null,"link":["/?token=1"]}"#,
        r#"{"url":"/?email=__redacted__&_dl=1"}"#,
    ] {
        assert!(matches!(redact_urls(untouched), Cow::Borrowed(text) if text == untouched), "{untouched}");
    }
    for (json, expected) in [
        (r#"{ "a":1 ,"url":"/?token=1", "b" : "\u00e9"}"#, r#"{ "a":1 ,"url":"/?token=__redacted__", "b" : "\u00e9"}"#),
        (
            r#"{"landingPage":"/?a=1\u0026token=2","search":"?token\u003d2","x":{"page_url":"\/?code=3","y":"?code=4"}}"#,
            r#"{"landingPage":"/?a=1&token=__redacted__","search":"?token=__redacted__","x":{"page_url":"/?code=__redacted__","y":"?code=4"}}"#,
        ),
        (
            r#"{"url":"/?_dl_h=1","url":"/?\"_dl_h=2","deepLinkUrl":"app://x?password=\n"}"#,
            r#"{"url":"/","url":"/?\"_dl_h=2","deepLinkUrl":"app://x?password=__redacted__"}"#,
        ),
        (
            r#"{"install_referrer":"utm_source=x&email=1","referrer_search":"?sig=1"}"#,
            r#"{"install_referrer":"utm_source=x&email=__redacted__","referrer_search":"?sig=__redacted__"}"#,
        ),
    ] {
        assert_eq!(redact_urls(json), expected);
    }
}

fn url() -> impl Strategy<Value = String> {
    "(https://x/é|)([?&#](token|code|_dl_h|a|utm_source|%74oken|email\\[\\]|)=[a-z0-9=?\"\\\\%é]{0,3}){0,5}"
}

proptest! {
    #[test]
    fn a_redacted_url_has_nothing_to_redact(url in url()) {
        let once = redact_url(&url).into_owned();
        prop_assert!(matches!(redact_url(&once), Cow::Borrowed(_)), "{} {}", url, once);
    }

    #[test]
    fn objects_stay_objects_and_only_urls_differ(urls in prop::collection::vec(url(), 3), text in any::<String>()) {
        let json = serde_json::json!({"url": urls[0], "text": text, "a": {"referrer": urls[1], "b": {"url": urls[2]}}});
        let redacted: serde_json::Value = serde_json::from_str(&redact_urls(&json.to_string())).unwrap();
        let expected = serde_json::json!({
            "url": redact_url(&urls[0]), "text": text, "a": {"referrer": redact_url(&urls[1]), "b": {"url": urls[2]}}
        });
        prop_assert_eq!(redacted, expected);
    }

    #[test]
    fn nothing_panics(any: String, json in "[{}\":,\\\\a-z?=&]{0,40}") {
        let _ = redact_url(&any);
        let _ = redact_urls(&any);
        let _ = redact_urls(&json);
    }
}

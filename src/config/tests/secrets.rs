//! Secrets are not shown again.

use super::*;

const BASIC: [&str; 2] = ["traffic.dashboard.username=ops", "traffic.dashboard.password=correct horse"];

#[test]
fn are_read_and_hidden_wherever_the_configuration_is_written() {
    let flags = [BASIC.as_slice(), &["traffic.identity.jwt.secret=battery staple"]].concat();
    let loaded = loaded(&set(&flags), &Surroundings::default());
    assert_eq!(loaded.config.traffic.dashboard.password, "correct horse");
    assert_eq!(loaded.config.traffic.identity.jwt.secret, "battery staple");

    let settings = effective_settings(&loaded).unwrap();
    let shown: Vec<_> =
        settings.iter().filter(|setting| ["password", "secret"].contains(&setting.name.as_str())).collect();
    assert_eq!(shown.iter().map(|setting| setting.toml.as_str()).collect::<Vec<_>>(), ["\"(hidden)\""; 2]);
    let written = format!("{settings:?} {:?} {}", loaded.config, serde_json::to_string(&loaded.config).unwrap());
    assert!(!written.contains("horse") && !written.contains("staple"), "{written}");
}

#[test]
fn are_not_repeated_by_problems() {
    let texts = [
        "[traffic.dashboard]\npassword = 4711\n",
        "[traffic.identity.jwt]\nsecret = [\"4711\"]\n",
        "[traffic.dashboard]\npassword = \"4711\"\n",
        "[traffic.dashboard]\nusername = \"a\"\npassword = \"4711\\u0001\"\n",
    ];
    for text in texts {
        let problems = problems_of(text);
        assert!(
            !problems.is_empty() && problems.iter().all(|problem| !problem.to_string().contains("4711")),
            "{problems:?}"
        );
    }
    let problems = problems_of_flags(&["traffic.dashboard.password:4711"]);
    assert_eq!(problems[0].message, "expected SECTION.KEY=VALUE, found \"traffic.dashboard.password\"...");
}

#[test]
fn are_never_their_own_mask() {
    let problems = problems_of("[traffic.dashboard]\nusername = \"ops\"\npassword = \"(hidden)\"\n");
    assert_eq!(places(&problems), ["3:12 traffic.dashboard.password"]);
    assert!(problems[0].message.ends_with("write the secret itself"));
}

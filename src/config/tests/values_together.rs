//! Values that do not go together.

use super::*;

const TOKENS: [&str; 4] = [
    "heat.auth=jwt",
    "heat.jwt.issuer=https://id.example/",
    "heat.jwt.audience=heat",
    "heat.jwt.jwks_url=https://id.example/jwks.json",
];

fn with(last: &[&str]) -> Overrides {
    set(&[TOKENS.as_slice(), last].concat())
}

#[test]
fn tokens_need_keys_issuer_and_audience() {
    for auth in ["heat.auth=jwt", "heat.auth=both"] {
        let problems = problems_of_flags(&[auth]);
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems.iter().all(|problem| problem.code == ProblemCode::Conflict && problem.key == "heat.auth"));
    }
    loaded(&with(&[]), &Surroundings::default());
}

#[test]
fn a_mistake_in_a_name_does_not_also_count_as_a_missing_value() {
    let problems = load_from(&with(&["heat.jwt.audience=", "heat.jwt.audiense=heat"]), &Surroundings::default());
    let problems = problems.unwrap_err().0;
    assert_eq!((problems.len(), problems[0].code), (1, ProblemCode::UnknownKey), "{problems:?}");
}

#[test]
fn keys_are_not_fetched_over_http_unless_allowed() {
    let plain = "heat.jwt.jwks_url=http://id.example/jwks.json";
    let problems = load_from(&with(&[plain]), &Surroundings::default()).unwrap_err().0;
    assert_eq!((problems.len(), problems[0].key.as_str()), (1, "heat.jwt.jwks_url"));
    loaded(&with(&[plain, "heat.jwt.allow_http=true"]), &Surroundings::default());
}

#[test]
fn keys_are_not_fetched_from_private_addresses_unless_allowed() {
    for host in
        ["127.0.0.1:4719", "localhost", "10.1.2.3", "[::1]", "[fd00::1]", "[::ffff:192.168.0.1]", "169.254.169.254"]
    {
        let address = format!("heat.jwt.jwks_url=https://{host}/jwks.json");
        assert!(load_from(&with(&[&address]), &Surroundings::default()).is_err(), "{host}");
        loaded(&with(&[&address, "heat.jwt.allow_private_address=true"]), &Surroundings::default());
    }
    loaded(&with(&["heat.jwt.jwks_url=https://192.0.2.1/jwks.json"]), &Surroundings::default());
}

#[test]
fn addresses_never_carry_passwords_and_none_is_repeated() {
    let problems = problems_of_flags(&["heat.jwt.jwks_url=https://user:secret@id.example/"]);
    assert!(!problems[0].to_string().contains("secret"));
    let problems = problems_of_flags(&["heat.jwt.jwks_url=https://user:secret@no host/"]);
    assert!(!problems[0].to_string().contains("secret"));
}

#[test]
fn a_batch_fits_the_queue() {
    let problems = problems_of("[storage]\nqueue_bytes = \"64KiB\"\n");
    assert_eq!(
        (places(&problems), problems[0].code),
        (vec!["2:15 storage.queue_bytes".to_owned()], ProblemCode::Conflict)
    );
    let problems = problems_of("[heat]\nmax_body_bytes = \"64MiB\"\n");
    assert_eq!(places(&problems), ["2:18 heat.max_body_bytes"], "the key that somebody set is the mistake");
}

#[test]
fn the_database_is_a_file() {
    for path in ["", ":memory:", "file:x?mode=memory"] {
        let overrides = Overrides { data: Some(path.to_owned()), ..nothing() };
        let problems = load_from(&overrides, &Surroundings::default()).unwrap_err().0;
        assert_eq!(
            (problems[0].key.as_str(), problems[0].origin.to_string().as_str()),
            ("storage.path", "flag --data")
        );
    }
}

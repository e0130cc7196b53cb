//! Keys and sections that do not exist.

use super::*;

fn suggestion(text: &str) -> Option<String> {
    let problems = problems_of(text);
    assert_eq!((problems.len(), problems[0].code), (1, ProblemCode::UnknownKey), "{problems:?}");
    problems[0].suggestion.clone()
}

#[test]
fn that_do_not_exist_are_refused_with_line_and_nearest_name() {
    let (directory, overrides) = file("[server]\n\n  lisen = \"127.0.0.1:1\"\n");
    let problems = load_from(&overrides, &Surroundings::default()).unwrap_err();
    let path = directory.path().join("hearth.toml");
    let expected = format!("{}:3:3: server.lisen: there is no such key; did you mean server.listen?", path.display());
    assert_eq!(problems.to_string(), expected);
}

#[test]
fn are_suggested_for_the_usual_mistakes() {
    assert_eq!(suggestion("[sever]\nlisten = \"x\"\nworkers = 1\n").unwrap(), "server");
    assert_eq!(suggestion("listen = \"x\"\n").unwrap(), "server.listen");
    assert_eq!(suggestion("[heat]\nmaxBodyBytes = 1\n").unwrap(), "heat.max_body_bytes");
    assert_eq!(suggestion("[heat]\nrate-limit-max = 1\n").unwrap(), "heat.rate_limit.max");
    assert_eq!(suggestion("[server]\nmax_events = 1\n").unwrap(), "heat.max_events");
    assert_eq!(suggestion("[heat.ratelimit]\nmax = 1\n").unwrap(), "heat.rate_limit");
    assert_eq!(suggestion("[server]\nbananas = 1\n"), None);
    assert_eq!(suggestion("[traffic.identiy]\nuser_id = []\n").unwrap(), "traffic.identity");
    assert_eq!(suggestion("[proxy]\nupstreem = \"x\"\n").unwrap(), "proxy.upstream");
    assert_eq!(suggestion("\"server.listen\" = \"127.0.0.1:1\"\n").unwrap(), "server.listen");
}

#[test]
fn are_suggested_as_they_are_spelled_in_the_environment() {
    let surroundings = environment(&[("HEARTH_SERVER_LISTEN", "x"), ("HEARTH_HEAT__RATE_LIMIT__MAXX", "1")]);
    let problems = load_from(&nothing(), &surroundings).unwrap_err().0;
    let suggestions: Vec<_> = problems.iter().filter_map(|problem| problem.suggestion.as_deref()).collect();
    assert_eq!(suggestions, ["HEARTH_HEAT__RATE_LIMIT__MAX", "HEARTH_SERVER__LISTEN"]);
}

#[test]
fn of_sections_are_no_keys_and_the_other_way_round() {
    let problems = problems_of("heat = 5\n[server.listen]\nx = 1\n[[log]]\nlevel = \"info\"\n");
    assert_eq!(places(&problems), ["1:1 heat", "2:9 server.listen", "4:3 log"]);
}

#[test]
fn that_are_very_long_are_cut() {
    let problems = problems_of(&format!("{} = 1\n", "x".repeat(100_000)));
    assert!(problems[0].to_string().len() < 500);
}

//! Which layer wins, and what is said about it.

use super::*;

#[test]
fn later_ones_win_and_are_named_as_origin() {
    let text = "[server]\nlisten = \"127.0.0.1:1\"\nworkers = 1\n\n[heat]\nmax_events = 7\n";
    let (_directory, mut overrides) = file(text);
    overrides.listen = Some("127.0.0.1:3".to_owned());
    let surroundings = environment(&[("HEARTH_SERVER__LISTEN", "127.0.0.1:2"), ("HEARTH_SERVER__WORKERS", "2")]);
    let loaded = loaded(&overrides, &surroundings);

    assert_eq!(loaded.config.server.listen.port(), 3);
    assert_eq!(loaded.config.server.workers, 2);
    assert_eq!(loaded.config.heat.max_events, 7);
    assert_eq!(loaded.config.storage.readers, 4);
    let origin = |key: &str| loaded.origins[key].to_string();
    assert_eq!(origin("server.listen"), "flag --listen");
    assert_eq!(origin("server.workers"), "env HEARTH_SERVER__WORKERS");
    assert!(origin("heat.max_events").ends_with("hearth.toml:6"));
    assert_eq!(origin("storage.readers"), "default");
}

#[test]
fn flags_with_a_name_win_over_set() {
    let upstream = Some("http://localhost:3000".to_owned());
    let overrides = Overrides { upstream, ..set(&["proxy.upstream=http://localhost:4000"]) };
    let with_upstream = loaded(&overrides, &Surroundings::default());
    assert_eq!(with_upstream.config.proxy.upstream.unwrap().port(), Some(3000));
    assert_eq!(with_upstream.origins["proxy.upstream"].to_string(), "flag --upstream");

    let overrides = Overrides { data: Some("b.db".to_owned()), ..set(&["storage.path=a.db", "heat.open_reads=true"]) };
    let loaded = loaded(&overrides, &Surroundings::default());
    assert_eq!(loaded.config.storage.path, PathBuf::from("b.db"));
    assert_eq!(loaded.origins["storage.path"].to_string(), "flag --data");
    assert_eq!(loaded.origins["heat.open_reads"].to_string(), "flag --set heat.open_reads");
}

#[test]
fn a_list_replaces_the_list_below_it() {
    let (_directory, overrides) = file("[privacy]\npath_query_allow = [\"a\", \"b\"]\n");
    let surroundings = environment(&[("HEARTH_PRIVACY__PATH_QUERY_ALLOW", "c, d")]);
    assert_eq!(loaded(&overrides, &surroundings).config.privacy.path_query_allow, ["c", "d"]);
}

#[test]
fn inline_tables_and_dotted_keys_are_sections_too() {
    let (_directory, overrides) = file("server = { workers = 3 }\nheat.rate_limit.max = 9\n");
    let config = loaded(&overrides, &Surroundings::default()).config;
    assert_eq!((config.server.workers, config.heat.rate_limit.max), (3, 9));
}

//! Which file is read, and what a bad one does.

use super::*;

fn write(directory: &Path, name: &str, workers: u32) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, format!("server.workers = {workers}\n")).unwrap();
    path
}

#[test]
fn is_the_first_that_exists() {
    let directory = TempDir::new().unwrap();
    let second = write(directory.path(), "second.toml", 2);
    let third = write(directory.path(), "third.toml", 3);
    let search = vec![directory.path().join("first.toml"), second.clone(), third];
    let loaded = loaded(&nothing(), &Surroundings { search, ..Surroundings::default() });
    assert_eq!((loaded.config.server.workers, loaded.file), (2, Some(second)));
}

#[test]
fn is_the_named_one_before_the_found_one_and_the_flag_before_the_variable() {
    let directory = TempDir::new().unwrap();
    let named = write(directory.path(), "variable.toml", 2);
    let search = vec![write(directory.path(), "found.toml", 3)];
    let mut surroundings = environment(&[("HEARTH_CONFIG", named.to_str().unwrap())]);
    surroundings.search = search;
    assert_eq!(loaded(&nothing(), &surroundings).config.server.workers, 2);
    let overrides = Overrides { file: Some(write(directory.path(), "flag.toml", 1)), ..nothing() };
    assert_eq!(loaded(&overrides, &surroundings).config.server.workers, 1);
}

#[test]
fn must_exist_when_it_is_named() {
    let directory = TempDir::new().unwrap();
    let missing = directory.path().join("missing.toml");
    let by_flag = Overrides { file: Some(missing.clone()), ..nothing() };
    let problems = load_from(&by_flag, &Surroundings::default()).unwrap_err().0;
    assert_eq!(problems[0].code, ProblemCode::FileMissing);
    assert!(problems[0].to_string().starts_with("flag --config: there is no file "));

    let by_variable = environment(&[("HEARTH_CONFIG", missing.to_str().unwrap())]);
    let problems = load_from(&nothing(), &by_variable).unwrap_err().0;
    assert_eq!(problems[0].origin.to_string(), "env HEARTH_CONFIG");
}

#[test]
fn is_never_passed_over_because_it_cannot_be_read() {
    let directory = TempDir::new().unwrap();
    let search = vec![directory.path().to_owned(), write(directory.path(), "next.toml", 1)];
    let problems = load_from(&nothing(), &Surroundings { search, ..Surroundings::default() }).unwrap_err().0;
    assert_eq!(problems[0].code, ProblemCode::FileUnreadable);
}

#[test]
fn must_be_text_of_bounded_size() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("hearth.toml");
    let overrides = Overrides { file: Some(path.clone()), ..nothing() };
    fs::write(&path, b"[server]\n# \xff\n").unwrap();
    let problems = load_from(&overrides, &Surroundings::default()).unwrap_err();
    assert!(problems.to_string().ends_with("is not UTF-8 text (line 2)"));
    fs::write(&path, "#".repeat((1 << 20) + 1)).unwrap();
    let problems = load_from(&overrides, &Surroundings::default()).unwrap_err();
    assert!(problems.to_string().ends_with("is larger than 1048576 bytes"));
}

#[test]
fn with_a_syntax_error_names_its_line_and_the_flags_are_still_judged() {
    let (_directory, overrides) = file("[heat]\nauth = \n");
    let overrides = Overrides { listen: Some("here".to_owned()), set: vec!["heat.auth=jwt".to_owned()], ..overrides };
    let problems = load_from(&overrides, &Surroundings::default()).unwrap_err().0;
    let codes: Vec<_> = problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["invalid_syntax", "invalid_value"], "nothing is said about what the file might have set");
    assert_eq!(problems[0].origin.position().unwrap().line, 2);
}

#[test]
fn may_begin_with_a_byte_order_mark() {
    let (_directory, overrides) = file("\u{feff}[server]\r\nworkers = 5\r\n");
    assert_eq!(loaded(&overrides, &Surroundings::default()).config.server.workers, 5);
}

#[test]
fn with_very_deep_nesting_is_a_problem_and_not_a_crash() {
    let deep = format!("server.trusted_proxies = {}{}\n", "[".repeat(50_000), "]".repeat(50_000));
    assert_eq!(problems_of(&deep)[0].code, ProblemCode::InvalidSyntax);
    let dotted = format!("{}a = 1\n", "a.".repeat(50_000));
    assert!(!problems_of(&dotted).is_empty());
}

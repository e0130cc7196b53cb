//! `hearth init`: a configuration file and a data directory to begin with.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::check::report_problems;
use super::{Exit, Output};
use crate::config::{self, DEFAULT_TOML, Origin, Overrides, Setting, Surroundings};
use crate::store::StoreError;
use crate::store::connection;

/// `hearth init`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct InitArgs {
    /// Directory that gets hearth.toml and the data
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,

    /// Overwrite a hearth.toml that is there
    #[arg(long)]
    pub force: bool,

    /// Print the configuration and make nothing
    #[arg(long, conflicts_with = "force")]
    pub print: bool,
}

/// Name of the file, as it is looked for.
const FILE_NAME: &str = "hearth.toml";

/// What stands above the sections, in the place of what the default says about itself.
const HEADER: &str = "\
# Hearth's configuration, made by `hearth init`.
#
# A key with # before it has its default. Take the # away to change it; what stays as it is follows the defaults of later
# versions. `hearth check` reports every mistake at once, `hearth config show --origin` says where each value came from,
# `hearth help configuration` explains every key.
#
# Durations: \"250ms\", \"10s\", \"5m\", \"12h\", \"7d\".   Sizes: bytes as a number, or \"64KiB\" (1024) and \"64KB\" (1000).

";

/// Runs `hearth init`. Reads no configuration: there may be none yet, or a wrong one. Flags that set keys are written down.
///
/// # Errors
/// When the output cannot be written, or the file not be finished.
pub fn run(
    args: &InitArgs,
    overrides: &Overrides,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let directory = std::path::absolute(&args.dir)?;
    let file = directory.join(FILE_NAME);
    let data = match &overrides.data {
        Some(data) => std::path::absolute(data)?,
        None => directory.join("data/hearth.db"),
    };
    let overrides = Overrides { file: None, data: Some(data.display().to_string()), ..overrides.clone() };
    let loaded = match config::load_from(&overrides, &Surroundings::default()) {
        Ok(loaded) => loaded,
        Err(problems) => {
            report_problems(&problems, &mut output.err)?;
            return Ok(Exit::BadConfiguration);
        }
    };
    if args.print {
        write!(output.out, "{}", text(&config::effective_settings(&loaded)?))?;
        return Ok(Exit::Success);
    }
    if file.exists() && !args.force {
        writeln!(output.err, "hearth: {} is there already; --force overwrites it", file.display())?;
        return Ok(Exit::CannotCreate);
    }
    if let Err(error) = std::fs::create_dir_all(&directory) {
        writeln!(output.err, "hearth: cannot make {}: {error}", directory.display())?;
        return Ok(exit_for(&error));
    }
    if let Err(StoreError::Directory { path, source }) = connection::prepare_directory(&loaded.config.storage.path) {
        writeln!(output.err, "hearth: cannot make the directory of {path}: {source}")?;
        return Ok(exit_for(&source));
    }
    if let Err(error) = write_whole(&file, &text(&config::effective_settings(&loaded)?)) {
        writeln!(output.err, "hearth: cannot write {}: {error}", file.display())?;
        return Ok(exit_for(&error));
    }
    let next = ["check", "serve"].map(|command| format!("hearth {command} --config {}", quoted(&file)));
    if as_json {
        let told =
            json!({"configuration": file.display().to_string(), "database": data.display().to_string(), "next": next});
        writeln!(output.out, "{told:#}")?;
    } else {
        writeln!(output.err, "wrote {}", file.display())?;
        writeln!(output.err, "data go to {}\n\nNext:\n", data.display())?;
        writeln!(output.err, "  {}   # is everything right?\n  {}", next[0], next[1])?;
    }
    Ok(Exit::Success)
}

fn exit_for(error: &std::io::Error) -> Exit {
    if error.kind() == ErrorKind::PermissionDenied { Exit::Permission } else { Exit::CannotCreate }
}

/// The annotated default in which only what was set counts, and everything else is a comment.
fn text(settings: &[Setting]) -> String {
    let mut text = HEADER.to_owned();
    let mut section = "";
    // What stands before the lines of a list that goes on below its key; absent: the list is left out.
    let mut list: Option<Option<&str>> = None;
    let body = DEFAULT_TOML.lines().skip_while(|line| !line.starts_with('['));
    for line in body {
        if let Some(mark) = list {
            if let Some(mark) = mark {
                text.extend([mark, line, "\n"]);
            }
            list = list.filter(|_| line != "]");
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
        }
        let key = line.split_once(" = ").filter(|_| line.starts_with(|first: char| first.is_ascii_lowercase()));
        let Some((name, value)) = key else {
            text.extend([line, "\n"]);
            continue;
        };
        let is_it = |setting: &&Setting| setting.section == section && setting.name == name;
        let set = settings.iter().find(is_it).filter(|setting| setting.origin != Origin::Default);
        match set {
            Some(setting) => text.extend([name, " = ", setting.toml.trim(), "\n"]),
            None => text.extend(["#", line, "\n"]),
        }
        list = value.starts_with('[').then(|| set.is_none().then_some("#")).filter(|_| !value.ends_with(']'));
    }
    text
}

/// Writes beside the file and puts the result in its place, so that it is never half there.
fn write_whole(file: &Path, text: &str) -> std::io::Result<()> {
    let beside = connection::with_suffix(file, ".new");
    let write = || {
        let mut new = OpenOptions::new().create(true).truncate(true).write(true).mode(0o640).open(&beside)?;
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        std::fs::rename(&beside, file)?;
        File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all()
    };
    write().inspect_err(|_| {
        // It may not even have been made.
        let _ = std::fs::remove_file(&beside);
    })
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = text.chars().all(|char| char.is_ascii_alphanumeric() || "/._-".contains(char));
    if is_plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn init(directory: &Path, force: bool, set: &[&str]) -> (Exit, String, String) {
        let args = InitArgs { dir: directory.to_owned(), force, print: false };
        let overrides = Overrides { set: set.iter().map(ToString::to_string).collect(), ..Overrides::default() };
        let mut output = Output { out: Vec::new(), err: Vec::new() };
        let exit = run(&args, &overrides, true, &mut output).unwrap();
        (exit, String::from_utf8(output.out).unwrap(), String::from_utf8(output.err).unwrap())
    }

    #[test]
    fn what_is_written_is_the_default_with_a_database_of_its_own() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("new");
        let (exit, out, _) = init(&directory, false, &["heat.rate_limit.max=7", "datalyr.revenue_events=a,b"]);
        assert_eq!(exit, Exit::Success);
        let told: serde_json::Value = serde_json::from_str(&out).unwrap();
        let file = directory.join("hearth.toml");
        assert_eq!(told["configuration"], file.display().to_string());
        let overrides = Overrides { file: Some(file.clone()), ..Overrides::default() };
        let loaded = config::load_from(&overrides, &Surroundings::default()).unwrap();
        let set: Vec<_> = loaded.origins.iter().filter(|(_, origin)| **origin != Origin::Default).collect();
        assert_eq!(
            set.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(),
            ["datalyr.revenue_events", "heat.rate_limit.max", "storage.path"]
        );
        assert_eq!(loaded.config.storage.path, directory.join("data/hearth.db"));
        assert_eq!((loaded.config.heat.rate_limit.max, loaded.config.datalyr.revenue_events.len()), (7, 2));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&directory.join("data")), 0o700);
        assert_eq!(mode(&file) & 0o137, 0, "0640, or less by the umask");
    }

    #[test]
    fn every_key_that_is_a_comment_has_its_default_when_it_is_none() {
        let text = text(&[]);
        let uncommented: String = text
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(key) if key.starts_with(|char: char| char != ' ' && char != '#') || key.starts_with("  \"") => key,
                _ => line,
            })
            .fold(String::new(), |all, line| all + line + "\n");
        let body = |text: &str| text[text.find("\n[server]").unwrap()..].to_owned();
        assert_eq!(body(&uncommented), body(DEFAULT_TOML));
    }

    #[test]
    fn nothing_is_overwritten_without_force() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("hearth.toml");
        std::fs::write(&file, "[log]\n").unwrap();
        let (exit, out, err) = init(place.path(), false, &[]);
        assert_eq!((exit, out.as_str()), (Exit::CannotCreate, ""));
        assert!(err.contains("--force"), "{err}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "[log]\n");
        assert_eq!(init(place.path(), true, &[]).0, Exit::Success);
        assert_ne!(std::fs::read_to_string(&file).unwrap(), "[log]\n");
        assert_eq!(init(place.path(), true, &["heat.nonsense=1"]).0, Exit::BadConfiguration);
    }
}

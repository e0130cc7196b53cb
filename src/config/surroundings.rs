//! What the process was started with.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What a configuration takes from the process; handed in, so that tests need not change the process.
///
/// `Surroundings::default()` is an empty environment in which no file is looked for: the defaults and the flags alone.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Environment variables.
    pub variables: Vec<(OsString, OsString)>,
    /// Where a file is looked for when none is named, first to last.
    pub search: Vec<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        let mut surroundings = Self { variables: std::env::vars_os().collect(), search: Vec::new() };
        surroundings.search.push(PathBuf::from("hearth.toml"));
        surroundings.search.extend(surroundings.user_directory().map(|directory| directory.join("hearth/hearth.toml")));
        surroundings.search.push(PathBuf::from("/etc/hearth/hearth.toml"));
        surroundings
    }

    /// A variable that is set and not empty.
    pub(super) fn variable(&self, name: &str) -> Option<&OsStr> {
        let (_, value) = self.variables.iter().find(|(known, value)| known == name && !value.is_empty())?;
        Some(value)
    }

    /// `$XDG_CONFIG_HOME`, which the XDG Base Directory Specification wants absolute, else `$HOME/.config`.
    fn user_directory(&self) -> Option<PathBuf> {
        let named = self.variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        named.or_else(|| self.variable("HOME").map(|home| Path::new(home).join(".config")))
    }
}

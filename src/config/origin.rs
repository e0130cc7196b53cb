//! Where a value came from.

use std::fmt;
use std::path::PathBuf;

/// Where a value came from, in the words an owner would look it up by.
///
/// Shown as `default`, `hearth.toml:12`, `env HEARTH_SERVER__LISTEN` or `flag --listen`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The annotated default in the binary.
    Default,
    /// The owner's file.
    File {
        /// The file as it was named or found.
        path: PathBuf,
        /// Where in it; `None` when the whole file is meant.
        position: Option<Position>,
    },
    /// An environment variable, by its name.
    Variable(String),
    /// A flag as written, for `--set` with its key.
    Flag(String),
}

/// A place in a text, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column in characters.
    pub column: usize,
}

impl Position {
    /// The place of a byte offset.
    pub(super) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&char| char != '\n').count() + 1;
        Self { line, column }
    }
}

impl Origin {
    /// The origin with its column, as editors and terminals make it a link: `hearth.toml:12:5`.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::File { position: Some(position), .. } => format!("{self}:{}", position.column),
            _ => self.to_string(),
        }
    }

    /// The line and column, for a value in a file.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::File { position, .. } => *position,
            _ => None,
        }
    }

    /// Order of reading: a file by its lines, then variables, then flags.
    pub(super) fn order(&self) -> (u8, Option<Position>) {
        let layer = match self {
            Self::File { .. } => 0,
            Self::Variable(_) => 1,
            Self::Flag(_) => 2,
            Self::Default => 3,
        };
        (layer, self.position())
    }

    /// A dotted key as it is spelled at this origin.
    pub(super) fn spell(&self, key: &str) -> String {
        match self {
            Self::Variable(_) => format!("HEARTH_{}", key.replace('.', "__").to_uppercase()),
            _ => key.to_owned(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File { path, position: None } => write!(formatter, "{}", path.display()),
            Self::File { path, position: Some(position) } => write!(formatter, "{}:{}", path.display(), position.line),
            Self::Variable(name) => write!(formatter, "env {name}"),
            Self::Flag(name) => write!(formatter, "flag {name}"),
        }
    }
}

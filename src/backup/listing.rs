//! Which copies are there.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::error::BackupError;
use super::label::Label;
use super::name::{CopyName, Reason};
use super::reading::SQLITE;

/// A copy in the directory of copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    pub path: PathBuf,
    pub name: CopyName,
    pub file_bytes: u64,
    /// What it says about itself; a copy that is not compressed says nothing.
    pub label: Option<Label>,
    /// It was read back and found whole when it was made, and is as long as it was then. Not read again.
    pub is_verified: bool,
}

impl Copy {
    #[must_use]
    pub fn made_at_ms(&self) -> i64 {
        self.name.made_at_ms()
    }

    #[must_use]
    pub fn reason(&self) -> Reason {
        self.name.reason
    }
}

/// The copies, the newest first; none if the directory is not there. Files with other names are not looked at.
pub fn list(directory: &Path) -> Result<Vec<Copy>, BackupError> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(BackupError::read(directory))?,
    };
    let mut copies = Vec::new();
    for entry in entries {
        let entry = entry.map_err(BackupError::read(directory))?;
        let Some(name) = entry.file_name().to_str().and_then(CopyName::parse) else { continue };
        // It may have been rotated away since, and is none if it is no file.
        let Ok(metadata) = std::fs::symlink_metadata(entry.path()) else { continue };
        if metadata.is_file() {
            copies.push(look(entry.path(), name, metadata.len()));
        }
    }
    copies.sort_by_key(|copy| (std::cmp::Reverse(copy.name.made_at_s), copy.path.clone()));
    Ok(copies)
}

fn look(path: PathBuf, name: CopyName, file_bytes: u64) -> Copy {
    let label = if name.is_compressed { File::open(&path).ok().and_then(Label::of) } else { None };
    let is_verified = match &label {
        Some(label) => label.file_bytes == file_bytes,
        None => !name.is_compressed && plain_bytes(&path) == Some(file_bytes),
    };
    Copy { path, name, file_bytes, label, is_verified }
}

/// How long a database says it is: its pages, and their size (<https://sqlite.org/fileformat.html>, section 1.3).
fn plain_bytes(path: &Path) -> Option<u64> {
    let mut head = [0; 32];
    File::open(path).ok()?.read_exact(&mut head).ok()?;
    let page = u16::from_be_bytes(head.get(16..18)?.try_into().ok()?);
    let pages = u32::from_be_bytes(head.get(28..32)?.try_into().ok()?);
    let page = if page == 1 { 65_536 } else { u64::from(page) };
    head.starts_with(SQLITE).then(|| u64::from(pages) * page)
}

//! Which file is read, and reading it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::origin::Origin;
use super::problem::{Problem, ProblemCode, Problems};
use super::surroundings::Surroundings;

/// Largest file that is read, in bytes; the annotated default has about one hundredth of it.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// The owner's file, read.
#[derive(Debug)]
pub struct SourceFile {
    /// As named or found.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// Reads the file that `--config` or `$HEARTH_CONFIG` names, else the first that exists where one is looked for.
///
/// A named file must exist. A file that exists and cannot be read is a problem, never a reason to take the next one:
/// an owner would see other settings than the ones written down.
///
/// # Errors
/// The file that is missing or cannot be read.
pub fn read(flag: Option<&Path>, surroundings: &Surroundings) -> Result<Option<SourceFile>, Problems> {
    if let Some(path) = flag {
        return read_named(path, Origin::Flag("--config".to_owned())).map(Some);
    }
    if let Some(path) = surroundings.variable("HEARTH_CONFIG") {
        return read_named(Path::new(path), Origin::Variable("HEARTH_CONFIG".to_owned())).map(Some);
    }
    for path in &surroundings.search {
        match read_text(path) {
            Ok(text) => {
                return Ok(Some(SourceFile { path: path.clone(), text }));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(path, &error)),
        }
    }
    Ok(None)
}

fn read_named(path: &Path, named_by: Origin) -> Result<SourceFile, Problems> {
    match read_text(path) {
        Ok(text) => Ok(SourceFile { path: path.to_owned(), text }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Problems::from(Problem {
            code: ProblemCode::FileMissing,
            origin: named_by,
            key: String::new(),
            message: format!("there is no file {}", path.display()),
            suggestion: None,
        })),
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(io::Error::other(format!("is larger than {MAX_FILE_BYTES} bytes")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(good).filter(|&&byte| byte == b'\n').count() + 1;
        io::Error::other(format!("is not UTF-8 text (line {line})"))
    })
}

fn unreadable(path: &Path, error: &io::Error) -> Problems {
    Problems::from(Problem {
        code: ProblemCode::FileUnreadable,
        origin: Origin::File { path: path.to_owned(), position: None },
        key: String::new(),
        message: format!("cannot be read: {error}"),
        suggestion: None,
    })
}

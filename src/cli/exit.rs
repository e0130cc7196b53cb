//! The exit code for an error that a command did not expect.

use std::io::ErrorKind;

use super::Exit;
use crate::store::StoreError;

/// What the shell is told; a reason that a script can act on has a code of its own (sysexits.h).
#[must_use]
pub fn exit_for(error: &anyhow::Error) -> Exit {
    error.chain().find_map(of_cause).unwrap_or(Exit::Failure)
}

fn of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<Exit> {
    if let Some(error) = cause.downcast_ref::<StoreError>() {
        return of_store(error);
    }
    if let Some(rusqlite::Error::SqliteFailure(failure, _)) = cause.downcast_ref::<rusqlite::Error>() {
        return of_sqlite(failure.code);
    }
    let error = cause.downcast_ref::<std::io::Error>()?;
    (error.kind() == ErrorKind::PermissionDenied).then_some(Exit::Permission)
}

fn of_store(error: &StoreError) -> Option<Exit> {
    match error {
        StoreError::InUse(_) => Some(Exit::Unavailable),
        StoreError::Directory { source, .. } if source.kind() == ErrorKind::PermissionDenied => Some(Exit::Permission),
        StoreError::Directory { .. } => Some(Exit::CannotCreate),
        StoreError::NewerFile { .. } | StoreError::OlderFile { .. } | StoreError::OldSqlite(_) => {
            Some(Exit::BadConfiguration)
        }
        StoreError::NoSpace | StoreError::FsyncFailed => Some(Exit::InputOutput),
        StoreError::Sqlite(rusqlite::Error::SqliteFailure(failure, _)) => of_sqlite(failure.code),
        _ => None,
    }
}

fn of_sqlite(code: rusqlite::ErrorCode) -> Option<Exit> {
    use rusqlite::ErrorCode as Code;
    match code {
        Code::DatabaseBusy | Code::DatabaseLocked => Some(Exit::Unavailable),
        Code::PermissionDenied | Code::ReadOnly => Some(Exit::Permission),
        Code::SystemIoFailure | Code::DiskFull | Code::DatabaseCorrupt | Code::NotADatabase => Some(Exit::InputOutput),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn what_a_script_can_act_on_has_a_code_of_its_own() {
        let denied = || std::io::Error::from(ErrorKind::PermissionDenied);
        let directory = |source| StoreError::Directory { path: "x".to_owned(), source };
        let absent = std::io::Error::from(ErrorKind::NotADirectory);
        for (error, exit) in [
            (anyhow::anyhow!("just so"), Exit::Failure),
            (StoreError::InUse("x".to_owned()).into(), Exit::Unavailable),
            (directory(denied()).into(), Exit::Permission),
            (directory(absent).into(), Exit::CannotCreate),
            (StoreError::NewerFile { found: 9, known: 8 }.into(), Exit::BadConfiguration),
            (anyhow::Error::from(denied()).context("cannot read it"), Exit::Permission),
            (Err::<(), _>(denied()).context("cannot").unwrap_err(), Exit::Permission),
        ] {
            assert_eq!(exit_for(&error), exit, "{error:#}");
        }
    }
}

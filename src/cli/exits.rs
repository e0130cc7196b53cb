//! Which exit code an error of the store or of a copy is (sysexits.h).

use std::io::ErrorKind;

use super::Exit;
use crate::backup::error::BackupError;
use crate::backup::upgrade::UpgradeError;
use crate::store::StoreError;

/// An error that a command did not expect; one that a script can act on has a code of its own.
pub(super) fn of_unexpected(error: &anyhow::Error) -> Exit {
    let of_cause = |cause: &(dyn std::error::Error + 'static)| {
        if let Some(error) = cause.downcast_ref::<StoreError>() {
            return Some(of_store(error));
        }
        if let Some(error) = cause.downcast_ref::<BackupError>() {
            return Some(of_backup(error));
        }
        if let Some(rusqlite::Error::SqliteFailure(failure, _)) = cause.downcast_ref::<rusqlite::Error>() {
            return of_sqlite(failure.code);
        }
        let error = cause.downcast_ref::<std::io::Error>()?;
        (error.kind() == ErrorKind::PermissionDenied).then_some(Exit::Permission)
    };
    error.chain().find_map(of_cause).unwrap_or(Exit::Failure)
}

/// An error of SQLite itself, as far as it says something about the file.
fn of_sqlite(code: rusqlite::ErrorCode) -> Option<Exit> {
    use rusqlite::ErrorCode as Code;
    match code {
        Code::DatabaseBusy | Code::DatabaseLocked => Some(Exit::Unavailable),
        Code::PermissionDenied | Code::ReadOnly => Some(Exit::Permission),
        Code::SystemIoFailure | Code::DiskFull | Code::DatabaseCorrupt | Code::NotADatabase => Some(Exit::InputOutput),
        _ => None,
    }
}

/// An error of the store.
pub(super) fn of_store(error: &StoreError) -> Exit {
    match error {
        StoreError::InUse(_) => Exit::Unavailable,
        StoreError::NoFile(_) => Exit::Failure,
        StoreError::Directory { source, .. } if source.kind() == ErrorKind::PermissionDenied => Exit::Permission,
        StoreError::Directory { source, .. } if source.kind() == ErrorKind::StorageFull => Exit::InputOutput,
        StoreError::Directory { .. } => Exit::CannotCreate,
        // A restart would not help; a service manager must not try.
        StoreError::NewerFile { .. } | StoreError::OlderFile { .. } | StoreError::OldSqlite(_) => {
            Exit::BadConfiguration
        }
        StoreError::Sqlite(rusqlite::Error::SqliteFailure(failure, _)) => {
            of_sqlite(failure.code).unwrap_or(Exit::InputOutput)
        }
        _ => Exit::InputOutput,
    }
}

/// An error of a copy.
pub(super) fn of_backup(error: &BackupError) -> Exit {
    match error {
        BackupError::Store(error) => of_store(error),
        BackupError::Busy(_) => Exit::Unavailable,
        BackupError::Write { source, .. } | BackupError::Read { source, .. } => match source.kind() {
            ErrorKind::PermissionDenied => Exit::Permission,
            ErrorKind::NotFound if matches!(error, BackupError::Read { .. }) => Exit::Failure,
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::AlreadyExists => Exit::CannotCreate,
            _ => Exit::InputOutput,
        },
        BackupError::Exists(_) => Exit::CannotCreate,
        BackupError::NoSpace { .. } => Exit::InputOutput,
        BackupError::NoDatabase(_)
        | BackupError::Damaged { .. }
        | BackupError::NotACopy(_)
        | BackupError::Itself(_)
        | BackupError::Stopped => Exit::Failure,
    }
}

/// An error of an upgrade.
pub(super) fn of_upgrade(error: &UpgradeError) -> Exit {
    match error {
        UpgradeError::Store(error) => of_store(error),
        UpgradeError::Copy(error) => of_backup(error),
        // To try again would end as it did.
        UpgradeError::Migration { .. } | UpgradeError::Fault { .. } => Exit::BadConfiguration,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(kind: ErrorKind) -> BackupError {
        BackupError::Write { path: "x".to_owned(), source: kind.into() }
    }

    #[test]
    fn what_a_script_can_act_on_has_a_code_of_its_own() {
        let denied = || std::io::Error::from(ErrorKind::PermissionDenied);
        let directory = |source| StoreError::Directory { path: "x".to_owned(), source };
        for (error, exit) in [
            (anyhow::anyhow!("just so"), Exit::Failure),
            (StoreError::InUse("x".to_owned()).into(), Exit::Unavailable),
            (directory(denied()).into(), Exit::Permission),
            (directory(ErrorKind::NotADirectory.into()).into(), Exit::CannotCreate),
            (BackupError::Busy(String::new()).into(), Exit::Unavailable),
            (anyhow::Error::from(denied()).context("cannot read it"), Exit::Permission),
            (std::io::Error::from(ErrorKind::NotFound).into(), Exit::Failure),
        ] {
            assert_eq!(of_unexpected(&error), exit, "{error:#}");
        }
    }

    #[test]
    fn errors_of_copies_are_told_apart() {
        assert_eq!(of_backup(&write(ErrorKind::PermissionDenied)), Exit::Permission);
        assert_eq!(of_backup(&write(ErrorKind::NotFound)), Exit::CannotCreate);
        assert_eq!(of_backup(&write(ErrorKind::StorageFull)), Exit::InputOutput);
        assert_eq!(of_backup(&BackupError::Busy(String::new())), Exit::Unavailable);
        assert_eq!(of_backup(&StoreError::NewerFile { found: 9, known: 8 }.into()), Exit::BadConfiguration);
        let denied = StoreError::Directory { path: "x".to_owned(), source: ErrorKind::PermissionDenied.into() };
        assert_eq!(of_backup(&denied.into()), Exit::Permission);
    }
}

//! Which exit code an error of a copy or of an upgrade is (sysexits.h).

use std::io::ErrorKind;

use super::{Exit, exit};
use crate::backup::error::BackupError;
use crate::backup::upgrade::UpgradeError;
use crate::store::StoreError;

/// An error of the store, where it keeps something from being started or copied.
pub(super) fn of_store(error: &StoreError) -> Exit {
    exit::of_store(error).unwrap_or(Exit::InputOutput)
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

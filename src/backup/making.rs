//! Making a copy: nothing has its final name before it was read back and found whole.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Seek as _, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;

use super::error::BackupError;
use super::label::Label;
use super::name::{CopyName, Reason};
use super::reading;
use super::temporary::{self, Temporary};
use super::watch::{Phase, Watch};
use crate::config::Storage;
use crate::store::StoreError;
use crate::store::connection::{self, Ownership};
use crate::store::copying::{self, Marks};
use crate::store::file_sizes::FileSizes;

/// Zstandard's own default: a third of the size at hundreds of megabytes a second.
const LEVEL: i32 = 3;

/// Read and written at once.
const PIECE_BYTES: usize = 256 * 1024;

/// Pieces after which what was written is pushed to the disk, and the free space looked at.
const PIECES_PER_SYNC: u32 = 32;

/// What a copy is to be.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    pub storage: &'a Storage,
    pub place: Place<'a>,
    pub is_compressed: bool,
    pub now_ms: i64,
}

/// Where a copy goes.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// Into the directory of copies, by a name that says when and why.
    Directory(&'a Path, Reason),
    /// To a file that is not there yet.
    File(&'a Path),
}

/// A copy that was made and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub file: PathBuf,
    pub file_bytes: u64,
    pub database_bytes: u64,
    pub schema: i64,
    pub made_at_ms: i64,
}

/// Makes a copy, beside whoever writes. Blocks; see [`Watch`].
pub fn make(order: Order<'_>, watch: &mut Watch<'_>) -> Result<Made, BackupError> {
    let database = &order.storage.path;
    if FileSizes::of(database).database == 0 {
        return Err(BackupError::NoDatabase(database.display().to_string()));
    }
    let right = match Ownership::take_for_copy(database) {
        Err(StoreError::InUse(path)) => return Err(BackupError::Busy(path)),
        right => right?,
    };
    let target = target(&order)?;
    check_space(&order, &target)?;
    let [copying, packing] = temporary::beside(&target);
    // Only a crash leaves one, and who may copy is alone.
    let _ = std::fs::remove_file(copying.path());
    let _ = std::fs::remove_file(packing.path());

    let marks = copy(&order, copying.path(), watch)?;
    let database_bytes = size(copying.path())?;
    if order.is_compressed {
        let label = Label {
            hearth: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: order.now_ms,
            schema: marks.schema,
            database_bytes,
            database_sha256: String::new(),
            file_bytes: 0,
        };
        compress(&order, &copying, &packing, label, watch)?;
        drop(copying);
        packing.rename(&target)?;
    } else {
        copying.rename(&target)?;
    }
    drop(right);
    let file_bytes = size(&target)?;
    Ok(Made { file: target, file_bytes, database_bytes, schema: marks.schema, made_at_ms: order.now_ms })
}

/// The file to be; its directory is there afterwards.
fn target(order: &Order<'_>) -> Result<PathBuf, BackupError> {
    match order.place {
        Place::File(path) if path.exists() => Err(BackupError::Exists(path.display().to_string())),
        Place::File(path) => Ok(path.to_owned()),
        Place::Directory(directory, reason) => {
            make_directory(directory, order.storage)?;
            temporary::clear(directory);
            let mut name =
                CopyName { made_at_s: order.now_ms.div_euclid(1_000), reason, is_compressed: order.is_compressed };
            // Two in a second: the later one gets the next.
            while directory.join(name.to_string()).exists() {
                name.made_at_s += 1;
            }
            Ok(directory.join(name.to_string()))
        }
    }
}

fn make_directory(directory: &Path, storage: &Storage) -> Result<(), BackupError> {
    if directory.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(BackupError::write(directory))?;
    let made = File::open(directory).map_err(BackupError::write(directory))?;
    connection::give_to_owner_of(connection::directory_of(&storage.path), &made);
    Ok(connection::sync_directory(directory)?)
}

/// Whether there is room for the copy, and for the compressed one beside it, and the floor stays.
fn check_space(order: &Order<'_>, target: &Path) -> Result<(), BackupError> {
    let plain = FileSizes::of(&order.storage.path);
    let plain = plain.database + plain.log;
    // The database usually becomes a third; what does not is noticed while it is written.
    let needed_bytes = if order.is_compressed { plain + plain / 2 } else { plain };
    has_space(connection::directory_of(target), order.storage.min_free, needed_bytes)
}

/// Whether so many bytes fit above the floor.
pub(super) fn has_space(directory: &Path, min_free: u64, needed_bytes: u64) -> Result<(), BackupError> {
    let found = rustix::fs::statvfs(directory).map_err(|error| BackupError::write(directory)(error.into()))?;
    let free_bytes = found.f_bavail.saturating_mul(found.f_frsize);
    if free_bytes < needed_bytes.saturating_add(min_free) {
        let path = directory.display().to_string();
        return Err(BackupError::NoSpace { path, needed_bytes, free_bytes });
    }
    Ok(())
}

/// Copies the database and looks whether the copy is whole and the same.
fn copy(order: &Order<'_>, target: &Path, watch: &mut Watch<'_>) -> Result<Marks, BackupError> {
    let page_bytes = 4_096;
    let copied =
        copying::copy(order.storage, target, |done, all| watch.at(Phase::Copying, done * page_bytes, all * page_bytes));
    let marks = copied.map_err(stopped)?;
    if let Ok(file) = File::open(target) {
        connection::give_to_owner_of(&order.storage.path, &file);
    }
    watch.go_on(Phase::Checking, 0, size(target)?)?;
    match copying::verify(target, &watch.stop).map_err(stopped)? {
        Ok(found) if found == marks => Ok(marks),
        Ok(found) => Err(BackupError::damaged(target, format!("it has {found:?} where the database has {marks:?}"))),
        Err(what) => Err(BackupError::damaged(target, what)),
    }
}

/// Compresses the copy, and unpacks what is on the disk then to see that it is the same.
fn compress(
    order: &Order<'_>,
    plain: &Temporary,
    packed: &Temporary,
    mut label: Label,
    watch: &mut Watch<'_>,
) -> Result<(), BackupError> {
    let failed = || BackupError::write(packed.path());
    let mut from = File::open(plain.path()).map_err(BackupError::read(plain.path()))?;
    let mut options = OpenOptions::new();
    let mut to = options.write(true).create_new(true).mode(0o600).open(packed.path()).map_err(failed())?;
    connection::give_to_owner_of(&order.storage.path, &to);
    to.write_all(&Label::blank()).map_err(failed())?;
    let mut encoder = zstd::stream::write::Encoder::new(&mut to, LEVEL).map_err(failed())?;
    encoder.include_checksum(true).map_err(failed())?;
    encoder.set_pledged_src_size(Some(label.database_bytes)).map_err(failed())?;

    let mut hash = digest::Context::new(&digest::SHA256);
    let mut piece = vec![0; PIECE_BYTES];
    let mut done = 0;
    for round in 1_u32.. {
        let length = from.read(&mut piece).map_err(BackupError::read(plain.path()))?;
        if length == 0 {
            break;
        }
        let read = piece.get(..length).unwrap_or_default();
        hash.update(read);
        encoder.write_all(read).map_err(failed())?;
        done += length as u64;
        watch.go_on(Phase::Compressing, done, label.database_bytes)?;
        if round.is_multiple_of(PIECES_PER_SYNC) {
            encoder.get_ref().sync_data().map_err(failed())?;
            has_space(connection::directory_of(packed.path()), order.storage.min_free, 0)?;
        }
    }
    encoder.finish().map_err(failed())?;
    label.database_sha256 = reading::hex(hash.finish().as_ref());
    label.file_bytes = to.metadata().map_err(failed())?.len();
    to.rewind().map_err(failed())?;
    to.write_all(&label.frame()).map_err(failed())?;
    to.sync_all().map_err(failed())?;

    let found = reading::read_back(packed.path(), watch)?;
    if found.sha256 != label.database_sha256 || found.bytes != label.database_bytes {
        return Err(BackupError::damaged(packed.path(), "unpacked, it is not what was packed"));
    }
    Ok(())
}

fn stopped(error: StoreError) -> BackupError {
    match error {
        StoreError::Stopped => BackupError::Stopped,
        error => error.into(),
    }
}

fn size(path: &Path) -> Result<u64, BackupError> {
    std::fs::metadata(path).map(|file| file.len()).map_err(BackupError::read(path))
}

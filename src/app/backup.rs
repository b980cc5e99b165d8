//! Backup and restore of a SQLite file. On PostgreSQL its own tools do this: `pg_dump` and `pg_restore`.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::clock::Moment;
use crate::store;
use crate::store::file::{self, Findings};

/// How every SQLite file begins.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Why nothing was backed up or restored.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is a file of that name already.
    #[error("{0} exists already")]
    Exists(PathBuf),
    /// The target is the database itself.
    #[error("{0} is the database itself")]
    Itself(PathBuf),
    /// The file is not a database of this service.
    #[error("{0} is not a database of respite")]
    Foreign(PathBuf),
    /// The file has a log beside it: it is in use, or was copied alone while it was.
    #[error("{0} has a write-ahead log beside it: it is in use, or was copied while it was")]
    Unfinished(PathBuf),
    /// The file was written by a newer build.
    #[error("{0} has a newer schema than this build: {list}", list = .1.join(", "))]
    Newer(PathBuf, Vec<String>),
    /// The file is damaged.
    #[error("{0} is damaged: {list}", list = .1.join("; "))]
    Damaged(PathBuf, Vec<String>),
    /// Another process serves the database or has it open.
    #[error("{0} is in use by another process")]
    InUse(PathBuf),
    /// A file could not be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The database did not do as told.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What is done when a file of that name is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It is kept, and nothing is done.
    Kept,
    /// It is replaced at once, when the new one is whole.
    Replaced,
}

fn at<T>(path: &Path, result: std::io::Result<T>) -> Result<T, Fault> {
    result.map_err(|error| Fault::File(path.to_owned(), error))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// A file in the folder of `path`, readable by its owner alone, gone unless it is put in place.
fn draft_for(path: &Path) -> Result<NamedTempFile, Fault> {
    let folder = folder_of(path);
    at(folder, tempfile::Builder::new().prefix(".respite-").suffix(".part").tempfile_in(folder))
}

/// Waits until names in a folder are on the disk.
fn settle(folder: &Path) -> Result<(), Fault> {
    at(folder, File::open(folder).and_then(|folder| folder.sync_all()))
}

fn checked(shown: &Path, found: &Findings) -> Result<(), Fault> {
    if !found.damage.is_empty() {
        return Err(Fault::Damaged(shown.to_owned(), found.damage.clone()));
    }
    if found.applied == 0 {
        return Err(Fault::Foreign(shown.to_owned()));
    }
    if !found.unknown.is_empty() {
        return Err(Fault::Newer(shown.to_owned(), found.unknown.clone()));
    }
    Ok(())
}

/// A backup that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its size.
    pub bytes: u64,
}

/// Writes what the database holds at one moment into a file: sound on its own, checked, on the disk, readable by its
/// owner alone. The database may be served meanwhile.
///
/// # Errors
/// [`Fault::Exists`] for a file that is there and is to be kept; [`Fault::Damaged`] when the copy does not pass the check.
pub fn backup(database: &Path, target: &Path, existing: Existing) -> Result<Written, Fault> {
    // SQLite would make the file.
    at(database, std::fs::metadata(database))?;
    if target.exists() {
        let same = at(target, target.canonicalize())? == at(database, database.canonicalize())?;
        if same {
            return Err(Fault::Itself(target.to_owned()));
        }
        if existing == Existing::Kept {
            return Err(Fault::Exists(target.to_owned()));
        }
    }
    let draft = draft_for(target)?;
    file::copy_into(database, draft.path())?;
    checked(database, &file::examine(draft.path())?)?;
    at(target, draft.as_file().sync_all())?;
    let bytes = at(target, std::fs::metadata(draft.path()))?.len();
    match existing {
        Existing::Kept => draft.persist_noclobber(target).map_err(|error| match error.error.kind() {
            std::io::ErrorKind::AlreadyExists => Fault::Exists(target.to_owned()),
            _ => Fault::File(target.to_owned(), error.error),
        }),
        Existing::Replaced => draft.persist(target).map_err(|error| Fault::File(target.to_owned(), error.error)),
    }?;
    settle(folder_of(target))?;
    Ok(Written { bytes })
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the database that was there before lies now.
    pub kept_aside: Option<PathBuf>,
    /// Migrations that were applied, because the backup was older.
    pub migrated: Vec<String>,
}

/// Puts a backup in the place of the database. Everything is checked on a copy first; the database that is there is
/// never missing and never half, and lies aside afterwards.
///
/// # Errors
/// [`Fault::InUse`] while another process serves the database or has it open; what is wrong with the backup.
pub fn restore(database: &Path, backup: &Path, moment: &Moment) -> Result<Restored, Fault> {
    let sole = Sole::take(database)?;
    let log = beside(backup, "-wal");
    if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return Err(Fault::Unfinished(backup.to_owned()));
    }
    let draft = draft_for(database)?;
    copy(backup, &draft)?;
    // A file without pages passes for an empty database, and a text for none at all.
    let found = file::examine(draft.path()).map_err(|error| match error {
        store::Error::Other(why) => Fault::Damaged(backup.to_owned(), vec![why]),
        other => other.into(),
    })?;
    checked(backup, &found)?;
    if !found.pending.is_empty() {
        // The draft is this process's own: nobody is waited for.
        file::migrate(draft.path(), Duration::ZERO)?;
        checked(backup, &file::examine(draft.path())?)?;
    }
    at(database, draft.as_file().sync_all())?;
    let kept_aside = if database.exists() {
        Some(put_in_place(database, draft, moment)?)
    } else {
        draft.persist_noclobber(database).map_err(|error| Fault::File(database.to_owned(), error.error))?;
        None
    };
    settle(folder_of(database))?;
    drop(sole);
    Ok(Restored { kept_aside, migrated: found.pending })
}

/// Copies a backup, if it begins as a database does.
fn copy(backup: &Path, draft: &NamedTempFile) -> Result<(), Fault> {
    let mut source = at(backup, File::open(backup))?;
    let mut head = Vec::new();
    at(backup, Read::by_ref(&mut source).take(16).read_to_end(&mut head))?;
    if head != MAGIC {
        return Err(Fault::Foreign(backup.to_owned()));
    }
    let mut into = draft.as_file();
    at(draft.path(), into.write_all(&head))?;
    at(draft.path(), std::io::copy(&mut source, &mut into)).map(drop)
}

/// Exchanges the two, and says where the old one lies.
fn put_in_place(database: &Path, draft: NamedTempFile, moment: &Moment) -> Result<PathBuf, Fault> {
    let stamp = moment.now().format("%Y%m%dT%H%M%S%6fZ");
    let aside = beside(database, &format!(".before-restore-{stamp}"));
    let alone = match file::take_over(database) {
        Ok(alone) => Some(alone),
        Err(store::Error::Unavailable(_)) => return Err(Fault::InUse(database.to_owned())),
        // What is damaged cannot be taken over; it is kept all the same, with whatever lies beside it.
        Err(_) => None,
    };
    if std::fs::hard_link(database, &aside).is_err() {
        at(&aside, std::fs::copy(database, &aside))?;
    }
    for suffix in ["-wal", "-shm", "-journal"] {
        let left = beside(database, suffix);
        if alone.is_none() && left.exists() {
            at(&left, std::fs::rename(&left, beside(&aside, suffix)))?;
        }
    }
    draft.persist(database).map_err(|error| Fault::File(database.to_owned(), error.error))?;
    drop(alone);
    Ok(aside)
}

/// The right to serve a SQLite file, or to replace it: held by one process, and given back when it ends in any way.
#[derive(Debug)]
pub struct Sole {
    /// Held for its lock.
    _lock: File,
}

impl Sole {
    /// Takes it.
    ///
    /// # Errors
    /// [`Fault::InUse`] when another process holds it.
    pub fn take(database: &Path) -> Result<Self, Fault> {
        let path = beside(database, ".lock");
        let lock = at(&path, OpenOptions::new().create(true).truncate(false).write(true).open(&path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Fault::InUse(database.to_owned())),
            Err(TryLockError::Error(error)) => Err(Fault::File(path, error)),
        }
    }
}

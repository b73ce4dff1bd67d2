//! The files of a SQLite database: who can read them, and whether they are still those that were opened.
//!
//! A file that is deleted or replaced stays what it was for whoever has it open: commits succeed, readers see
//! them, and all of it is gone with the process. The write-ahead log is no different from the database itself,
//! so a connection is held open for as long as the database is: while there is one, nobody takes the
//! write-ahead log away who plays by the rules.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use domain::Words;
use domain::speaks::{Speaks, words};

/// A file that cannot be used as it is.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum FileError {
    /// Anybody can put another file in its place.
    Directory(PathBuf),
    /// It cannot be made.
    Make {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

impl Speaks for FileError {
    fn words(&self) -> Words {
        match self {
            Self::Directory(path) => words!(
                "everybody can write to the directory `{path}`, and put another database in the place of this one: take \
                 that right away (`chmod o-w`)",
                "Alla kan skriva i katalogen `{path}` och lägga en annan databas i stället för den här. Ta bort den \
                 rätten (`chmod o-w`).",
                path
            ),
            Self::Make { path, .. } => {
                words!(
                    "`{path}` cannot be made",
                    "`{path}` går inte att skapa.",
                    path
                )
            }
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Directory(_) => None,
            Self::Make { source, .. } => Some(source.words()),
        }
    }
}

/// Looks at where the file is, and makes it if that is wanted: for its owner alone, and so are those that are
/// made beside it.
pub(super) fn prepare(path: &Path, create: bool) -> Result<(), FileError> {
    if let Some(directory) = open_directory(path) {
        return Err(FileError::Directory(directory));
    }
    if create {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map_err(|source| FileError::Make {
            path: path.to_owned(),
            source,
        })?;
    }
    Ok(())
}

/// The directory of the file, if everybody can exchange files in it.
fn open_directory(path: &Path) -> Option<PathBuf> {
    let directory = path.parent().filter(|parent| parent.as_os_str() != "");
    let directory = directory.unwrap_or_else(|| Path::new("."));
    // Whether it is there at all is told by whoever opens the file.
    let mode = mode(directory)?;
    let sticky = mode & 0o1000 != 0;
    (mode & 0o002 != 0 && !sticky).then(|| directory.to_owned())
}

/// Which files of the database are there and can be read or written by everybody.
#[must_use]
pub fn readable_by_all(path: &Path) -> Vec<PathBuf> {
    let all = ["", "-wal", "-shm"].map(|end| beside(path, end));
    let is_open = |path: &PathBuf| mode(path).is_some_and(|mode| mode & 0o006 != 0);
    all.into_iter().filter(is_open).collect()
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

#[cfg(unix)]
fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(fs::metadata(path).ok()?.permissions().mode())
}

#[cfg(not(unix))]
fn mode(_path: &Path) -> Option<u32> {
    None
}

/// The files that were opened: the database, its write-ahead log, and what connections share.
#[derive(Debug)]
pub(super) struct Files(Vec<Identity>);

#[derive(Debug)]
struct Identity {
    path: PathBuf,
    device_and_inode: Option<(u64, u64)>,
}

impl Files {
    /// Those that are there while a connection has read from the database.
    pub(super) fn of(path: &Path) -> Self {
        let files = ["", "-wal", "-shm"].map(|end| {
            let path = beside(path, end);
            let device_and_inode = device_and_inode(&path);
            Identity {
                path,
                device_and_inode,
            }
        });
        Self(files.into())
    }

    /// How many bytes the write-ahead log has, and when it was last written to.
    pub(super) fn wal(&self) -> (u64, Option<SystemTime>) {
        let wal = self.0.get(1).and_then(|wal| fs::metadata(&wal.path).ok());
        wal.map_or((0, None), |about| (about.len(), about.modified().ok()))
    }

    /// Whether each of them is still the one at its place.
    pub(super) fn are_in_place(&self) -> bool {
        self.0
            .iter()
            .all(|file| device_and_inode(&file.path) == file.device_and_inode)
    }
}

#[cfg(unix)]
fn device_and_inode(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// Only whether it is there.
#[cfg(not(unix))]
fn device_and_inode(path: &Path) -> Option<(u64, u64)> {
    path.exists().then_some((0, 0))
}

//! The notary's own memory: a file of leaf hashes outside the database, 32 bytes an event.
//!
//! Apart from the notary because a verifier of the database reads it too. The file only grows. One process
//! at a time writes it; whatever was not whole when a process died is cut off by the next.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use domain::Words;
use domain::speaks::{Speaks, words};
use transparency::tree::Hash;

/// How many bytes a leaf has.
const LEAF: u64 = 32;

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum LeavesError {
    /// It is not there.
    Missing(PathBuf),
    /// It is there already.
    Exists(PathBuf),
    /// Somebody else writes it.
    InUse(PathBuf),
    /// It cannot be read or written.
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Speaks for LeavesError {
    fn words(&self) -> Words {
        match self {
            Self::Missing(path) => words!(
                "`{path}` is not there: it holds what the notary knows of the log. Only where there never was one, \
                 begin with --create",
                "`{path}` finns inte. Filen innehåller det som notarien vet om loggen. Börja med --create bara om det \
                 aldrig har funnits någon.",
                path,
            ),
            Self::Exists(path) => words!(
                "`{path}` is there already, and is never begun anew: leave --create out",
                "`{path}` finns redan och börjas aldrig om från början. Kör utan --create.",
                path,
            ),
            Self::InUse(path) => words!(
                "`{path}` is in use by another notary: stop that one first, or leave it to it",
                "`{path}` används av en annan notarie. Stoppa den först, eller låt den sköta det.",
                path,
            ),
            Self::Io { path, .. } => words!(
                "`{path}` cannot be used",
                "`{path}` går inte att använda.",
                path,
            ),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Io { source, .. } => Some(source.words()),
            Self::Missing(_) | Self::Exists(_) | Self::InUse(_) => None,
        }
    }
}

/// The leaf hashes of the events from 0 on.
#[derive(Debug)]
pub struct Leaves {
    file: File,
    count: u64,
}

impl Leaves {
    /// Opens the file for a notary, which nobody else may be at the same time.
    ///
    /// # Errors
    /// When it is not there, in use, or cannot be read.
    pub fn open(path: &Path) -> Result<Self, LeavesError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        let file = options.open(path).map_err(|source| {
            if source.kind() == io::ErrorKind::NotFound {
                LeavesError::Missing(path.to_owned())
            } else {
                failed(path, source)
            }
        })?;
        Self::locked(path, file)
    }

    /// Begins a file.
    ///
    /// # Errors
    /// When it is there already or cannot be written.
    pub fn create(path: &Path) -> Result<Self, LeavesError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        let file = options.open(path).map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                LeavesError::Exists(path.to_owned())
            } else {
                failed(path, source)
            }
        })?;
        Self::locked(path, file)
    }

    /// Opens the file for somebody who only reads what is whole in it.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn read_only(path: &Path) -> Result<Self, LeavesError> {
        let file = File::open(path).map_err(|source| failed(path, source))?;
        let bytes = file
            .metadata()
            .map_err(|source| failed(path, source))?
            .len();
        let count = bytes / LEAF;
        Ok(Self { file, count })
    }

    fn locked(path: &Path, file: File) -> Result<Self, LeavesError> {
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => LeavesError::InUse(path.to_owned()),
            TryLockError::Error(source) => failed(path, source),
        })?;
        let whole = || -> io::Result<u64> {
            let count = file.metadata()?.len() / LEAF;
            file.set_len(count * LEAF)?;
            Ok(count)
        };
        let count = whole().map_err(|source| failed(path, source))?;
        Ok(Self { file, count })
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The leaves from `from` on, as many as asked for or as there are.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&mut self, from: u64, count: u64) -> io::Result<Vec<Hash>> {
        let count = count.min(self.count.saturating_sub(from));
        self.file.seek(SeekFrom::Start(from * LEAF))?;
        let mut bytes = Vec::new();
        (&self.file).take(count * LEAF).read_to_end(&mut bytes)?;
        let (leaves, rest) = bytes.as_chunks::<32>();
        if rest.is_empty() && u64::try_from(leaves.len()) == Ok(count) {
            Ok(leaves.to_vec())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    /// Appends leaves; they are on disk after the next [`Leaves::sync`].
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&mut self, leaves: &[Hash]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.count * LEAF))?;
        self.file.write_all(&leaves.concat())?;
        self.count += count(leaves);
        Ok(())
    }

    /// Takes back what was appended and found wrong before it was relied on.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn cut(&mut self, count: u64) -> io::Result<()> {
        self.file.set_len(count * LEAF)?;
        self.count = count;
        Ok(())
    }

    /// Waits until everything is on disk.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// How many leaves these are.
pub(super) fn count(leaves: &[Hash]) -> u64 {
    u64::try_from(leaves.len()).unwrap_or(u64::MAX)
}

fn failed(path: &Path, source: io::Error) -> LeavesError {
    LeavesError::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_appended_is_read_back_and_a_torn_end_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leaves");
        let mut leaves = Leaves::create(&path).unwrap();
        leaves.append(&[[1; 32], [2; 32], [3; 32]]).unwrap();
        leaves.sync().unwrap();
        assert_eq!(leaves.read(1, 9).unwrap(), [[2; 32], [3; 32]]);
        drop(leaves);
        let mut torn = OpenOptions::new().append(true).open(&path).unwrap();
        torn.write_all(&[7; 31]).unwrap();
        assert_eq!(Leaves::read_only(&path).unwrap().count(), 3);

        let mut leaves = Leaves::open(&path).unwrap();
        assert_eq!(leaves.count(), 3);
        leaves.append(&[[4; 32]]).unwrap();
        assert_eq!(leaves.read(2, 9).unwrap(), [[3; 32], [4; 32]]);
        leaves.cut(3).unwrap();
        assert_eq!(leaves.read(2, 9).unwrap(), [[3; 32]]);
        assert!(leaves.read(9, 1).unwrap().is_empty());
    }

    #[test]
    fn one_notary_at_a_time_and_none_without_a_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leaves");
        assert!(matches!(Leaves::open(&path), Err(LeavesError::Missing(_))));
        let first = Leaves::create(&path).unwrap();
        assert!(matches!(Leaves::open(&path), Err(LeavesError::InUse(_))));
        assert!(matches!(Leaves::create(&path), Err(LeavesError::Exists(_))));
        drop(first);
        assert!(Leaves::open(&path).is_ok());
    }
}

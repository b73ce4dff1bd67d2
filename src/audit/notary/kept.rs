//! The notary's copies of what it has signed, beside its leaves: a text file, one note after the other.
//!
//! Without them a checkpoint could be taken from the database and nobody would miss it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use transparency::checkpoint::SignedCheckpoint;

/// What divides two notes: a line that no note has.
const DIVIDER: &str = "----\n";

#[derive(Debug)]
pub(super) struct Kept {
    file: File,
    notes: Vec<SignedCheckpoint>,
}

impl Kept {
    /// The copies beside the leaves of that path.
    pub(super) fn beside(leaves: &Path) -> io::Result<Self> {
        let path = path(leaves);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let (whole, torn) = text.rsplit_once(DIVIDER).unwrap_or(("", &text));
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        let length = u64::try_from(text.len() - torn.len()).unwrap_or_default();
        file.set_len(length)?;
        let notes = whole.split(DIVIDER).filter(|note| !note.is_empty());
        let notes = notes.map(str::parse).collect::<Result<_, _>>();
        let notes = notes.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(Self { file, notes })
    }

    /// Forgets the notes of more than so many events; `aside` has a copy of all of them.
    pub(super) fn forget_above(
        &mut self,
        leaves: &Path,
        size: u64,
        aside: &Path,
    ) -> io::Result<()> {
        let own = path(leaves);
        copied(&own, &path(aside))?;
        let stays = self.notes.iter().filter(|note| note.claim().size <= size);
        let text = stays.fold(String::new(), |text, note| {
            text + &note.to_string() + DIVIDER
        });
        let mut next = own.as_os_str().to_owned();
        next.push(".next");
        let mut file = File::create(&next)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&next, &own)?;
        *self = Self::beside(leaves)?;
        Ok(())
    }

    pub(super) fn notes(&self) -> &[SignedCheckpoint] {
        &self.notes
    }

    /// Keeps a note, on disk.
    pub(super) fn add(&mut self, note: &SignedCheckpoint) -> io::Result<()> {
        write!(self.file, "{note}{DIVIDER}")?;
        self.file.sync_data()?;
        self.notes.push(note.clone());
        Ok(())
    }
}

/// Copies a file, whole or not at all; what is there already stays.
pub(super) fn copied(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        return Ok(());
    }
    let mut part = to.as_os_str().to_owned();
    part.push(".part");
    std::fs::copy(from, &part)?;
    File::open(&part)?.sync_all()?;
    std::fs::rename(&part, to)
}

fn path(leaves: &Path) -> PathBuf {
    let mut name = leaves.as_os_str().to_owned();
    name.push(".checkpoints");
    name.into()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;
    use transparency::checkpoint::Checkpoint;
    use transparency::key::NoteSigner;

    #[test]
    fn notes_are_read_back_and_a_torn_one_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let leaves = folder.path().join("leaves");
        let signer = NoteSigner::new("log.example", SigningKey::from_bytes(&[1; 32])).unwrap();
        let note = |size| {
            let origin = "log.example".to_owned();
            let root = [3; 32];
            Checkpoint { origin, size, root }.sign(&signer)
        };
        let mut kept = Kept::beside(&leaves).unwrap();
        kept.add(&note(1)).unwrap();
        kept.add(&note(2)).unwrap();
        let mut file = OpenOptions::new().append(true).open(path(&leaves)).unwrap();
        file.write_all(b"log.example\n3\nAw").unwrap();
        let mut kept = Kept::beside(&leaves).unwrap();
        assert_eq!(kept.notes(), [note(1), note(2)]);
        kept.add(&note(3)).unwrap();
        assert_eq!(Kept::beside(&leaves).unwrap().notes().len(), 3);
    }
}

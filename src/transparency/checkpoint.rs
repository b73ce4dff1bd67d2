//! Checkpoints (C2SP tlog-checkpoint): a signed statement that the log has so many events and this root.
//!
//! Apart from the notary, who alone makes them, because everybody reads them. What a checkpoint says is
//! worth what the key that signed it is worth: see [`super::keys`].

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::key::NoteSigner;
use super::note::{Note, NoteError, VerifierKey};
use super::tree::Hash;
use domain::Words;

/// The log's name, how many events it has, and its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How many events.
    pub size: u64,
    /// The root of the tree of that many leaves.
    pub root: Hash,
}

/// A checkpoint and the note that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl Checkpoint {
    /// The checkpoint as the key signs it.
    #[must_use]
    pub fn sign(self, signer: &NoteSigner) -> SignedCheckpoint {
        let root = STANDARD.encode(self.root);
        let note = signer.note(format!("{}\n{}\n{root}\n", self.origin, self.size));
        SignedCheckpoint {
            checkpoint: self,
            note,
        }
    }
}

impl SignedCheckpoint {
    /// What it says, whoever has signed it.
    #[must_use]
    pub const fn claim(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Whether the key has signed it.
    #[must_use]
    pub fn is_signed_by(&self, key: &VerifierKey) -> bool {
        key.has_signed(&self.note)
    }

    /// Whether one of its signatures claims to be the key's, right or wrong.
    #[must_use]
    pub fn names(&self, key: &VerifierKey) -> bool {
        key.is_named_in(&self.note)
    }
}

impl std::fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.note.fmt(f)
    }
}

impl FromStr for SignedCheckpoint {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let note: Note = text.parse()?;
        let checkpoint = claim(note.text())?;
        Ok(Self { checkpoint, note })
    }
}

fn claim(text: &str) -> Result<Checkpoint, NoteError> {
    // Extension lines may follow; they are signed, and say nothing to us.
    let mut lines = text.lines();
    let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
        return Err(NoteError(Words::new(
            "a checkpoint has origin, size and root",
            "En kontrollpunkt har namn, storlek och rot.",
        )));
    };
    if origin.is_empty() {
        return Err(NoteError(Words::new(
            "the origin is empty",
            "Loggens namn är tomt.",
        )));
    }
    let written = size.parse::<u64>().ok().filter(|n| n.to_string() == size);
    let size = written.ok_or(NoteError(Words::new(
        "the size is not a decimal number",
        "Storleken är inget tal i decimal form.",
    )))?;
    let root = STANDARD.decode(root).ok();
    let root = root.and_then(|bytes| Hash::try_from(bytes).ok());
    Ok(Checkpoint {
        origin: origin.to_owned(),
        size,
        root: root.ok_or(NoteError(Words::new(
            "the root is not 32 bytes of base64",
            "Roten är inte 32 byte i base64.",
        )))?,
    })
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;

    fn signer(seed: u8) -> NoteSigner {
        NoteSigner::new("log.example", SigningKey::from_bytes(&[seed; 32])).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            origin: "log.example".to_owned(),
            size: 17,
            root: [9; 32],
        }
    }

    #[test]
    fn a_checkpoint_survives_being_written_down() {
        let signed = checkpoint().sign(&signer(1));
        let read: SignedCheckpoint = signed.to_string().parse().unwrap();
        assert_eq!(read, signed);
        assert_eq!(read.claim(), &checkpoint());
        assert!(read.is_signed_by(signer(1).verifier()));
        assert!(!read.is_signed_by(signer(2).verifier()));
    }

    #[test]
    fn what_a_checkpoint_says_cannot_be_changed() {
        let text = checkpoint().sign(&signer(1)).to_string();
        let other: SignedCheckpoint = text.replacen("\n17\n", "\n18\n", 1).parse().unwrap();
        assert!(!other.is_signed_by(signer(1).verifier()));
        for (from, to) in [
            ("\n17\n", "\n017\n"),
            ("\n17\n", "\n+17\n"),
            ("\n17\n", "\n"),
            ("CQk=", "CQ=="),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text);
            assert!(changed.parse::<SignedCheckpoint>().is_err(), "{changed}");
        }
    }
}

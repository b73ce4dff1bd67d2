//! Signed notes (C2SP signed-note): a text, and who has signed it.
//!
//! Apart from checkpoints because the endorsement of a new key is signed the same way, and because notes
//! come from outside: everything here answers bad bytes with what is wrong with them.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER_PERMISSIVE;
use ed25519_dalek::{Signature as Ed25519, VerifyingKey};
use sha2::{Digest, Sha256};

use domain::Words;
use domain::speaks::{Speaks, words};

/// The signed-note algorithm byte of Ed25519.
const ED25519: u8 = 0x01;
/// What a signature's line begins with.
const DASH: &str = "\u{2014} ";
/// The longest note that is read.
pub const MAX_NOTE: usize = 16 * 1_024;

/// A public key with the name that it signs under: `name+id+key`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

/// The text is no verifier key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct VerifierKeyError(Words);

impl Speaks for VerifierKeyError {
    fn words(&self) -> Words {
        words!(
            "no verifier key: {wrong}",
            "Det är ingen verifieringsnyckel. {wrong}",
            wrong = self.0
        )
    }
}

impl VerifierKey {
    /// The key under that name.
    #[must_use]
    pub fn new(name: &str, key: VerifyingKey) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(name.as_bytes());
        hasher.update([b'\n', ED25519]);
        hasher.update(key.as_bytes());
        let digest: [u8; 32] = hasher.finalize().into();
        let [a, b, c, d, ..] = digest;
        Self {
            name: name.to_owned(),
            id: [a, b, c, d],
            key,
        }
    }

    /// The name it signs under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether one of the note's signatures is this key's and is right.
    #[must_use]
    pub fn has_signed(&self, note: &Note) -> bool {
        self.own(note)
            .any(|signature| self.verifies(note.text.as_bytes(), &signature.bytes))
    }

    /// Whether one of the note's signatures claims to be this key's, right or wrong.
    #[must_use]
    pub fn is_named_in(&self, note: &Note) -> bool {
        self.own(note).next().is_some()
    }

    fn own<'a>(&'a self, note: &'a Note) -> impl Iterator<Item = &'a Signature> {
        let signatures = note.signatures.iter();
        signatures.filter(|signature| signature.name == self.name && signature.key == self.id)
    }

    /// Whether the signature is this key's over the message.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Ed25519::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }

    /// The first bytes of the hash of name and key, which a signature carries.
    pub(super) const fn id(&self) -> [u8; 4] {
        self.id
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed = vec![ED25519];
        typed.extend_from_slice(self.key.as_bytes());
        let id = data_encoding::HEXLOWER.encode(&self.id);
        write!(f, "{}+{id}+{}", self.name, STANDARD.encode(typed))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, VerifierKeyError> {
        let wrong = VerifierKeyError;
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong(Words::new(
                "expected `name+id+key`",
                "Skriv `namn+id+nyckel`.",
            )));
        };
        if !is_name(name) {
            return Err(wrong(Words::new(
                "the name is empty or has spaces",
                "Namnet är tomt eller har mellanslag.",
            )));
        }
        let typed = STANDARD.decode(key);
        let typed = typed.map_err(|_| {
            wrong(Words::new(
                "the key is not base64",
                "Nyckeln är inte i base64.",
            ))
        })?;
        let Some((&ED25519, key)) = typed.split_first() else {
            return Err(wrong(Words::new(
                "the key is not one of Ed25519",
                "Nyckeln är inte en Ed25519-nyckel.",
            )));
        };
        let key = <&[u8; 32]>::try_from(key)
            .ok()
            .and_then(|bytes| VerifyingKey::from_bytes(bytes).ok())
            .ok_or_else(|| {
                wrong(Words::new(
                    "the key is not a point of Ed25519",
                    "Nyckeln är ingen punkt i Ed25519.",
                ))
            })?;
        let made = Self::new(name, key);
        match HEXLOWER_PERMISSIVE.decode(id.as_bytes()) {
            Ok(id) if id == made.id => Ok(made),
            Ok(_) | Err(_) => Err(wrong(Words::new(
                "the id is not that of the name and the key",
                "Id:t hör inte till namnet och nyckeln.",
            ))),
        }
    }
}

/// Whether the text can name a key.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '+')
}

/// A text with signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) name: String,
    pub(super) key: [u8; 4],
    pub(super) bytes: Vec<u8>,
}

/// The text is no note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct NoteError(pub(super) Words);

impl Speaks for NoteError {
    fn words(&self) -> Words {
        words!(
            "the note is malformed: {wrong}",
            "Noten har fel form. {wrong}",
            wrong = self.0
        )
    }
}

impl Note {
    pub(super) fn signed(text: String, signature: Signature) -> Self {
        Self {
            text,
            signatures: vec![signature],
        }
    }

    /// What is signed; it ends with the end of a line.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for Signature { name, key, bytes } in &self.signatures {
            let mut keyed = key.to_vec();
            keyed.extend_from_slice(bytes);
            writeln!(f, "{DASH}{name} {}", STANDARD.encode(keyed))?;
        }
        Ok(())
    }
}

impl FromStr for Note {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        if text.len() > MAX_NOTE {
            return Err(NoteError(Words::new(
                "it is longer than a note can be",
                "Den är längre än tillåtet.",
            )));
        }
        if text.contains(|c: char| c != '\n' && c.is_control()) {
            return Err(NoteError(Words::new(
                "it has control characters",
                "Den har styrtecken.",
            )));
        }
        // The last empty line divides: the text itself may have empty lines.
        let (text, lines) = text.rsplit_once("\n\n").ok_or(NoteError(Words::new(
            "no empty line divides text and signatures",
            "Ingen tom rad skiljer texten från signaturerna.",
        )))?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError(Words::new(
            "its last line does not end",
            "Dess sista rad har inget slut.",
        )))?;
        let signatures = lines
            .split('\n')
            .map(signature)
            .collect::<Option<Vec<_>>>()
            .ok_or(NoteError(Words::new(
                "a signature's line is not `\u{2014} name base64`",
                "En signaturs rad är inte `\u{2014} namn base64`.",
            )))?;
        Ok(Self {
            text: format!("{text}\n"),
            signatures,
        })
    }
}

fn signature(line: &str) -> Option<Signature> {
    let (name, keyed) = line.strip_prefix(DASH)?.split_once(' ')?;
    let keyed = STANDARD.decode(keyed).ok()?;
    let (key, bytes) = keyed.split_first_chunk::<4>()?;
    (is_name(name) && !bytes.is_empty()).then(|| Signature {
        name: name.to_owned(),
        key: *key,
        bytes: bytes.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;

    /// The example of the Go module `golang.org/x/mod/sumdb/note`, whose keys are public.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SIGNED: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_that_others_have_signed_is_verified() {
        let key: VerifierKey = KEY.parse().unwrap();
        let note: Note = SIGNED.parse().unwrap();
        assert!(key.has_signed(&note));
        assert_eq!(note.to_string(), SIGNED);
        assert_eq!(key.to_string(), KEY);
    }

    #[test]
    fn a_note_that_was_changed_is_not() {
        let key: VerifierKey = KEY.parse().unwrap();
        let changed = SIGNED.replacen("answer", "Answer", 1);
        assert!(!key.has_signed(&changed.parse().unwrap()));
        let signer = SigningKey::from_bytes(&[3; 32]);
        let other = VerifierKey::new("PeterNeumann", signer.verifying_key());
        let forged = Note::signed(
            "anything\n".to_owned(),
            Signature {
                name: "PeterNeumann".to_owned(),
                key: key.id(),
                bytes: signer.sign(b"anything\n").to_vec(),
            },
        );
        assert!(!key.has_signed(&forged));
        assert!(!other.has_signed(&forged), "the id is another key's");
    }

    #[test]
    fn what_is_no_note_or_key_says_so() {
        for bad in [
            "",
            "text\n",
            "text\n\n",
            "text\n\n\u{2014} a\n",
            "text\n\n\u{2014} a b c\n",
            "text\n\n\u{2014} a AAAA\n",
            "text\n\n\u{2014} a AAAAAAA=",
            "text\r\n\n\u{2014} a AAAAAAA=\n",
        ] {
            assert!(bad.parse::<Note>().is_err(), "{bad:?}");
        }
        for bad in [
            "",
            "PeterNeumann",
            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+Axpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+ARpc",
        ] {
            assert!(bad.parse::<VerifierKey>().is_err(), "{bad:?}");
        }
    }
}

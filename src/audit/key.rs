//! The log's signing key: Ed25519, kept in a file outside the database.
//!
//! Apart from the log because only genesis, a rotation and the notary ever hold a private key. The public
//! key is written as a C2SP signed-note verifier key, so that a checkpoint can be checked by tools of
//! others.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use ed25519_dalek::{Signer as _, SigningKey};
use rand::Rng as _;

use super::note::{Note, Signature, VerifierKey, is_name};
use domain::Words;
use domain::speaks::{Speaks, verbatim, words};

/// The key could not be made or read.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum KeyError {
    /// The origin cannot name a key.
    Origin(String),
    /// The file is there already.
    Exists(PathBuf),
    /// The file could not be written.
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file could not be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file holds no private key.
    NoKey(PathBuf),
    /// The key could not be encoded.
    Encode,
}

impl Speaks for KeyError {
    fn words(&self) -> Words {
        match self {
            Self::Origin(name) => words!(
                "`{name}` cannot be the log's name: expected text without spaces and plus signs",
                "Loggen kan inte heta `{name}`. Skriv ett namn utan mellanslag och plustecken.",
                name = verbatim(name)
            ),
            Self::Exists(path) => words!(
                "`{path}` is there already, and a private key is never overwritten: name another file",
                "`{path}` finns redan, och en privat nyckel skrivs aldrig över. Ange en annan fil.",
                path
            ),
            Self::Write { path, .. } => words!(
                "`{path}` could not be written",
                "`{path}` gick inte att skriva.",
                path
            ),
            Self::Read { path, .. } => words!(
                "`{path}` could not be read",
                "`{path}` gick inte att läsa.",
                path
            ),
            Self::NoKey(path) => words!(
                "`{path}` holds no private key of Ed25519 in PKCS 8",
                "`{path}` innehåller ingen privat Ed25519-nyckel i PKCS 8.",
                path
            ),
            Self::Encode => Words::new(
                "the key could not be encoded",
                "Nyckeln gick inte att koda.",
            ),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Write { source, .. } | Self::Read { source, .. } => Some(source.words()),
            Self::Origin(_) | Self::Exists(_) | Self::NoKey(_) | Self::Encode => None,
        }
    }
}

/// A private key with the name that it signs under.
pub struct NoteSigner {
    key: SigningKey,
    verifier: VerifierKey,
}

/// The private key is not shown.
impl std::fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NoteSigner")
            .field("verifier", &self.verifier)
            .finish_non_exhaustive()
    }
}

impl NoteSigner {
    /// The key in the file, to sign under that name.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else.
    pub fn read(origin: &str, file: &Path) -> Result<Self, KeyError> {
        let pem = std::fs::read_to_string(file).map_err(|source| KeyError::Read {
            path: file.to_owned(),
            source,
        })?;
        let key = SigningKey::from_pkcs8_pem(&pem).map_err(|_| KeyError::NoKey(file.to_owned()))?;
        Self::new(origin, key)
    }

    /// The key under that name.
    ///
    /// # Errors
    /// When the name cannot be one.
    pub fn new(origin: &str, key: SigningKey) -> Result<Self, KeyError> {
        if !is_name(origin) {
            return Err(KeyError::Origin(origin.to_owned()));
        }
        let verifier = VerifierKey::new(origin, key.verifying_key());
        Ok(Self { key, verifier })
    }

    /// The public half.
    #[must_use]
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The signature over a message.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    /// The text with this key's signature.
    #[must_use]
    pub fn note(&self, text: String) -> Note {
        let signature = Signature {
            name: self.verifier.name().to_owned(),
            key: self.verifier.id(),
            bytes: self.sign(text.as_bytes()).to_vec(),
        };
        Note::signed(text, signature)
    }
}

/// Makes a key, writes the private half to `file` (PKCS 8, mode 0600) and returns the public half.
///
/// # Errors
/// When the file exists or cannot be written; nothing is left behind then.
pub fn generate(origin: &str, file: &Path) -> Result<VerifierKey, KeyError> {
    let mut seed = [0_u8; 32];
    rand::rng().fill_bytes(&mut seed);
    let made = NoteSigner::new(origin, SigningKey::from_bytes(&seed))?;
    let pem = made
        .key
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|_| KeyError::Encode)?;
    write_new(file, pem.as_bytes())?;
    Ok(made.verifier)
}

fn write_new(file: &Path, content: &[u8]) -> Result<(), KeyError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed = |source: std::io::Error| {
        let path = file.to_owned();
        if source.kind() == std::io::ErrorKind::AlreadyExists {
            KeyError::Exists(path)
        } else {
            KeyError::Write { path, source }
        }
    };
    let mut opened = options.open(file).map_err(failed)?;
    opened
        .write_all(content)
        .and_then(|()| opened.sync_all())
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_written_signs_what_its_public_half_verifies() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("log.key");
        let public = generate("log.example", &file).unwrap();
        let signer = NoteSigner::read("log.example", &file).unwrap();
        let note = signer.note("log.example\n1\nAAAA\n".to_owned());
        assert!(public.has_signed(&note.to_string().parse().unwrap()));
        std::fs::write(&file, "no key").unwrap();
        let refused = NoteSigner::read("log.example", &file);
        assert!(matches!(refused, Err(KeyError::NoKey(_))));
        let refused = NoteSigner::read("log.example", &folder.path().join("none"));
        assert!(matches!(refused, Err(KeyError::Read { .. })));
    }

    #[test]
    fn a_private_key_is_readable_by_its_owner_alone_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("log.key");
        generate("log.example", &file).unwrap();
        let first = std::fs::read(&file).unwrap();
        assert!(matches!(
            generate("log.example", &file),
            Err(KeyError::Exists(_))
        ));
        assert_eq!(std::fs::read(&file).unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        assert!(matches!(generate("a b", &file), Err(KeyError::Origin(_))));
    }
}

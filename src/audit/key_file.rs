//! The file that the log's private key is in, outside the database.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use rand::Rng as _;

use domain::Words;
use domain::speaks::{Speaks, words};
use transparency::key::{NameError, NoteSigner};
use transparency::note::VerifierKey;

/// The key could not be made or read.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum KeyFileError {
    /// The log cannot have that name.
    #[error(transparent)]
    Name(#[from] NameError),
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

impl Speaks for KeyFileError {
    fn words(&self) -> Words {
        match self {
            Self::Name(error) => error.words(),
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
            Self::Name(_) | Self::Exists(_) | Self::NoKey(_) | Self::Encode => None,
        }
    }
}

/// The key in the file, to sign under that name.
///
/// # Errors
/// When the file cannot be read, or holds something else.
pub fn read(origin: &str, file: &Path) -> Result<NoteSigner, KeyFileError> {
    let pem = std::fs::read_to_string(file).map_err(|source| KeyFileError::Read {
        path: file.to_owned(),
        source,
    })?;
    let key = SigningKey::from_pkcs8_pem(&pem).map_err(|_| KeyFileError::NoKey(file.to_owned()))?;
    Ok(NoteSigner::new(origin, key)?)
}

/// Makes a key, writes the private half to `file` (PKCS 8, mode 0600) and returns the public half.
///
/// # Errors
/// When the file exists or cannot be written; nothing is left behind then.
pub fn generate(origin: &str, file: &Path) -> Result<VerifierKey, KeyFileError> {
    let mut seed = [0_u8; 32];
    rand::rng().fill_bytes(&mut seed);
    let key = SigningKey::from_bytes(&seed);
    let pem = key
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|_| KeyFileError::Encode)?;
    let signer = NoteSigner::new(origin, key)?;
    write_new(file, pem.as_bytes())?;
    Ok(signer.verifier().clone())
}

fn write_new(file: &Path, content: &[u8]) -> Result<(), KeyFileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed = |source: std::io::Error| {
        let path = file.to_owned();
        if source.kind() == std::io::ErrorKind::AlreadyExists {
            KeyFileError::Exists(path)
        } else {
            KeyFileError::Write { path, source }
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
        let signer = read("log.example", &file).unwrap();
        let note = signer.note("log.example\n1\nAAAA\n".to_owned());
        assert!(public.has_signed(&note.to_string().parse().unwrap()));
        std::fs::write(&file, "no key").unwrap();
        let refused = read("log.example", &file);
        assert!(matches!(refused, Err(KeyFileError::NoKey(_))));
        let refused = read("log.example", &folder.path().join("none"));
        assert!(matches!(refused, Err(KeyFileError::Read { .. })));
    }

    #[test]
    fn a_private_key_is_readable_by_its_owner_alone_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("log.key");
        generate("log.example", &file).unwrap();
        let first = std::fs::read(&file).unwrap();
        assert!(matches!(
            generate("log.example", &file),
            Err(KeyFileError::Exists(_))
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
        assert!(matches!(generate("a b", &file), Err(KeyFileError::Name(_))));
    }
}

//! The log's signing key: Ed25519, kept in a file outside the database.
//!
//! Apart from the log because only genesis and the notary ever hold a private key. The public key is
//! written as a C2SP signed-note verifier key, so that a checkpoint can be checked by tools of others.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use rand::Rng as _;
use sha2::{Digest, Sha256};

/// The signed-note algorithm byte of Ed25519.
const ED25519: u8 = 0x01;

/// The key could not be made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The origin cannot name a key.
    #[error("`{0}` cannot be the log's name: expected text without spaces and plus signs")]
    Origin(String),
    /// The file is there already.
    #[error("`{}` is there already, and a private key is never overwritten", .0.display())]
    Exists(PathBuf),
    /// The file could not be written.
    #[error("`{}` could not be written", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The key could not be encoded.
    #[error("the key could not be encoded")]
    Encode,
}

/// Makes a key, writes the private half to `file` (PKCS 8, mode 0600) and returns the public half as a
/// verifier key: `origin+hash+base64`.
///
/// # Errors
/// When the file exists or cannot be written; nothing is left behind then.
pub fn generate(origin: &str, file: &Path) -> Result<String, KeyError> {
    if origin.is_empty() || origin.contains(|c: char| c.is_whitespace() || c == '+') {
        return Err(KeyError::Origin(origin.to_owned()));
    }
    let mut seed = [0_u8; 32];
    rand::rng().fill_bytes(&mut seed);
    let key = SigningKey::from_bytes(&seed);
    let pem = key
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|_| KeyError::Encode)?;
    write_new(file, pem.as_bytes())?;
    Ok(verifier_key(origin, key.verifying_key().as_bytes()))
}

/// The verifier key of a public key under a name (C2SP signed-note).
#[must_use]
pub fn verifier_key(origin: &str, public: &[u8; 32]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(origin.as_bytes());
    hasher.update([b'\n', ED25519]);
    hasher.update(public);
    let digest = hasher.finalize();
    let id = HEXLOWER.encode(digest.get(..4).unwrap_or_default());
    let mut typed = vec![ED25519];
    typed.extend_from_slice(public);
    format!("{origin}+{id}+{}", STANDARD.encode(typed))
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
    fn a_verifier_key_names_its_origin_its_algorithm_and_the_key() {
        let key = verifier_key("example.com/foo", &[7; 32]);
        let mut parts = key.splitn(3, '+');
        assert_eq!(parts.next(), Some("example.com/foo"));
        assert_eq!(parts.next().map(str::len), Some(8));
        let typed = STANDARD.decode(parts.next().unwrap()).unwrap();
        assert_eq!((typed.len(), typed[0]), (33, 1));
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

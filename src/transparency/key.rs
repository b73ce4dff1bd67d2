//! The log's signing key: Ed25519, with the name that it signs under.
//!
//! Apart from what verifies because only genesis, a rotation and the notary ever hold a private key. The public
//! key is written as a C2SP signed-note verifier key, so that a checkpoint can be checked by tools of others.

use ed25519_dalek::{Signer as _, SigningKey};

use super::note::{Note, Signature, VerifierKey, is_name};
use domain::Words;
use domain::speaks::{Speaks, verbatim, words};

/// A text that cannot name a log, and so no key of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct NameError(String);

impl Speaks for NameError {
    fn words(&self) -> Words {
        words!(
            "`{name}` cannot be the log's name: expected text without spaces and plus signs",
            "Loggen kan inte heta `{name}`. Skriv ett namn utan mellanslag och plustecken.",
            name = verbatim(&self.0)
        )
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
    /// The key under that name.
    ///
    /// # Errors
    /// When the name cannot be one.
    pub fn new(origin: &str, key: SigningKey) -> Result<Self, NameError> {
        if !is_name(origin) {
            return Err(NameError(origin.to_owned()));
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

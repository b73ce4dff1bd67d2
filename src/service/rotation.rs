//! Rotation: the log itself introduces the key that signs from there on.

use data_encoding::BASE64;

use audit::prove::{self, ProveError};
use audit::{DatabaseError, Log, SnapshotError, TransactError};
use domain::text::Reference;
use transparency::canonical::Object;
use transparency::key::NoteSigner;
use transparency::keys::{Keys, ROTATED, endorsement_text};
use transparency::note::VerifierKey;

/// Why a new key is to be trusted.
#[derive(Debug)]
pub enum Warrant {
    /// The key that signs until now endorses it.
    Endorsed(Box<NoteSigner>),
    /// There is none to endorse it, for this reason; verifiers will not trust it unless they are given it.
    Lost(Reference),
}

/// No key was introduced.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The key that was to endorse is not the one that signs until now.
    #[error("the key that signs until now is `{0}`")]
    OtherKey(VerifierKey),
    /// The log knows the new key already.
    #[error("the log knows the new key already")]
    Known,
    /// The log could not be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The log does not prove its keys.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// The log could not be written.
    #[error(transparent)]
    Transact(#[from] TransactError<DatabaseError>),
}

/// The keys of a log, of which there is to be another.
#[derive(Debug)]
pub struct Rotation<'a> {
    log: &'a Log,
    keys: Keys,
}

impl<'a> Rotation<'a> {
    /// A rotation of this log's key.
    ///
    /// # Errors
    /// When the log cannot be read, or does not prove its keys.
    pub async fn of(log: &'a Log) -> Result<Self, RotationError> {
        let snapshot = log.database().snapshot().await?;
        let keys = prove::keys(snapshot.connection()).await?;
        Ok(Self { log, keys })
    }

    /// The log's name, under which its keys sign.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.keys.origin()
    }

    /// Has the log introduce the new key. The number of the event, after which no other key signs.
    ///
    /// # Errors
    /// When nothing was recorded, or it is not known whether it was.
    pub async fn introduce(
        self,
        new: &VerifierKey,
        warrant: Warrant,
    ) -> Result<u64, RotationError> {
        let details = Object::new().with("publicKey", new.to_string().as_str());
        let details = match warrant {
            Warrant::Endorsed(old) => {
                let last = &self.keys.last().key;
                if old.verifier() != last {
                    return Err(RotationError::OtherKey(last.clone()));
                }
                let signature = old.sign(endorsement_text(new).as_bytes());
                details.with("endorsement", BASE64.encode(&signature).as_str())
            }
            Warrant::Lost(reason) => details.with("reason", reason.as_str()),
        };
        if self.keys.iter().any(|known| &known.key == new) {
            return Err(RotationError::Known);
        }
        let (id, receipt) = self.log.record(ROTATED, details).await?;
        Ok(receipt.seq(id).unwrap_or_default())
    }
}

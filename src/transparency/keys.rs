//! Which key a checkpoint must be signed by: the log says so itself.
//!
//! Apart from the private key because a verifier, an instance that serves checkpoints and the notary must
//! all draw the same line at a rotation. Pure: built from the envelopes that introduce keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::checkpoint::SignedCheckpoint;
use super::note::{VerifierKey, VerifierKeyError};
use domain::Words;
use domain::speaks::{Speaks, words};

/// The operation that begins a log.
pub const GENESIS: &str = "genesis";
/// The operation that introduces a further key.
pub const ROTATED: &str = "keyRotated";

/// Why a key is one of the log's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Introduction {
    /// The log began with it.
    First,
    /// The key before it has signed for it.
    Endorsed,
    /// Nobody has signed for it: the key before it was lost.
    Unendorsed,
}

/// A key and the event that introduces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduced {
    /// The event's seq.
    pub seq: u64,
    /// The key.
    pub key: VerifierKey,
    /// Why it is one of the log's.
    pub introduction: Introduction,
}

/// The keys of a log, in the order of their events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    origin: String,
    first: Introduced,
    later: Vec<Introduced>,
}

/// An event does not introduce a key as it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum KeysError {
    /// It is another event.
    Other(u64),
    /// Its key cannot be read.
    Key(u64, #[source] VerifierKeyError),
    /// Its key has another name than the log.
    Name(u64),
    /// The signature of the key before it is wrong.
    Endorsement(u64),
    /// It is not later than the one before.
    Order(u64),
}

impl Speaks for KeysError {
    fn words(&self) -> Words {
        match self {
            Self::Other(seq) => words!(
                "event {seq} introduces no key",
                "Händelse {seq} inför ingen nyckel.",
                seq
            ),
            Self::Key(seq, error) => {
                words!(
                    "event {seq}: {error}",
                    "Händelse {seq}: {error}",
                    seq,
                    error
                )
            }
            Self::Name(seq) => words!(
                "event {seq} introduces a key of another name than the log's",
                "Händelse {seq} inför en nyckel med ett annat namn än loggens.",
                seq
            ),
            Self::Endorsement(seq) => words!(
                "event {seq}: the key before it has not signed for the key",
                "Händelse {seq}: den tidigare nyckeln har inte signerat för den nya.",
                seq
            ),
            Self::Order(seq) => words!(
                "event {seq} is out of order",
                "Händelse {seq} kommer i fel ordning.",
                seq
            ),
        }
    }
}

impl KeysError {
    /// The seq of the event.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        match self {
            Self::Other(seq)
            | Self::Key(seq, _)
            | Self::Name(seq)
            | Self::Endorsement(seq)
            | Self::Order(seq) => *seq,
        }
    }
}

#[derive(Deserialize)]
struct Envelope {
    operation: Option<String>,
    details: Option<Details>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    origin: Option<String>,
    public_key: Option<String>,
    endorsement: Option<String>,
}

/// What the key before it signs when a key is introduced.
#[must_use]
pub fn endorsement_text(new: &VerifierKey) -> String {
    format!("behorig key rotation\n{}\n{new}\n", new.name())
}

impl Keys {
    /// The keys of a log that begins with that event.
    ///
    /// # Errors
    /// When the event is no genesis, or its key cannot be read.
    pub fn begin(envelope: &[u8]) -> Result<Self, KeysError> {
        let details = details(0, envelope, GENESIS)?;
        let key = public_key(0, &details)?;
        let origin = details.origin.ok_or(KeysError::Other(0))?;
        if key.name() != origin {
            return Err(KeysError::Name(0));
        }
        Ok(Self {
            origin,
            first: Introduced {
                seq: 0,
                key,
                introduction: Introduction::First,
            },
            later: Vec::new(),
        })
    }

    /// The keys that these events introduce, genesis first.
    ///
    /// # Errors
    /// When one of them introduces no key as it should.
    pub fn introduced_by<'a>(
        events: impl IntoIterator<Item = (u64, &'a [u8])>,
    ) -> Result<Self, KeysError> {
        let mut events = events.into_iter();
        let first = events.next().filter(|(seq, _)| *seq == 0);
        let (_, genesis) = first.ok_or(KeysError::Other(0))?;
        let mut keys = Self::begin(genesis)?;
        for (seq, envelope) in events {
            keys.rotate(seq, envelope)?;
        }
        Ok(keys)
    }

    /// Adds the key of a rotation.
    ///
    /// # Errors
    /// When the event introduces no key, or claims an endorsement that is wrong.
    pub fn rotate(&mut self, seq: u64, envelope: &[u8]) -> Result<(), KeysError> {
        let before = self.last();
        if seq <= before.seq {
            return Err(KeysError::Order(seq));
        }
        let details = details(seq, envelope, ROTATED)?;
        let key = public_key(seq, &details)?;
        if key.name() != self.origin {
            return Err(KeysError::Name(seq));
        }
        let introduction = match &details.endorsement {
            None => Introduction::Unendorsed,
            Some(signature) => {
                let signature = STANDARD.decode(signature).unwrap_or_default();
                if !before
                    .key
                    .verifies(endorsement_text(&key).as_bytes(), &signature)
                {
                    return Err(KeysError::Endorsement(seq));
                }
                Introduction::Endorsed
            }
        };
        self.later.push(Introduced {
            seq,
            key,
            introduction,
        });
        Ok(())
    }

    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Every key, the first one first.
    pub fn iter(&self) -> impl Iterator<Item = &Introduced> {
        std::iter::once(&self.first).chain(&self.later)
    }

    /// The key that was introduced last.
    #[must_use]
    pub fn last(&self) -> &Introduced {
        self.later.last().unwrap_or(&self.first)
    }

    /// The key of checkpoints of that many events; `None`: there is none of no events.
    #[must_use]
    pub fn of(&self, size: u64) -> Option<&Introduced> {
        self.iter().filter(|known| known.seq < size).last()
    }

    /// Whether the checkpoint is of this log and signed by the key that it should be signed by.
    #[must_use]
    pub fn vouch_for(&self, checkpoint: &SignedCheckpoint) -> bool {
        let claim = checkpoint.claim();
        claim.origin == self.origin
            && self
                .of(claim.size)
                .is_some_and(|known| checkpoint.is_signed_by(&known.key))
    }
}

fn details(seq: u64, envelope: &[u8], operation: &str) -> Result<Details, KeysError> {
    serde_json::from_slice::<Envelope>(envelope)
        .ok()
        .filter(|envelope| envelope.operation.as_deref() == Some(operation))
        .and_then(|envelope| envelope.details)
        .ok_or(KeysError::Other(seq))
}

fn public_key(seq: u64, details: &Details) -> Result<VerifierKey, KeysError> {
    let text = details.public_key.as_deref().unwrap_or_default();
    text.parse().map_err(|error| KeysError::Key(seq, error))
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use serde_json::json;

    use super::super::checkpoint::Checkpoint;
    use super::super::key::NoteSigner;
    use super::*;

    const ORIGIN: &str = "log.example";

    fn signer(seed: u8) -> NoteSigner {
        NoteSigner::new(ORIGIN, SigningKey::from_bytes(&[seed; 32])).unwrap()
    }

    fn genesis(key: &NoteSigner) -> Vec<u8> {
        let details = json!({ "origin": ORIGIN, "publicKey": key.verifier().to_string() });
        let event = json!({ "operation": GENESIS, "details": details });
        event.to_string().into_bytes()
    }

    fn rotation(by: Option<&NoteSigner>, to: &NoteSigner) -> Vec<u8> {
        let mut details = json!({ "publicKey": to.verifier().to_string() });
        if let Some(by) = by {
            let signature = by.sign(endorsement_text(to.verifier()).as_bytes());
            details["endorsement"] = STANDARD.encode(signature).into();
        }
        let event = json!({ "operation": ROTATED, "details": details });
        event.to_string().into_bytes()
    }

    fn checkpoint(size: u64, by: &NoteSigner) -> SignedCheckpoint {
        let claim = Checkpoint {
            origin: ORIGIN.to_owned(),
            size,
            root: [1; 32],
        };
        claim.sign(by)
    }

    #[test]
    fn a_rotation_draws_the_line_at_its_own_event() {
        let (old, new) = (signer(1), signer(2));
        let mut keys = Keys::begin(&genesis(&old)).unwrap();
        keys.rotate(10, &rotation(Some(&old), &new)).unwrap();
        for (size, by, good) in [
            (1, &old, true),
            (10, &old, true),
            (10, &new, false),
            (11, &old, false),
            (11, &new, true),
            (99, &new, true),
            (0, &old, false),
        ] {
            assert_eq!(keys.vouch_for(&checkpoint(size, by)), good, "{size}");
        }
        assert_eq!(keys.last().introduction, Introduction::Endorsed);
    }

    #[test]
    fn a_key_that_the_log_does_not_know_signs_nothing() {
        let keys = Keys::begin(&genesis(&signer(1))).unwrap();
        assert!(!keys.vouch_for(&checkpoint(5, &signer(2))));
    }

    #[test]
    fn only_the_key_before_it_can_endorse_a_key() {
        let (old, new, thief) = (signer(1), signer(2), signer(3));
        let mut keys = Keys::begin(&genesis(&old)).unwrap();
        let forged = keys.rotate(10, &rotation(Some(&thief), &new));
        assert_eq!(forged, Err(KeysError::Endorsement(10)));
        keys.rotate(10, &rotation(None, &new)).unwrap();
        assert_eq!(keys.last().introduction, Introduction::Unendorsed);
        let again = keys.rotate(10, &rotation(Some(&new), &old));
        assert_eq!(again, Err(KeysError::Order(10)));
    }

    #[test]
    fn an_event_of_another_kind_introduces_no_key() {
        let key = signer(1);
        assert!(Keys::begin(&rotation(None, &key)).is_err());
        let mut keys = Keys::begin(&genesis(&key)).unwrap();
        assert_eq!(keys.rotate(3, &genesis(&key)), Err(KeysError::Other(3)));
        assert_eq!(keys.rotate(3, b"{"), Err(KeysError::Other(3)));
    }
}

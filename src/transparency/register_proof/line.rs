//! The lines of a proof about the register as they are written and read.

use serde::{Deserialize, Serialize};

use super::super::bundle::line::{OfLog, count, in_line, is_too_large, or_none};
use super::super::bundle::{End, Hex, ProvedEvent, SlotLine, is_id_digits};
use super::super::state_root::StateTree;
use domain::Words;
use domain::speaks::words;

/// The version of the proof's format.
pub const VERSION: u64 = 1;

/// The first line: of what, and of which log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct First {
    /// The format's version.
    #[serde(deserialize_with = "count")]
    pub register_proof: u64,
    /// The id of the thing.
    pub id: String,
    /// The log's name.
    pub origin: String,
    /// How many events the anchor has.
    #[serde(deserialize_with = "count")]
    pub size: u64,
    /// Whether the values of slots are in the proof.
    pub values: bool,
    /// The events that introduce keys.
    pub keys: Vec<ProvedEvent>,
    /// The events that account for restores from backup.
    #[serde(
        default,
        deserialize_with = "or_none",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub restores: Vec<ProvedEvent>,
}

/// The register's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Register {
    /// The change after which it is said, which has the root; `None`: before the log's first change.
    #[serde(flatten)]
    pub after: Option<ProvedEvent>,
    /// The keys and digests of the thing's bucket, in the order of the keys.
    pub bucket: Vec<(Hex, Hex)>,
    /// The hashes beside the way from the bucket to the root, the lowest first.
    pub path: Vec<Hex>,
}

/// The thing's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Thing {
    /// The change that told what it was.
    #[serde(flatten)]
    pub told: ProvedEvent,
    /// The values that it commits to, those that are there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<SlotLine>,
}

/// A line after the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    Register(Register),
    Thing(Thing),
    End(End),
}

impl First {
    /// The log that the proof is of.
    pub(super) fn of_log(&self) -> OfLog<'_> {
        OfLog {
            origin: &self.origin,
            size: self.size,
            keys: &self.keys,
            restores: &self.restores,
        }
    }

    /// The first line.
    ///
    /// # Errors
    /// When it is not the first line of a proof of this version.
    pub(super) fn parse(line: &[u8]) -> Result<Self, Words> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Version {
            register_proof: u64,
        }
        let version: Version = object(line)?;
        if version.register_proof != VERSION {
            return Err(words!(
                "the proof is of version {version}, which this verifier does not know",
                "Beviset har version {version}, som den här verifieraren inte känner till.",
                version = version.register_proof
            ));
        }
        let first: Self = object(line)?;
        if is_id(&first.id) {
            Ok(first)
        } else {
            Err(Words::new("`id` is no id", "`id` är inget id."))
        }
    }
}

impl Register {
    /// The line about a thing of that id, in the register that has that tree after the change.
    #[must_use]
    pub fn of(tree: &StateTree, id: &str, after: Option<ProvedEvent>) -> Self {
        let bucket = tree.bucket_of(id).iter();
        Self {
            after,
            bucket: bucket
                .map(|(key, digest)| (Hex(*key), Hex(*digest)))
                .collect(),
            path: tree.path_of(id).into_iter().map(Hex).collect(),
        }
    }
}

impl Line {
    /// A line after the first.
    ///
    /// # Errors
    /// When it is none of a proof.
    pub(super) fn parse(line: &[u8]) -> Result<Self, Words> {
        #[derive(Deserialize)]
        struct Any {
            seq: Option<u64>,
            envelope: Option<String>,
            proof: Option<Vec<Hex>>,
            bucket: Option<Vec<(Hex, Hex)>>,
            path: Option<Vec<Hex>>,
            slots: Option<Vec<SlotLine>>,
            checkpoint: Option<String>,
            end: Option<u64>,
        }
        let any: Any = object(line)?;
        if [any.seq, any.end].into_iter().flatten().any(is_too_large) {
            return Err(Words::new(
                "a number has more than 53 bits",
                "Ett tal har mer än 53 bitar.",
            ));
        }
        let event = match (any.seq, any.envelope, any.proof) {
            (Some(seq), Some(envelope), Some(proof)) => Some(ProvedEvent {
                seq,
                envelope,
                proof,
            }),
            (None, None, None) => None,
            _ => return Err(neither()),
        };
        match (any.bucket, any.path, event, any.end, any.checkpoint) {
            (Some(bucket), Some(path), after, ..) => Ok(Self::Register(Register {
                after,
                bucket,
                path,
            })),
            (None, _, Some(told), ..) => Ok(Self::Thing(Thing {
                told,
                slots: any.slots.unwrap_or_default(),
            })),
            (None, _, None, Some(end), Some(checkpoint)) => Ok(Self::End(End { end, checkpoint })),
            _ => Err(neither()),
        }
    }
}

fn neither() -> Words {
    Words::new(
        "it is neither the register's line, the thing's nor the end",
        "Det är varken registrets rad, postens eller slutet.",
    )
}

/// The object of a line, or what is wrong with it.
pub(super) fn object<'de, T: Deserialize<'de>>(line: &'de [u8]) -> Result<T, Words> {
    // An array would do for a structure otherwise.
    if !line.trim_ascii_start().starts_with(b"{") {
        return Err(Words::new("it is no object", "Det är inget objekt."));
    }
    serde_json::from_slice(line).map_err(|error| in_line(&error))
}

/// Three letters of a kind, `_` and the digits.
fn is_id(text: &str) -> bool {
    text.split_once('_').is_some_and(|(kind, digits)| {
        kind.len() == 3
            && kind.bytes().all(|byte| byte.is_ascii_lowercase())
            && is_id_digits(digits)
    })
}

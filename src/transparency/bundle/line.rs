//! The lines of a bundle as they are written and read.

use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::super::canonical::MAX_INTEGER;
use super::super::keys::{Keys, KeysError};
use super::super::tree::Hash;
use domain::Words;
use domain::speaks::{Speaks, misread, words};

/// The version of the bundle's format.
pub const VERSION: u64 = 1;

/// 32 bytes, written in lower-case hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hex(pub Hash);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;
        impl de::Visitor<'_> for Digits {
            type Value = Hex;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("64 digits of lower-case hexadecimal")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Hex, E> {
                let bytes = HEXLOWER.decode(text.as_bytes()).ok();
                let hash = bytes.and_then(|bytes| Hash::try_from(bytes).ok());
                hash.map(Hex)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Digits)
    }
}

/// An integer that every reader of JSON holds exactly.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = u64::deserialize(deserializer)?;
    if is_too_large(number) {
        let found = de::Unexpected::Unsigned(number);
        return Err(de::Error::invalid_value(
            found,
            &"a number of 53 bits at most",
        ));
    }
    Ok(number)
}

/// The first line: what the bundle holds, and how it hangs in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The format's version.
    #[serde(deserialize_with = "count")]
    pub bundle: u64,
    /// The log's name.
    pub origin: String,
    /// The first event's seq.
    #[serde(deserialize_with = "count")]
    pub from: u64,
    /// One more than the last event's seq.
    #[serde(deserialize_with = "count")]
    pub to: u64,
    /// How many events the anchor has.
    #[serde(deserialize_with = "count")]
    pub size: u64,
    /// The frontier at `from`.
    pub before: Vec<Hex>,
    /// The subtrees from `to` to `size`.
    pub after: Vec<Hex>,
    /// Whether the values of slots, and facts, are in the bundle.
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

/// A `null` is an absent member.
pub(crate) fn or_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<ProvedEvent>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// An event, and its inclusion path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvedEvent {
    /// Its seq.
    #[serde(deserialize_with = "count")]
    pub seq: u64,
    /// Its bytes.
    pub envelope: String,
    /// Its inclusion path in the anchor's tree.
    pub proof: Vec<Hex>,
}

/// The log that a file is of, as its first line says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OfLog<'a> {
    /// The log's name.
    pub(crate) origin: &'a str,
    /// How many events the anchor has.
    pub(crate) size: u64,
    /// The events that introduce keys.
    pub(crate) keys: &'a [ProvedEvent],
    /// The events that account for restores from backup.
    pub(crate) restores: &'a [ProvedEvent],
}

/// A line after the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// An event.
    Event(Event),
    /// A published checkpoint.
    Checkpoint(Note),
    /// The last line.
    End(End),
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Its seq.
    pub seq: u64,
    /// Its bytes.
    pub envelope: String,
    /// The values that it commits to, those that are there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<SlotLine>,
    /// The facts that it is the first in the bundle to commit to, those that are there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<FactLine>,
}

/// A fact that a decision was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactLine {
    /// Which part of what it was made from.
    pub fact: String,
    /// Its salt.
    pub salt: Hex,
    /// Its canonical text.
    pub value: String,
}

/// The value of a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotLine {
    /// The slot's name.
    pub slot: String,
    /// Its salt.
    pub salt: Hex,
    /// Its value.
    pub value: String,
}

/// A published checkpoint between two events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The note.
    pub checkpoint: String,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct End {
    /// How many events the bundle has.
    pub end: u64,
    /// The anchor.
    pub checkpoint: String,
}

/// A line is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub(super) enum LineError {
    /// It cannot be read.
    Malformed(Words),
    /// It is of a later version.
    Version(u64),
}

impl Speaks for LineError {
    fn words(&self) -> Words {
        match self {
            Self::Malformed(what) => what.clone(),
            Self::Version(version) => words!(
                "the bundle is of version {version}, which this verifier does not know",
                "Bevisfilen har version {version}, som den här verifieraren inte känner till.",
                version
            ),
        }
    }
}

impl LineError {
    fn of_json(error: &serde_json::Error) -> Self {
        Self::Malformed(in_line(error))
    }
}

/// Where in its line, and what would be right there; nothing of what stands there.
pub(crate) fn in_line(error: &serde_json::Error) -> Words {
    words!(
        "column {column}: {what}",
        "Kolumn {column}. {what}",
        column = error.column(),
        what = misread(error)
    )
}

impl Header {
    /// The log that it is a bundle of.
    pub(super) fn of_log(&self) -> OfLog<'_> {
        OfLog {
            origin: &self.origin,
            size: self.size,
            keys: &self.keys,
            restores: &self.restores,
        }
    }

    /// The keys that its events introduce.
    ///
    /// # Errors
    /// When one of them introduces no key as it should.
    pub fn introduced(&self) -> Result<Keys, KeysError> {
        let events = self.keys.iter();
        Keys::introduced_by(events.map(|event| (event.seq, event.envelope.as_bytes())))
    }

    /// The first line.
    ///
    /// # Errors
    /// When it is not the first line of a bundle.
    pub(super) fn parse(line: &[u8]) -> Result<Self, LineError> {
        #[derive(Deserialize)]
        struct Version {
            bundle: u64,
        }
        let version: Version = serde_json::from_slice(line).map_err(|error| {
            LineError::Malformed(words!(
                "it is no bundle: {error}",
                "Det är ingen bevisfil. Orsak: {error}",
                error = in_line(&error)
            ))
        })?;
        if version.bundle != VERSION {
            return Err(LineError::Version(version.bundle));
        }
        serde_json::from_slice(line).map_err(|error| LineError::of_json(&error))
    }
}

impl Line {
    /// A line after the first.
    ///
    /// # Errors
    /// When it is none of a bundle.
    pub(super) fn parse(line: &[u8]) -> Result<Self, LineError> {
        #[derive(Deserialize)]
        struct Any {
            seq: Option<u64>,
            envelope: Option<String>,
            slots: Option<Vec<SlotLine>>,
            facts: Option<Vec<FactLine>>,
            checkpoint: Option<String>,
            end: Option<u64>,
        }
        // An array would do for a structure otherwise.
        if !line.trim_ascii_start().starts_with(b"{") {
            return Err(LineError::Malformed(Words::new(
                "it is no object",
                "Det är inget objekt.",
            )));
        }
        let any: Any = serde_json::from_slice(line).map_err(|error| LineError::of_json(&error))?;
        if [any.seq, any.end].into_iter().flatten().any(is_too_large) {
            return Err(LineError::Malformed(Words::new(
                "a number has more than 53 bits",
                "Ett tal har mer än 53 bitar.",
            )));
        }
        match any {
            Any {
                seq: Some(seq),
                envelope: Some(envelope),
                slots,
                facts,
                ..
            } => Ok(Self::Event(Event {
                seq,
                envelope,
                slots: slots.unwrap_or_default(),
                facts: facts.unwrap_or_default(),
            })),
            Any {
                seq: None,
                end: Some(end),
                checkpoint: Some(checkpoint),
                ..
            } => Ok(Self::End(End { end, checkpoint })),
            Any {
                seq: None,
                end: None,
                checkpoint: Some(checkpoint),
                ..
            } => Ok(Self::Checkpoint(Note { checkpoint })),
            Any { .. } => Err(LineError::Malformed(Words::new(
                "it is neither an event, a checkpoint nor the end",
                "Det är varken en händelse, en kontrollpunkt eller slutet.",
            ))),
        }
    }
}

pub(crate) fn is_too_large(number: u64) -> bool {
    number > MAX_INTEGER.unsigned_abs()
}

//! Proofs about the register: that a thing was, or was not, in it after an event of the log, and what it was.
//!
//! A proof is a bucket of the register's tree with its path to the root that a change of the log has, that change, and
//! the change that told what the thing was; both hang in a checkpoint. So whoever verifies it has no database, no
//! settings and no trust in us, as with a [`bundle`](super::bundle), whose lines, keys and answers it shares. What it
//! is to the byte stands in `FORMAT.md`, section 9.1, and every check in 9.2; `tests/verifier` has a second verifier.
//! To check one more thing, say it there first, then in both, and add a bad proof to `tests/proof/register`.

mod found;
mod line;
#[cfg(test)]
mod tests;
mod verify;

pub use found::{Found, Shown, Told, Was};
pub use line::{First, Register, Thing, VERSION};
pub use verify::verify;

use serde::Serialize;

use super::bundle::End;
pub use super::unproved::Unproved;

/// A proof, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterProof {
    /// Of what, and of which log.
    pub first: First,
    /// The bucket and its path, and the change whose root they lead to.
    pub register: Register,
    /// The change that told what the thing was; `None`: it was not there.
    pub thing: Option<Thing>,
    /// The anchor, as a signed note.
    pub checkpoint: String,
}

/// Whether a file that begins with that line is a proof about the register.
#[must_use]
pub fn is_one(line: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Named {
        register_proof: Option<serde::de::IgnoredAny>,
    }
    line::object(line).is_ok_and(|named: Named| named.register_proof.is_some())
}

impl RegisterProof {
    /// The proof as a text, for whoever verifies it.
    #[must_use]
    pub fn text(&self) -> String {
        let thing = self.thing.as_ref();
        let end = End {
            end: 2 + u64::from(thing.is_some()),
            checkpoint: self.checkpoint.clone(),
        };
        let lines = [json(&self.first), json(&self.register)];
        let lines = lines.into_iter().chain(thing.map(json)).chain([json(&end)]);
        lines.map(|line| line + "\n").collect()
    }
}

/// A line, of which nothing cannot be written.
fn json(line: &impl Serialize) -> String {
    serde_json::to_string(line).unwrap_or_default()
}

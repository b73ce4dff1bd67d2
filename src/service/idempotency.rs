//! A retry with the same key does nothing twice.
//!
//! A key belongs to one caller and one mutation and stands for one input. The answer is kept in the
//! transaction of the effect, so that there is never one without the other.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use strum::{EnumString, IntoStaticStr, VariantArray};

use domain::text::IdempotencyKey;

/// A mutation as a key names it: by its name in the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "camelCase")]
pub enum Mutation {
    /// `createGrant`
    CreateGrant,
    /// `revokeGrant`
    RevokeGrant,
    /// `setTrustedToAssert`
    SetTrustedToAssert,
    /// `editRegister`
    EditRegister,
    /// `acceptEdit`
    AcceptEdit,
    /// `declineEdit`
    DeclineEdit,
    /// `reviewDecision`
    ReviewDecision,
    /// `provision`
    Provision,
    /// `confirmRun`
    ConfirmRun,
    /// `beginRun`
    BeginRun,
    /// `completeRun`
    CompleteRun,
    /// `abandonRun`
    AbandonRun,
}

/// The caller's key with what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub(crate) key: IdempotencyKey,
    pub(crate) digest: String,
}

impl Key {
    /// The key, if the caller gave one, for an input of this digest.
    #[must_use]
    pub fn new(key: Option<IdempotencyKey>, digest: InputDigest) -> Option<Self> {
        key.map(|key| Self {
            key,
            digest: digest.finish(),
        })
    }
}

/// The digest of an input after coercion: the same for the same values however they were written.
#[derive(Debug, Clone, Default)]
pub struct InputDigest(Sha256);

impl InputDigest {
    /// Adds a field; one that was not given differs from one that is empty.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<impl std::fmt::Display>) -> Self {
        let value = value.map(|value| value.to_string());
        self.add(name);
        match value {
            Some(value) => {
                self.0.update([1]);
                self.add(&value);
            }
            None => self.0.update([0]),
        }
        self
    }

    fn add(&mut self, text: &str) {
        self.0
            .update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(text.as_bytes());
    }

    fn finish(self) -> String {
        data_encoding::HEXLOWER.encode(&self.0.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(fields: &[(&str, Option<&str>)]) -> String {
        let empty = InputDigest::default();
        fields
            .iter()
            .fold(empty, |digest, (name, value)| digest.with(name, *value))
            .finish()
    }

    #[test]
    fn a_digest_tells_absent_from_empty_and_where_a_value_ends() {
        let inputs: [&[(&str, Option<&str>)]; 5] = [
            &[("role", Some("a")), ("until", None)],
            &[("role", Some("a")), ("until", Some(""))],
            &[("role", Some("au")), ("ntil", None)],
            &[("role", Some("a"))],
            &[("until", Some("a")), ("role", None)],
        ];
        for (n, one) in inputs.iter().enumerate() {
            for (m, other) in inputs.iter().enumerate() {
                assert_eq!(digest(one) == digest(other), n == m, "{one:?} {other:?}");
            }
        }
    }
}

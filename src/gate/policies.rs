//! The policy set that decides, and which release it is.

use domain::Words;
use domain::speaks::Speaks;
use policy::{GuardrailInfo, PolicyError, PolicySet};

/// The policy set in force, and which release it is.
#[derive(Debug)]
pub struct Policies {
    /// The set.
    pub set: PolicySet,
    /// Its generation in the register.
    pub generation: u64,
}

/// Texts that are kept of a release cannot decide.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum UnusablePolicies {
    /// They cannot be used.
    #[error(transparent)]
    Invalid(#[from] PolicyError),
    /// They do not have the digest that was recorded.
    Altered,
}

impl Speaks for UnusablePolicies {
    fn words(&self) -> Words {
        match self {
            Self::Invalid(error) => error.words(),
            Self::Altered => Words::new(
                "its texts are not those that were released",
                "Dess texter är inte de som sattes i kraft.",
            ),
        }
    }
}

/// The set of these files, if they are those that were released under the digest.
pub(super) fn released(
    digest: &str,
    files: &[(String, String)],
) -> Result<PolicySet, UnusablePolicies> {
    let set = PolicySet::from_files(files)?;
    if set.digest() == digest {
        Ok(set)
    } else {
        Err(UnusablePolicies::Altered)
    }
}

impl Policies {
    /// The set made of the files that were released under the digest; `fresh_seconds`: how old a recent sign-in may be.
    ///
    /// # Errors
    /// The texts cannot be used, or are not those that were released.
    pub fn released(
        generation: u64,
        (digest, files): (&str, &[(String, String)]),
        fresh_seconds: u32,
    ) -> Result<Self, UnusablePolicies> {
        let set = released(digest, files)?.with_fresh_seconds(fresh_seconds);
        Ok(Self { set, generation })
    }

    /// What the guardrail of that id says of itself; `None`: the set has none.
    #[must_use]
    pub fn guardrail(&self, id: &str) -> Option<GuardrailInfo> {
        self.set.guardrails().find(|guardrail| guardrail.id == id)
    }
}

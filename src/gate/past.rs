//! The policies of then, by which a decision can be made again, and why it cannot.
//!
//! Apart from replaying because an operation knows the policies that it decides by as these, and what replays knows
//! what operations write.

use super::policies::{UnusablePolicies, released};
use domain::Words;
use domain::speaks::{Speaks, verbatim, words};
use policy::PolicySet;

/// A policy set as it was released, known by its digest.
#[derive(Debug, Clone)]
pub struct PastPolicies(pub(super) PolicySet);

impl PastPolicies {
    /// The set of these files.
    ///
    /// # Errors
    /// When they are not what the digest says, or this version cannot use them.
    pub fn load(digest: &str, files: &[(String, String)]) -> Result<Self, Unreplayable> {
        let set = released(digest, files).map_err(|error| match error {
            UnusablePolicies::Invalid(error) => Unreplayable::UnusablePolicies {
                digest: digest.to_owned(),
                problem: error.words(),
            },
            UnusablePolicies::Altered => Unreplayable::OtherPolicies(digest.to_owned()),
        })?;
        Ok(Self(set))
    }

    /// A set that is loaded already.
    #[must_use]
    pub const fn of(set: PolicySet) -> Self {
        Self(set)
    }

    /// The file that a policy stood in and its text there; `None`: the set had none of that id.
    #[must_use]
    pub fn text(&self, policy: &str) -> Option<(&str, &str)> {
        self.0.text(policy)
    }
}

/// A decision cannot be decided again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum Unreplayable {
    /// The event is not that of a decision.
    Envelope,
    /// The facts of a member are not there any more.
    Erased(&'static str),
    /// A member is not there.
    Absent(&'static str),
    /// A member does not say what it should.
    Malformed(&'static str),
    /// The policies of then are not kept here.
    NoPolicies(String),
    /// The texts that are kept are not those that decided.
    OtherPolicies(String),
    /// The policies of then cannot be used by this version.
    UnusablePolicies {
        /// Their digest.
        digest: String,
        /// What is wrong with them now.
        problem: Words,
    },
}

impl Speaks for Unreplayable {
    fn words(&self) -> Words {
        match self {
            Self::Envelope => Words::new(
                "the envelope is not that of a decision that this version writes",
                "Händelsen är inte ett beslut som den här versionen skriver.",
            ),
            Self::Erased(member) => words!(
                "the facts of `{member}` are not there any more: whether they were erased tells `behorig log verify`",
                "Underlaget i `{member}` finns inte kvar. Om det har raderats säger `behorig log verify`.",
                member = verbatim(member)
            ),
            Self::Absent(member) => words!(
                "the event has no `{member}`",
                "Händelsen saknar `{member}`.",
                member = verbatim(member)
            ),
            Self::Malformed(member) => words!(
                "`{member}` cannot be read",
                "`{member}` går inte att läsa.",
                member = verbatim(member)
            ),
            Self::NoPolicies(digest) => words!(
                "the policies `{digest}` are not there",
                "Reglerna `{digest}` finns inte.",
                digest = verbatim(digest)
            ),
            Self::OtherPolicies(digest) => words!(
                "the texts kept for the policies `{digest}` have another digest",
                "Texterna som är sparade för reglerna `{digest}` har en annan kontrollsumma.",
                digest = verbatim(digest)
            ),
            Self::UnusablePolicies { digest, problem } => words!(
                "the policies `{digest}` cannot be used: {problem}",
                "Reglerna `{digest}` går inte att använda. {problem}",
                digest = verbatim(digest),
                problem
            ),
        }
    }
}

//! Reasons: the policies that had a say, in the caller's language.

use async_graphql::SimpleObject;

use domain::Language;
use domain::verdict;

/// A policy that had a say.
#[derive(Debug, Clone, SimpleObject)]
pub struct Reason {
    /// The policy's id.
    policy_id: String,
    /// The requirement that it comes from; null: none is named.
    source: Option<String>,
    /// The act that it comes from; null: none is named.
    law: Option<String>,
    /// What it says, in the language that the request prefers.
    text: String,
}

impl Reason {
    /// Reasons in that language.
    #[must_use]
    pub fn several(reasons: &[verdict::Reason], language: Language) -> Vec<Self> {
        let told = |reason: &verdict::Reason| Self {
            policy_id: reason.policy.clone(),
            source: reason.source.clone(),
            law: reason.law.clone(),
            text: reason.spoken(language).to_owned(),
        };
        reasons.iter().map(told).collect()
    }
}

//! A change that stands, and the decision behind it: what its answer is made of, and a retry is told.

use serde::{Deserialize, Serialize};

use domain::action::Action;
use domain::id::{EventId, GrantId};
use domain::verdict::Reason;
use domain::{EntityRef, Instant};
use gate::{Operation, WritePermit};

use super::idempotency::Mutation;
use super::provision::Provisioned;

/// The decision behind a change, as its payload shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionNote {
    /// The event.
    pub id: EventId,
    /// Who, as the log names them.
    pub principal: String,
    /// What.
    pub permission: String,
    /// To what: an id.
    pub target: String,
    /// When.
    pub decided_at: Instant,
    /// By which policies.
    pub policy_digest: String,
    /// The policies that allowed it.
    pub reasons: Vec<Reason>,
    /// The caller's grants that it rests on.
    pub matched: Vec<GrantId>,
    /// What guardrails that are not enforced yet would have refused.
    pub would_refuse: Vec<Reason>,
}

impl DecisionNote {
    pub(crate) fn of<A: Action>(
        operation: &Operation,
        permit: &WritePermit<A>,
        subject: &EntityRef,
    ) -> Self {
        let verdict = permit.verdict();
        Self {
            id: permit.decision(),
            principal: operation.actor().external().to_owned(),
            permission: permit.permission().name().to_owned(),
            target: subject.to_string(),
            decided_at: operation.now(),
            policy_digest: operation.policy_digest().to_owned(),
            reasons: verdict.reasons.clone(),
            matched: verdict.matched.clone(),
            would_refuse: verdict.would_refuse.clone(),
        }
    }
}

/// A change that stands: what a retry is told, and what the answer is built from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Effect {
    /// Whose effect.
    pub mutation: Mutation,
    /// What was changed.
    pub subject: EntityRef,
    /// The decision behind it.
    pub decision: DecisionNote,
    /// What was provisioned, where that is what was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provisioned: Option<Provisioned>,
}

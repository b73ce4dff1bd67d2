//! The principal's side of the facts: who it is, and what it has to do with whom.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{EngagementFacts, GrantFacts};
use crate::id::{EntityRef, IndividualId, OrganisationId, PersonId, ServiceId};
use crate::text::HsaId;
use crate::time::Instant;
use crate::verdict::Verdict;

/// Who a decision is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrincipalFacts {
    /// The person or service.
    pub id: EntityRef,
    /// What kind, and what only that kind has.
    pub kind: PrincipalKind,
    /// When the principal ceases to be one (all engagements over, a service's end); `None`: no end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ends: Option<Instant>,
    /// When the principal begins to be one.
    pub starts: Instant,
    /// The grants that confer the permission asked about, those that do not count included.
    pub grants: Vec<GrantFacts>,
}

impl PrincipalFacts {
    /// What everybody calls the principal: the HSA-id or the client id.
    #[must_use]
    pub fn external(&self) -> &str {
        match &self.kind {
            PrincipalKind::Person { hsa_id, .. } => hsa_id.as_str(),
            PrincipalKind::Service { client_id, .. } => client_id,
        }
    }

    /// Those of its grants that the verdict names, as matched or as discounted.
    #[must_use]
    pub fn grants_named_by(&self, verdict: &Verdict) -> Vec<GrantFacts> {
        let named = |grant: &&GrantFacts| {
            let mut discounted = verdict.discounted.iter();
            verdict.matched.contains(&grant.id) || discounted.any(|d| d.grant == grant.id)
        };
        self.grants.iter().filter(named).cloned().collect()
    }

    /// Whether the principal has begun and not ended; a person also needs an engagement that is live.
    #[must_use]
    pub fn is_live(&self, now: Instant) -> bool {
        let engaged = match &self.kind {
            PrincipalKind::Person { engagements, .. } => {
                engagements.iter().any(|engagement| engagement.is_live(now))
            }
            PrincipalKind::Service { .. } => true,
        };
        engaged && self.starts <= now && self.ends.is_none_or(|ends| now < ends)
    }

    /// The human being, unless it is a service.
    #[must_use]
    pub fn individual(&self) -> Option<IndividualId> {
        match &self.kind {
            PrincipalKind::Person { individual, .. } => Some(*individual),
            PrincipalKind::Service { .. } => None,
        }
    }

    /// Who act through it: the human being, or those who own a service or stand in for its owner.
    #[must_use]
    pub fn acting(&self) -> BTreeSet<IndividualId> {
        match &self.kind {
            PrincipalKind::Person { individual, .. } => [*individual].into(),
            PrincipalKind::Service { stewards, .. } => stewards.values().copied().collect(),
        }
    }
}

/// A person or a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum PrincipalKind {
    /// A person.
    #[serde(rename_all = "camelCase")]
    Person {
        /// The row.
        person: PersonId,
        /// The employee HSA-id.
        hsa_id: HsaId,
        /// The human being.
        individual: IndividualId,
        /// Until when the security training counts; `None`: never done.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        training_valid_until: Option<Instant>,
        /// Every engagement, ended ones included.
        engagements: Vec<EngagementFacts>,
    },
    /// A service.
    #[serde(rename_all = "camelCase")]
    Service {
        /// The row.
        service: ServiceId,
        /// The OAuth client id.
        client_id: String,
        /// Who answers for it.
        organisation: OrganisationId,
        /// Whether its word about a person's sign-in is taken.
        trusted_to_assert: bool,
        /// Outside of which it changes nothing; `None`: only its grants bound it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        declared_scope: Option<OrganisationId>,
        /// Who own it or stand in for its owner: what it does, they can do through it.
        #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
        stewards: BTreeMap<PersonId, IndividualId>,
    },
}

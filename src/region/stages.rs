//! At what stage guardrails are, and where that was decided.

use std::collections::BTreeSet;

use domain::id::{INSTALLATION, OrganisationId};
use domain::verdict::{self, DecidedStage, StagedAt, Stages};

use crate::At;
use crate::index::Relation;
use crate::things::{Organisation, Stage};

impl At<'_> {
    /// The stages that were decided, enforced where they have run out; the wider ones first, so that a system's own
    /// prevails, and of these an authority's.
    #[must_use]
    pub fn decided_stages(&self) -> Vec<DecidedStage> {
        let mut decided: Vec<DecidedStage> = self
            .region
            .users(INSTALLATION, Relation::Staged)
            .filter_map(|id| self.region.get::<Stage>(id))
            .map(|told| {
                let over = told.until.is_some_and(|day| day < self.today);
                DecidedStage {
                    guardrail: told.guardrail.clone(),
                    at: StagedAt {
                        system: told.system,
                        authority: told.authority,
                    },
                    stage: if over {
                        verdict::Stage::Enforce
                    } else {
                        told.at
                    },
                    until: told.until,
                    decided_by: told.decided_by,
                }
            })
            .collect();
        decided.sort_by(|one, other| {
            let key = |decided: &DecidedStage| (decided.at.system, decided.at.authority);
            let keys = key(one).cmp(&key(other));
            keys.then_with(|| one.guardrail.cmp(&other.guardrail))
        });
        decided
    }

    /// The stages that were decided for there: those of a system and an authority prevail over those of the system,
    /// these over those of the authority, and these over those for everything.
    #[must_use]
    pub fn stages(&self, at: StagedAt) -> Stages {
        let decided = self.decided_stages().into_iter();
        let applying = decided.filter(|one| one.at.holds(at));
        applying.map(|one| (one.guardrail, one.stage)).collect()
    }

    /// The stage that was decided for a guardrail there: the one that prevails.
    #[must_use]
    pub fn decided_stage(&self, guardrail: &str, at: StagedAt) -> Option<DecidedStage> {
        let decided = self.decided_stages().into_iter().rev();
        let mut of_it = decided.filter(|one| one.guardrail == guardrail);
        of_it.find(|one| one.at.holds(at))
    }

    /// The authorities at and below that organisation.
    #[must_use]
    pub fn authorities_within(&self, organisation: OrganisationId) -> BTreeSet<OrganisationId> {
        let below = self.region.downwards(organisation).into_iter();
        let authorities = below.filter(|id| {
            let organisation: Option<&Organisation> = self.region.get(*id);
            organisation.is_some_and(|organisation| organisation.authority)
        });
        authorities.collect()
    }
}

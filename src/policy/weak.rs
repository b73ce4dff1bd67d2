//! Which grants cannot be used by somebody who has no better sign-in: by which guardrails about the sign-in.
//!
//! Apart from decisions because nothing in particular is asked about: each permission is tried on what the grant is
//! given over, by all that the grant says of it, and as everything that it does not say would be at its strictest.

use std::collections::{BTreeMap, BTreeSet};

use super::staged::StagedPolicies;
use domain::facts::{
    Asked, BestSignIn, GrantFacts, Hosting, PrincipalFacts, Question, RolePermission, Scope,
    TargetFacts, TargetKind,
};
use domain::id::{EntityRef, GrantId, INSTALLATION};
use domain::permission::{Category, ServicePermission};
use domain::time::Instant;

impl StagedPolicies<'_> {
    /// The guardrails about the sign-in that stop each of the grants where that is the principal's best; a grant that
    /// none stops is left out.
    pub(super) fn at_best(
        &self,
        principal: &PrincipalFacts,
        now: Instant,
        best: BestSignIn,
    ) -> BTreeMap<GrantId, BTreeSet<String>> {
        let mut stopped: BTreeMap<GrantId, BTreeSet<String>> = BTreeMap::new();
        for grant in &principal.grants {
            for held in &grant.role.permissions {
                let verdict = self.verdict(&Question {
                    principal: PrincipalFacts {
                        grants: vec![grant.clone()],
                        ..principal.clone()
                    },
                    asked: asked(held),
                    target: target(grant, held),
                    circumstances: best.circumstances(now),
                });
                let by = verdict.reasons.into_iter().map(|reason| reason.policy);
                let by: BTreeSet<String> = by.filter(|id| self.is_about_sign_in(id)).collect();
                if !by.is_empty() {
                    stopped.entry(grant.id).or_default().extend(by);
                }
            }
        }
        stopped
    }
}

fn asked(held: &RolePermission) -> Asked {
    let own = ServicePermission::named(held.name.as_str());
    Asked {
        permission: held.name.clone(),
        category: held.category,
        privileged: own.map_or(held.privileged, ServicePermission::demands_recent_sign_in),
    }
}

/// What the grant is given over, or a record there.
fn target(grant: &GrantFacts, held: &RolePermission) -> TargetFacts {
    let scope = grant.scope.entity();
    let system = grant.system.clone().or_else(|| grant.scope_system.clone());
    let patient_data = system.as_ref().is_none_or(|system| system.patient_data);
    let is_used = held.category == Some(Category::Use);
    let (id, kind): (EntityRef, TargetKind) = match grant.scope {
        Scope::Installation | Scope::Organisation(_) if is_used => (scope, record()),
        Scope::Installation | Scope::Organisation(_) => (scope, TargetKind::Organisation),
        Scope::System(_) if is_used => (INSTALLATION.into(), record()),
        Scope::System(_) => (scope, TargetKind::System),
        Scope::Segment(_) => {
            let hosting = Hosting {
                production: true,
                patient_data,
                change_from: None,
                change_until: None,
            };
            (scope, TargetKind::Segment(hosting))
        }
        Scope::Database(_) => (scope, TargetKind::Database { patient_data }),
    };
    TargetFacts {
        id,
        kind,
        parents: Vec::new(),
        ancestors: Vec::new(),
        system,
        authority: None,
        care_provider: None,
    }
}

fn record() -> TargetKind {
    TargetKind::Record {
        kind: "record".to_owned(),
        blocked: false,
        active_choice: false,
        consent: false,
    }
}

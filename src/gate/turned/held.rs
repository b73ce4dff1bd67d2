//! What somebody holds, judged wherever it could be used.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use super::pause;
use crate::facts::FactError;
use crate::operation::{Operation, lock};
use crate::permit::Permit;
use crate::refusal::Refusal;
use domain::action::{Reach, Read, Readable as _};
use domain::built_in::BuiltIn;
use domain::facts::{GrantFacts, PrincipalFacts, Scope};
use domain::id::{self, GrantId, OrganisationId, SystemId};
use domain::target::TargetKey;
use domain::verdict::{Conferred, DecidedStage, Reason, StagedAt, Stages};
use domain::{EntityRef, Named as _};
use policy::{Holder, WeighedGrant};

/// A grant with what it confers.
#[derive(Debug, Clone)]
pub struct HeldGrant {
    /// The grant.
    pub grant: GrantFacts,
    /// What its role confers, and whether it counts for that now, by the stages of the role's system and of
    /// the authority that the scope belongs to.
    pub conferred: Vec<Conferred>,
    /// The same wherever else in the scope stages of a system or an authority make it otherwise. Where no
    /// authority is named it is about all that are not, and so with systems.
    pub elsewhere: BTreeMap<StagedAt, Vec<Conferred>>,
}

impl HeldGrant {
    /// Whether it counts for anything that its role confers.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.conferred.iter().any(Conferred::counts)
    }

    /// Why it does not count for all that its role confers; empty: it does.
    #[must_use]
    pub fn why_not(&self) -> Vec<Reason> {
        let reasons = self.conferred.iter().flat_map(|one| &one.reasons);
        let reasons: BTreeSet<&Reason> = reasons.collect();
        reasons.into_iter().cloned().collect()
    }
}

impl Operation {
    /// The grants of those ids that the caller may see, each judged for its holder: all from one reading of the
    /// register. What a list of this operation has shown is not asked about again, for the list's event tells of it.
    ///
    /// # Errors
    /// The register could not be read, or a stronger sign-in would show one.
    pub async fn held_each(
        &self,
        ids: BTreeSet<GrantId>,
    ) -> Result<BTreeMap<GrantId, HeldGrant>, Refusal> {
        let (shown, others): (Vec<GrantId>, Vec<GrantId>) = {
            let shown = lock(&self.shown);
            let was_shown = |id: &GrantId| shown.contains(&(id::Grant::READ, EntityRef::from(*id)));
            ids.into_iter().partition(was_shown)
        };
        let mut seen = shown;
        let others = others.into_iter().map(Read::<id::Grant>::by_id).collect();
        for permit in self.read_each(others).await? {
            match permit {
                Ok(permit) => seen.extend(permit.target().to_id::<id::Grant>()),
                Err(Refusal::NotFound { .. }) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        let grants = self.register.at().grants_by_id(&seen);
        let holders: BTreeSet<EntityRef> = grants.iter().map(|one| one.holder).collect();
        let scopes = self.scopes_of(&grants)?;
        let staged = self.staged();
        let mut held = BTreeMap::new();
        for holder in &self.register.at().holdings(&holders, None) {
            let judge = self.judge(holder, &staged);
            for grant in grants.iter().filter(|grant| grant.holder == holder.id) {
                pause().await;
                let at = scopes.get(&grant.scope.entity()).copied();
                let judged = judge.held(grant, at.unwrap_or_default());
                held.insert(grant.id, judged);
            }
        }
        Ok(held)
    }

    fn judge<'a>(&'a self, principal: &PrincipalFacts, staged: &'a Staged) -> Judge<'a> {
        let identity = self.policies.set.reason(BuiltIn::CallerNotLive.name());
        Judge {
            operation: self,
            holder: self.policies.set.holder(principal, self.now),
            identity: identity.filter(|_| !principal.is_live(self.now)),
            staged,
        }
    }

    fn staged(&self) -> Staged {
        Staged {
            decided: self.register.at().decided_stages(),
            within: Mutex::default(),
        }
    }

    /// Everything that the person or service holds which the permit is about, in the order of the grants' ids.
    ///
    /// # Errors
    /// The register could not be read.
    pub async fn held(&self, permit: &Permit<Read<Reach>>) -> Result<Vec<HeldGrant>, Refusal> {
        let Some(principal) = self.whole(permit.target(), None) else {
            return Ok(Vec::new());
        };
        let staged = self.staged();
        let judge = self.judge(&principal, &staged);
        let scopes = self.scopes_of(&principal.grants)?;
        let mut held = Vec::with_capacity(principal.grants.len());
        for grant in &principal.grants {
            pause().await;
            let at = scopes.get(&grant.scope.entity()).copied();
            held.push(judge.held(grant, at.unwrap_or_default()));
        }
        Ok(held)
    }

    /// By which stages decisions about what the grants are scoped over are made.
    fn scopes_of(&self, grants: &[GrantFacts]) -> Result<BTreeMap<EntityRef, StagedAt>, Refusal> {
        let scopes: BTreeSet<EntityRef> = grants.iter().map(|grant| grant.scope.entity()).collect();
        let mut places = BTreeMap::new();
        for scope in scopes {
            let found = self.register.at().target(&TargetKey::Entity(scope));
            let (found, _) = found.map_err(FactError::from)?;
            places.extend(found.map(|record| (record.facts.id, record.facts.staged_at())));
        }
        Ok(places)
    }
}

/// What one grant confers, by the stages.
type Judged = BTreeMap<Stages, Vec<Conferred>>;

/// Where stages of their own were decided, for all that are judged.
struct Staged {
    decided: Vec<DecidedStage>,
    /// The authorities at and below organisations that grants are given over, each read once.
    within: Mutex<BTreeMap<OrganisationId, BTreeSet<OrganisationId>>>,
}

impl Staged {
    fn authorities_within(
        &self,
        operation: &Operation,
        id: OrganisationId,
    ) -> BTreeSet<OrganisationId> {
        let mut within = lock(&self.within);
        let found = within.entry(id);
        let found = found.or_insert_with(|| operation.register.at().authorities_within(id));
        found.clone()
    }
}

/// Judges what one principal holds.
struct Judge<'a> {
    operation: &'a Operation,
    holder: Holder<'a>,
    /// Why nothing counts, whatever the grant.
    identity: Option<Reason>,
    staged: &'a Staged,
}

impl Judge<'_> {
    fn held(&self, grant: &GrantFacts, scope: StagedAt) -> HeldGrant {
        let base = StagedAt {
            system: grant.role.system.or(scope.system),
            authority: scope.authority,
        };
        let (systems, authorities) = self.within(grant, base);
        let weighed = self.holder.weigh(grant);
        let mut judged = Judged::default();
        let conferred = self.at(&weighed, base, &mut judged);
        let mut elsewhere = BTreeMap::new();
        for authority in authorities {
            let of_authority = StagedAt { authority, ..base };
            let usual = self.at(&weighed, of_authority, &mut judged);
            for system in &systems {
                let at = StagedAt {
                    system: *system,
                    authority,
                };
                let here = self.at(&weighed, at, &mut judged);
                if *system != base.system && here != usual {
                    elsewhere.insert(at, here);
                }
            }
            if usual != conferred {
                elsewhere.insert(of_authority, usual);
            }
        }
        HeldGrant {
            grant: grant.clone(),
            conferred,
            elsewhere,
        }
    }

    fn at(&self, weighed: &WeighedGrant<'_>, at: StagedAt, judged: &mut Judged) -> Vec<Conferred> {
        let conferred = judged.entry(self.operation.register.at().stages(at));
        let conferred = conferred.or_insert_with_key(|stages| self.conferred(weighed, stages));
        conferred.clone()
    }

    fn conferred(&self, weighed: &WeighedGrant<'_>, stages: &Stages) -> Vec<Conferred> {
        let mut conferred = weighed.conferred(stages);
        for one in &mut conferred {
            one.reasons.extend(self.identity.clone());
        }
        conferred
    }

    /// The systems and the authorities within the grant's scope that may have stages of their own, each with
    /// those that have none.
    fn within(
        &self,
        grant: &GrantFacts,
        base: StagedAt,
    ) -> (BTreeSet<Option<SystemId>>, BTreeSet<Option<OrganisationId>>) {
        let mut systems = BTreeSet::from([base.system]);
        let mut authorities = BTreeSet::from([base.authority]);
        let mut staged: BTreeSet<_> = self
            .staged
            .decided
            .iter()
            .filter_map(|one| one.at.authority)
            .collect();
        match grant.scope {
            Scope::Segment(_) | Scope::Database(_) => return (systems, authorities),
            Scope::Organisation(id) if !staged.is_empty() => {
                let within = self.staged.authorities_within(self.operation, id);
                staged.retain(|authority| within.contains(authority));
            }
            Scope::Organisation(_) | Scope::System(_) | Scope::Installation => {}
        }
        authorities.insert(None);
        authorities.extend(staged.into_iter().map(Some));
        if base.system.is_none() {
            systems.extend(self.staged.decided.iter().map(|one| one.at.system));
        }
        (systems, authorities)
    }
}

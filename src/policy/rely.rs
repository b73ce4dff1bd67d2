//! Which of a principal's grants count, asked of the policies one by one.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Entities, Entity, Request};

use super::context::{rely_context, tag_key};
use super::decide::Deciding;
use super::engine::{Answer, Failure, ask, gather, request};
use super::entities::{self, Reach};
use super::load::Slice;
use super::place::Place;
use super::vocabulary::{self, RELY};
use crate::domain::facts::{GrantFacts, PrincipalFacts, RolePermission};
use crate::domain::id::GrantId;
use crate::domain::permission::ServicePermission;
use crate::domain::time::Instant;
use crate::domain::verdict::{Conferred, Discounted, Reason};

/// A grant that counts.
#[derive(Debug)]
pub(super) struct Counted<'a> {
    pub(super) grant: &'a GrantFacts,
    /// What would discount it, were it enforced.
    pub(super) observed: BTreeSet<String>,
}

/// A principal's grants, sorted by whether they count.
#[derive(Debug, Default)]
pub(super) struct Holdings<'a> {
    pub(super) tags: BTreeMap<String, Reach>,
    /// Those that confer the permission asked about.
    pub(super) counted: Vec<Counted<'a>>,
    pub(super) discounted: Vec<Discounted>,
}

impl Holdings<'_> {
    /// Whether the same counts and does not, whatever else the roles hold.
    pub(super) fn are_like(&self, other: &Self) -> bool {
        let by_itself = |grant: &GrantFacts| {
            let mut grant = grant.clone();
            grant.role.permissions.clear();
            grant
        };
        let counts = |one: &Counted<'_>, other: &Counted<'_>| {
            one.observed == other.observed && by_itself(one.grant) == by_itself(other.grant)
        };
        self.tags == other.tags
            && self.discounted == other.discounted
            && self.counted.len() == other.counted.len()
            && (self.counted.iter().zip(&other.counted)).all(|(one, other)| counts(one, other))
    }
}

impl Counted<'_> {
    /// Whether it is held over something of the care provider that the target lies in.
    pub(super) fn is_beside(&self, place: &Place) -> bool {
        let provider = self.grant.scope_care_provider;
        provider.is_some() && provider == place.care_provider && self.fits(place)
    }

    /// Whether its role has a say about a target there: a system's role only about the system's own.
    pub(super) fn fits(&self, place: &Place) -> bool {
        place.fits(self.grant)
    }
}

impl Deciding<'_> {
    /// Sorts the grants by whether they count; those of companion permissions only become tags.
    pub(super) fn holdings<'a>(
        &self,
        principal: &'a PrincipalFacts,
        permission: &str,
        own: Option<ServicePermission>,
        now: Instant,
    ) -> Result<Holdings<'a>, Failure> {
        let companions = own.map_or(&[][..], vocabulary::companions);
        let mut holdings = Holdings::default();
        let rely = self.relying(principal, now)?;
        for grant in &principal.grants {
            for held in &grant.role.permissions {
                let name = held.name.as_str();
                let main = name == permission;
                if !main && !companions.iter().any(|other| other.name() == name) {
                    continue;
                }
                match rely.on(grant, held)? {
                    Ok(observed) => {
                        let key = tag_key(grant, name);
                        holdings.tags.entry(key).or_default().add(grant.scope);
                        if main {
                            holdings.counted.push(Counted { grant, observed });
                        }
                    }
                    Err(reasons) if main => holdings.discounted.push(Discounted {
                        grant: grant.id,
                        reasons,
                    }),
                    Err(_) => {}
                }
            }
        }
        Ok(holdings)
    }
}

impl Deciding<'_> {
    fn relying(&self, principal: &PrincipalFacts, now: Instant) -> Result<Relying<'_>, Failure> {
        Ok(Relying {
            deciding: self,
            holder: entities::principal(principal, now, &BTreeMap::new())?,
            slice: self.slice(RELY)?,
            now,
        })
    }

    /// The guardrails that discount each of the principal's grants, whatever their stages, for any of the
    /// permissions of its role; a grant that none discounts is left out.
    pub(super) fn discounting(
        &self,
        principal: &PrincipalFacts,
        now: Instant,
    ) -> Result<BTreeMap<GrantId, BTreeSet<String>>, Failure> {
        let rely = self.relying(principal, now)?;
        let mut discounted: BTreeMap<GrantId, BTreeSet<String>> = BTreeMap::new();
        for grant in &principal.grants {
            for held in &grant.role.permissions {
                if let Answer::Forbidden(causes) = rely.ask(grant, held)?.0 {
                    discounted.entry(grant.id).or_default().extend(causes);
                }
            }
        }
        Ok(discounted)
    }

    /// What a grant of the principal's confers, and whether it counts.
    pub(super) fn conferred(
        &self,
        principal: &PrincipalFacts,
        grant: &GrantFacts,
        now: Instant,
    ) -> Vec<Conferred> {
        let rely = self.relying(principal, now);
        let told = |held: &RolePermission| {
            let (reasons, would_refuse) = match &rely {
                Ok(rely) => match rely.on(grant, held) {
                    Ok(Ok(observed)) => (Vec::new(), self.reasons(&observed)),
                    Ok(Err(reasons)) => (reasons, Vec::new()),
                    Err(failure) => (vec![failure.reason()], Vec::new()),
                },
                Err(failure) => (vec![failure.reason()], Vec::new()),
            };
            Conferred {
                permission: held.name.clone(),
                reasons,
                would_refuse,
            }
        };
        grant.role.permissions.iter().map(told).collect()
    }
}

/// Asks of grant after grant whether it counts.
struct Relying<'a> {
    deciding: &'a Deciding<'a>,
    holder: Entity,
    slice: &'a Slice,
    now: Instant,
}

impl Relying<'_> {
    /// What all policies say, and what they were asked.
    fn ask(
        &self,
        grant: &GrantFacts,
        held: &RolePermission,
    ) -> Result<(Answer, Request, Entities), Failure> {
        let (set, slice) = (self.deciding.set, self.slice);
        let (resource, mut entities) = entities::relied_on(grant, held)?;
        entities.push(self.holder.clone());
        entities.push(slice.entity.clone());
        let entities = gather(set, entities)?;
        let context = rely_context(self.now, held.name.as_str())?;
        let request = request(set, &self.holder.uid(), slice, &resource, context)?;
        let answer = ask(&request, &slice.all, &entities)?;
        Ok((answer, request, entities))
    }

    /// What would discount the grant were it enforced, or the reasons why it does not count.
    fn on(
        &self,
        grant: &GrantFacts,
        held: &RolePermission,
    ) -> Result<Result<BTreeSet<String>, Vec<Reason>>, Failure> {
        let slice = self.slice;
        let (answer, request, entities) = self.ask(grant, held)?;
        let (enforced, observed): (Vec<_>, Vec<_>) = match answer {
            Answer::Permitted(_) => return Ok(Ok(BTreeSet::new())),
            Answer::NotPermitted => return Ok(Err(self.deciding.nothing_permits().reasons)),
            Answer::Forbidden(causes) => causes
                .into_iter()
                .partition(|id| self.deciding.is_enforced(id)),
        };
        if !enforced.is_empty() {
            return Ok(Err(self.deciding.reasons(&enforced)));
        }
        Ok(match ask(&request, &slice.permits, &entities)? {
            Answer::Permitted(_) => Ok(observed.into_iter().collect()),
            Answer::NotPermitted | Answer::Forbidden(_) => {
                Err(self.deciding.nothing_permits().reasons)
            }
        })
    }
}

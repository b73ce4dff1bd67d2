//! Which of a principal's grants count, asked of the policies one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use cedar_policy::{Entities, Request};

use super::PolicySet;
use super::context::{rely_context, tag_key};
use super::engine::{Answer, Failure, ask, request};
use super::entities::{Reach, Stake};
use super::known::Bearer;
use super::load::Slice;
use super::place::Place;
use super::staged::StagedPolicies;
use super::vocabulary::{self, RELY};
use domain::PermissionName;
use domain::facts::{GrantFacts, PrincipalFacts, RolePermission};
use domain::id::GrantId;
use domain::permission::ServicePermission;
use domain::time::Instant;
use domain::verdict::{Conferred, Discounted, Reason, Stages};

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

impl StagedPolicies<'_> {
    /// Sorts the grants by whether they count; those of companion permissions only become tags.
    pub(super) fn holdings<'a>(
        &self,
        (principal, bearer): (&'a PrincipalFacts, &Arc<Bearer>),
        permission: &str,
        own: Option<ServicePermission>,
        now: Instant,
    ) -> Result<Holdings<'a>, Failure> {
        let companions = own.map_or(&[][..], vocabulary::companions);
        let mut holdings = Holdings::default();
        let relying = Relying::of(self.set, Arc::clone(bearer), now)?;
        for grant in &principal.grants {
            for held in &grant.role.permissions {
                let name = held.name.as_str();
                let main = name == permission;
                if !main && !companions.iter().any(|other| other.name() == name) {
                    continue;
                }
                match self.by_stages(&relying.weigh(grant, held)?)? {
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

impl StagedPolicies<'_> {
    /// The guardrails that discount each of the principal's grants, whatever their stages, for any of the
    /// permissions of its role; a grant that none discounts is left out.
    pub(super) fn discounting(
        &self,
        principal: &PrincipalFacts,
        now: Instant,
    ) -> Result<BTreeMap<GrantId, BTreeSet<String>>, Failure> {
        let bearer = Arc::new(Bearer::new(self.set, principal, now)?);
        let relying = Relying::of(self.set, bearer, now)?;
        let mut discounted: BTreeMap<GrantId, BTreeSet<String>> = BTreeMap::new();
        for grant in &principal.grants {
            for held in &grant.role.permissions {
                if let Answer::Forbidden(causes) = relying.weigh(grant, held)?.answer {
                    discounted.entry(grant.id).or_default().extend(causes);
                }
            }
        }
        Ok(discounted)
    }

    /// What would discount the grant were it enforced, or the reasons why it does not count.
    fn by_stages(
        &self,
        weight: &Weight<'_>,
    ) -> Result<Result<BTreeSet<String>, Vec<Reason>>, Failure> {
        let causes = match &weight.answer {
            Answer::Permitted(_) => return Ok(Ok(BTreeSet::new())),
            Answer::NotPermitted => return Ok(Err(self.nothing_permits().reasons)),
            Answer::Forbidden(causes) => causes,
        };
        let (enforced, observed): (Vec<_>, Vec<_>) =
            causes.iter().cloned().partition(|id| self.is_enforced(id));
        if !enforced.is_empty() {
            return Ok(Err(self.reasons(&enforced)));
        }
        Ok(if weight.is_permitted_otherwise()? {
            Ok(observed.into_iter().collect())
        } else {
            Err(self.nothing_permits().reasons)
        })
    }
}

/// Asks of grant after grant whether it counts.
#[derive(Debug)]
struct Relying<'a> {
    set: &'a PolicySet,
    bearer: Arc<Bearer>,
    slice: &'a Slice,
    now: Instant,
}

impl<'a> Relying<'a> {
    fn of(set: &'a PolicySet, bearer: Arc<Bearer>, now: Instant) -> Result<Self, Failure> {
        Ok(Self {
            set,
            bearer,
            slice: set.slice(RELY)?,
            now,
        })
    }

    fn afresh(&self) -> Self {
        Self {
            bearer: Arc::new(self.bearer.afresh()),
            ..*self
        }
    }

    /// Asks of one grant, for one of the permissions of its role.
    fn weigh(&self, grant: &GrantFacts, held: &RolePermission) -> Result<Weight<'a>, Failure> {
        let Self {
            set,
            bearer,
            slice,
            now,
        } = self;
        let (resource, entities) = bearer.relied_on(set, slice, grant, Stake::of([held]))?;
        let context = rely_context(*now, held.name.as_str())?;
        let request = request(set, &bearer.uid(), slice, &resource, context)?;
        Ok(Weight {
            answer: ask(&request, &slice.all, &entities)?,
            slice,
            request,
            entities,
            otherwise: OnceLock::new(),
        })
    }
}

/// What all policies say of relying on a grant for one permission, whatever stages are in force.
#[derive(Debug)]
struct Weight<'a> {
    answer: Answer,
    slice: &'a Slice,
    request: Request,
    entities: Arc<Entities>,
    /// Whether it were permitted if no guardrail refused it, once somebody has asked.
    otherwise: OnceLock<Result<bool, Failure>>,
}

impl Weight<'_> {
    fn is_permitted_otherwise(&self) -> Result<bool, Failure> {
        let asked = || {
            let answer = ask(&self.request, &self.slice.permits, &self.entities)?;
            Ok(matches!(answer, Answer::Permitted(_)))
        };
        self.otherwise.get_or_init(asked).clone()
    }
}

/// A principal that grant after grant is weighed for.
#[derive(Debug)]
pub struct Holder<'a> {
    set: &'a PolicySet,
    relying: Result<Relying<'a>, Failure>,
    now: Instant,
}

/// A grant that was weighed for its holder: what it confers follows by any stages, and nothing is asked again.
#[derive(Debug)]
pub struct WeighedGrant<'a> {
    set: &'a PolicySet,
    now: Instant,
    permissions: Vec<(PermissionName, Result<Weight<'a>, Failure>)>,
}

impl PolicySet {
    /// The principal at an instant, as somebody who holds grants.
    #[must_use]
    pub fn holder(&self, principal: &PrincipalFacts, now: Instant) -> Holder<'_> {
        let bearer = Bearer::new(self, principal, now);
        Holder {
            set: self,
            relying: bearer.and_then(|bearer| Relying::of(self, Arc::new(bearer), now)),
            now,
        }
    }
}

impl Holder<'_> {
    /// What the policies say of each permission that the grant's role confers.
    #[must_use]
    pub fn weigh<'b>(&'b self, grant: &'b GrantFacts) -> WeighedGrant<'b> {
        let permissions = grant.role.permissions.iter();
        let named = |held: &RolePermission| held.name.clone();
        let permissions = match &self.relying {
            Ok(relying) => {
                let relying = relying.afresh();
                let weighed = permissions.map(|held| (named(held), relying.weigh(grant, held)));
                weighed.collect()
            }
            Err(failure) => {
                let failed = permissions.map(|held| (named(held), Err(failure.clone())));
                failed.collect()
            }
        };
        WeighedGrant {
            set: self.set,
            now: self.now,
            permissions,
        }
    }
}

impl WeighedGrant<'_> {
    /// What it confers, and whether it counts for that, with `stages` in force.
    #[must_use]
    pub fn conferred(&self, stages: &Stages) -> Vec<Conferred> {
        let stages = &self.set.as_of(stages, self.now);
        let policies = StagedPolicies {
            set: self.set,
            stages,
        };
        let told = |(permission, weight): &(PermissionName, Result<Weight<'_>, Failure>)| {
            let by_stages = weight.as_ref().map_err(Failure::clone);
            let by_stages = by_stages.and_then(|weight| policies.by_stages(weight));
            let (reasons, would_refuse) = match by_stages {
                Ok(Ok(observed)) => (Vec::new(), policies.reasons(&observed)),
                Ok(Err(reasons)) => (reasons, Vec::new()),
                Err(failure) => (vec![failure.reason()], Vec::new()),
            };
            Conferred {
                permission: permission.clone(),
                reasons,
                would_refuse,
            }
        };
        self.permissions.iter().map(told).collect()
    }
}

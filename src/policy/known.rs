//! What the policies see of somebody and of something, made once for whoever asks about them again.
//!
//! Putting entities together is dearer than deciding by them, and they are the same from one question to the next for as
//! long as the facts are. Apart from the facts themselves, because what is kept here is the engine's.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use cedar_policy::{Entities, Entity, EntityUid};

use super::PolicySet;
use super::engine::{Failure, gather};
use super::entities::{self, Reach, Stake};
use super::load::{Loaded, Slice};
use super::place::Place;
use domain::facts::{GrantFacts, PrincipalFacts, PrincipalKind, TargetFacts};
use domain::id::GrantId;
use domain::time::Instant;

/// A principal with the grants that a question is about.
#[derive(Debug)]
pub struct KnownPrincipal {
    facts: PrincipalFacts,
    made: Mutex<Option<Arc<Bearer>>>,
}

impl KnownPrincipal {
    /// What is known of the principal.
    #[must_use]
    pub const fn facts(&self) -> &PrincipalFacts {
        &self.facts
    }

    /// The principal as it relies on its grants then.
    pub(super) fn bearer(&self, set: &PolicySet, now: Instant) -> Result<Arc<Bearer>, Failure> {
        let live = live(&self.facts, now);
        let mut made = lock(&self.made);
        if let Some(bearer) = made.as_ref()
            && bearer.live == live
            && Arc::ptr_eq(&bearer.loaded, &set.loaded)
        {
            return Ok(Arc::clone(bearer));
        }
        let bearer = Arc::new(Bearer::new(set, &self.facts, now)?);
        *made = Some(Arc::clone(&bearer));
        Ok(bearer)
    }
}

impl From<PrincipalFacts> for KnownPrincipal {
    fn from(facts: PrincipalFacts) -> Self {
        Self {
            facts,
            made: Mutex::default(),
        }
    }
}

/// Which of the engagements are live: all that an instant alters of what the policies see of the principal itself.
fn live(facts: &PrincipalFacts, now: Instant) -> Vec<bool> {
    match &facts.kind {
        PrincipalKind::Person { engagements, .. } => {
            engagements.iter().map(|one| one.is_live(now)).collect()
        }
        PrincipalKind::Service { .. } => Vec::new(),
    }
}

/// A grant as something to rely on, with all that the policies look at then.
pub(super) type Relied = (EntityUid, Arc<Entities>);

/// A principal's entities.
#[derive(Debug)]
pub(super) struct Bearer {
    loaded: Arc<Loaded>,
    live: Vec<bool>,
    /// The principal without tags.
    bare: Entity,
    relied: Mutex<HashMap<(GrantId, Stake), Relied>>,
    /// The principal with the tags that it had last.
    tagged: Mutex<Option<(BTreeMap<String, Reach>, Entity)>>,
}

impl Bearer {
    /// Refuses somebody of whose grants two are the same: which of them were it that an answer names?
    pub(super) fn new(
        set: &PolicySet,
        facts: &PrincipalFacts,
        now: Instant,
    ) -> Result<Self, Failure> {
        // What is kept of a grant is found again by its id.
        let mut ids = HashSet::new();
        if !facts.grants.iter().all(|grant| ids.insert(grant.id)) {
            return Err(Failure::Question("grants"));
        }
        Ok(Self {
            loaded: Arc::clone(&set.loaded),
            live: live(facts, now),
            bare: entities::principal(facts, now, &BTreeMap::new())?,
            relied: Mutex::default(),
            tagged: Mutex::default(),
        })
    }

    /// The same, with nothing kept of grants: those that are asked about next may have the ids of others.
    pub(super) fn afresh(&self) -> Self {
        Self {
            loaded: Arc::clone(&self.loaded),
            live: self.live.clone(),
            bare: self.bare.clone(),
            relied: Mutex::default(),
            tagged: Mutex::default(),
        }
    }

    pub(super) fn uid(&self) -> EntityUid {
        self.bare.uid()
    }

    /// The grant, for permissions that govern this. Most of a role's permissions are asked about with the same.
    pub(super) fn relied_on(
        &self,
        set: &PolicySet,
        slice: &Slice,
        grant: &GrantFacts,
        stake: Stake,
    ) -> Result<Relied, Failure> {
        if let Some(ready) = lock(&self.relied).get(&(grant.id, stake)) {
            return Ok(ready.clone());
        }
        let (resource, mut entities) = entities::relied_on(grant, stake)?;
        entities.push(self.bare.clone());
        entities.push(slice.entity.clone());
        let ready = (resource, Arc::new(gather(set, entities)?));
        lock(&self.relied).insert((grant.id, stake), ready.clone());
        Ok(ready)
    }

    /// The principal with those tags.
    pub(super) fn tagged(
        &self,
        facts: &PrincipalFacts,
        now: Instant,
        tags: &BTreeMap<String, Reach>,
    ) -> Result<Entity, Failure> {
        if let Some((had, entity)) = lock(&self.tagged).as_ref()
            && had == tags
        {
            return Ok(entity.clone());
        }
        let entity = entities::principal(facts, now, tags)?;
        *lock(&self.tagged) = Some((tags.clone(), entity.clone()));
        Ok(entity)
    }
}

/// What a question is about.
#[derive(Debug)]
pub struct KnownTarget {
    facts: TargetFacts,
    made: OnceLock<Result<Surroundings, Failure>>,
}

impl KnownTarget {
    /// What is known of the target.
    #[must_use]
    pub const fn facts(&self) -> &TargetFacts {
        &self.facts
    }

    pub(super) fn surroundings(&self) -> Result<&Surroundings, Failure> {
        let made = self.made.get_or_init(|| Surroundings::of(&self.facts));
        made.as_ref().map_err(Failure::clone)
    }
}

impl From<TargetFacts> for KnownTarget {
    fn from(facts: TargetFacts) -> Self {
        Self {
            facts,
            made: OnceLock::new(),
        }
    }
}

/// A target with what stands above it, as the policies see it, whoever asks.
#[derive(Debug)]
pub(super) struct Surroundings {
    pub(super) place: Place,
    pub(super) resource: EntityUid,
    entities: Entities,
}

impl Surroundings {
    pub(super) fn of(facts: &TargetFacts) -> Result<Self, Failure> {
        let place = Place::of(facts);
        let (resource, entities) = entities::target(facts, &place)?;
        let entities = Entities::from_entities(entities, None);
        Ok(Self {
            place,
            resource,
            entities: entities.map_err(|_| Failure::Question("entities"))?,
        })
    }

    /// With whoever asks, and what it is asked for.
    pub(super) fn with(
        &self,
        set: &PolicySet,
        principal: Entity,
        slice: &Slice,
    ) -> Result<Entities, Failure> {
        if cfg!(debug_assertions) {
            // Held against the schema, which is too dear where it is asked for decisions.
            let all = self.entities.iter().cloned();
            gather(
                set,
                all.chain([principal.clone(), slice.entity.clone()])
                    .collect(),
            )?;
        }
        let all = self.entities.clone();
        let all = all.add_entities([principal, slice.entity.clone()], None);
        all.map_err(|_| Failure::Question("entities"))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! What was worked out of one value of the register, for whoever asks for the same again.
//!
//! A value never changes, and what it says at an instant it says until the next day or grace begins or ends: so what was
//! found once is found again without looking. With another value everything is forgotten, so nothing has to be told what
//! it rests on. Answers are kept for the second that they were given in, which is all of an instant that policies see.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use audit::Depends;
use domain::facts::{Circumstances, PrincipalFacts, TargetFacts};
use domain::id::EntityKind;
use domain::target::{ExternalKey, Place, PrincipalKey, TargetKey};
use domain::text::{Identifier, Reference};
use domain::verdict::Verdict;
use domain::{EntityRef, HsaId, Instant, PermissionName, ServicePermission};
use hashlink::LruCache;
use policy::{KnownPrincipal, KnownTarget, companions};
use region::{PrincipalRecord, TargetRecord};
use transparency::event::EventError;
use transparency::fact::Fact;

use super::Policies;
use super::facts::Facts;

/// How many callers and people by name are kept, the last that were asked for. Three thousand people, with the grants
/// that they were asked about and all that is remembered elsewhere, come to 190 MB.
const PRINCIPALS: usize = 1 << 13;
/// How many targets, each with what stands above it.
const TARGETS: usize = 1 << 11;
/// How many of those with the grants that confer a permission, each with its entities.
const STANDINGS: usize = 1 << 12;
/// How many answers of one second.
const ANSWERS: usize = 1 << 12;

/// What was worked out of a value of the register.
#[derive(Debug, Default)]
pub struct Worked(Mutex<Option<Kept>>);

#[derive(Debug)]
struct Kept {
    /// The last turn of the calendar before it was worked out.
    since: Instant,
    principals: LruCache<PrincipalKey, Facts<Arc<PrincipalRecord>>>,
    targets: LruCache<TargetName, Facts<Arc<TargetAt>>>,
    standings: LruCache<Conferring, Arc<Standing>>,
    /// In seconds.
    second: i64,
    answers: HashMap<(Conferring, usize), Answered>,
}

impl Kept {
    fn nothing(since: Instant) -> Self {
        Self {
            since,
            principals: LruCache::new(PRINCIPALS),
            targets: LruCache::new(TARGETS),
            standings: LruCache::new(STANDINGS),
            second: 0,
            answers: HashMap::new(),
        }
    }
}

/// Whose grants, and for which permission.
pub(crate) type Conferring = (EntityRef, PermissionName);

/// An answer, with all that it follows from besides who asked for what.
#[derive(Debug)]
struct Answered {
    target: Arc<TargetAt>,
    circumstances: Circumstances,
    policies: Arc<Policies>,
    verdict: Verdict,
}

/// By what a target is found again; nothing of what it is that is not in the register.
#[derive(Debug, PartialEq, Eq, Hash)]
enum TargetName {
    Entity(EntityRef),
    External(ExternalKey),
    Record {
        system: Identifier,
        organisation: HsaId,
        kind: Reference,
        blocked: bool,
        chosen: bool,
        consent: bool,
    },
}

impl TargetName {
    /// The name of a target that the register alone tells of; `None`: it is an event, or not there yet.
    fn of(key: &TargetKey) -> Option<Self> {
        match key {
            TargetKey::Entity(id) => (id.kind() != EntityKind::Event).then_some(Self::Entity(*id)),
            TargetKey::External(name) => Some(Self::External(name.clone())),
            TargetKey::Record(record) => Some(Self::Record {
                system: record.system.clone(),
                organisation: record.organisation.clone(),
                kind: record.kind.clone(),
                blocked: record.blocked,
                chosen: record.active_choice.is_some(),
                consent: record.consent,
            }),
            TargetKey::Draft(_) => None,
        }
    }
}

impl Worked {
    fn with<R>(&self, since: Instant, each: impl FnOnce(&mut Kept) -> R) -> R {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get_or_insert_with(|| Kept::nothing(since));
        if kept.since != since {
            *kept = Kept::nothing(since);
        }
        each(kept)
    }

    /// Somebody by name, found before or now.
    pub(crate) fn principal<E>(
        &self,
        since: Instant,
        key: &PrincipalKey,
        find: impl FnOnce() -> Result<Facts<PrincipalRecord>, E>,
    ) -> Result<Facts<Arc<PrincipalRecord>>, E> {
        if let Some(found) = self.with(since, |kept| kept.principals.get(key).cloned()) {
            return Ok(found);
        }
        let found = find()?.map(Arc::new);
        if found.found.is_some() {
            self.with(since, |kept| {
                kept.principals.insert(key.clone(), found.clone())
            });
        }
        Ok(found)
    }

    /// Something, found before or now.
    pub(crate) fn target<E>(
        &self,
        since: Instant,
        key: &TargetKey,
        find: impl FnOnce() -> Result<Facts<TargetRecord>, E>,
    ) -> Result<Facts<Arc<TargetAt>>, E> {
        let name = TargetName::of(key);
        let known = |name| self.with(since, |kept| kept.targets.get(name).cloned());
        if let Some(found) = name.as_ref().and_then(known) {
            return Ok(found);
        }
        let found = find()?.map(|record| Arc::new(TargetAt::from(record)));
        if let (Some(name), Some(_)) = (name, &found.found) {
            self.with(since, |kept| kept.targets.insert(name, found.clone()));
        }
        Ok(found)
    }

    /// Somebody with the grants that confer a permission, found before or now.
    pub(crate) fn standing(
        &self,
        since: Instant,
        conferring: &Conferring,
        find: impl FnOnce() -> Standing,
    ) -> Arc<Standing> {
        let known = self.with(since, |kept| kept.standings.get(conferring).cloned());
        if let Some(standing) = known {
            return standing;
        }
        let found = Arc::new(find());
        let kept = Arc::clone(&found);
        self.with(since, |worked| {
            worked.standings.insert(conferring.clone(), kept)
        });
        found
    }

    /// The answer to a question that may have been put in the same second.
    pub(crate) fn answer(
        &self,
        since: Instant,
        question: AskedAgain<'_>,
        decide: impl FnOnce(&Circumstances) -> Verdict,
    ) -> Verdict {
        let AskedAgain {
            conferring,
            target,
            circumstances,
            policies,
        } = question;
        let second = circumstances.now.as_seconds();
        let circumstances = Circumstances {
            now: Instant::from_micros(second.saturating_mul(1_000_000)),
            ..circumstances
        };
        let key = (conferring, Arc::as_ptr(target) as usize);
        let known = self.with(since, |kept| {
            if kept.second != second {
                kept.answers.clear();
                kept.second = second;
            }
            let answered = kept.answers.get(&key)?;
            let is_it = Arc::ptr_eq(&answered.target, target)
                && Arc::ptr_eq(&answered.policies, policies)
                && answered.circumstances == circumstances;
            is_it.then(|| answered.verdict.clone())
        });
        if let Some(verdict) = known {
            return verdict;
        }
        let verdict = decide(&circumstances);
        let answered = Answered {
            target: Arc::clone(target),
            circumstances,
            policies: Arc::clone(policies),
            verdict: verdict.clone(),
        };
        self.with(since, |kept| {
            if kept.second == second && kept.answers.len() < ANSWERS {
                kept.answers.insert(key, answered);
            }
        });
        verdict
    }
}

/// The permission, and those besides it whose grants the policies look at.
pub(crate) fn with_companions(permission: &PermissionName) -> Vec<PermissionName> {
    let own = ServicePermission::named(permission.as_str());
    let companions = own.map_or(&[][..], companions).iter();
    let companions = companions.map(|other| PermissionName::from(*other));
    std::iter::once(permission.clone())
        .chain(companions)
        .collect()
}

/// A question that may have been put before.
pub(crate) struct AskedAgain<'a> {
    pub(crate) conferring: Conferring,
    pub(crate) target: &'a Arc<TargetAt>,
    pub(crate) circumstances: Circumstances,
    pub(crate) policies: &'a Arc<Policies>,
}

/// A target as the register knows it, with what is made of it once.
#[derive(Debug)]
pub(crate) struct TargetAt {
    external: Option<String>,
    place: Place,
    known: KnownTarget,
    fact: OnceLock<Fact>,
}

impl TargetAt {
    pub(crate) const fn facts(&self) -> &TargetFacts {
        self.known.facts()
    }

    pub(crate) const fn external(&self) -> Option<&String> {
        self.external.as_ref()
    }

    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) const fn known(&self) -> &KnownTarget {
        &self.known
    }

    /// What an event commits to.
    pub(crate) fn fact(&self) -> Result<Fact, EventError> {
        once(&self.fact, || Ok(Fact::target(self.facts())?))
    }
}

impl From<TargetRecord> for TargetAt {
    fn from(record: TargetRecord) -> Self {
        Self {
            external: record.external,
            place: record.place,
            known: record.facts.into(),
            fact: OnceLock::new(),
        }
    }
}

/// Somebody with the grants that confer a permission, with what is made of them once.
#[derive(Debug)]
pub(crate) struct Standing {
    known: KnownPrincipal,
    pub(crate) depends: Depends,
    fact: OnceLock<Fact>,
}

impl Standing {
    pub(crate) fn new(facts: PrincipalFacts, depends: Depends) -> Self {
        Self {
            known: facts.into(),
            depends,
            fact: OnceLock::new(),
        }
    }

    pub(crate) const fn known(&self) -> &KnownPrincipal {
        &self.known
    }

    /// What an event commits to.
    pub(crate) fn fact(&self) -> Result<Fact, EventError> {
        once(&self.fact, || Ok(Fact::principal(self.known.facts())?))
    }
}

impl Deref for Standing {
    type Target = PrincipalFacts;

    fn deref(&self) -> &PrincipalFacts {
        self.known.facts()
    }
}

fn once(
    kept: &OnceLock<Fact>,
    make: impl FnOnce() -> Result<Fact, EventError>,
) -> Result<Fact, EventError> {
    if let Some(fact) = kept.get() {
        return Ok(fact.clone());
    }
    let fact = make()?;
    Ok(kept.get_or_init(|| fact).clone())
}

#[cfg(test)]
mod tests;

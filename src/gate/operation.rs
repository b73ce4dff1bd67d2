//! One caller's operation: everything decided in it rests on one moment of the register, one policy
//! set and one instant.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use audit::Pending;
use domain::action::{Action, Read, Readable};
use domain::clock::{Clock, fresh};
use domain::facts::{Asked, BestSignIn, Circumstances, GrantFacts, PrincipalFacts, Question};
use domain::id::{EventId, GrantId};
use domain::target::TargetKey;
use domain::verdict::{Reason, Verdict};
use domain::{EntityRef, Instant, PermissionName, ServicePermission};
use policy::companions;

use super::Policies;
use super::about::About;
use super::actor::{Actor, RequestContext};
use super::event;
use super::facts::{FactSource, Facts, PrincipalRecord, STAGES, TargetRecord};
use super::missed::Missed;
use super::permit::{Permit, WritePermit};
use super::refusal::Refusal;
use super::replay::PastPolicies;

/// One operation.
#[derive(Debug)]
pub struct Operation {
    pub(crate) actor: Actor,
    pub(crate) source: Arc<dyn FactSource>,
    pub(crate) policies: Arc<Policies>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) now: Instant,
    pub(crate) context: RequestContext,
    pub(crate) docket: Mutex<Vec<Pending>>,
    pub(crate) grants: Mutex<HashMap<Conferring, Facts<Vec<GrantFacts>>>>,
    pub(crate) decided: Mutex<HashMap<OwnQuestion, (EventId, Verdict)>>,
    pub(crate) missed: Mutex<Missed>,
    /// What lists have shown, by the permission that they were made by.
    pub(crate) shown: Mutex<HashSet<OwnQuestion>>,
}

/// Whose grants, and for which permission.
pub(crate) type Conferring = (EntityRef, PermissionName);

/// Which permission the caller asked for, and on what.
pub(crate) type OwnQuestion = (ServicePermission, EntityRef);

/// A decision with what it was made from.
pub(crate) struct Decided {
    pub(crate) question: Question,
    pub(crate) verdict: Verdict,
    pub(crate) depends: BTreeSet<String>,
}

impl Operation {
    /// Who is calling.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The instant everything in the operation is decided at.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The request's own circumstances.
    #[must_use]
    pub fn context(&self) -> &RequestContext {
        &self.context
    }

    /// The digest of the policy set that decides.
    #[must_use]
    pub fn policy_digest(&self) -> &str {
        self.policies.set.digest()
    }

    /// The policies that decide here, if they are those of that digest.
    #[must_use]
    pub fn policies_of(&self, digest: &str) -> Option<PastPolicies> {
        let set = &self.policies.set;
        (set.digest() == digest).then(|| PastPolicies::of(set.clone()))
    }

    /// What a policy of the set that decides says of itself; `None`: the set has none of that id.
    #[must_use]
    pub fn reason(&self, policy: &str) -> Option<Reason> {
        self.policies.set.reason(policy)
    }

    /// Whether the set that decides has a guardrail of that id.
    #[must_use]
    pub fn is_guardrail(&self, id: &str) -> bool {
        self.policies.guardrail(id).is_some()
    }

    /// The guardrails that stop each of the principal's grants, whatever their stages: for somebody without a card
    /// also those about the sign-in; `None`: the policies cannot be asked.
    #[must_use]
    pub fn stopping(
        &self,
        principal: &PrincipalFacts,
        best: BestSignIn,
    ) -> Option<BTreeMap<GrantId, BTreeSet<String>>> {
        self.policies.set.stopping(principal, self.now, best)
    }

    /// Takes every decision made so far, to be committed before anything leaves.
    #[must_use]
    pub fn take_docket(&self) -> Vec<Pending> {
        let mut docket = std::mem::take(&mut *lock(&self.docket));
        docket.extend(std::mem::take(&mut *lock(&self.missed)).into_events());
        docket
    }

    pub(crate) fn enter(&self, pending: Pending) {
        lock(&self.docket).push(pending);
    }

    /// Leave to read one thing.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] both for what does not exist and for what the caller may not see.
    pub async fn read<K: Readable>(&self, action: Read<K>) -> Result<Permit<Read<K>>, Refusal> {
        let mut permits = self.read_each(vec![action]).await?;
        permits.pop().unwrap_or_else(|| Err(unanswered()))
    }

    /// Leave to read each of several things, in their order.
    ///
    /// # Errors
    /// Fails as a whole only where the register cannot be read.
    pub async fn read_each<K: Readable>(
        &self,
        actions: Vec<Read<K>>,
    ) -> Result<Vec<Result<Permit<Read<K>>, Refusal>>, Refusal> {
        let keys: Vec<TargetKey> = actions.iter().map(Action::target).collect();
        let targets = self.source.targets(keys.clone()).await?;
        let mut permits = Vec::with_capacity(actions.len());
        for ((action, key), target) in actions.into_iter().zip(keys).zip(targets) {
            permits.push(self.read_found(action, &key, target).await?);
        }
        Ok(permits)
    }

    async fn read_found<K: Readable>(
        &self,
        action: Read<K>,
        key: &TargetKey,
        target: Facts<TargetRecord>,
    ) -> Result<Result<Permit<Read<K>>, Refusal>, Refusal> {
        let entity = target.found.as_ref().map(|record| record.facts.id);
        if let Some(entity) = &entity
            && let Some((decision, verdict)) = lock(&self.decided).get(&(K::READ, *entity))
        {
            return Ok(answer(action, Some(*entity), *decision, verdict));
        }
        if let Some((decision, verdict)) = lock(&self.missed).known(K::READ, key) {
            return Ok(answer(action, entity, decision, &verdict));
        }
        let (decision, verdict) = self.decide_look_up(K::READ, key, target).await?;
        if let Some(entity) = &entity {
            let key = (K::READ, *entity);
            lock(&self.decided).insert(key, (decision, verdict.clone()));
        }
        let found = entity.is_some();
        let answer = answer(action, entity, decision, &verdict);
        if let Err(Refusal::NotFound { .. }) = &answer {
            self.level(key, found).await?;
        }
        Ok(answer)
    }

    /// Decides a look-up; one that gives nothing is told together with the others of its kind.
    async fn decide_look_up(
        &self,
        permission: ServicePermission,
        key: &TargetKey,
        target: Facts<TargetRecord>,
    ) -> Result<(EventId, Verdict), Refusal> {
        let (target, unknown) = self.or_installation(target).await?;
        let decided = self.decide_own(permission, &target).await?;
        let verdict = decided.verdict.clone();
        let about = About::of(&target, key, unknown);
        let decision = if verdict.is_allowed() && !unknown {
            let decision = fresh(self.clock.as_ref());
            self.enter(event::own(self, decision, decided, about)?);
            decision
        } else {
            self.miss(permission, key, decided, about)?
        };
        Ok((decision, verdict))
    }

    pub(crate) async fn decide_and_enter(
        &self,
        permission: ServicePermission,
        key: &TargetKey,
        target: Facts<TargetRecord>,
    ) -> Result<(EventId, Verdict), Refusal> {
        let (target, unknown) = self.or_installation(target).await?;
        let decided = self.decide_own(permission, &target).await?;
        let decision = fresh(self.clock.as_ref());
        let verdict = decided.verdict.clone();
        self.enter(event::own(
            self,
            decision,
            decided,
            About::of(&target, key, unknown),
        )?);
        Ok((decision, verdict))
    }

    /// Leave to change something; the decision is committed together with the effect.
    ///
    /// # Errors
    /// A refusal is in the docket already and leaves with the response.
    pub async fn write<A: Action>(&self, action: A) -> Result<WritePermit<A>, Refusal> {
        let key = action.target();
        let target = self.target(key.clone()).await?;
        let entity = target.found.as_ref().map(|record| record.facts.id);
        let (target, unknown) = self.or_installation(target).await?;
        let decided = self.decide_own(action.permission(), &target).await?;
        let decision = fresh(self.clock.as_ref());
        let verdict = decided.verdict.clone();
        let pending = event::own(self, decision, decided, About::of(&target, &key, unknown))?;
        match entity {
            Some(entity) if verdict.is_allowed() => Ok(WritePermit::issue(
                self.actor.record.facts.individual(),
                action,
                entity,
                pending,
                decision,
                verdict,
            )),
            found => {
                self.enter(pending);
                let is_there = found.is_some();
                let visible = match &key {
                    TargetKey::Draft(_) => is_there,
                    TargetKey::Entity(_) | TargetKey::External(_) | TargetKey::Record(_) => {
                        self.may_read(&key).await?
                    }
                };
                if visible {
                    Err(Refusal::of(&verdict, decision))
                } else {
                    self.level(&key, is_there).await?;
                    Err(Refusal::NotFound { decision })
                }
            }
        }
    }

    /// That the caller may do something besides, to what a change also concerns; recorded before the change.
    ///
    /// # Errors
    /// A refusal is in the docket already and leaves with the response.
    pub async fn also(
        &self,
        permission: ServicePermission,
        thing: EntityRef,
    ) -> Result<(), Refusal> {
        let key = TargetKey::Entity(thing);
        let target = self.target(key.clone()).await?;
        let is_there = target.found.is_some();
        let (decision, verdict) = self.decide_and_enter(permission, &key, target).await?;
        if is_there && verdict.is_allowed() {
            Ok(())
        } else if self.may_read(&key).await? {
            Err(Refusal::of(&verdict, decision))
        } else {
            self.level(&key, is_there).await?;
            Err(Refusal::NotFound { decision })
        }
    }

    /// Whether the caller may know that the thing is there; recorded like any other reading, of what is not there
    /// too, or its absence would show.
    pub(crate) async fn may_read(&self, key: &TargetKey) -> Result<bool, Refusal> {
        let target = self.target(key.clone()).await?;
        let entity = match (&target.found, key) {
            (Some(record), _) => record.facts.id,
            (None, TargetKey::Entity(entity)) => *entity,
            (None, TargetKey::External(_) | TargetKey::Record(_) | TargetKey::Draft(_)) => {
                return Ok(false);
            }
        };
        let Some(permission) = entity.kind().reading() else {
            return Ok(false);
        };
        let is_there = target.found.is_some();
        let (_, verdict) = self.decide_and_enter(permission, key, target).await?;
        let may = is_there && (verdict.is_allowed() || verdict.step_up.is_some());
        if !may {
            self.level(key, is_there).await?;
        }
        Ok(may)
    }

    pub(crate) async fn target(&self, key: TargetKey) -> Result<Facts<TargetRecord>, Refusal> {
        let mut targets = self.source.targets(vec![key]).await?;
        Ok(targets
            .pop()
            .unwrap_or_else(|| Facts::missing(BTreeSet::new())))
    }

    /// The target, or the installation in the place of one that is not there.
    pub(crate) async fn or_installation(
        &self,
        target: Facts<TargetRecord>,
    ) -> Result<(Facts<TargetRecord>, bool), Refusal> {
        if target.found.is_some() {
            return Ok((target, false));
        }
        let mut installation = self.target(TargetKey::installation()).await?;
        installation.depends.extend(target.depends);
        Ok((installation, true))
    }

    pub(crate) async fn decide_own(
        &self,
        permission: ServicePermission,
        target: &Facts<TargetRecord>,
    ) -> Result<Decided, Refusal> {
        let circumstances = self.circumstances();
        let mut decided = self
            .decide(
                &self.actor.record,
                asking(permission),
                target,
                circumstances,
            )
            .await?;
        decided.depends.extend(self.actor.depends.iter().cloned());
        Ok(decided)
    }

    pub(crate) async fn decide(
        &self,
        principal: &PrincipalRecord,
        asked: Asked,
        target: &Facts<TargetRecord>,
        circumstances: Circumstances,
    ) -> Result<Decided, Refusal> {
        let record = target.found.as_ref().ok_or_else(unanswered)?;
        let grants = self.grants_of(principal, &asked.permission).await?;
        let stages = self.source.stages(record.facts.staged_at()).await?;
        let mut facts = principal.facts.clone();
        facts.grants = grants.found.unwrap_or_default();
        let question = Question {
            principal: facts,
            asked,
            target: record.facts.clone(),
            circumstances,
        };
        let verdict = self.policies.set.decide(&question, &stages);
        let mut depends = target.depends.clone();
        depends.extend(grants.depends);
        depends.insert(STAGES.to_owned());
        Ok(Decided {
            question,
            verdict,
            depends,
        })
    }

    pub(crate) async fn grants_of(
        &self,
        principal: &PrincipalRecord,
        permission: &PermissionName,
    ) -> Result<Facts<Vec<GrantFacts>>, Refusal> {
        let key = (principal.facts.id, permission.clone());
        if let Some(grants) = lock(&self.grants).get(&key) {
            return Ok(grants.clone());
        }
        let permissions = with_companions(permission);
        let grants = self.source.grants(key.0, permissions).await?;
        lock(&self.grants).insert(key, grants.clone());
        Ok(grants)
    }

    pub(crate) fn circumstances(&self) -> Circumstances {
        Circumstances {
            now: self.now,
            assurance: self.actor.assurance.clone(),
            commission: self.actor.commission.clone(),
            purpose: self.context.purpose.clone(),
            network_zone: self.context.network_zone.clone(),
            emergency: false,
        }
    }
}

fn answer<K: Readable>(
    action: Read<K>,
    entity: Option<EntityRef>,
    decision: EventId,
    verdict: &Verdict,
) -> Result<Permit<Read<K>>, Refusal> {
    match entity {
        Some(entity) if verdict.is_allowed() => Ok(Permit::reading(action, entity, decision)),
        Some(_) if verdict.step_up.is_some() => Err(Refusal::of(verdict, decision)),
        Some(_) | None => Err(Refusal::NotFound { decision }),
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

/// Asking for a permission of the service itself.
pub(crate) fn asking(permission: ServicePermission) -> Asked {
    Asked {
        permission: permission.into(),
        category: None,
        privileged: permission.demands_recent_sign_in(),
    }
}

fn unanswered() -> Refusal {
    Refusal::Undecided(super::facts::FactError::Corrupt {
        table: "organisation",
        id: domain::id::INSTALLATION.to_string(),
        problem: domain::Words::new(
            "the built-in installation is not there",
            "Den inbyggda installationen finns inte.",
        ),
    })
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Looking things up, one by one or several at once: what gives something has an event of its own, what gives nothing
//! is told with the others of its kind ([`Missed`](super::missed::Missed)).

use std::sync::Arc;

use domain::EntityRef;
use domain::ServicePermission;
use domain::action::{Action, Read, Readable};
use domain::clock::fresh;
use domain::id::EventId;
use domain::target::TargetKey;
use domain::verdict::Verdict;

use super::about::{About, looked_up};
use super::event;
use super::facts::Facts;
use super::operation::{Decided, Operation, lock};
use super::permit::Permit;
use super::refusal::Refusal;
use super::worked::TargetAt;

impl Operation {
    /// Leave to read one thing.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] both for what does not exist and for what the caller may not see.
    pub async fn read<K: Readable>(&self, action: Read<K>) -> Result<Permit<Read<K>>, Refusal> {
        let mut permits = self.read_each(vec![action]).await?;
        permits.pop().unwrap_or_else(|| Err(Refusal::unanswered()))
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
        let mut permits = Vec::with_capacity(actions.len());
        for (action, key) in actions.into_iter().zip(keys) {
            let target = self.register.target(&key).await?;
            permits.push(self.read_found(action, &key, target).await?);
        }
        Ok(permits)
    }

    async fn read_found<K: Readable>(
        &self,
        action: Read<K>,
        key: &TargetKey,
        target: Facts<Arc<TargetAt>>,
    ) -> Result<Result<Permit<Read<K>>, Refusal>, Refusal> {
        let entity = target.found.as_ref().map(|record| record.facts().id);
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
        let answer = answer(action, entity, decision, &verdict);
        if let Err(Refusal::NotFound { .. }) = &answer {
            self.seek_in_vain();
        }
        Ok(answer)
    }

    /// Decides a look-up; one that gives nothing is told together with the others of its kind.
    async fn decide_look_up(
        &self,
        permission: ServicePermission,
        key: &TargetKey,
        target: Facts<Arc<TargetAt>>,
    ) -> Result<(EventId, Verdict), Refusal> {
        let (target, unknown) = self.or_installation(target).await?;
        let decided = self.decide_own(permission, &target)?;
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

    /// Something was looked for that is not there, or that the caller may not see: which of them shows in nothing.
    pub(crate) fn seek_in_vain(&self) {
        lock(&self.missed).in_vain = true;
    }

    /// Whether something was looked for that is not there, or that the caller may not see.
    #[must_use]
    pub fn sought_in_vain(&self) -> bool {
        lock(&self.missed).in_vain
    }

    /// Tells of a look-up that gave nothing; the event that does.
    pub(crate) fn miss(
        &self,
        permission: ServicePermission,
        key: &TargetKey,
        decided: Decided,
        about: About,
    ) -> Result<EventId, Refusal> {
        let verdict = decided.verdict.clone();
        let how = (verdict.is_allowed(), verdict.step_up.is_some());
        let named = looked_up(key);
        let mut missed = lock(&self.missed);
        // The fields of a request are looked up side by side, equal ones too.
        if let Some((told, _)) = missed.known(permission, key) {
            return Ok(told);
        }
        let decision = match (missed.events.get_mut(&how), &named) {
            (Some(first), Some((kind, name))) => {
                first.also_looked_for(kind, name, &decided.question.depends)?;
                first.id()
            }
            (first, _) => {
                let decision = fresh(self.clock.as_ref());
                let pending = event::own(self, decision, decided, about)?;
                match first {
                    // Only what is looked up by a name can be told with others.
                    Some(_) => self.enter(pending),
                    None => drop(missed.events.insert(how, pending)),
                }
                decision
            }
        };
        if let Some((_, name)) = named {
            let key = (permission, name);
            missed.known.insert(key, (decision, verdict));
        }
        Ok(decision)
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

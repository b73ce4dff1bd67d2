//! Deciding: what the caller may do, on what is there and on what is not.

use std::sync::Arc;

use domain::action::Action;
use domain::clock::fresh;
use domain::facts::{Asked, Circumstances};
use domain::id::EventId;
use domain::target::TargetKey;
use domain::verdict::Verdict;
use domain::{EntityRef, ServicePermission};
use region::PrincipalRecord;

use super::about::About;
use super::event;
use super::facts::{Facts, STAGES};
use super::operation::{Decided, Operation, Undecided};
use super::permit::WritePermit;
use super::refusal::Refusal;
use super::worked::{AskedAgain, TargetAt};

impl Operation {
    pub(crate) async fn decide_and_enter(
        &self,
        permission: ServicePermission,
        key: &TargetKey,
        target: Facts<Arc<TargetAt>>,
    ) -> Result<(EventId, Verdict), Refusal> {
        let (target, unknown) = self.or_installation(target).await?;
        let decided = self.decide_own(permission, &target)?;
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
        let entity = target.found.as_ref().map(|record| record.facts().id);
        let (target, unknown) = self.or_installation(target).await?;
        let decided = self.decide_own(action.permission(), &target)?;
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
                    self.seek_in_vain();
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
            self.seek_in_vain();
            Err(Refusal::NotFound { decision })
        }
    }

    /// Whether the caller may know that the thing is there; recorded like any other reading, of what is not there
    /// too, or its absence would show.
    pub(crate) async fn may_read(&self, key: &TargetKey) -> Result<bool, Refusal> {
        let target = self.target(key.clone()).await?;
        let entity = match (&target.found, key) {
            (Some(record), _) => record.facts().id,
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
            self.seek_in_vain();
        }
        Ok(may)
    }

    pub(crate) async fn target(&self, key: TargetKey) -> Result<Facts<Arc<TargetAt>>, Refusal> {
        Ok(self.register.target(&key).await?)
    }

    /// The target, or the installation in the place of one that is not there.
    pub(crate) async fn or_installation(
        &self,
        target: Facts<Arc<TargetAt>>,
    ) -> Result<(Facts<Arc<TargetAt>>, bool), Refusal> {
        if target.found.is_some() {
            return Ok((target, false));
        }
        let mut installation = self.target(TargetKey::installation()).await?;
        installation.depends.extend(&target.depends);
        Ok((installation, true))
    }

    pub(crate) fn decide_own(
        &self,
        permission: ServicePermission,
        target: &Facts<Arc<TargetAt>>,
    ) -> Result<Decided, Refusal> {
        self.decide_again(permission, target, self.circumstances())
    }

    /// Decides about the caller what may have been asked in the same second.
    pub(crate) fn decide_again(
        &self,
        permission: ServicePermission,
        target: &Facts<Arc<TargetAt>>,
        circumstances: Circumstances,
    ) -> Result<Decided, Refusal> {
        let principal = &self.actor.record;
        let asked = Asked::own(permission);
        let mut question = self.undecided(principal, asked, target, circumstances)?;
        question.depends.extend(&self.actor.depends);
        let again = AskedAgain {
            conferring: (principal.facts.id, question.asked.permission.clone()),
            target: &question.target,
            circumstances: question.circumstances.clone(),
            policies: &self.policies,
        };
        let decide = |circumstances: &Circumstances| self.verdict(&question, circumstances);
        let verdict = self.register.answer(again, decide);
        Ok(Decided { question, verdict })
    }

    pub(crate) fn decide(
        &self,
        principal: &PrincipalRecord,
        asked: Asked,
        target: &Facts<Arc<TargetAt>>,
        circumstances: Circumstances,
    ) -> Result<Decided, Refusal> {
        let question = self.undecided(principal, asked, target, circumstances)?;
        let verdict = self.verdict(&question, &question.circumstances);
        Ok(Decided { question, verdict })
    }

    /// A question with all that its answer follows from.
    fn undecided(
        &self,
        principal: &PrincipalRecord,
        asked: Asked,
        target: &Facts<Arc<TargetAt>>,
        circumstances: Circumstances,
    ) -> Result<Undecided, Refusal> {
        let found = target.found.as_ref().ok_or_else(Refusal::unanswered)?;
        let standing = self.register.standing(&principal.facts, &asked.permission);
        let mut depends = target.depends.clone();
        depends.extend(&standing.depends);
        depends.insert(STAGES);
        Ok(Undecided {
            standing,
            asked,
            target: Arc::clone(found),
            circumstances,
            depends,
        })
    }

    fn verdict(&self, question: &Undecided, circumstances: &Circumstances) -> Verdict {
        let target = question.target.known();
        let stages = self.register.at().stages(target.facts().staged_at());
        let about = (&question.asked, target);
        let principal = question.standing.known();
        let set = &self.policies.set;
        set.decide_known(principal, about, circumstances, &stages)
    }
}

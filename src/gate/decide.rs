//! Deciding: what the caller may do, on what is there and on what is not.

use domain::action::Action;
use domain::clock::fresh;
use domain::facts::{Asked, Circumstances, GrantFacts, Question};
use domain::id::EventId;
use domain::target::TargetKey;
use domain::verdict::Verdict;
use domain::{EntityRef, PermissionName, ServicePermission};
use policy::companions;
use region::{PrincipalRecord, TargetRecord};

use super::about::About;
use super::event;
use super::facts::{Facts, STAGES};
use super::operation::{Decided, Operation, lock};
use super::permit::WritePermit;
use super::refusal::Refusal;

impl Operation {
    pub(crate) async fn decide_and_enter(
        &self,
        permission: ServicePermission,
        key: &TargetKey,
        target: Facts<TargetRecord>,
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
        let entity = target.found.as_ref().map(|record| record.facts.id);
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
            self.seek_in_vain();
        }
        Ok(may)
    }

    pub(crate) async fn target(&self, key: TargetKey) -> Result<Facts<TargetRecord>, Refusal> {
        Ok(self.register.target(&key).await?)
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

    pub(crate) fn decide_own(
        &self,
        permission: ServicePermission,
        target: &Facts<TargetRecord>,
    ) -> Result<Decided, Refusal> {
        let circumstances = self.circumstances();
        let mut decided = self.decide(
            &self.actor.record,
            Asked::own(permission),
            target,
            circumstances,
        )?;
        decided.depends.extend(self.actor.depends.iter().cloned());
        Ok(decided)
    }

    pub(crate) fn decide(
        &self,
        principal: &PrincipalRecord,
        asked: Asked,
        target: &Facts<TargetRecord>,
        circumstances: Circumstances,
    ) -> Result<Decided, Refusal> {
        let record = target.found.as_ref().ok_or_else(Refusal::unanswered)?;
        let grants = self.grants_of(principal, &asked.permission);
        let stages = self.register.at().stages(record.facts.staged_at());
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

    pub(crate) fn grants_of(
        &self,
        principal: &PrincipalRecord,
        permission: &PermissionName,
    ) -> Facts<Vec<GrantFacts>> {
        let key = (principal.facts.id, permission.clone());
        if let Some(grants) = lock(&self.grants).get(&key) {
            return grants.clone();
        }
        let permissions = with_companions(permission);
        let (held, depends) = self.register.at().grants(key.0, &permissions);
        let grants = Facts::from((Some(held), depends));
        lock(&self.grants).insert(key, grants.clone());
        grants
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

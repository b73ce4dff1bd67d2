//! Whether the caller may do such a thing at all.
//!
//! Apart from decisions about a thing: whoever asks for what cannot be put together, because half of it is not
//! there, is told what is wrong with it only if they could do such a thing somewhere. Nothing else in a form can
//! be mended by whoever cannot.

use audit::Authorised as _;
use domain::action::Action;
use domain::target::TargetKey;
use domain::verdict::{Conferred, StagedAt};
use domain::{PermissionName, ServicePermission};

use super::operation::Operation;
use super::refusal::Refusal;

impl Operation {
    /// Whether the caller could do it, as it is put together so far; on record, whatever comes of it, and nothing
    /// is done.
    ///
    /// # Errors
    /// A refusal, which is recorded like any other.
    pub async fn could<A: Action>(&self, action: A) -> Result<(), Refusal> {
        let (_leave, evidence) = self.write(action).await?.split();
        self.enter(evidence.into_pending());
        Ok(())
    }

    /// That the caller holds the permission somewhere, by a grant that counts.
    ///
    /// # Errors
    /// A refusal, which is recorded like any other.
    pub async fn holds_somewhere(&self, permission: ServicePermission) -> Result<(), Refusal> {
        let name = PermissionName::from(permission);
        let principal = self.register.standing(&self.actor.record.facts, &name);
        let stages = self.register.at().stages(StagedAt::default());
        let counts = principal.grants.iter().any(|grant| {
            let set = &self.policies.set;
            let conferred = set.conferred(&principal, grant, self.now, &stages);
            let mut of_it = conferred.iter().filter(|one| one.permission == name);
            of_it.any(Conferred::counts)
        });
        if counts {
            return Ok(());
        }
        let everything = TargetKey::installation();
        let target = self.target(everything.clone()).await?;
        let (decision, verdict) = self
            .decide_and_enter(permission, &everything, target)
            .await?;
        if verdict.is_allowed() {
            return Ok(());
        }
        Err(Refusal::of(&verdict, decision))
    }
}

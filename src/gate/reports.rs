//! Leave to read reports about who may do what, and how it is refused.
//!
//! An empty report would say that nobody can: whoever may not have one is told so. What is not there and what
//! may not be seen still look alike, because it is only told apart by what the caller knows anyway: that reports
//! are for others, or that the thing is there.

use std::collections::BTreeSet;

use domain::action::{Action as _, ListKind, Reach, Read};
use domain::facts::EngagementFacts;
use domain::id::{self, EventId};
use domain::target::TargetKey;
use domain::{PermissionName, ServicePermission};
use policy::Filter;

use super::facts::Facts;
use super::operation::Operation;
use super::permit::Permit;
use super::refusal::Refusal;

impl Operation {
    /// Leave to read the reports about something.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for what is not there, and for what the caller may not see either; otherwise a
    /// refusal that says that such reports are not for the caller.
    pub async fn read_report(&self, action: Read<Reach>) -> Result<Permit<Read<Reach>>, Refusal> {
        let key = action.target();
        let decision = match self.read(action).await {
            Err(Refusal::NotFound { decision }) => decision,
            other => return other,
        };
        let listed = self.list_filter(ListKind::Reach, None);
        let for_others = matches!(listed.filter, Filter::None);
        if for_others || key == TargetKey::installation() || self.may_read(&key).await? {
            return Err(self
                .refused_everywhere(ServicePermission::ReachRead, decision)
                .await?);
        }
        Err(Refusal::NotFound { decision })
    }

    /// Why the caller may not do that to everything: said instead of what would tell whether a thing is there.
    ///
    /// # Errors
    /// The register could not be read.
    pub async fn refused_everywhere(
        &self,
        permission: ServicePermission,
        decision: EventId,
    ) -> Result<Refusal, Refusal> {
        let nothing = Facts::missing(BTreeSet::new());
        let (everything, _) = self.or_installation(nothing).await?;
        let decided = self.decide_own(permission, &everything)?;
        Ok(Refusal::of(&decided.verdict, decision))
    }

    /// The engagements of a person whom the caller may read, by first day, without who answers for them.
    #[must_use]
    pub fn engagements(&self, permit: &Permit<Read<id::Person>>) -> Vec<EngagementFacts> {
        let person = permit.target().to_id();
        person.map_or_else(|_| Vec::new(), |id| self.register.at().engagements(id))
    }

    /// Whether there is a permission of that name, of the service itself or of any system.
    #[must_use]
    pub fn is_permission(&self, permission: &PermissionName) -> bool {
        self.register.at().is_permission(permission)
    }
}

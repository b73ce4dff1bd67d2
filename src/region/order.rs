//! What entitles somebody to order a grant.
//!
//! One of four things does: being of the staff of the scope's organisation or of one above it; holding
//! `grant:request` over the scope; being responsible for the engagement that the grant rests on; owning the
//! system. The first three are found here, for the policies to weigh; a system's owner stands in its facts.
//!
//! Over the whole installation nobody stands; there it is the staff of an authority that is a root.

use std::collections::BTreeSet;

use domain::ServicePermission;
use domain::facts::{GrantFacts, OrderFacts, Scope};
use domain::id::{EntityRef, INSTALLATION, IndividualId, OrganisationId, PersonId};

use crate::At;
use crate::things::{Individual, Organisation};

impl At<'_> {
    /// The order of a grant that is about to be made, over what lies at and above its scope.
    pub(crate) fn order(
        &self,
        person: PersonId,
        grant: &GrantFacts,
        over: &BTreeSet<EntityRef>,
    ) -> OrderFacts {
        let Some(individual) = self.individual_of(person) else {
            return OrderFacts::default();
        };
        let suspended = self.is_suspended(individual);
        let mut engaged = self.engagements(person);
        engaged.retain(|engagement| !suspended && engagement.is_live(self.now));
        let mut staff = engaged.iter().filter(|one| !one.kind.is_external());
        let above_scope = staff.any(|own| match grant.scope {
            Scope::Installation => self.is_root_authority(own.unit),
            Scope::Organisation(_) | Scope::System(_) | Scope::Segment(_) | Scope::Database(_) => {
                over.contains(&EntityRef::from(own.unit))
            }
        });
        let responsible = grant
            .engagement
            .as_ref()
            .and_then(|one| one.responsible.as_ref());
        OrderFacts {
            person: Some(person),
            individual: Some(individual),
            asserted: true,
            engaged: !engaged.is_empty(),
            above_scope,
            may_request: self.may_request(person, grant, over),
            responsible: responsible.is_some_and(|one| one.individual == individual),
        }
    }

    /// Whether a grant in force lets the person request grants over what this one is over.
    fn may_request(
        &self,
        person: PersonId,
        grant: &GrantFacts,
        over: &BTreeSet<EntityRef>,
    ) -> bool {
        let request = [ServicePermission::GrantRequest.into()];
        let held = self.held(person.into(), Some(&request));
        let system = grant.scope_system.as_ref().map(|system| system.id);
        let reaches = |scope: Scope| match scope {
            Scope::Installation => true,
            Scope::System(id) => system == Some(id),
            Scope::Organisation(_) | Scope::Segment(_) | Scope::Database(_) => {
                scope == grant.scope || over.contains(&scope.entity())
            }
        };
        let rests = |one: &GrantFacts| one.engagement.is_some() && one.is_in_force(self.now);
        held.iter().any(|one| reaches(one.scope) && rests(one))
    }

    fn is_suspended(&self, human: IndividualId) -> bool {
        let human: Option<&Individual> = self.region.get(human);
        // From when does not matter: it was told, so it has begun, whatever clock said so.
        human.is_none_or(|human| human.suspended_at.is_some())
    }

    fn is_root_authority(&self, unit: OrganisationId) -> bool {
        let organisation: Option<&Organisation> = self.region.get(unit);
        organisation.is_some_and(|one| one.authority && one.parent == Some(INSTALLATION))
    }
}

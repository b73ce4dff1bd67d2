//! Whom an edit of the register concerns, who stand behind one, and what is kept in the thing that it changes.

use std::collections::BTreeSet;

use domain::edit::Edit;
use domain::facts::{RolePermission, Scope};
use domain::id::{EditProposalId, IndividualId, OrganisationId, PersonId, PlaceKind, SystemId};
use domain::permission::Category;
use domain::{EntityKind, EntityRef};

use crate::At;
use crate::index::Relation;
use crate::things::{Database, EditProposal, Engagement, Grant, Segment, Server, Service};

impl At<'_> {
    /// Who may gain by an edit once it is made: the holders of grants that are not revoked and that it concerns.
    #[must_use]
    pub fn concerned(&self, edit: &Edit) -> BTreeSet<EntityRef> {
        let region = self.region;
        let confers_privileged = |grant: &Grant| {
            let role = region.role(grant.role);
            role.is_some_and(|role| role.permissions.iter().any(RolePermission::is_privileged))
        };
        match edit {
            Edit::MoveOrganisation { organisation, .. } => self.moved(*organisation),
            Edit::MoveServer { .. } | Edit::SetControl { .. } => {
                region.holders_of(confers_privileged)
            }
            Edit::SetRolePermission { role, .. } | Edit::SetRolePrivileged { role, .. } => {
                region.holders_of(|grant| grant.role == *role)
            }
            Edit::SetPermissionPrivileged {
                permission, system, ..
            } => region.holders_of(|grant| {
                let role = region
                    .role(grant.role)
                    .filter(|role| role.system == *system);
                role.is_some_and(|role| role.permissions.iter().any(|one| one.name == *permission))
            }),
            Edit::ClassifySystem { system, .. } => {
                region.holders_of(|grant| self.is_about(grant, *system))
            }
            // Whose sign-ins it will tell of is not known; nobody's grants are.
            Edit::SetTrustedToAssert { .. } => BTreeSet::new(),
        }
    }

    /// Over something above the organisation, over everything, or over something in it, whose care provider and
    /// authority become others; or held by who works in it, and works for another care provider then: through roles
    /// by which somebody may gain from that.
    fn moved(&self, organisation: OrganisationId) -> BTreeSet<EntityRef> {
        let region = self.region;
        let below = region.downwards(organisation);
        let above: BTreeSet<OrganisationId> =
            region.upwards(organisation).map(|(id, _)| id).collect();
        let engaged = below
            .iter()
            .flat_map(|unit| region.users(*unit, Relation::Unit));
        let working: BTreeSet<PersonId> = engaged
            .filter_map(|id| region.get::<Engagement>(id))
            .map(|engagement| engagement.person)
            .collect();
        region.holders_of(|grant| {
            let over = match grant.scope() {
                Scope::Installation => true,
                Scope::Organisation(id) => above.contains(&id) || below.contains(&id),
                Scope::System(_) | Scope::Segment(_) | Scope::Database(_) => false,
            };
            let held = grant.person.is_some_and(|person| working.contains(&person));
            (over || held) && self.is_weighty(grant)
        })
    }

    /// Whether it is of a role through which somebody may gain by a move: a privileged one, one that may open patient
    /// data, or one that administers.
    fn is_weighty(&self, grant: &Grant) -> bool {
        self.region.role(grant.role).is_some_and(|role| {
            let uses = |one: &RolePermission| one.category == Some(Category::Use);
            role.is_privileged() || role.patient_data || role.permissions.iter().any(uses)
        })
    }

    /// Whether it is of the system's roles, or of general ones that reach systems and hold something that systems ask
    /// about.
    fn is_about(&self, grant: &Grant, system: SystemId) -> bool {
        let region = self.region;
        let Some(role) = region.role(grant.role) else {
            return false;
        };
        let is_over = match grant.scope() {
            Scope::System(id) => id == system,
            Scope::Segment(id) => {
                let segment: Option<&Segment> = region.get(id);
                segment.is_some_and(|segment| segment.system == Some(system))
            }
            Scope::Database(id) => {
                let database: Option<&Database> = region.get(id);
                database.is_some_and(|database| database.system == system)
            }
            Scope::Installation | Scope::Organisation(_) => {
                let mut held = role.permissions.iter();
                let asked = held.any(|one| one.category.is_some() || one.privileged);
                role.system.is_none() && asked
            }
        };
        is_over || role.system == Some(system)
    }

    /// The human beings who count as having proposed an edit: those that did when it was proposed, and those who
    /// answer by now for the service that proposed it.
    #[must_use]
    pub fn proposers(&self, proposal: EditProposalId) -> BTreeSet<IndividualId> {
        let Some(told) = self.region.get::<EditProposal>(proposal) else {
            return BTreeSet::new();
        };
        let service = told.proposed_by;
        let service = service.and_then(|id| self.region.get::<Service>(id));
        let stewards = service.into_iter().flat_map(|one| [one.owner, one.deputy]);
        let stewards = stewards.flatten().filter_map(|id| self.individual_of(id));
        told.proposers.iter().copied().chain(stewards).collect()
    }

    /// As whom these human beings can act: the people of any of their HSA-ids, and the services they answer for.
    #[must_use]
    pub fn guises(&self, individuals: &BTreeSet<IndividualId>) -> BTreeSet<EntityRef> {
        let people = individuals
            .iter()
            .flat_map(|human| self.region.users(*human, Relation::Individual));
        let people: Vec<EntityRef> = people.collect();
        let services = people
            .iter()
            .flat_map(|person| self.region.users(*person, Relation::Steward));
        let services: Vec<EntityRef> = services.collect();
        people.into_iter().chain(services).collect()
    }

    /// What is kept in the thing or run for it, itself included: databases on a server; systems, segments and databases
    /// of an organisation and those below it; segments and databases of a system.
    #[must_use]
    pub fn kept_in(&self, thing: EntityRef) -> Vec<EntityRef> {
        let region = self.region;
        let mut kept: BTreeSet<EntityRef> = match thing.kind().place() {
            Some(PlaceKind::Organisation) => thing
                .to_id()
                .map_or_else(|_| BTreeSet::new(), |id| self.kept_by(id)),
            Some(PlaceKind::System) => region
                .users(thing, Relation::Of)
                .filter(|id| matches!(id.kind(), EntityKind::Segment | EntityKind::Database))
                .collect(),
            Some(PlaceKind::Server) => region.users(thing, Relation::Of).collect(),
            Some(PlaceKind::Segment | PlaceKind::Database) | None => BTreeSet::new(),
        };
        kept.remove(&thing);
        kept.into_iter().chain([thing]).collect()
    }

    fn kept_by(&self, organisation: OrganisationId) -> BTreeSet<EntityRef> {
        let region = self.region;
        let below = region.downwards(organisation);
        let mut kept: BTreeSet<EntityRef> = below
            .iter()
            .flat_map(|id| region.users(*id, Relation::KeptBy))
            .collect();
        let segments: Vec<EntityRef> = kept
            .iter()
            .filter(|id| id.kind() == EntityKind::Segment)
            .copied()
            .collect();
        let servers = segments
            .into_iter()
            .flat_map(|id| region.users(id, Relation::Of));
        let servers: Vec<EntityRef> = servers
            .filter(|id| region.get::<Server>(*id).is_some())
            .collect();
        kept.extend(
            servers
                .into_iter()
                .flat_map(|id| region.users(id, Relation::Of)),
        );
        kept
    }
}

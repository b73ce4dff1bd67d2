//! Targets: what a decision is about, with everything above it.

use std::collections::BTreeSet;

use domain::facts::{Hosting, Node, TargetFacts, TargetKind};
use domain::id::{
    EntityKind, EntityRef, INSTALLATION, IndividualId, OrganisationId, PersonId, SystemId,
};
use domain::target::{ExternalKey, Place, RecordDescription, TargetKey};

use crate::above::Above;
use crate::grants::grant_depends;
use crate::index::Relation;
use crate::people::units_of;
use crate::things::{
    Account, Database, EditProposal, Engagement, Organisation, Person, Role, Segment, Server,
    Service, SupplierAssessment, System,
};
use crate::{Ambiguous, At};

/// A target as the register knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRecord {
    /// What policies may ask about.
    pub facts: TargetFacts,
    /// The name it has outside (HSA-id, host name, external id).
    pub external: Option<String>,
    /// Where it belongs.
    pub place: Place,
}

/// What was found, and what that rests on.
pub(crate) type Found = (Option<TargetRecord>, BTreeSet<String>);

/// What a kind of target says about itself before what stands above it is looked at.
struct Outline {
    external: Option<String>,
    kind: TargetKind,
    above: Above,
}

impl At<'_> {
    /// What a decision is about; and what the answer rests on.
    ///
    /// # Errors
    /// When the name stands for more than one thing.
    pub fn target(&self, key: &TargetKey) -> Result<Found, Ambiguous> {
        match key {
            TargetKey::Entity(entity) => Ok(self.entity(*entity, None)),
            TargetKey::External(name) => Ok(match self.external(name)? {
                Some(id) => self.entity(id, Some(name.dependency())),
                None => (None, [name.dependency()].into()),
            }),
            TargetKey::Draft(draft) => Ok(self.draft(draft)),
            TargetKey::Record(record) => self.record(record),
        }
    }

    /// Whether that is so of a thing, of a human being if it is of one of the people who that is; `None`: it is an event,
    /// which is no thing of the register.
    pub fn admits(&self, id: EntityRef, is_so: impl Fn(&TargetFacts) -> bool) -> Option<bool> {
        let is_so = |id| {
            let (found, _) = self.entity(id, None);
            found.is_some_and(|record| is_so(&record.facts))
        };
        if id.kind() == EntityKind::Event {
            None
        } else if id.kind() == EntityKind::Individual {
            let mut people = self.region.users(id, Relation::Individual);
            Some(people.any(is_so))
        } else {
            Some(is_so(id))
        }
    }

    /// The id of what has that name; `None`: nothing has it.
    fn external(&self, name: &ExternalKey) -> Result<Option<EntityRef>, Ambiguous> {
        self.region.the_one(name.kind(), name.as_str())
    }

    fn entity(&self, id: EntityRef, dependency: Option<String>) -> Found {
        let mut depends: BTreeSet<String> = dependency.into_iter().collect();
        depends.insert(id.to_string());
        match self.outline(id) {
            Some(outline) => self.complete(id, outline, depends),
            None => (None, depends),
        }
    }

    /// An event of the log, which lies where it lay when it was recorded.
    #[must_use]
    pub fn event(
        &self,
        id: EntityRef,
        path: Vec<OrganisationId>,
        system: Option<SystemId>,
        individual: Option<IndividualId>,
    ) -> Found {
        let units = if path.is_empty() {
            vec![INSTALLATION]
        } else {
            path
        };
        let outline = Outline {
            external: None,
            kind: TargetKind::Event { individual },
            above: Above::Path(units, system),
        };
        self.complete(id, outline, [id.to_string()].into())
    }

    fn outline(&self, id: EntityRef) -> Option<Outline> {
        let region = self.region;
        let (external, kind, above) = match id.kind() {
            EntityKind::Organisation => {
                let told: &Organisation = region.get(id)?;
                let itself = Above::Organisations(vec![id.to_id().ok()?]);
                (told.hsa_id.clone(), TargetKind::Organisation, itself)
            }
            EntityKind::Person => return self.person(id.to_id().ok()?),
            EntityKind::Engagement => return self.person(region.get::<Engagement>(id)?.person),
            EntityKind::Service => {
                let told: &Service = region.get(id)?;
                let units = Above::Organisations(vec![told.organisation]);
                (Some(told.external_id.clone()), TargetKind::Service, units)
            }
            EntityKind::Account => {
                let told: &Account = region.get(id)?;
                let above = told.system.map_or(Above::NoSystem, Above::System);
                (Some(told.external_id.clone()), TargetKind::Account, above)
            }
            EntityKind::System => {
                let told: &System = region.get(id)?;
                let itself = Above::System(id.to_id().ok()?);
                (Some(told.external_id.clone()), TargetKind::System, itself)
            }
            EntityKind::SupplierAssessment => {
                let told: &SupplierAssessment = region.get(id)?;
                let above = Above::System(told.system);
                (Some(told.external_id.clone()), TargetKind::System, above)
            }
            EntityKind::Database => {
                let told: &Database = region.get(id)?;
                let system: &System = region.get(told.system)?;
                let kind = TargetKind::Database {
                    patient_data: system.patient_data,
                };
                let itself = Above::Database(id.to_id().ok()?);
                (Some(told.external_id.clone()), kind, itself)
            }
            EntityKind::Segment => {
                let told: &Segment = region.get(id)?;
                let kind = TargetKind::Segment(self.hosting(told));
                let itself = Above::Segment(id.to_id().ok()?);
                (Some(told.external_id.clone()), kind, itself)
            }
            EntityKind::Server => {
                let told: &Server = region.get(id)?;
                let segment: &Segment = region.get(told.segment)?;
                let kind = TargetKind::Server(self.hosting(segment));
                let above = Above::Segment(told.segment);
                (Some(told.external_id.clone()), kind, above)
            }
            EntityKind::Role => {
                let told: &Role = region.get(id)?;
                let kind = TargetKind::Role {
                    privileged: told.privileged,
                };
                let above = told.system.map_or(Above::NoSystem, Above::System);
                (Some(told.external_id.clone()), kind, above)
            }
            EntityKind::Grant => {
                let (grant, external) = self.grant(id.to_id().ok()?)?;
                let above = Above::Scope(grant.scope);
                let kind = TargetKind::Grant {
                    holder_units: self.holder_units(grant.holder),
                    grant: Box::new(grant),
                };
                (Some(external), kind, above)
            }
            EntityKind::EditProposal => {
                // It lies where what it changes lay when it was made. Policies see it as a segment of the strictest
                // kind: it is kept by an organisation, and by a system where it is about one.
                let told: &EditProposal = region.get(id)?;
                let kind = TargetKind::Segment(Hosting {
                    production: true,
                    patient_data: true,
                    change_from: None,
                    change_until: None,
                });
                let above = Above::Path(vec![told.organisation], told.system);
                (None, kind, above)
            }
            EntityKind::Event
            | EntityKind::Individual
            | EntityKind::Commission
            | EntityKind::Permission
            | EntityKind::Delegation
            | EntityKind::Run
            | EntityKind::Stage
            | EntityKind::PolicySet => return None,
        };
        Some(Outline {
            external,
            kind,
            above,
        })
    }

    /// A person, and so each of the person's engagements.
    fn person(&self, id: PersonId) -> Option<Outline> {
        let told: &Person = self.region.get(id)?;
        let engaged = self.engagements(id);
        Some(Outline {
            external: Some(told.hsa_id.to_string()),
            kind: TargetKind::Person {
                individual: told.individual,
                protected_identity: told.protected_identity,
                responsible: self.responsible_for(id),
            },
            above: Above::Organisations(units_of(&engaged, self.now)),
        })
    }

    /// The human beings who are responsible for an engagement of the person.
    fn responsible_for(&self, person: PersonId) -> Vec<IndividualId> {
        let engaged = self.region.users(person, Relation::Engaged);
        let engaged = engaged.filter_map(|id| self.region.get::<Engagement>(id));
        let responsible = engaged.filter_map(|engagement| engagement.responsible);
        let humans = responsible.filter_map(|person| self.individual_of(person));
        humans.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn hosting(&self, segment: &Segment) -> Hosting {
        Hosting {
            production: segment.environment == "production",
            patient_data: segment.patient_data,
            change_from: segment.change_from.map(|day| self.calendar.starts(day)),
            change_until: segment.change_until.map(|day| self.calendar.ends(day)),
        }
    }

    /// The units in which a person works; none for a service.
    pub(crate) fn holder_units(&self, holder: EntityRef) -> Vec<OrganisationId> {
        let engaged = holder
            .to_id()
            .map(|person: PersonId| self.engagements(person));
        engaged.map_or_else(|_| Vec::new(), |engaged| units_of(&engaged, self.now))
    }

    /// Adds what stands above the units where a grant's holder works: whoever reaches the holder reaches the grant,
    /// wherever its own scope lies.
    pub(crate) fn above_holder(&self, units: &[OrganisationId], nodes: &mut Vec<Node>) {
        for node in self.region.lineage(units).nodes {
            if !nodes.iter().any(|known| known.id == node.id) {
                nodes.push(node);
            }
        }
    }

    fn record(&self, record: &RecordDescription) -> Result<Found, Ambiguous> {
        let system = ExternalKey::System(record.system.clone());
        let owner = ExternalKey::Organisation(record.organisation.clone());
        let mut depends = BTreeSet::from([system.dependency(), owner.dependency()]);
        let system = self.external(&system)?.and_then(|id| id.to_id().ok());
        let owner = self.external(&owner)?.and_then(|id| id.to_id().ok());
        let known = system.and_then(|id: SystemId| Some((id, self.system(id)?.0)));
        let (Some((system, known)), Some(owner)) = (known, owner) else {
            return Ok((None, depends));
        };
        let owner: OrganisationId = owner;
        let lineage = self.region.lineage(&[owner]);
        depends.insert(system.to_string());
        depends.extend(lineage.depends());
        let facts = TargetFacts {
            id: owner.into(),
            kind: TargetKind::Record {
                kind: record.kind.to_string(),
                blocked: record.blocked,
                active_choice: record.active_choice.is_some(),
                consent: record.consent,
            },
            parents: vec![owner.into()],
            ancestors: lineage.nodes,
            system: Some(known),
            authority: lineage.place.authority,
            care_provider: lineage.place.care_provider,
        };
        let target = TargetRecord {
            facts,
            external: None,
            place: lineage.place,
        };
        Ok((Some(target), depends))
    }

    fn complete(&self, id: EntityRef, outline: Outline, mut depends: BTreeSet<String>) -> Found {
        let mut nodes = Vec::new();
        let (parents, mut units, system) = self.above(outline.above, &mut nodes);
        units.dedup();
        let lineage = self.region.lineage(&units);
        nodes.extend(lineage.nodes.iter().cloned());
        if let TargetKind::Grant { holder_units, .. } = &outline.kind {
            self.above_holder(holder_units, &mut nodes);
        }
        if matches!(outline.kind, TargetKind::Event { .. }) {
            // An event lies where it lay, whatever stands above that now.
            for node in &mut nodes {
                node.parents.clear();
            }
        }
        let itself = nodes.iter().position(|node| node.id == id);
        let parents = itself.map_or(parents, |at| nodes.swap_remove(at).parents);
        depends.extend(nodes.iter().map(|node| node.id.to_string()));
        depends.extend(lineage.depends());
        depends.extend(system.as_ref().map(|system| system.id.to_string()));
        if let TargetKind::Grant { grant, .. } = &outline.kind {
            depends.insert(grant.holder.to_string());
            depends.extend(grant_depends(grant));
        }
        let facts = TargetFacts {
            id,
            kind: outline.kind,
            parents,
            ancestors: nodes,
            system,
            authority: lineage.place.authority,
            care_provider: lineage.place.care_provider,
        };
        let target = TargetRecord {
            facts,
            external: outline.external,
            place: lineage.place,
        };
        (Some(target), depends)
    }
}

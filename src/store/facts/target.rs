//! Targets: what a decision is about, with everything above it.

use std::collections::BTreeSet;

use crate::rows::{Row, row_of};
use domain::EntityRef;
use domain::facts::{Node, TargetFacts, TargetKind};
use domain::id::{self, EntityKind, OrganisationId, PersonId, SystemId};
use domain::target::{ExternalKey, RecordDescription, TargetKey};
use gate::{FactError, Facts, TargetRecord};

use super::outline::{self, ASSESSMENT, Above, Outline, SYSTEM};
use super::place::{Lineage, lineage};
use super::principal::{engagements, units_of};
use super::system::{SystemRow, systems};
use super::{SnapshotFacts, grants, lookup};

impl SnapshotFacts {
    pub(super) async fn target(&self, key: TargetKey) -> Result<Facts<TargetRecord>, FactError> {
        match key {
            TargetKey::Entity(entity) => self.entity(entity, None).await,
            TargetKey::External(name) => self.named(&name).await,
            TargetKey::Draft(draft) => self.draft(&draft).await,
            TargetKey::Record(record) => self.record(&record).await,
        }
    }

    async fn named(&self, name: &ExternalKey) -> Result<Facts<TargetRecord>, FactError> {
        let dependency = name.dependency();
        match lookup::id_of(self.snapshot.connection(), name).await? {
            Some(id) => self.entity(id, Some(dependency)).await,
            None => Ok(Facts::missing([dependency].into())),
        }
    }

    async fn entity(
        &self,
        id: EntityRef,
        dependency: Option<String>,
    ) -> Result<Facts<TargetRecord>, FactError> {
        let mut depends: BTreeSet<String> = dependency.into_iter().collect();
        depends.insert(id.to_string());
        match self.outline(&id).await? {
            Some(outline) => self.complete(outline, depends).await,
            None => Ok(Facts::missing(depends)),
        }
    }

    async fn outline(&self, id: &EntityRef) -> Result<Option<Outline>, FactError> {
        let connection = self.snapshot.connection();
        match id.kind() {
            EntityKind::Organisation => outline::organisation(connection, id).await,
            EntityKind::Person => self.person(id, id).await,
            EntityKind::Engagement => self.engagement(id).await,
            EntityKind::Service => outline::service(connection, id).await,
            EntityKind::Account => outline::account(connection, id).await,
            EntityKind::System => {
                outline::of_system(connection, id, SYSTEM, |_| Ok(TargetKind::System)).await
            }
            EntityKind::SupplierAssessment => {
                outline::of_system(connection, id, ASSESSMENT, |_| Ok(TargetKind::System)).await
            }
            EntityKind::Database => outline::database(connection, id).await,
            EntityKind::Segment => outline::segment(connection, self.calendar, id).await,
            EntityKind::Server => outline::server(connection, self.calendar, id).await,
            EntityKind::Role => outline::role(connection, id).await,
            EntityKind::Grant => self.grant(id).await,
            EntityKind::EditProposal => outline::proposal(connection, id).await,
            EntityKind::Event => outline::event(connection, id).await,
            EntityKind::Individual
            | EntityKind::Commission
            | EntityKind::Permission
            | EntityKind::Delegation
            | EntityKind::Run
            | EntityKind::Stage
            | EntityKind::PolicySet => Ok(None),
        }
    }

    async fn person(
        &self,
        person: &EntityRef,
        target: &EntityRef,
    ) -> Result<Option<Outline>, FactError> {
        let connection = self.snapshot.connection();
        let sql = "SELECT id, hsa_id, individual_id, protected_identity FROM person WHERE id = $1";
        let Some(row) = row_of(connection, sql, person).await? else {
            return Ok(None);
        };
        let row = Row::of("person", &row);
        let id: PersonId = row.id("id")?;
        let engaged = engagements(connection, self.calendar, id).await?;
        let units = units_of(&engaged, self.now);
        Ok(Some(Outline {
            id: *target,
            external: Some(row.get("hsa_id")?),
            kind: TargetKind::Person {
                individual: row.id("individual_id")?,
                protected_identity: row.get("protected_identity")?,
                responsible: outline::responsible_for(connection, person).await?,
            },
            above: Above::Organisations(units),
        }))
    }

    async fn engagement(&self, id: &EntityRef) -> Result<Option<Outline>, FactError> {
        let sql = "SELECT id, person_id FROM engagement WHERE id = $1";
        let Some(row) = row_of(self.snapshot.connection(), sql, id).await? else {
            return Ok(None);
        };
        let person = Row::of("engagement", &row).entity("person_id")?;
        self.person(&person, id).await
    }

    async fn grant(&self, id: &EntityRef) -> Result<Option<Outline>, FactError> {
        let connection = self.snapshot.connection();
        let today = self.today();
        let Some(found) = grants::grant(connection, self.calendar, today, id).await? else {
            return Ok(None);
        };
        let holder_units = self.holder_units(&found.facts.holder).await?;
        if found.facts.holder.kind() == EntityKind::Service {
            // A machine has no engagements, and nothing stands above where it works.
            self.nothing(2).await?;
        }
        if found.facts.system.is_none() && found.facts.scope_system.is_none() {
            self.nothing(1).await?;
        }
        self.level_scope(found.facts.scope).await?;
        Ok(Some(Outline {
            id: *id,
            external: Some(found.external),
            above: Above::Scope(found.facts.scope),
            kind: TargetKind::Grant {
                grant: Box::new(found.facts),
                holder_units,
            },
        }))
    }

    /// The units in which a person works; none for a service.
    pub(super) async fn holder_units(
        &self,
        holder: &EntityRef,
    ) -> Result<Vec<OrganisationId>, FactError> {
        match holder.to_id::<id::Person>() {
            Ok(person) => {
                let connection = self.snapshot.connection();
                let engaged = engagements(connection, self.calendar, person).await?;
                Ok(units_of(&engaged, self.now))
            }
            Err(_) => Ok(Vec::new()),
        }
    }

    /// Adds what stands above the units where a grant's holder works: whoever reaches the holder reaches the
    /// grant, wherever its own scope lies.
    pub(super) async fn above_holder(
        &self,
        units: &[OrganisationId],
        nodes: &mut Vec<Node>,
    ) -> Result<(), FactError> {
        let above = lineage(self.snapshot.connection(), units).await?;
        for node in above.nodes {
            if !nodes.iter().any(|known| known.id == node.id) {
                nodes.push(node);
            }
        }
        Ok(())
    }

    async fn record(&self, record: &RecordDescription) -> Result<Facts<TargetRecord>, FactError> {
        let connection = self.snapshot.connection();
        let system = ExternalKey::System(record.system.clone());
        let owner = ExternalKey::Organisation(record.organisation.clone());
        let mut depends = BTreeSet::from([system.dependency(), owner.dependency()]);
        let system = lookup::id_of(connection, &system).await?;
        let owner = lookup::id_of(connection, &owner).await?;
        let (Some(system), Some(owner)) = (system, owner) else {
            return Ok(Facts::missing(depends));
        };
        let (Ok(system), Ok(owner)) = (system.to_id(), owner.to_id()) else {
            return Ok(Facts::missing(depends));
        };
        let Some(system_row) = self.system(system).await? else {
            return Ok(Facts::missing(depends));
        };
        let lineage = lineage(connection, &[owner]).await?;
        depends.insert(system.to_string());
        depends.extend(lineage.depends());
        let kind = TargetKind::Record {
            kind: record.kind.to_string(),
            blocked: record.blocked,
            active_choice: record.active_choice.is_some(),
            consent: record.consent,
        };
        let facts = TargetFacts {
            id: owner.into(),
            kind,
            parents: vec![owner.into()],
            ancestors: lineage.nodes,
            system: Some(system_row.facts),
            authority: lineage.place.authority,
            care_provider: lineage.place.care_provider,
        };
        Ok(Facts::found(
            TargetRecord {
                facts,
                external: None,
                place: lineage.place,
            },
            depends,
        ))
    }

    pub(super) async fn system(&self, id: SystemId) -> Result<Option<SystemRow>, FactError> {
        let ids = BTreeSet::from([id]);
        let connection = self.snapshot.connection();
        Ok(systems(connection, self.calendar, self.today(), &ids)
            .await?
            .remove(&id))
    }

    async fn complete(
        &self,
        outline: Outline,
        mut depends: BTreeSet<String>,
    ) -> Result<Facts<TargetRecord>, FactError> {
        let mut nodes = Vec::new();
        let (parents, mut units, system) = self.above(outline.above, &mut nodes).await?;
        units.dedup();
        let lineage: Lineage = lineage(self.snapshot.connection(), &units).await?;
        nodes.extend(lineage.nodes.iter().cloned());
        if let TargetKind::Grant { holder_units, .. } = &outline.kind {
            self.above_holder(holder_units, &mut nodes).await?;
        }
        if matches!(outline.kind, TargetKind::Event { .. }) {
            // An event lies where it lay, whatever stands above that now.
            for node in &mut nodes {
                node.parents.clear();
            }
        }
        let itself = nodes.iter().position(|node| node.id == outline.id);
        let parents = itself.map_or(parents, |at| nodes.swap_remove(at).parents);
        depends.extend(nodes.iter().map(|node| node.id.to_string()));
        depends.extend(lineage.depends());
        depends.extend(system.as_ref().map(|system| system.id.to_string()));
        if let TargetKind::Grant { grant, .. } = &outline.kind {
            depends.insert(grant.holder.to_string());
            depends.extend(grants::grant_depends(grant));
        }
        let facts = TargetFacts {
            id: outline.id,
            kind: outline.kind,
            parents,
            ancestors: nodes,
            system,
            authority: lineage.place.authority,
            care_provider: lineage.place.care_provider,
        };
        let record = TargetRecord {
            facts,
            external: outline.external,
            place: lineage.place,
        };
        Ok(Facts::found(record, depends))
    }
}

//! A grant that is about to be made, as if it were there.

use std::collections::BTreeSet;

use sea_orm::Value;

use crate::rows::{Row, rows};
use domain::EntityRef;
use domain::facts::{GrantFacts, OrderFacts, Origin, RoleFacts, TargetFacts, TargetKind};
use domain::id::PersonId;
use domain::target::{GrantDraft, Holder};
use gate::{FactError, Facts, TargetRecord};

use super::SnapshotFacts;
use super::answerable::engagement_of;
use super::caps::{cap_keys, caps};
use super::grants::{grant_depends, individual_of, permissions_of};
use super::order::order;
use super::place::lineage;

impl SnapshotFacts {
    pub(super) async fn draft(&self, draft: &GrantDraft) -> Result<Facts<TargetRecord>, FactError> {
        let holder = draft.holder.entity();
        let mut depends = BTreeSet::from([holder.to_string(), draft.role.to_string()]);
        let Some(mut grant) = self.drafted(draft, &holder).await? else {
            return Ok(Facts::missing(depends));
        };
        let mut nodes = Vec::new();
        let (parents, units, system) = self.above_scope(draft.scope, &mut nodes).await?;
        grant.scope_system.clone_from(&system);
        depends.extend(grant_depends(&grant));
        let above = lineage(self.snapshot.connection(), &units).await?;
        nodes.extend(above.nodes.iter().cloned());
        let over: BTreeSet<EntityRef> = nodes.iter().map(|node| node.id).collect();
        let holder_units = self.holder_units(&holder).await?;
        self.above_holder(&holder_units, &mut nodes).await?;
        depends.extend(nodes.iter().map(|node| node.id.to_string()));
        let engaged = grant.engagement.as_ref().map(|engagement| engagement.unit);
        grant.order = Some(match draft.ordered_by {
            Some(person) => order(self, person, &grant, &over).await?,
            None => OrderFacts::default(),
        });
        depends.extend(draft.ordered_by.map(|person| person.to_string()));
        let units = engaged.map_or_else(|| holder_units.clone(), |unit| vec![unit]);
        let connection = self.snapshot.connection();
        grant.caps = caps(connection, self.today(), &grant, &units).await?;
        if grant.caps.is_some() {
            depends.extend(cap_keys(draft.role, grant.holder_individual, &holder));
        }
        let facts = TargetFacts {
            id: draft.id.into(),
            kind: TargetKind::Grant {
                grant: Box::new(grant),
                holder_units,
            },
            parents,
            ancestors: nodes,
            system,
            authority: above.place.authority,
            care_provider: above.place.care_provider,
        };
        Ok(Facts::found(
            TargetRecord {
                facts,
                external: None,
                place: above.place,
            },
            depends,
        ))
    }

    async fn drafted(
        &self,
        draft: &GrantDraft,
        holder: &EntityRef,
    ) -> Result<Option<GrantFacts>, FactError> {
        let Some(role) = self.role(draft).await? else {
            return Ok(None);
        };
        let system = match role.system {
            Some(id) => self.system(id).await?.map(|row| row.facts),
            None => None,
        };
        let (holder_individual, engagement) = match draft.holder {
            Holder::Person(person) => self.engaged(draft, person, holder).await?,
            Holder::Service(_) => (None, None),
        };
        let ordered_by = match draft.ordered_by {
            Some(person) => individual_of(self.snapshot.connection(), &person.into()).await?,
            None => None,
        };
        Ok(Some(GrantFacts {
            id: draft.id,
            holder: *holder,
            holder_individual,
            engagement,
            role,
            system,
            scope: draft.scope,
            scope_care_provider: None,
            scope_system: None,
            starts: self.calendar.starts(draft.from),
            ends: draft.until.map(|day| self.calendar.ends_with_grace(day)),
            revoked_at: None,
            has_analysis: draft.needs_and_risk_analysis.is_some(),
            analysis_valid_until: draft.analysis_review_by.map(|day| self.calendar.ends(day)),
            has_disclosure_basis: false,
            origin: Origin::Order,
            attest_by: None,
            ordered_by,
            approved_by: draft.approved_by_individual,
            caps: None,
            order: None,
        }))
    }

    async fn engaged(
        &self,
        draft: &GrantDraft,
        person: PersonId,
        holder: &EntityRef,
    ) -> Result<
        (
            Option<domain::id::IndividualId>,
            Option<domain::facts::EngagementFacts>,
        ),
        FactError,
    > {
        let connection = self.snapshot.connection();
        let individual = individual_of(connection, holder).await?;
        let named = match draft.engagement {
            Some(id) => engagement_of(connection, self.calendar, self.today(), person, id).await?,
            None => None,
        };
        Ok((individual, named))
    }

    async fn role(&self, draft: &GrantDraft) -> Result<Option<RoleFacts>, FactError> {
        let connection = self.snapshot.connection();
        let sql = "SELECT id, system_id, privileged, patient_data FROM role WHERE id = $1";
        let found = rows(connection, sql, [Value::from(draft.role.to_string())]).await?;
        let Some(row) = found.first() else {
            return Ok(None);
        };
        let row = Row::of("role", row);
        let mut permissions = permissions_of(connection, &[draft.role].into()).await?;
        Ok(Some(RoleFacts {
            id: draft.role,
            system: row.id_if("system_id")?,
            privileged: row.get("privileged")?,
            patient_data: row.get("patient_data")?,
            permissions: permissions.remove(&draft.role).unwrap_or_default(),
        }))
    }
}

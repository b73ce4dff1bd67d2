//! Grants, whole enough to decide whether they count.

use std::collections::BTreeSet;

use domain::facts::{GrantFacts, Scope, SystemFacts};
use domain::id::{GrantId, SystemId};
use domain::{EntityRef, PermissionName};

use crate::At;
use crate::index::Relation;
use crate::systems::names;
use crate::things::{Database, Grant, Segment};

impl At<'_> {
    /// The grants of a principal that confer one of these permissions and are not revoked, those that do not count
    /// included; and what the answer rests on.
    #[must_use]
    pub fn grants(
        &self,
        holder: EntityRef,
        permissions: &[PermissionName],
    ) -> (Vec<GrantFacts>, BTreeSet<String>) {
        let grants = self.held(holder, Some(permissions));
        let mut depends = BTreeSet::from([holder.to_string()]);
        for grant in &grants {
            depends.extend(grant_depends(grant));
        }
        (grants, depends)
    }

    /// The grants of somebody that are not revoked, in the order of their ids: those that confer one of the
    /// permissions; `None`: all of them.
    pub(crate) fn held(
        &self,
        holder: EntityRef,
        permissions: Option<&[PermissionName]>,
    ) -> Vec<GrantFacts> {
        let conferring = permissions.map(|names| {
            let names = names.iter().map(PermissionName::as_str);
            self.region.conferring(names)
        });
        let ids = self.region.users(holder, Relation::HeldBy);
        let grants = ids.filter_map(|id| Some((id.to_id().ok()?, self.region.get::<Grant>(id)?)));
        let grants = grants.filter(|(_, grant)| {
            let wanted = conferring.as_ref();
            grant.revoked_at.is_none() && wanted.is_none_or(|roles| roles.contains(&grant.role))
        });
        grants
            .filter_map(|(id, grant)| self.grant_facts(id, grant))
            .collect()
    }

    /// The grants of those ids, revoked or not, in the order of their ids; those that are not there are left out.
    #[must_use]
    pub fn grants_by_id(&self, ids: &[GrantId]) -> Vec<GrantFacts> {
        let ids: BTreeSet<&GrantId> = ids.iter().collect();
        let grants = ids.into_iter().filter_map(|id| self.grant(*id));
        grants.map(|(facts, _)| facts).collect()
    }

    /// A grant and its external id, revoked or not; `None`: it is not there.
    pub(crate) fn grant(&self, id: GrantId) -> Option<(GrantFacts, String)> {
        let grant: &Grant = self.region.get(id)?;
        Some((self.grant_facts(id, grant)?, grant.external_id.clone()))
    }

    fn grant_facts(&self, id: GrantId, grant: &Grant) -> Option<GrantFacts> {
        let role = self.region.role(grant.role)?;
        let scope = grant.scope();
        let system = |id: Option<SystemId>| self.system(id?).map(|(facts, _)| facts);
        let individual = |person| self.individual_of(person);
        Some(GrantFacts {
            id,
            holder: grant.holder()?,
            holder_individual: grant.person.and_then(individual),
            engagement: grant.engagement.and_then(|id| self.answered(id)),
            system: system(role.system),
            role,
            scope,
            scope_care_provider: match scope {
                Scope::Organisation(id) => self.region.care_provider(id),
                Scope::Installation | Scope::System(_) | Scope::Segment(_) | Scope::Database(_) => {
                    None
                }
            },
            scope_system: self.scope_system(scope),
            starts: self.calendar.starts(grant.from),
            ends: grant.until.map(|day| self.calendar.ends_with_grace(day)),
            revoked_at: grant.revoked_at,
            has_analysis: names(grant.needs_and_risk_analysis.as_ref()),
            analysis_valid_until: grant.analysis_review_by.map(|day| self.calendar.ends(day)),
            has_disclosure_basis: names(grant.disclosure_basis.as_ref()),
            origin: grant.origin,
            attest_by: grant.attest_by.map(|day| self.calendar.ends(day)),
            ordered_by: grant.ordered_by.and_then(individual),
            approved_by: grant
                .approvals
                .first()
                .and_then(|approval| self.individual_of(approval.person)),
            caps: None,
            order: None,
        })
    }

    /// The system that a scope is or belongs to.
    pub(crate) fn scope_system(&self, scope: Scope) -> Option<SystemFacts> {
        let system = match scope {
            Scope::Installation | Scope::Organisation(_) => None,
            Scope::System(id) => Some(id),
            Scope::Segment(id) => self.region.get::<Segment>(id)?.system,
            Scope::Database(id) => Some(self.region.get::<Database>(id)?.system),
        };
        self.system(system?).map(|(facts, _)| facts)
    }
}

/// What an answer about a grant rests on besides its holder.
pub(crate) fn grant_depends(grant: &GrantFacts) -> BTreeSet<String> {
    let mut depends = BTreeSet::from([grant.id.to_string(), grant.role.id.to_string()]);
    depends.insert(grant.scope.entity().to_string());
    depends.extend(grant.systems().map(|system| system.id.to_string()));
    let engagement = grant.engagement.as_ref();
    let responsible = engagement.and_then(|engagement| engagement.responsible.as_ref());
    depends.extend(responsible.map(|responsible| responsible.person.to_string()));
    let orderer = grant.order.as_ref().and_then(|order| order.person);
    depends.extend(orderer.map(|person| person.to_string()));
    depends
}

//! A grant that is about to be made, as if it were there.

use std::collections::BTreeSet;

use domain::EntityRef;
use domain::facts::{EngagementFacts, GrantFacts, OrderFacts, Origin, TargetFacts, TargetKind};
use domain::id::{EngagementId, PersonId};
use domain::target::{GrantDraft, Holder};

use crate::At;
use crate::caps::cap_keys;
use crate::grants::grant_depends;
use crate::target::{Found, TargetRecord};

impl At<'_> {
    pub(crate) fn draft(&self, draft: &GrantDraft) -> Found {
        let holder = draft.holder.entity();
        let mut depends = BTreeSet::from([holder.to_string(), draft.role.to_string()]);
        let Some(mut grant) = self.drafted(draft, holder) else {
            return (None, depends);
        };
        let mut nodes = Vec::new();
        let (parents, units, system) = self.above_scope(draft.scope, &mut nodes);
        grant.scope_system.clone_from(&system);
        depends.extend(grant_depends(&grant));
        let above = self.region.lineage(&units);
        nodes.extend(above.nodes.iter().cloned());
        let over: BTreeSet<EntityRef> = nodes.iter().map(|node| node.id).collect();
        let holder_units = self.holder_units(holder);
        self.above_holder(&holder_units, &mut nodes);
        depends.extend(nodes.iter().map(|node| node.id.to_string()));
        let engaged = grant.engagement.as_ref().map(|engagement| engagement.unit);
        grant.order = Some(match draft.ordered_by {
            Some(person) => self.order(person, &grant, &over),
            None => OrderFacts::default(),
        });
        depends.extend(draft.ordered_by.map(|person| person.to_string()));
        let units = engaged.map_or_else(|| holder_units.clone(), |unit| vec![unit]);
        grant.caps = self.caps(&grant, &units);
        if grant.caps.is_some() {
            depends.extend(cap_keys(draft.role, grant.holder_individual, holder));
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
        let target = TargetRecord {
            facts,
            external: None,
            place: above.place,
        };
        (Some(target), depends)
    }

    fn drafted(&self, draft: &GrantDraft, holder: EntityRef) -> Option<GrantFacts> {
        let role = self.region.role(draft.role)?;
        let system = role.system.and_then(|id| self.system(id));
        let (holder_individual, engagement) = match draft.holder {
            Holder::Person(person) => {
                let named = draft
                    .engagement
                    .and_then(|id| self.engagement_of(person, id));
                (self.individual_of(person), named)
            }
            Holder::Service(_) => (None, None),
        };
        let ordered_by = draft.ordered_by;
        Some(GrantFacts {
            id: draft.id,
            holder,
            holder_individual,
            engagement,
            role,
            system: system.map(|(facts, _)| facts),
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
            ordered_by: ordered_by.and_then(|person| self.individual_of(person)),
            approved_by: draft.approved_by_individual,
            caps: None,
            order: None,
        })
    }

    /// One engagement of a person.
    fn engagement_of(&self, person: PersonId, id: EngagementId) -> Option<EngagementFacts> {
        let is_own = self.engaged_by(id) == Some(person);
        is_own.then(|| self.answered(id)).flatten()
    }
}

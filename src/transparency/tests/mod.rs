//! The format as a whole: its vectors, and events with every member that there is.

mod format;
mod vectors;

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::event::{
    ChangeEvent, DecisionEvent, Effect, Kept, OperationEvent, Party, PolicyEvent, Principal,
    TargetRecord,
};
use crate::tree::{Frontier, Hash, leaf_hash};
use domain::Instant;
use domain::id::{EntityRef, EventId, GrantId, INSTALLATION, OrganisationId, PersonId};
use domain::verdict::{Outcome, Stages};

/// Anna and the unit she manages.
const ANNA: PersonId = PersonId::from_uuid(Uuid::from_u128(0xa0));
const UNIT: OrganisationId = OrganisationId::from_uuid(Uuid::from_u128(0xb0));
const GRANT: GrantId = GrantId::from_uuid(Uuid::from_u128(0xc0));

fn event_id(number: u128) -> EventId {
    EventId::from_uuid(Uuid::from_u128(number))
}

/// Anna is allowed something about her unit.
fn decision(id: u128, facts_at: u64) -> DecisionEvent {
    DecisionEvent {
        id: event_id(id),
        occurred_at: Instant::from_seconds(1_793_000_000),
        principal: Principal::Known(Box::new(Party {
            id: ANNA.into(),
            external: "TSTNMT2321000001-1001".to_owned(),
            individual: None,
            engagements: Vec::new(),
            commission: None,
            units: vec![UNIT],
            authority: None,
            path: vec![UNIT.into(), INSTALLATION.into()],
        })),
        asker: None,
        permission: "organisation:read".to_owned(),
        action: "readOrganisation".to_owned(),
        target: TargetRecord {
            kind: "Organisation".to_owned(),
            id: UNIT.into(),
            external: None,
            record_kind: None,
            system: None,
            authority: None,
            care_provider: None,
            path: vec![INSTALLATION.into()],
            asserted: Vec::new(),
            unknown: false,
        },
        outcome: Outcome::Allow,
        asker_outcome: None,
        reasons: vec!["held-permission".to_owned()],
        would_refuse: Vec::new(),
        stages: Stages::new(),
        obligations: Vec::new(),
        matched: vec![GRANT],
        discounted: Vec::new(),
        step_up: None,
        unmet: None,
        assurance: None,
        network_zone: None,
        purpose: None,
        acting_for: None,
        confirms: None,
        dry_run: false,
        policy_digest: "sha256:00".to_owned(),
        policy_generation: 1,
        fresh_seconds: None,
        facts_at,
        facts: None,
        asker_facts: None,
        filter: None,
        request_id: "req-1".to_owned(),
        trace_id: None,
        listed: Vec::new(),
        also_looked_for: None,
        effect: None,
        run: None,
        slots: Vec::new(),
    }
}

fn change(id: u128, decision: EventId, entity: EntityRef, change: &'static str) -> ChangeEvent {
    ChangeEvent {
        id: event_id(id),
        change,
        fields: vec!["revokedAt".to_owned()],
        clear: BTreeMap::new(),
        slots: Vec::new(),
        decision,
        run: None,
        touches: BTreeSet::from([entity.to_string()]),
        entity,
    }
}

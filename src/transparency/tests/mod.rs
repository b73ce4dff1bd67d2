//! The format as a whole: its vectors, and events with every member that there is.

mod format;
mod vectors;

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::event::{
    ChangeEvent, DecisionEvent, Effect, Kept, OperationEvent, Party, PolicyEvent, Principal,
};
use crate::fixture::{self, ANNA, GRANT, UNIT};
use crate::tree::{Frontier, Hash, leaf_hash};
use domain::Instant;
use domain::id::{EntityRef, EventId, INSTALLATION};
use domain::verdict::Outcome;

fn event_id(number: u128) -> EventId {
    EventId::from_uuid(Uuid::from_u128(number))
}

/// The fixture's decision under that number.
fn decision(id: u128, facts_at: u64) -> DecisionEvent {
    fixture::decision(event_id(id), facts_at)
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

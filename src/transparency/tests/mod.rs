//! The format as a whole: its vectors, and events with every member that there is.

mod facts;
mod format;
mod register;
mod vectors;

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::event::{
    Change, ChangeEvent, DecisionEvent, Effect, OperationEvent, Party, PolicyEvent, Principal,
    State,
};
use crate::fixture::{self, ANNA, GRANT, UNIT};
use crate::tree::{Frontier, Hash, leaf_hash};
use domain::ChangeKind;
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

fn change(id: u128, decision: EventId, entity: EntityRef, kind: ChangeKind) -> ChangeEvent {
    ChangeEvent {
        change: Change::new(event_id(id), entity, kind, decision),
        state: State::default(),
        previous: None,
        fields: BTreeSet::from(["revokedAt".to_owned()]),
    }
}

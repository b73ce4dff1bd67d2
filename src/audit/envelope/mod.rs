//! From an event to the bytes that are hashed, and back.
//!
//! An event is encoded before the head is locked, all but the instant it is recorded at, so that
//! under the lock there is only copying and hashing. `FORMAT.md` names every member; to add one, name
//! it there and set it here, or in `members` if it is more than a text.

use std::borrow::Borrow;
use std::collections::BTreeSet;

use super::canonical::{CanonicalError, Object, Value};
use super::check::within;
use super::event::{
    ChangeEvent, DecisionEvent, Effect, EventError, MAX_ENVELOPE, OperationEvent, PolicyEvent,
    Principal,
};
use super::slot::{Salt, SlotValue, commitment};
use domain::Instant;
use domain::id::{EntityRef, EventId};
use domain::verdict::{Obligation, Outcome};

mod members;

use members::{
    assurance, instant, looked_for, party, policy, principal, set_kept, set_lists, step_up, target,
    unmet,
};

/// The version of the format, in every envelope.
pub const VERSION: u8 = 1;

/// The columns that are derived from the envelope, besides id and time.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    pub(super) kind: &'static str,
    pub(super) principal: Option<String>,
    pub(super) principal_name: Option<String>,
    pub(super) individual: Option<String>,
    pub(super) place: Option<String>,
    pub(super) asker: Option<String>,
    pub(super) permission: Option<String>,
    pub(super) action: Option<String>,
    pub(super) resource_type: Option<String>,
    pub(super) resource_id: Option<String>,
    pub(super) system: Option<String>,
    pub(super) path: Option<String>,
    pub(super) outcome: Option<&'static str>,
    pub(super) level: Option<i64>,
    pub(super) policy: Option<String>,
    pub(super) reasons: Option<String>,
    pub(super) decision: Option<String>,
    pub(super) owes: Option<&'static str>,
}

impl Columns {
    /// The columns that hold sets, each with the name of its column.
    pub(super) fn sets(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let sets = [
            ("path", &self.path),
            ("place", &self.place),
            ("reasons", &self.reasons),
        ];
        sets.into_iter()
            .filter_map(|(column, set)| Some((column, set.as_deref()?)))
    }
}

/// A slot with its salt.
#[derive(Debug, Clone)]
pub(super) struct SaltedSlot {
    pub(super) salt: Salt,
    pub(super) slot: SlotValue,
}

/// An event that lacks only the instant it is recorded at.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) id: EventId,
    pub(super) columns: Columns,
    pub(super) slots: Vec<SaltedSlot>,
    pub(super) listed: Vec<EntityRef>,
    before: String,
    after: String,
}

impl Draft {
    /// The envelope, recorded at `at`.
    pub(super) fn envelope(&self, at: Instant) -> Result<Vec<u8>, CanonicalError> {
        let at = Value::integer(at.as_micros())?.to_text();
        let mut bytes =
            Vec::with_capacity(self.before.len() + RECORDED_AT.len() + at.len() + self.after.len());
        bytes.extend_from_slice(self.before.as_bytes());
        bytes.extend_from_slice(RECORDED_AT.as_bytes());
        bytes.extend_from_slice(at.as_bytes());
        bytes.extend_from_slice(self.after.as_bytes());
        Ok(bytes)
    }

    /// About how many bytes the event takes.
    pub(super) fn size(&self) -> usize {
        self.before.len() + self.after.len()
    }

    /// Whether facts read before this event may be other facts after it.
    pub(super) fn alters_facts(&self) -> bool {
        matches!(self.columns.kind, "change" | "policy")
    }

    pub(super) fn of_decision(event: &DecisionEvent) -> Result<Self, EventError> {
        let slots = salted(&event.slots);
        let mut members = Object::new()
            .with("action", event.action.as_str())
            .with("factsAt", Value::integer(event.facts_at)?)
            .with("occurredAt", instant(event.occurred_at)?)
            .with("outcome", event.outcome.name())
            .with("permission", event.permission.as_str())
            .with("policy", policy(event)?)
            .with("principal", principal(&event.principal))
            .with("requestId", event.request_id.as_str())
            .with("target", target(&event.target))
            .with_some("actingFor", event.acting_for.map(|id| id.to_string()))
            .with_some("asker", event.asker.as_ref().map(party))
            .with_some("askerOutcome", event.asker_outcome.map(Outcome::name))
            .with_some("confirms", event.confirms.map(|id| id.to_string()))
            .with_some("dryRun", event.dry_run.then_some(true))
            .with_some("effect", event.effect.map(Effect::name))
            .with_some("networkZone", event.network_zone.as_deref())
            .with_some("purpose", event.purpose.as_deref())
            .with_some("run", event.run.map(|id| id.to_string()))
            .with_some("stepUp", event.step_up.as_ref().map(step_up))
            .with_some("traceId", event.trace_id.as_deref())
            .with_some("unmet", event.unmet.as_ref().map(unmet));
        if let Some(given) = &event.assurance {
            members.set("assurance", assurance(given)?);
        }
        set_kept(&mut members, event);
        if let Some(others) = &event.also_looked_for {
            members.set("alsoLookedFor", looked_for(others)?);
        }
        set_lists(&mut members, event)?;
        let (known, name) = match &event.principal {
            Principal::Known(party) => (Some(party.as_ref()), &party.external),
            Principal::Unknown(named) => (None, named),
        };
        let columns = Columns {
            kind: "decision",
            principal: known.map(|party| party.id.to_string()),
            principal_name: Some(name.clone()),
            individual: known
                .and_then(|party| party.individual)
                .map(|id| id.to_string()),
            place: known.and_then(|party| path_column(&party.path)),
            asker: event.asker.as_ref().map(|asker| asker.id.to_string()),
            permission: Some(event.permission.clone()),
            action: Some(event.action.clone()),
            resource_type: Some(event.target.kind.clone()),
            resource_id: Some(event.target.id.to_string()),
            system: event.target.system.map(|id| id.to_string()),
            path: path_column(&event.target.path),
            outcome: Some(event.outcome.name()),
            level: event.assurance.as_ref().map(|given| given.level.into()),
            policy: event.reasons.first().cloned(),
            reasons: set_column(every_reason(event)),
            decision: None,
            owes: event.owes().map(Obligation::name),
        };
        let draft = Self::assemble(event.id, columns, members, slots)?;
        let mut listed = event.listed.clone();
        listed.sort_unstable();
        listed.dedup();
        Ok(Self { listed, ..draft })
    }

    pub(super) fn of_change(event: &ChangeEvent) -> Result<Self, EventError> {
        event.check()?;
        let mut members = Object::new()
            .with("change", event.change)
            .with("decision", event.decision.to_string())
            .with("entity", event.entity.to_string())
            .with(
                "fields",
                Value::set(event.fields.iter().map(String::as_str)),
            )
            .with(
                "touches",
                Value::set(event.touches.iter().map(String::as_str)),
            )
            .with_some("run", event.run.map(|id| id.to_string()));
        if !event.clear.is_empty() {
            let mut clear = Object::new();
            for (field, value) in &event.clear {
                clear.insert(field, value.clone())?;
            }
            members.set("clear", clear);
        }
        let columns = Columns {
            kind: "change",
            action: Some(event.change.to_owned()),
            resource_type: Some(event.entity.kind().name().to_owned()),
            resource_id: Some(event.entity.to_string()),
            decision: Some(event.decision.to_string()),
            ..Columns::default()
        };
        Self::assemble(event.id, columns, members, salted(&event.slots))
    }

    pub(super) fn of_operation(event: &OperationEvent) -> Result<Self, EventError> {
        let members = Object::new()
            .with("details", event.details.clone())
            .with("operation", event.name)
            .with_some("decision", event.decision.map(|id| id.to_string()))
            .with_some("run", event.run.map(|id| id.to_string()));
        let columns = Columns {
            kind: "operation",
            action: Some(event.name.to_owned()),
            resource_type: event.run.map(|_| "Run".to_owned()),
            resource_id: event.run.map(|id| id.to_string()),
            decision: event.decision.map(|id| id.to_string()),
            ..Columns::default()
        };
        Self::assemble(event.id, columns, members, Vec::new())
    }

    pub(super) fn of_policy(event: &PolicyEvent) -> Result<Self, EventError> {
        let members = Object::new()
            .with("change", event.change)
            .with("digest", event.digest.as_str())
            .with("generation", Value::integer(event.generation)?)
            .with_some("decision", event.decision.map(|id| id.to_string()));
        let columns = Columns {
            kind: "policy",
            action: Some(event.change.to_owned()),
            decision: event.decision.map(|id| id.to_string()),
            ..Columns::default()
        };
        Self::assemble(event.id, columns, members, Vec::new())
    }

    fn assemble(
        id: EventId,
        columns: Columns,
        members: Object,
        slots: Vec<SaltedSlot>,
    ) -> Result<Self, EventError> {
        let mut members = members
            .with("id", id.to_string())
            .with("kind", columns.kind)
            .with("v", VERSION);
        if !slots.is_empty() {
            members.set("slots", commitments(&slots)?);
        }
        let (mut before, mut after) = ("{".to_owned(), String::new());
        for (key, value) in members.iter() {
            if key < "recordedAt" {
                write_member(key, value, &mut before);
                before.push(',');
            } else {
                after.push(',');
                write_member(key, value, &mut after);
            }
        }
        after.push('}');
        within("envelope", before.len() + after.len() + 32, MAX_ENVELOPE)?;
        Ok(Self {
            id,
            columns,
            slots,
            listed: Vec::new(),
            before,
            after,
        })
    }
}

const RECORDED_AT: &str = "\"recordedAt\":";

fn write_member(key: &str, value: &Value, out: &mut String) {
    out.push('"');
    out.push_str(key);
    out.push_str("\":");
    value.write(out);
}

fn salted(slots: &[SlotValue]) -> Vec<SaltedSlot> {
    slots
        .iter()
        .map(|slot| SaltedSlot {
            salt: rand::random(),
            slot: slot.clone(),
        })
        .collect()
}

fn commitments(slots: &[SaltedSlot]) -> Result<Object, CanonicalError> {
    let mut members = Object::new();
    for SaltedSlot { salt, slot } in slots {
        let hash = commitment(salt, slot.name, &slot.value);
        let held = Object::new()
            .with("class", slot.retention_class.as_str())
            .with("commitment", data_encoding::HEXLOWER.encode(&hash))
            .with_some("authority", slot.authority.map(|id| id.to_string()));
        members.insert(slot.name, held)?;
    }
    Ok(members)
}

fn path_column(path: &[EntityRef]) -> Option<String> {
    set_column(path.iter().map(EntityRef::to_string))
}

/// Every policy that had a say: determining, discounting a grant, or not enforced.
fn every_reason(event: &DecisionEvent) -> impl Iterator<Item = &str> {
    let discounting = event.discounted.iter().flat_map(|(_, reasons)| reasons);
    let determining = event.reasons.iter().chain(&event.would_refuse);
    determining.chain(discounting).map(String::as_str)
}

/// A set in a column, as `/a/b/`.
fn set_column<T: Borrow<str> + Ord>(members: impl Iterator<Item = T>) -> Option<String> {
    let members: BTreeSet<T> = members.collect();
    if members.is_empty() {
        return None;
    }
    let joined = members.into_iter().collect::<Vec<_>>().join("/");
    Some(format!("/{joined}/"))
}

/// The value that an envelope holds.
///
/// # Errors
/// When the bytes are not canonical, so that they were not written by the log.
pub fn read_envelope(bytes: &[u8]) -> Result<Value, CanonicalError> {
    Value::parse(bytes)
}

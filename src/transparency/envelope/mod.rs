//! From an event to the bytes that are hashed.
//!
//! An event is encoded before the head is locked, all but the instant it is recorded at, so that
//! under the lock there is only copying and hashing. `FORMAT.md` names every member; to add one, name
//! it there and set it here, or in `members` if it is more than a text.

use data_encoding::HEXLOWER;

use super::canonical::{CanonicalError, Object, Value};
use super::event::{
    ChangeEvent, DecisionEvent, Effect, EventError, MAX_ENVELOPE, OperationEvent, PolicyEvent,
    State, within,
};
use super::fact::{CommittedFact, Salting};
use super::slot::{Salt, SlotValue, commitment};
use super::state_root::digest;
use super::tree::Hash;
use domain::id::{EntityRef, EventId};
use domain::verdict::Outcome;
use domain::{Instant, Named as _};

mod members;

use members::{
    assurance, instant, looked_for, party, policy, principal, set_facts, set_lists, step_up,
    target, unmet,
};

/// The version of the format, in every envelope.
pub const VERSION: u8 = 2;

/// A personal value and the salt that its commitment is made with: what stands beside the event.
#[derive(Debug, Clone)]
pub struct SaltedSlot {
    /// The salt, which nobody else has.
    pub salt: Salt,
    /// The value.
    pub slot: SlotValue,
}

/// An event that lacks only the instant it is recorded at.
#[derive(Debug, Clone)]
pub struct Draft {
    id: EventId,
    slots: Vec<SaltedSlot>,
    facts: Vec<CommittedFact>,
    before: String,
    after: String,
    tells: Option<(EntityRef, Hash)>,
}

impl Draft {
    /// The event's id.
    #[must_use]
    pub const fn id(&self) -> EventId {
        self.id
    }

    /// The values that the envelope commits to and does not hold.
    #[must_use]
    pub fn slots(&self) -> &[SaltedSlot] {
        &self.slots
    }

    /// The facts that a decision was made from, to which the envelope commits.
    #[must_use]
    pub fn facts(&self) -> &[CommittedFact] {
        &self.facts
    }

    /// The thing of the register that a change tells of, and what it is then; `None`: the event is no change.
    #[must_use]
    pub const fn tells(&self) -> Option<(EntityRef, Hash)> {
        self.tells
    }

    /// The envelope, recorded at `at`; with the root of the register after it, where it is the last change of its
    /// commit.
    ///
    /// # Errors
    /// When the instant has no canonical form: it is too far from 1970.
    pub fn envelope(&self, at: Instant, root: Option<&Hash>) -> Result<Vec<u8>, CanonicalError> {
        let at = Value::integer(at.as_micros())?.to_text();
        let mut bytes = Vec::with_capacity(self.size() + ROOM);
        bytes.extend_from_slice(self.before.as_bytes());
        bytes.extend_from_slice(RECORDED_AT.as_bytes());
        bytes.extend_from_slice(at.as_bytes());
        if let Some(root) = root {
            bytes.extend_from_slice(ROOT.as_bytes());
            bytes.extend_from_slice(HEXLOWER.encode(root).as_bytes());
            bytes.push(b'"');
        }
        bytes.extend_from_slice(self.after.as_bytes());
        Ok(bytes)
    }

    /// About how many bytes the envelope takes.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.before.len() + self.after.len()
    }

    /// A decision that was found to fit ([`DecisionEvent::check`]): most of its caps are not looked at again. Its
    /// facts have the salts that are given to them.
    ///
    /// # Errors
    /// When a value has no canonical form, or the whole is too long.
    pub fn of_decision(event: &DecisionEvent, salting: &dyn Salting) -> Result<Self, EventError> {
        let slots = Slots::of(&event.slots)?;
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
        let facts = set_facts(&mut members, event, salting);
        if let Some(others) = &event.also_looked_for {
            members.set("alsoLookedFor", looked_for(others)?);
        }
        set_lists(&mut members, event)?;
        let draft = Self::assemble(event.id, "decision", members, slots)?;
        Ok(Self { facts, ..draft })
    }

    /// A change.
    ///
    /// # Errors
    /// When something of it does not fit, or has no canonical form.
    pub fn of_change(event: &ChangeEvent) -> Result<Self, EventError> {
        event.check()?;
        let ChangeEvent { change, state, .. } = event;
        let personal: Vec<SlotValue> = state.slots().collect();
        let mut members = Object::new()
            .with("change", change.kind.name())
            .with("decision", change.decision.to_string())
            .with("entity", change.entity.to_string())
            .with(
                "fields",
                Value::set(event.fields.iter().map(String::as_str)),
            )
            .with("state", state.clear.clone())
            .with(
                "touches",
                Value::set(change.touches.iter().map(String::as_str)),
            )
            .with_some("run", change.run.map(|id| id.to_string()));
        if let Some(previous) = event.previous {
            members.set("previous", Value::integer(previous)?);
        }
        if !personal.is_empty() {
            let names = personal.iter().map(|slot| slot.name);
            members.set("personal", Value::set(names));
        }
        if !change.about.is_empty() {
            let mut about = Object::new();
            for (name, value) in &change.about {
                about.insert(name, value.clone())?;
            }
            members.set("about", about);
        }
        let slots: Vec<SlotValue> = change.slots.iter().cloned().chain(personal).collect();
        let slots = Slots::of(&slots)?;
        let told = digest_of(change.entity, state, &slots.held);
        let draft = Self::assemble(change.id, "change", members, slots)?;
        Ok(Self {
            tells: Some((change.entity, told)),
            ..draft
        })
    }

    /// An operation.
    ///
    /// # Errors
    /// When it is too long.
    pub fn of_operation(event: &OperationEvent) -> Result<Self, EventError> {
        let members = Object::new()
            .with("details", event.details.clone())
            .with("operation", event.name)
            .with_some("decision", event.decision.map(|id| id.to_string()))
            .with_some("run", event.run.map(|id| id.to_string()));
        Self::assemble(event.id, "operation", members, Slots::default())
    }

    /// A policy set that is put in force.
    ///
    /// # Errors
    /// When its generation has no canonical form, or it is too long.
    pub fn of_policy(event: &PolicyEvent) -> Result<Self, EventError> {
        let members = Object::new()
            .with("change", event.change)
            .with("digest", event.digest.as_str())
            .with("generation", Value::integer(event.generation)?)
            .with_some("decision", event.decision.map(|id| id.to_string()));
        Self::assemble(event.id, "policy", members, Slots::default())
    }

    fn assemble(
        id: EventId,
        kind: &str,
        members: Object,
        slots: Slots,
    ) -> Result<Self, EventError> {
        let mut members = members
            .with("id", id.to_string())
            .with("kind", kind)
            .with("v", VERSION);
        if !slots.held.is_empty() {
            members.set("slots", slots.held);
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
        within("envelope", before.len() + after.len() + ROOM, MAX_ENVELOPE)?;
        Ok(Self {
            id,
            slots: slots.salted,
            facts: Vec::new(),
            before,
            after,
            tells: None,
        })
    }
}

/// What a thing is, by what is told of it.
fn digest_of(thing: EntityRef, state: &State, held: &Object) -> Hash {
    let commitment = |name: &&'static str| {
        let slot = held.get(name)?.as_object()?;
        Some((*name, slot.get("commitment")?.as_text()?))
    };
    let personal = state.personal.keys().filter_map(commitment);
    digest(&thing.to_string(), &state.clear, personal)
}

const RECORDED_AT: &str = "\"recordedAt\":";

/// Follows it: a change has no member between the two.
const ROOT: &str = ",\"root\":\"";

/// What an envelope has that its draft has not.
const ROOM: usize = 128;

fn write_member(key: &str, value: &Value, out: &mut String) {
    out.push('"');
    out.push_str(key);
    out.push_str("\":");
    value.write(out);
}

/// Personal values with their salts, and what the envelope holds in their place.
#[derive(Default)]
struct Slots {
    salted: Vec<SaltedSlot>,
    held: Object,
}

impl Slots {
    fn of(values: &[SlotValue]) -> Result<Self, CanonicalError> {
        let mut slots = Self::default();
        for slot in values {
            let salt = rand::random();
            let hash = commitment(&salt, slot.name, &slot.value);
            let held = Object::new()
                .with("class", slot.retention_class.as_str())
                .with("commitment", HEXLOWER.encode(&hash))
                .with_some("authority", slot.authority.map(|id| id.to_string()));
            slots.held.insert(slot.name, held)?;
            let slot = slot.clone();
            slots.salted.push(SaltedSlot { salt, slot });
        }
        Ok(slots)
    }
}

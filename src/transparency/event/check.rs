//! Whether an event fits the caps of `FORMAT.md`, asked before anything is answered.

use std::collections::BTreeSet;

use super::caps::{MAX_ITEMS, MAX_TEXT};
use super::error::EventError;
use super::{ChangeEvent, DecisionEvent, Party, Principal};
use crate::canonical;
use crate::slot::{MAX_VALUE, SlotValue};

impl Party {
    fn check(&self, field: &'static str) -> Result<(), EventError> {
        text(field, &self.external)?;
        items(field, self.engagements.len())?;
        items(field, self.units.len())?;
        items(field, self.path.len())
    }
}

impl DecisionEvent {
    /// Whether the event fits the caps of the format: asked before anything is answered, so that an answer is never
    /// taken back because it cannot be recorded.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self) -> Result<(), EventError> {
        match &self.principal {
            Principal::Known(party) => party.check("principal")?,
            Principal::Unknown(name) => text("principal", name)?,
        }
        if let Some(asker) = &self.asker {
            asker.check("asker")?;
        }
        self.check_texts()?;
        self.check_lists()?;
        canonical::Value::integer(self.policy_generation)?;
        canonical::Value::integer(self.facts_at)?;
        canonical::Value::integer(self.occurred_at.as_micros())?;
        check_slots(&self.slots)
    }

    fn check_texts(&self) -> Result<(), EventError> {
        let target = &self.target;
        for (field, value) in [
            ("permission", Some(&self.permission)),
            ("action", Some(&self.action)),
            ("target", Some(&target.kind)),
            ("target", target.external.as_ref()),
            ("target", target.record_kind.as_ref()),
            ("networkZone", self.network_zone.as_ref()),
            ("purpose", self.purpose.as_ref()),
            ("policy", Some(&self.policy_digest)),
            ("requestId", Some(&self.request_id)),
            ("traceId", self.trace_id.as_ref()),
            (
                "assurance",
                self.assurance.as_ref().and_then(|given| given.acr.as_ref()),
            ),
        ] {
            value.map_or(Ok(()), |value| text(field, value))?;
        }
        let listed = self.reasons.iter().map(|reason| ("reasons", reason));
        let observed = self.would_refuse.iter().map(|id| ("wouldRefuse", id));
        let asserted = target.asserted.iter().map(|name| ("target", name));
        let methods = self.assurance.iter().flat_map(|given| &given.methods);
        let methods = methods.map(|method| ("assurance", method));
        listed
            .chain(observed)
            .chain(asserted)
            .chain(methods)
            .try_for_each(|(field, value)| text(field, value))
    }

    fn check_lists(&self) -> Result<(), EventError> {
        for (field, count) in [
            ("target", self.target.path.len()),
            ("target", self.target.asserted.len()),
            ("reasons", self.reasons.len()),
            ("wouldRefuse", self.would_refuse.len()),
            ("stages", self.stages.len()),
            ("matched", self.matched.len()),
            ("discounted", self.discounted.len()),
            ("listed", self.listed.len()),
        ] {
            items(field, count)?;
        }
        Ok(())
    }
}

impl ChangeEvent {
    pub(crate) fn check(&self) -> Result<(), EventError> {
        let Self { change, state, .. } = self;
        items("fields", self.fields.len())?;
        items("about", change.about.len())?;
        items("touches", change.touches.len())?;
        let slots: Vec<SlotValue> = change.slots.iter().cloned().chain(state.slots()).collect();
        check_slots(&slots)
    }
}

fn check_slots(slots: &[SlotValue]) -> Result<(), EventError> {
    let mut names = BTreeSet::new();
    for slot in slots {
        let word = (1..=64).contains(&slot.name.len())
            && slot.name.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !word || !names.insert(slot.name) {
            return Err(EventError::Slot(slot.name.to_owned()));
        }
        within("slots", slot.value.len(), MAX_VALUE)?;
        text("slots", &slot.retention_class)?;
    }
    Ok(())
}

pub(crate) fn within(field: &'static str, size: usize, most: usize) -> Result<(), EventError> {
    if size > most {
        return Err(EventError::TooLong { field, size, most });
    }
    Ok(())
}

pub(super) fn text(field: &'static str, value: &str) -> Result<(), EventError> {
    within(field, value.len(), MAX_TEXT)
}

fn items(field: &'static str, count: usize) -> Result<(), EventError> {
    if count > MAX_ITEMS {
        return Err(EventError::TooMany { field, count });
    }
    Ok(())
}

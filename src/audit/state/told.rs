//! What events told of things.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{DatabaseTransaction, DbErr};
use transparency::canonical::{Object, Value};
use transparency::event::State;

use super::super::head::{number, stored};
use super::{PAGE, select};

/// What an event told of a thing.
#[derive(Debug)]
pub(in super::super) struct Told {
    state: Object,
    /// The names of what is personal, with the values that were not erased.
    personal: BTreeMap<String, Option<String>>,
}

impl Told {
    /// What an envelope tells of a thing; `None`: nothing.
    fn read(envelope: &[u8]) -> Option<Self> {
        let envelope = Value::parse(envelope).ok()?;
        let envelope = envelope.as_object()?;
        let names = envelope.get("personal").and_then(Value::as_array);
        let names = names.into_iter().flatten().filter_map(Value::as_text);
        Some(Self {
            state: envelope.get("state")?.as_object()?.clone(),
            personal: names.map(|name| (name.to_owned(), None)).collect(),
        })
    }

    /// What was told of it in clear.
    pub(super) const fn clear(&self) -> &Object {
        &self.state
    }

    /// The fields that are otherwise in the register; what was erased may be anything, and is `otherwise` or not.
    pub(in super::super) fn differing(&self, now: &State, erased: Erased) -> BTreeSet<String> {
        let is = now.clear.iter().map(|(name, _)| name);
        let was = self.state.iter().map(|(name, _)| name);
        let clear = is
            .chain(was)
            .filter(|name| self.state.get(name) != now.clear.get(name));
        let is = now.personal.keys().copied();
        let was = self.personal.keys().map(String::as_str);
        let personal = is.chain(was).filter(|name| {
            match (self.personal.get(*name), now.personal.get(*name)) {
                (Some(Some(was)), Some(is)) => was != is,
                (Some(None), Some(_)) => erased == Erased::Differs,
                (None, None) => false,
                (Some(_), None) | (None, Some(_)) => true,
            }
        });
        clear.chain(personal).map(str::to_owned).collect()
    }
}

/// How a value counts in whose place an erased one stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Erased {
    /// As another: somebody has written it.
    Differs,
    /// As the same: nothing can be said against it.
    Agrees,
}

/// What those events told; of those that are not there, there is nothing.
pub(in super::super) async fn told(
    db: &DatabaseTransaction,
    seqs: &[u64],
) -> Result<BTreeMap<u64, Told>, DbErr> {
    let mut all = BTreeMap::new();
    for seqs in seqs.chunks(PAGE) {
        let wanted = || seqs.iter().map(|seq| stored(*seq).into()).collect();
        for row in select(db, ("audit_event", "seq"), "envelope", wanted()).await? {
            let envelope: Vec<u8> = row.try_get_by_index(1)?;
            if let Some(told) = Told::read(&envelope) {
                all.insert(number(&row, 0)?, told);
            }
        }
        for row in select(db, ("audit_slot", "seq"), "slot, value", wanted()).await? {
            let (slot, value): (String, String) =
                (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            let told = all.get_mut(&number(&row, 0)?);
            if let Some(personal) = told.and_then(|told| told.personal.get_mut(&slot)) {
                *personal = Some(value);
            }
        }
    }
    Ok(all)
}

//! The columns that follow from an event (`transparency/FORMAT.md`, section 7), derived from what its bytes are made of.
//!
//! Apart from the bytes because they say nothing that the bytes do not: they are there to be looked for. Whoever
//! inspects the database derives them once more from the bytes alone.

use std::borrow::Borrow;
use std::collections::BTreeSet;

use domain::Named as _;
use domain::id::EntityRef;
use domain::verdict::Obligation;
use transparency::event::{Change, DecisionEvent, OperationEvent, PolicyEvent, Principal};

/// The columns that are derived from an event, besides id and time.
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
    pub(super) fn of_decision(event: &DecisionEvent) -> Self {
        let (known, name) = match &event.principal {
            Principal::Known(party) => (Some(party.as_ref()), &party.external),
            Principal::Unknown(named) => (None, named),
        };
        Self {
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
            owes: owed(event).map(Obligation::name),
        }
    }

    pub(super) fn of_change(change: &Change) -> Self {
        Self {
            kind: "change",
            action: Some(change.kind.name().to_owned()),
            resource_type: Some(change.entity.kind().name().to_owned()),
            resource_id: Some(change.entity.to_string()),
            decision: Some(change.decision.to_string()),
            ..Self::default()
        }
    }

    pub(super) fn of_operation(event: &OperationEvent) -> Self {
        Self {
            kind: "operation",
            action: Some(event.name.to_owned()),
            resource_type: event.run.map(|_| "Run".to_owned()),
            resource_id: event.run.map(|id| id.to_string()),
            decision: event.decision.map(|id| id.to_string()),
            ..Self::default()
        }
    }

    pub(super) fn of_policy(event: &PolicyEvent) -> Self {
        Self {
            kind: "policy",
            action: Some(event.change.to_owned()),
            decision: event.decision.map(|id| id.to_string()),
            ..Self::default()
        }
    }

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

    /// Whether facts read before this event may be other facts after it.
    pub(super) fn alters_facts(&self) -> bool {
        matches!(self.kind, "change" | "policy")
    }
}

/// What has to follow a decision: the obligation that somebody else meets, where something was opened.
fn owed(event: &DecisionEvent) -> Option<Obligation> {
    let review = Obligation::Review;
    (!event.dry_run && event.obligations.contains(&review)).then_some(review)
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

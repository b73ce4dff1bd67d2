//! Where things lie that a call names, by which it is known whether its caller may provision them.
//!
//! By the register alone for what is there; by what the call says only for what it brings itself. So nothing that a call
//! says of a thing that is there leads anywhere.

use std::collections::{BTreeSet, HashMap};

use domain::text::Identifier;
use domain::{EntityKind, HsaId};
use feed::record::Organisation;
use feed::{Kind, Record};
use gate::Territory;

use super::plan::KnownThings;

/// Where something lies, by what decides who may provision it.
pub(super) enum Place<'r> {
    /// In that organisation.
    Organisation(&'r HsaId),
    /// It is that organisation.
    Itself(&'r Organisation),
    /// Where that person works.
    Person(&'r HsaId),
    /// Where that segment lies.
    Segment(&'r Identifier),
    /// Where that system lies.
    System(&'r Identifier),
    /// In no organisation in particular.
    Nowhere,
}

pub(super) fn places(record: &Record) -> Vec<Place<'_>> {
    match record {
        Record::Organisation(it) => vec![Place::Itself(it)],
        Record::Person(it) => vec![Place::Person(&it.external_id)],
        Record::Engagement(it) => vec![Place::Organisation(&it.unit), Place::Person(&it.person)],
        Record::System(it) => vec![Place::Organisation(&it.organisation)],
        Record::Segment(it) => vec![Place::Organisation(&it.organisation)],
        Record::Server(it) => vec![Place::Segment(&it.segment)],
        Record::Database(it) => vec![Place::System(&it.system)],
        Record::Service(it) => vec![Place::Organisation(&it.organisation)],
        Record::Account(it) => vec![of_system(it.system.as_ref())],
        Record::SupplierAssessment(it) => vec![Place::Organisation(&it.authority)],
        Record::Role(it) => vec![of_system(it.system.as_ref())],
        Record::Grant(_) => vec![Place::Nowhere],
    }
}

fn of_system(system: Option<&Identifier>) -> Place<'_> {
    system.map_or(Place::Nowhere, Place::System)
}

/// Where things lie, those that the call itself brings included.
pub(super) struct Placing<'a, 'r> {
    pub(super) known: &'a KnownThings,
    pub(super) named: &'a HashMap<(Kind, String), &'r Record>,
    pub(super) parents: &'a HashMap<HsaId, Option<HsaId>>,
}

impl Placing<'_, '_> {
    pub(super) fn is_inside(&self, territory: &Territory, place: &Place<'_>) -> bool {
        if territory.is_everywhere() {
            return true;
        }
        match place {
            Place::Organisation(id) => self.organisation(territory, id),
            Place::Itself(organisation) => self.organisation(territory, &organisation.external_id),
            Place::Person(id) => territory.has_person(id),
            Place::Segment(id) => self.through(territory, Kind::Segment, id),
            Place::System(id) => self.through(territory, Kind::System, id),
            Place::Nowhere => false,
        }
    }

    /// An organisation of the register, or one that the call brings below one of the register. What the call says of one
    /// that is there already is nothing that its place follows from.
    fn organisation(&self, territory: &Territory, id: &HsaId) -> bool {
        let mut at = Some(id);
        let mut seen = BTreeSet::new();
        while let Some(id) = at.filter(|id| seen.insert((*id).clone())) {
            if territory.is_named(EntityKind::Organisation, id.as_str()) {
                return territory.has_organisation(id);
            }
            at = self.parents.get(id).and_then(Option::as_ref);
        }
        false
    }

    /// Where a segment or a system lies: as the register has it, and as the call has it.
    fn through(&self, territory: &Territory, kind: Kind, id: &Identifier) -> bool {
        let key = (kind, id.to_string());
        let told = self.known.get(&key);
        let told = told.and_then(|told| told.fields.get("organisation")?.as_str()?.parse().ok());
        let given = self.named.get(&key).and_then(|record| match record {
            Record::Segment(it) => Some(it.organisation.clone()),
            Record::System(it) => Some(it.organisation.clone()),
            Record::Organisation(_)
            | Record::Person(_)
            | Record::Engagement(_)
            | Record::Server(_)
            | Record::Database(_)
            | Record::Service(_)
            | Record::Account(_)
            | Record::SupplierAssessment(_)
            | Record::Role(_)
            | Record::Grant(_) => None,
        });
        let mut places = told.into_iter().chain(given).peekable();
        places.peek().is_some() && places.all(|place: HsaId| self.organisation(territory, &place))
    }
}

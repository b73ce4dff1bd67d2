//! Each kind of thing that the register has: its columns, and what hangs on it.
//!
//! What is left out is the closure of the organisations, which the database keeps by itself, which event put a policy set in
//! force, and the version, which counts changes.

mod access;
mod people;
mod systems;

use domain::EntityKind;

use super::{Aggregate, Derived, Field, Follows, Members, clear, flag, number, personal};

const NAME: Field = personal("name", "name");
const SOURCE: Field = clear("source", "source");
const EXTERNAL_ID: Field = clear("external_id", "externalId");
const FROM: Field = clear("from_date", "from");
const UNTIL: Field = clear("until_date", "until");
const PRIVILEGED: Field = flag("privileged", "privileged");
const PATIENT_DATA: Field = flag("patient_data", "patientData");
const SYSTEM: Field = clear("system_id", "system");
const ORGANISATION: Field = clear("organisation_id", "organisation");
const PERSON: Field = clear("person_id", "person");
const ROLE: Field = clear("role_id", "role");
const OWNER: Field = clear("owner_id", "owner");
const DEPUTY: Field = clear("deputy_id", "deputy");
const SCOPE_KIND: Field = clear("scope_kind", "scopeKind");
const SEGMENT: Field = clear("segment_id", "segment");
const DATABASE: Field = clear("database_id", "database");
const REVOKED_AT: Field = number("revoked_at", "revokedAt");
const REVOKED_BY: Field = clear("revoked_by", "revokedBy");
const DECISION: Field = clear("decision_id", "decision");

/// What names are sorted and found by, where there is one name.
const NAMED: &[Derived] = &[
    derived("name_sort", Follows::SortKey(&["name"])),
    derived("name_search", Follows::SearchWords(&["name"])),
];
/// What is unique in a system, or outside all, is so by this.
const SYSTEM_KEY: Derived = derived("system_key", Follows::OrEmpty("system"));

const fn derived(column: &'static str, from: Follows) -> Derived {
    Derived { column, from }
}

/// A thing of that kind, in the table and by the column that all kinds but a few have.
const fn aggregate(
    kind: EntityKind,
    fields: &'static [Field],
    members: &'static [Members],
) -> Aggregate {
    Aggregate {
        kind,
        table: kind.table(),
        key: "id",
        fields,
        members,
        derived: &[],
        is_versioned: true,
    }
}

impl Aggregate {
    /// The same with columns that follow from the rest.
    const fn with(self, derived: &'static [Derived]) -> Self {
        Self { derived, ..self }
    }

    /// The same with a row that does not count its changes.
    const fn unversioned(self) -> Self {
        Self {
            is_versioned: false,
            ..self
        }
    }
}

/// Every kind of thing that the register has.
pub fn aggregates() -> impl Iterator<Item = &'static Aggregate> {
    [people::ALL, systems::ALL, access::ALL]
        .into_iter()
        .flatten()
}

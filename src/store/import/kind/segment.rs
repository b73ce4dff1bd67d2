//! What a feed fills of a segment: columns, what it refers to, and its row.

use crate::cell::Cell;
use crate::import::references::{Reference, refer};
use crate::import::row::{References, Row, names, system_or_null, text};
use crate::import::table::{Column, NAME, NAME_SEARCH, NAME_SORT, flag, plain, touching};
use feed::Kind;
use feed::record::Segment;

pub(in crate::import) const COLUMNS: &[Column] = &[
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    touching("system_id"),
    plain("organisation_id"),
    plain("environment"),
    flag("patient_data"),
    plain("change_from"),
    plain("change_until"),
];

pub(in crate::import) const REFERENCES: &[Reference] = &[
    refer!(Segment, "system", System),
    refer!(Segment, "organisation", Organisation),
    Reference {
        kind: Kind::Segment,
        field: "controls",
        id: "e.value",
        when: "TRUE",
        target: Kind::Segment,
        each: true,
    },
];

/// What a record would say of the row `x`: each field, as SQL.
pub(in crate::import) const TOLD: &[(&str, &str)] = &[
    ("externalId", "x.external_id"),
    ("name", "x.name"),
    (
        "system",
        "(SELECT y.external_id FROM system y WHERE y.id = x.system_id)",
    ),
    (
        "organisation",
        "(SELECT o.hsa_id FROM organisation o WHERE o.id = x.organisation_id)",
    ),
    ("environment", "x.environment"),
    ("patientData", "TRUTH(x.patient_data)"),
    ("changeFrom", "x.change_from"),
    ("changeUntil", "x.change_until"),
    (
        "controls",
        "(SELECT LIST(m.external_id) FROM segment_control k JOIN segment m ON m.id = k.controlled_id WHERE k.controller_id = x.id)",
    ),
];

pub(in crate::import) fn row(it: &Segment, refs: &mut dyn References) -> Row {
    let [name, sort, search] = names(&it.name, None);
    Row::of(vec![
        name,
        sort,
        search,
        system_or_null(it.system.as_ref(), refs),
        refs.id(Kind::Organisation, it.organisation.as_str()),
        text(it.environment),
        Cell::Bool(it.patient_data),
        Cell::text_or_null(it.change_from),
        Cell::text_or_null(it.change_until),
    ])
}

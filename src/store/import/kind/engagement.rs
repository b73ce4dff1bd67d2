//! What a feed fills of an engagement: columns, what it refers to, and its row.

use crate::cell::Cell;
use crate::import::references::{Reference, refer};
use crate::import::row::{References, Row, date, person_or_null, text};
use crate::import::table::{Column, plain, touching};
use domain::Named;
use feed::Kind;
use feed::record::Engagement;

pub(in crate::import) const COLUMNS: &[Column] = &[
    touching("person_id"),
    plain("kind"),
    plain("employer_id"),
    plain("unit_id"),
    plain("responsible_id"),
    plain("from_date"),
    plain("until_date"),
    plain("absent_from"),
    plain("absent_until"),
];

pub(in crate::import) const REFERENCES: &[Reference] = &[
    refer!(Engagement, "person", Person),
    refer!(Engagement, "employer", Organisation),
    refer!(Engagement, "unit", Organisation),
    refer!(Engagement, "responsible", Person),
];

/// What a record would say of the row `x`: each field, as SQL.
pub(in crate::import) const TOLD: &[(&str, &str)] = &[
    ("externalId", "x.external_id"),
    (
        "person",
        "(SELECT p.hsa_id FROM person p WHERE p.id = x.person_id)",
    ),
    ("type", "x.kind"),
    (
        "employer",
        "(SELECT o.hsa_id FROM organisation o WHERE o.id = x.employer_id)",
    ),
    (
        "unit",
        "(SELECT o.hsa_id FROM organisation o WHERE o.id = x.unit_id)",
    ),
    (
        "responsible",
        "(SELECT p.hsa_id FROM person p WHERE p.id = x.responsible_id)",
    ),
    ("from", "x.from_date"),
    ("until", "x.until_date"),
    ("absentFrom", "x.absent_from"),
    ("absentUntil", "x.absent_until"),
];

pub(in crate::import) fn row(it: &Engagement, refs: &mut dyn References) -> Row {
    Row::of(vec![
        refs.id(Kind::Person, it.person.as_str()),
        text(it.engagement_type.name()),
        refs.id(Kind::Organisation, it.employer.as_str()),
        refs.id(Kind::Organisation, it.unit.as_str()),
        person_or_null(it.responsible.as_ref(), refs),
        date(it.from),
        Cell::text_or_null(it.until),
        Cell::text_or_null(it.absent_from),
        Cell::text_or_null(it.absent_until),
    ])
}

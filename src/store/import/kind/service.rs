//! What a feed fills of a service: columns, what it refers to, and its row.

use crate::cell::Cell;
use crate::import::references::{Reference, refer};
use crate::import::row::{References, Row, date, names};
use crate::import::table::{Column, NAME, NAME_SEARCH, NAME_SORT, plain};
use feed::Kind;
use feed::record::Service;

pub(in crate::import) const COLUMNS: &[Column] = &[
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    plain("owner_id"),
    plain("deputy_id"),
    plain("organisation_id"),
    plain("from_date"),
    plain("until_date"),
    plain("declared_scope_id"),
];

pub(in crate::import) const REFERENCES: &[Reference] = &[
    refer!(Service, "owner", Person),
    refer!(Service, "deputy", Person),
    refer!(Service, "organisation", Organisation),
];

/// What a record would say of the row `x`: each field, as SQL.
pub(in crate::import) const TOLD: &[(&str, &str)] = &[
    ("externalId", "x.external_id"),
    ("name", "x.name"),
    (
        "owner",
        "(SELECT p.hsa_id FROM person p WHERE p.id = x.owner_id)",
    ),
    (
        "deputy",
        "(SELECT p.hsa_id FROM person p WHERE p.id = x.deputy_id)",
    ),
    (
        "organisation",
        "(SELECT o.hsa_id FROM organisation o WHERE o.id = x.organisation_id)",
    ),
    (
        "declaredScope",
        "(SELECT o.hsa_id FROM organisation o WHERE o.id = x.declared_scope_id)",
    ),
    ("from", "x.from_date"),
    ("until", "x.until_date"),
];

pub(in crate::import) fn row(it: &Service, refs: &mut dyn References) -> Row {
    let [name, sort, search] = names(&it.name, None);
    Row::of(vec![
        name,
        sort,
        search,
        refs.id(Kind::Person, it.owner.as_str()),
        refs.id(Kind::Person, it.deputy.as_str()),
        refs.id(Kind::Organisation, it.organisation.as_str()),
        date(it.from),
        Cell::text_or_null(it.until),
        it.declared_scope
            .as_ref()
            .map_or(Cell::Null, |id| refs.id(Kind::Organisation, id.as_str())),
    ])
}

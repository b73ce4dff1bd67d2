//! What a feed fills of a technical account: columns, what it refers to, and its row.

use crate::cell::Cell;
use crate::import::references::{Reference, refer};
use crate::import::row::{References, Row, names, person_or_null, system_or_null, text};
use crate::import::table::{Column, NAME, NAME_SEARCH, NAME_SORT, plain};
use feed::record::Account;

pub(in crate::import) const COLUMNS: &[Column] = &[
    plain("kind"),
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    plain("system_id"),
    plain("owner_id"),
    plain("deputy_id"),
    plain("until_date"),
];

pub(in crate::import) const REFERENCES: &[Reference] = &[
    refer!(Account, "system", System),
    refer!(Account, "owner", Person),
    refer!(Account, "deputy", Person),
];

/// What a record would say of the row `x`: each field, as SQL.
pub(in crate::import) const TOLD: &[(&str, &str)] = &[
    ("externalId", "x.external_id"),
    ("type", "x.kind"),
    ("name", "x.name"),
    (
        "system",
        "(SELECT y.external_id FROM system y WHERE y.id = x.system_id)",
    ),
    (
        "owner",
        "(SELECT p.hsa_id FROM person p WHERE p.id = x.owner_id)",
    ),
    (
        "deputy",
        "(SELECT p.hsa_id FROM person p WHERE p.id = x.deputy_id)",
    ),
    ("until", "x.until_date"),
];

pub(in crate::import) fn row(it: &Account, refs: &mut dyn References) -> Row {
    let [name, sort, search] = names(&it.name, None);
    Row::of(vec![
        text(it.account_type),
        name,
        sort,
        search,
        system_or_null(it.system.as_ref(), refs),
        person_or_null(it.owner.as_ref(), refs),
        person_or_null(it.deputy.as_ref(), refs),
        Cell::text_or_null(it.until),
    ])
}

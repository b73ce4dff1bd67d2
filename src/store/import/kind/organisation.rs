//! What a feed fills of an organisation: columns, what it refers to, and its row.

use crate::cell::Cell;
use crate::import::references::{Reference, refer};
use crate::import::row::{References, Row, count_or_null, names, text};
use crate::import::table::{Column, NAME, NAME_SEARCH, NAME_SORT, flag, number, plain};
use domain::id::INSTALLATION;
use feed::Kind;
use feed::record::Organisation;

pub(in crate::import) const COLUMNS: &[Column] = &[
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    plain("kind"),
    flag("authority"),
    flag("care_provider"),
    plain("parent_id"),
    number("max_privileged_grants"),
];

pub(in crate::import) const REFERENCES: &[Reference] =
    &[refer!(Organisation, "parent", Organisation)];

/// What a record would say of the row `x`: each field, as SQL.
pub(in crate::import) const TOLD: &[(&str, &str)] = &[
    ("externalId", "x.hsa_id"),
    ("name", "x.name"),
    (
        "parent",
        "(SELECT o.hsa_id FROM organisation o WHERE o.id = x.parent_id)",
    ),
    ("type", "x.kind"),
    ("authority", "TRUTH(x.authority)"),
    ("careProvider", "TRUTH(x.care_provider)"),
    ("maxPrivilegedGrants", "x.max_privileged_grants"),
];

pub(in crate::import) fn row(it: &Organisation, refs: &mut dyn References) -> Row {
    let [name, sort, search] = names(&it.name, Some(&it.external_id));
    let parent = match &it.parent {
        Some(parent) => refs.id(Kind::Organisation, parent.as_str()),
        None => Cell::Text(INSTALLATION.to_string()),
    };
    Row::of(vec![
        name,
        sort,
        search,
        text(it.organisation_type),
        Cell::Bool(it.authority),
        Cell::Bool(it.care_provider),
        parent,
        count_or_null(it.max_privileged_grants),
    ])
}

//! What a feed fills of a role: columns, what it refers to, and its row.

use crate::cell::Cell;
use crate::import::references::{Reference, refer};
use crate::import::row::{References, Row, count_or_null, names, system_or_null};
use crate::import::table::{Column, NAME, NAME_SEARCH, NAME_SORT, derived, flag, number, plain};
use feed::record::Role;

pub(in crate::import) const COLUMNS: &[Column] = &[
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    plain("system_id"),
    derived("system_key"),
    flag("privileged"),
    flag("patient_data"),
    number("max_holders"),
];

pub(in crate::import) const REFERENCES: &[Reference] = &[refer!(Role, "system", System)];

/// What a record would say of the row `x`: each field, as SQL.
pub(in crate::import) const TOLD: &[(&str, &str)] = &[
    ("externalId", "x.external_id"),
    ("name", "x.name"),
    (
        "system",
        "(SELECT y.external_id FROM system y WHERE y.id = x.system_id)",
    ),
    ("privileged", "TRUTH(x.privileged)"),
    ("patientData", "TRUTH(x.patient_data)"),
    ("maxHolders", "x.max_holders"),
    (
        "permissions",
        "(SELECT LIST(q.name) FROM role_permission m JOIN permission q ON q.id = m.permission_id WHERE m.role_id = x.id)",
    ),
];

pub(in crate::import) fn row(it: &Role, refs: &mut dyn References) -> Row {
    let [name, sort, search] = names(&it.name, None);
    let system = system_or_null(it.system.as_ref(), refs);
    let key = Cell::Text(system.text().unwrap_or_default().to_owned());
    Row::of(vec![
        name,
        sort,
        search,
        system,
        key,
        Cell::Bool(it.privileged),
        Cell::Bool(it.patient_data),
        count_or_null(it.max_holders),
    ])
    .with_members(it.permissions.iter().map(ToString::to_string))
}

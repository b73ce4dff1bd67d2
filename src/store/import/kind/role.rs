//! What a feed fills of a role: columns, each with how a change tells of it, what it refers to, and its row.

use crate::import::references::{Reference, refer};
use crate::import::row::{Cell, References, Row, count_or_null, names, system_or_null};
use crate::import::table::{Column, NAME, NAME_SEARCH, NAME_SORT, clear, derived, flag, number};
use feed::record::Role;

pub(in crate::import) const COLUMNS: &[Column] = &[
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    clear("system_id", "system"),
    derived("system_key"),
    flag("privileged", "privileged"),
    flag("patient_data", "patientData"),
    number("max_holders", "maxHolders"),
];

pub(in crate::import) const REFERENCES: &[Reference] = &[refer!(Role, "system", System)];

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

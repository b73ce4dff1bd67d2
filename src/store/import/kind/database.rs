//! What a feed fills of a database: columns, what it refers to, and its row.

use crate::import::references::{Reference, refer};
use crate::import::row::{References, Row, names};
use crate::import::table::{Column, NAME, NAME_SEARCH, NAME_SORT, touching};
use feed::Kind;
use feed::record::Database;

pub(in crate::import) const COLUMNS: &[Column] = &[
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    touching("system_id"),
    touching("server_id"),
];

pub(in crate::import) const REFERENCES: &[Reference] = &[
    refer!(Database, "system", System),
    refer!(Database, "server", Server),
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
        "server",
        "(SELECT v.external_id FROM server v WHERE v.id = x.server_id)",
    ),
];

pub(in crate::import) fn row(it: &Database, refs: &mut dyn References) -> Row {
    let [name, sort, search] = names(&it.name, None);
    Row::of(vec![
        name,
        sort,
        search,
        refs.id(Kind::System, &it.system),
        refs.id(Kind::Server, &it.server),
    ])
}

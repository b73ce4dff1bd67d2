//! What a feed fills of a database: columns, each with how a change tells of it, what it refers to, and its row.

use crate::feed::Kind;
use crate::feed::record::Database;
use crate::store::import::references::{Reference, refer};
use crate::store::import::row::{References, Row, names};
use crate::store::import::table::{Column, NAME, NAME_SEARCH, NAME_SORT, touching};

pub(in crate::store::import) const COLUMNS: &[Column] = &[
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    touching("system_id", "system"),
    touching("server_id", "server"),
];

pub(in crate::store::import) const REFERENCES: &[Reference] = &[
    refer!(Database, "system", System),
    refer!(Database, "server", Server),
];

pub(in crate::store::import) fn row(it: &Database, refs: &mut dyn References) -> Row {
    let [name, sort, search] = names(&it.name, None);
    Row::of(vec![
        name,
        sort,
        search,
        refs.id(Kind::System, &it.system),
        refs.id(Kind::Server, &it.server),
    ])
}

//! What a feed fills of a server: columns, what it refers to, and its row.

use crate::import::references::{Reference, refer};
use crate::import::row::{References, Row, text};
use crate::import::table::{Column, plain, touching};
use feed::Kind;
use feed::record::Server;

pub(in crate::import) const COLUMNS: &[Column] =
    &[touching("segment_id"), plain("operating_system")];

pub(in crate::import) const REFERENCES: &[Reference] = &[refer!(Server, "segment", Segment)];

/// What a record would say of the row `x`: each field, as SQL.
pub(in crate::import) const TOLD: &[(&str, &str)] = &[
    ("externalId", "x.external_id"),
    (
        "segment",
        "(SELECT m.external_id FROM segment m WHERE m.id = x.segment_id)",
    ),
    ("operatingSystem", "x.operating_system"),
];

pub(in crate::import) fn row(it: &Server, refs: &mut dyn References) -> Row {
    Row::of(vec![
        refs.id(Kind::Segment, &it.segment),
        text(&it.operating_system),
    ])
}

//! What a feed fills of a server: columns, each with how a change tells of it, what it refers to, and its row.

use crate::feed::Kind;
use crate::feed::record::Server;
use crate::store::import::references::{Reference, refer};
use crate::store::import::row::{References, Row, text};
use crate::store::import::table::{Column, named, touching};

pub(in crate::store::import) const COLUMNS: &[Column] = &[
    touching("segment_id", "segment"),
    named("operating_system", "operatingSystem"),
];

pub(in crate::store::import) const REFERENCES: &[Reference] = &[refer!(Server, "segment", Segment)];

pub(in crate::store::import) fn row(it: &Server, refs: &mut dyn References) -> Row {
    Row::of(vec![
        refs.id(Kind::Segment, &it.segment),
        text(&it.operating_system),
    ])
}

//! What a feed fills of each kind of thing, a file a kind.
//!
//! Apart from what is done with it, which is the same for all: a kind says here which columns it has, what it refers
//! to, and its row. To add one: its file here, and what the compiler asks for.

use feed::{Kind, Record};

use super::references::Reference;
use super::row::{References, Row};
use super::table::Column;

pub(super) mod account;
pub(super) mod database;
pub(super) mod engagement;
pub(super) mod grant;
pub(super) mod organisation;
pub(super) mod person;
pub(super) mod role;
pub(super) mod segment;
pub(super) mod server;
pub(super) mod service;
pub(super) mod supplier_assessment;
pub(super) mod system;

/// The columns of a kind's table, in the order in which rows are written.
pub(super) const fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Organisation => organisation::COLUMNS,
        Kind::Person => person::COLUMNS,
        Kind::Engagement => engagement::COLUMNS,
        Kind::System => system::COLUMNS,
        Kind::Segment => segment::COLUMNS,
        Kind::Server => server::COLUMNS,
        Kind::Database => database::COLUMNS,
        Kind::Service => service::COLUMNS,
        Kind::Account => account::COLUMNS,
        Kind::SupplierAssessment => supplier_assessment::COLUMNS,
        Kind::Role => role::COLUMNS,
        Kind::Grant => grant::COLUMNS,
    }
}

/// What records of a kind refer to.
pub(super) const fn references(kind: Kind) -> &'static [Reference] {
    match kind {
        Kind::Organisation => organisation::REFERENCES,
        Kind::Person => person::REFERENCES,
        Kind::Engagement => engagement::REFERENCES,
        Kind::System => system::REFERENCES,
        Kind::Segment => segment::REFERENCES,
        Kind::Server => server::REFERENCES,
        Kind::Database => database::REFERENCES,
        Kind::Service => service::REFERENCES,
        Kind::Account => account::REFERENCES,
        Kind::SupplierAssessment => supplier_assessment::REFERENCES,
        Kind::Role => role::REFERENCES,
        Kind::Grant => grant::REFERENCES,
    }
}

/// What a record would say of a row `x` of the kind's table: each field, as SQL; none: nothing completes such records.
pub(super) const fn told(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Organisation => organisation::TOLD,
        Kind::Person => person::TOLD,
        Kind::Engagement => engagement::TOLD,
        Kind::System => system::TOLD,
        Kind::Segment => segment::TOLD,
        Kind::Server => server::TOLD,
        Kind::Database => database::TOLD,
        Kind::Service => service::TOLD,
        Kind::Account => account::TOLD,
        Kind::SupplierAssessment => supplier_assessment::TOLD,
        Kind::Role => role::TOLD,
        Kind::Grant => &[],
    }
}

/// A record as its row, in the order of its kind's columns.
pub(super) fn row(record: &Record, refs: &mut dyn References) -> Row {
    match record {
        Record::Organisation(it) => organisation::row(it, refs),
        Record::Person(it) => person::row(it, refs),
        Record::Engagement(it) => engagement::row(it, refs),
        Record::System(it) => system::row(it, refs),
        Record::Segment(it) => segment::row(it, refs),
        Record::Server(it) => server::row(it, refs),
        Record::Database(it) => database::row(it, refs),
        Record::Service(it) => service::row(it, refs),
        Record::Account(it) => account::row(it, refs),
        Record::SupplierAssessment(it) => supplier_assessment::row(it, refs),
        Record::Role(it) => role::row(it, refs),
        Record::Grant(it) => grant::row(it, refs),
    }
}

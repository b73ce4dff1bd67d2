//! What a feed fills of a supplier assessment: columns, what it refers to, and its row.

use crate::import::references::{Reference, refer};
use crate::import::row::{References, Row, date, text};
use crate::import::table::{Column, plain, touching};
use feed::Kind;
use feed::record::SupplierAssessment;

pub(in crate::import) const COLUMNS: &[Column] = &[
    plain("supplier_id"),
    plain("authority_id"),
    touching("system_id"),
    plain("decided_on"),
    plain("valid_until"),
    plain("decided_by_id"),
    plain("agreement"),
];

pub(in crate::import) const REFERENCES: &[Reference] = &[
    refer!(SupplierAssessment, "supplier", Organisation),
    refer!(SupplierAssessment, "authority", Organisation),
    refer!(SupplierAssessment, "system", System),
    refer!(SupplierAssessment, "decidedBy", Person),
];

pub(in crate::import) fn row(it: &SupplierAssessment, refs: &mut dyn References) -> Row {
    Row::of(vec![
        refs.id(Kind::Organisation, it.supplier.as_str()),
        refs.id(Kind::Organisation, it.authority.as_str()),
        refs.id(Kind::System, &it.system),
        date(it.decided_on),
        date(it.valid_until),
        refs.id(Kind::Person, it.decided_by.as_str()),
        text(&it.agreement),
    ])
}

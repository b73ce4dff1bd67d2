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

/// What a record would say of the row `x`: each field, as SQL.
pub(in crate::import) const TOLD: &[(&str, &str)] = &[
    ("externalId", "x.external_id"),
    (
        "supplier",
        "(SELECT o.hsa_id FROM organisation o WHERE o.id = x.supplier_id)",
    ),
    (
        "authority",
        "(SELECT o.hsa_id FROM organisation o WHERE o.id = x.authority_id)",
    ),
    (
        "system",
        "(SELECT y.external_id FROM system y WHERE y.id = x.system_id)",
    ),
    ("decidedOn", "x.decided_on"),
    ("validUntil", "x.valid_until"),
    (
        "decidedBy",
        "(SELECT p.hsa_id FROM person p WHERE p.id = x.decided_by_id)",
    ),
    ("agreement", "x.agreement"),
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

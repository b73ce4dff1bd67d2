//! What a feed fills of a system: columns, what it refers to, and its row.

use crate::cell::Cell;
use crate::import::references::{Reference, refer};
use crate::import::row::{References, Row, date, names, person_or_null, text};
use crate::import::table::{Column, NAME, NAME_SEARCH, NAME_SORT, flag, number, plain};
use feed::Kind;
use feed::record::{Classification, System};

pub(in crate::import) const COLUMNS: &[Column] = &[
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    plain("owner_id"),
    plain("administrator_id"),
    plain("it_owner_id"),
    plain("it_manager_id"),
    plain("organisation_id"),
    plain("supplier_id"),
    flag("patient_data"),
    flag("personal_data"),
    flag("business_critical"),
    plain("enforcement"),
    plain("password_login_until"),
];

pub(in crate::import) const REFERENCES: &[Reference] = &[
    refer!(System, "owner", Person),
    refer!(System, "administrator", Person),
    refer!(System, "itOwner", Person),
    refer!(System, "itManager", Person),
    refer!(System, "organisation", Organisation),
    refer!(System, "supplier", Organisation),
];

/// What a record would say of the row `x`: each field, as SQL.
pub(in crate::import) const TOLD: &[(&str, &str)] = &[
    ("externalId", "x.external_id"),
    ("name", "x.name"),
    (
        "owner",
        "(SELECT p.hsa_id FROM person p WHERE p.id = x.owner_id)",
    ),
    (
        "administrator",
        "(SELECT p.hsa_id FROM person p WHERE p.id = x.administrator_id)",
    ),
    (
        "itOwner",
        "(SELECT p.hsa_id FROM person p WHERE p.id = x.it_owner_id)",
    ),
    (
        "itManager",
        "(SELECT p.hsa_id FROM person p WHERE p.id = x.it_manager_id)",
    ),
    (
        "organisation",
        "(SELECT o.hsa_id FROM organisation o WHERE o.id = x.organisation_id)",
    ),
    (
        "classification",
        "(SELECT OBJECT('confidentiality', c.confidentiality, 'integrity', c.integrity, 'availability', c.availability, 'decidedOn', c.decided_on, 'reviewBy', c.review_by, 'analysis', c.analysis) FROM system_classification c WHERE c.system_id = x.id)",
    ),
    ("patientData", "TRUTH(x.patient_data)"),
    ("personalData", "TRUTH(x.personal_data)"),
    ("businessCritical", "TRUTH(x.business_critical)"),
    ("enforcement", "x.enforcement"),
    (
        "supplier",
        "(SELECT o.hsa_id FROM organisation o WHERE o.id = x.supplier_id)",
    ),
    ("passwordLoginUntil", "x.password_login_until"),
];

pub(in crate::import) fn row(it: &System, refs: &mut dyn References) -> Row {
    let [name, sort, search] = names(&it.name, None);
    let supplier = it.supplier.as_ref();
    Row::of(vec![
        name,
        sort,
        search,
        person_or_null(it.owner.as_ref(), refs),
        person_or_null(it.administrator.as_ref(), refs),
        person_or_null(it.it_owner.as_ref(), refs),
        person_or_null(it.it_manager.as_ref(), refs),
        refs.id(Kind::Organisation, it.organisation.as_str()),
        supplier.map_or(Cell::Null, |id| refs.id(Kind::Organisation, id.as_str())),
        Cell::Bool(it.patient_data),
        Cell::Bool(it.personal_data),
        Cell::Bool(it.business_critical),
        text(it.enforcement),
        Cell::text_or_null(it.password_login_until),
    ])
    .with_classification(it.classification.as_ref().map(classified))
}

/// The columns of `system_classification`, which a system has none or one row of.
pub(in crate::import) const CLASSIFICATION: &[Column] = &[
    number("confidentiality"),
    number("integrity"),
    number("availability"),
    plain("decided_on"),
    plain("review_by"),
    plain("analysis"),
];

fn classified(it: &Classification) -> [Cell; 6] {
    [
        Cell::Int(i64::from(it.confidentiality)),
        Cell::Int(i64::from(it.integrity)),
        Cell::Int(i64::from(it.availability)),
        date(it.decided_on),
        date(it.review_by),
        Cell::text_or_null(it.analysis.as_deref()),
    ]
}

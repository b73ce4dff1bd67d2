//! What a feed fills of a system: columns, each with how a change tells of it, what it refers to, and its row.

use crate::import::references::{Reference, refer};
use crate::import::row::{
    Cell, References, Row, date, date_or_null, names, person_or_null, text, text_or_null,
};
use crate::import::table::{Column, NAME, NAME_SEARCH, NAME_SORT, clear, flag, named, number};
use feed::Kind;
use feed::record::{Classification, System};

pub(in crate::import) const COLUMNS: &[Column] = &[
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    clear("owner_id", "owner"),
    clear("administrator_id", "administrator"),
    clear("it_owner_id", "itOwner"),
    clear("it_manager_id", "itManager"),
    clear("organisation_id", "organisation"),
    clear("supplier_id", "supplier"),
    flag("patient_data", "patientData"),
    flag("personal_data", "personalData"),
    flag("business_critical", "businessCritical"),
    clear("enforcement", "enforcement"),
    clear("password_login_until", "passwordLoginUntil"),
];

pub(in crate::import) const REFERENCES: &[Reference] = &[
    refer!(System, "owner", Person),
    refer!(System, "administrator", Person),
    refer!(System, "itOwner", Person),
    refer!(System, "itManager", Person),
    refer!(System, "organisation", Organisation),
    refer!(System, "supplier", Organisation),
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
        date_or_null(it.password_login_until),
    ])
    .with_classification(it.classification.as_ref().map(classified))
}

/// The columns of `system_classification`, which a system has none or one row of.
pub(in crate::import) const CLASSIFICATION: &[Column] = &[
    number("confidentiality", "confidentiality"),
    number("integrity", "integrity"),
    number("availability", "availability"),
    clear("decided_on", "decidedOn"),
    clear("review_by", "reviewBy"),
    named("analysis", "analysis"),
];

fn classified(it: &Classification) -> [Cell; 6] {
    [
        Cell::Int(i64::from(it.confidentiality)),
        Cell::Int(i64::from(it.integrity)),
        Cell::Int(i64::from(it.availability)),
        date(it.decided_on),
        date(it.review_by),
        text_or_null(it.analysis.as_deref()),
    ]
}

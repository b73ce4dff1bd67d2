//! Which columns of the register a feed fills, and how each is told in a change event.

use crate::feed::Kind;

/// How a column's value is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// By the field's name and the value: ids, dates, enumerations, flags.
    Clear(&'static str),
    /// By the field's name, the value in a slot that can be erased: what is known of a person besides who it
    /// is and for whom they work.
    Slot(&'static str),
    /// By the field's name alone: free text.
    Named(&'static str),
    /// Not at all: it follows from the others.
    Derived,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Text,
    Bool,
    Int,
}

/// A column that a feed fills.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) sort: Sort,
    pub(super) told: Told,
    /// Whether decisions about what it refers to rest on this row: the old and the new value are
    /// named as touched.
    pub(super) touches: bool,
}

const fn clear(name: &'static str, field: &'static str) -> Column {
    Column {
        name,
        sort: Sort::Text,
        told: Told::Clear(field),
        touches: false,
    }
}

const fn touching(name: &'static str, field: &'static str) -> Column {
    Column {
        touches: true,
        ..clear(name, field)
    }
}

const fn flag(name: &'static str, field: &'static str) -> Column {
    Column {
        sort: Sort::Bool,
        ..clear(name, field)
    }
}

const fn number(name: &'static str, field: &'static str) -> Column {
    Column {
        sort: Sort::Int,
        ..clear(name, field)
    }
}

const fn slot(name: &'static str, field: &'static str) -> Column {
    Column {
        told: Told::Slot(field),
        ..clear(name, field)
    }
}

const fn named(name: &'static str, field: &'static str) -> Column {
    Column {
        told: Told::Named(field),
        ..clear(name, field)
    }
}

const fn derived(name: &'static str) -> Column {
    Column {
        told: Told::Derived,
        ..clear(name, name)
    }
}

const NAME: Column = named("name", "name");
const NAME_SORT: Column = derived("name_sort");
const NAME_SEARCH: Column = derived("name_search");

/// The columns of a kind's table, in the order in which rows are written.
pub(super) const fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Organisation => ORGANISATION,
        Kind::Person => PERSON,
        Kind::Engagement => ENGAGEMENT,
        Kind::System => SYSTEM,
        Kind::Segment => SEGMENT,
        Kind::Server => SERVER,
        Kind::Database => DATABASE,
        Kind::Service => SERVICE,
        Kind::Account => ACCOUNT,
        Kind::SupplierAssessment => SUPPLIER_ASSESSMENT,
        Kind::Role => ROLE,
        Kind::Grant => GRANT,
    }
}

const ORGANISATION: &[Column] = &[
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    clear("kind", "type"),
    flag("authority", "authority"),
    flag("care_provider", "careProvider"),
    clear("parent_id", "parent"),
    number("max_privileged_grants", "maxPrivilegedGrants"),
];

const PERSON: &[Column] = &[
    clear("individual_id", "individual"),
    slot("given_name", "givenName"),
    slot("family_name", "familyName"),
    NAME_SORT,
    NAME_SEARCH,
    slot("email", "email"),
    Column {
        sort: Sort::Bool,
        ..slot("protected_identity", "protectedIdentity")
    },
    slot("training_completed_on", "trainingCompletedOn"),
];

const ENGAGEMENT: &[Column] = &[
    touching("person_id", "person"),
    clear("kind", "type"),
    clear("employer_id", "employer"),
    clear("unit_id", "unit"),
    clear("responsible_id", "responsible"),
    clear("from_date", "from"),
    clear("until_date", "until"),
    slot("absent_from", "absentFrom"),
    slot("absent_until", "absentUntil"),
];

const SYSTEM: &[Column] = &[
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

/// The columns of `system_classification`, which a system has none or one row of.
pub(super) const CLASSIFICATION: &[Column] = &[
    number("confidentiality", "confidentiality"),
    number("integrity", "integrity"),
    number("availability", "availability"),
    clear("decided_on", "decidedOn"),
    clear("review_by", "reviewBy"),
    named("analysis", "analysis"),
];

const SEGMENT: &[Column] = &[
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    touching("system_id", "system"),
    clear("organisation_id", "organisation"),
    clear("environment", "environment"),
    flag("patient_data", "patientData"),
    clear("change_from", "changeFrom"),
    clear("change_until", "changeUntil"),
];

const SERVER: &[Column] = &[
    touching("segment_id", "segment"),
    named("operating_system", "operatingSystem"),
];

const DATABASE: &[Column] = &[
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    touching("system_id", "system"),
    touching("server_id", "server"),
];

const SERVICE: &[Column] = &[
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    clear("owner_id", "owner"),
    clear("deputy_id", "deputy"),
    clear("organisation_id", "organisation"),
    clear("from_date", "from"),
    clear("until_date", "until"),
    clear("declared_scope_id", "declaredScope"),
];

const ACCOUNT: &[Column] = &[
    clear("kind", "type"),
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    clear("system_id", "system"),
    clear("owner_id", "owner"),
    clear("deputy_id", "deputy"),
    clear("until_date", "until"),
];

const SUPPLIER_ASSESSMENT: &[Column] = &[
    clear("supplier_id", "supplier"),
    clear("authority_id", "authority"),
    touching("system_id", "system"),
    clear("decided_on", "decidedOn"),
    clear("valid_until", "validUntil"),
    clear("decided_by_id", "decidedBy"),
    named("agreement", "agreement"),
];

const ROLE: &[Column] = &[
    NAME,
    NAME_SORT,
    NAME_SEARCH,
    clear("system_id", "system"),
    derived("system_key"),
    flag("privileged", "privileged"),
    flag("patient_data", "patientData"),
    number("max_holders", "maxHolders"),
];

const GRANT: &[Column] = &[
    touching("person_id", "person"),
    touching("service_id", "service"),
    clear("engagement_id", "engagement"),
    clear("role_id", "role"),
    clear("scope_kind", "scopeKind"),
    clear("organisation_id", "organisation"),
    clear("system_id", "system"),
    clear("segment_id", "segment"),
    clear("database_id", "database"),
    clear("from_date", "from"),
    clear("until_date", "until"),
    named("needs_and_risk_analysis", "needsAndRiskAnalysis"),
    clear("analysis_review_by", "analysisReviewBy"),
    clear("ordered_by_id", "orderedBy"),
    clear("approved_by_id", "approvedBy"),
    clear("origin", "origin"),
    clear("attest_by", "attestBy"),
];

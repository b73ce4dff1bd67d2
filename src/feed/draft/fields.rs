//! The fields of each kind of record, and what becomes of those that are not given.

use super::Absent::{self, Empty, Follows, Missing, Null};
use crate::Kind;

/// A field of a kind of record, and what becomes of it where it is not given.
pub type Field = (&'static str, Absent);

/// The fields of a kind of record, besides its kind.
#[must_use]
pub const fn fields(kind: Kind) -> &'static [Field] {
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

const ORGANISATION: &[Field] = &[
    ("externalId", Missing),
    ("name", Missing),
    ("parent", Null),
    ("type", Missing),
    ("authority", Missing),
    ("careProvider", Follows),
    ("maxPrivilegedGrants", Null),
];

const PERSON: &[Field] = &[
    ("externalId", Missing),
    ("individual", Missing),
    ("givenName", Missing),
    ("familyName", Missing),
    ("email", Missing),
    ("protectedIdentity", Missing),
    ("trainingCompletedOn", Null),
    ("credentials", Empty),
];

const ENGAGEMENT: &[Field] = &[
    ("externalId", Missing),
    ("person", Missing),
    ("type", Missing),
    ("employer", Missing),
    ("unit", Missing),
    ("responsible", Null),
    ("from", Missing),
    ("until", Null),
    ("absentFrom", Null),
    ("absentUntil", Null),
];

const SYSTEM: &[Field] = &[
    ("externalId", Missing),
    ("name", Missing),
    ("owner", Null),
    ("administrator", Null),
    ("itOwner", Null),
    ("itManager", Null),
    ("organisation", Missing),
    ("classification", Null),
    ("patientData", Missing),
    ("personalData", Missing),
    ("businessCritical", Missing),
    ("enforcement", Missing),
    ("supplier", Null),
    ("passwordLoginUntil", Null),
];

const SEGMENT: &[Field] = &[
    ("externalId", Missing),
    ("name", Missing),
    ("system", Null),
    ("organisation", Missing),
    ("environment", Missing),
    ("patientData", Missing),
    ("changeFrom", Null),
    ("changeUntil", Null),
    ("controls", Empty),
];

const SERVER: &[Field] = &[
    ("externalId", Missing),
    ("segment", Missing),
    ("operatingSystem", Missing),
];

const DATABASE: &[Field] = &[
    ("externalId", Missing),
    ("name", Missing),
    ("system", Missing),
    ("server", Missing),
];

const SERVICE: &[Field] = &[
    ("externalId", Missing),
    ("name", Missing),
    ("owner", Missing),
    ("deputy", Missing),
    ("organisation", Missing),
    ("declaredScope", Null),
    ("from", Missing),
    ("until", Null),
];

const ACCOUNT: &[Field] = &[
    ("externalId", Missing),
    ("type", Missing),
    ("name", Missing),
    ("system", Null),
    ("owner", Null),
    ("deputy", Null),
    ("until", Null),
];

const SUPPLIER_ASSESSMENT: &[Field] = &[
    ("externalId", Missing),
    ("supplier", Missing),
    ("authority", Missing),
    ("system", Missing),
    ("decidedOn", Missing),
    ("validUntil", Missing),
    ("decidedBy", Missing),
    ("agreement", Missing),
];

const ROLE: &[Field] = &[
    ("externalId", Missing),
    ("name", Missing),
    ("system", Null),
    ("privileged", Missing),
    ("patientData", Missing),
    ("maxHolders", Null),
    ("permissions", Empty),
];

const GRANT: &[Field] = &[
    ("externalId", Missing),
    ("principal", Missing),
    ("engagement", Null),
    ("role", Missing),
    ("scope", Missing),
    ("from", Missing),
    ("until", Null),
    ("needsAndRiskAnalysis", Null),
    ("analysisReviewBy", Null),
    ("orderedBy", Missing),
    ("approvedBy", Null),
    ("origin", Missing),
    ("attestBy", Null),
];

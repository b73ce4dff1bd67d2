//! Each kind of thing that the register has: its columns, and what hangs on it.
//!
//! What is left out follows from the rest: keys for sorting and searching, the closure of the organisations, `system_key`,
//! and the version, which counts changes.

use domain::EntityKind;

use super::{Aggregate, Field, Members, Shape, Told, clear, flag, number, personal};

const NAME: Field = personal("name", "name");
const SOURCE: Field = clear("source", "source");
const EXTERNAL_ID: Field = clear("external_id", "externalId");
const FROM: Field = clear("from_date", "from");
const UNTIL: Field = clear("until_date", "until");
const PRIVILEGED: Field = flag("privileged", "privileged");
const PATIENT_DATA: Field = flag("patient_data", "patientData");
const SYSTEM: Field = clear("system_id", "system");
const ORGANISATION: Field = clear("organisation_id", "organisation");
const PERSON: Field = clear("person_id", "person");
const ROLE: Field = clear("role_id", "role");
const OWNER: Field = clear("owner_id", "owner");
const DEPUTY: Field = clear("deputy_id", "deputy");
const SCOPE_KIND: Field = clear("scope_kind", "scopeKind");
const SEGMENT: Field = clear("segment_id", "segment");
const DATABASE: Field = clear("database_id", "database");
const REVOKED_AT: Field = number("revoked_at", "revokedAt");
const REVOKED_BY: Field = clear("revoked_by", "revokedBy");
const DECISION: Field = clear("decision_id", "decision");

/// A thing of that kind, in the table and by the column that all kinds but a few have.
const fn aggregate(
    kind: EntityKind,
    fields: &'static [Field],
    members: &'static [Members],
) -> Aggregate {
    Aggregate {
        kind,
        table: kind.table(),
        key: "id",
        fields,
        members,
    }
}

/// Every kind of thing that the register has.
pub const AGGREGATES: &[Aggregate] = &[
    aggregate(
        EntityKind::Organisation,
        &[
            SOURCE,
            clear("hsa_id", "hsaId"),
            NAME,
            clear("kind", "type"),
            flag("authority", "authority"),
            flag("care_provider", "careProvider"),
            clear("parent_id", "parent"),
            number("max_privileged_grants", "maxPrivilegedGrants"),
        ],
        &[
            Members {
                name: "parents",
                table: "organisation_parent",
                owner: "child_id",
                fields: &[clear("parent_id", "parent"), FROM, UNTIL],
                shape: Shape::List,
            },
            Members {
                name: "successors",
                table: "organisation_successor",
                owner: "old_id",
                fields: &[
                    clear("new_id", "organisation"),
                    clear("kind", "type"),
                    clear("on_date", "on"),
                ],
                shape: Shape::List,
            },
        ],
    ),
    aggregate(
        EntityKind::Individual,
        &[
            SOURCE,
            personal("external_key", "externalKey"),
            number("suspended_at", "suspendedAt"),
        ],
        &[],
    ),
    aggregate(
        EntityKind::Person,
        &[
            SOURCE,
            clear("hsa_id", "hsaId"),
            clear("individual_id", "individual"),
            personal("given_name", "givenName"),
            personal("family_name", "familyName"),
            personal("email", "email"),
            Field {
                told: Told::Personal,
                ..flag("protected_identity", "protectedIdentity")
            },
            personal("training_completed_on", "trainingCompletedOn"),
        ],
        &[Members {
            name: "credentials",
            table: "person_credential",
            owner: "person_id",
            fields: &[clear("kind", "type")],
            shape: Shape::Personal,
        }],
    ),
    aggregate(
        EntityKind::Engagement,
        &[
            SOURCE,
            EXTERNAL_ID,
            PERSON,
            clear("kind", "type"),
            clear("employer_id", "employer"),
            clear("unit_id", "unit"),
            clear("responsible_id", "responsible"),
            FROM,
            UNTIL,
            personal("absent_from", "absentFrom"),
            personal("absent_until", "absentUntil"),
        ],
        &[],
    ),
    aggregate(
        EntityKind::Commission,
        &[
            SOURCE,
            clear("hsa_id", "hsaId"),
            PERSON,
            clear("engagement_id", "engagement"),
            clear("purpose", "purpose"),
            clear("care_unit_id", "careUnit"),
            clear("care_provider_id", "careProvider"),
            FROM,
            UNTIL,
        ],
        &[],
    ),
    aggregate(
        EntityKind::Service,
        &[
            SOURCE,
            EXTERNAL_ID,
            NAME,
            OWNER,
            DEPUTY,
            ORGANISATION,
            FROM,
            UNTIL,
            flag("trusted_to_assert", "trustedToAssert"),
            flag("built_in", "builtIn"),
            clear("declared_scope_id", "declaredScope"),
        ],
        &[],
    ),
    aggregate(
        EntityKind::Account,
        &[
            SOURCE,
            EXTERNAL_ID,
            clear("kind", "type"),
            NAME,
            SYSTEM,
            OWNER,
            DEPUTY,
            UNTIL,
        ],
        &[],
    ),
    aggregate(
        EntityKind::System,
        &[
            SOURCE,
            EXTERNAL_ID,
            NAME,
            OWNER,
            clear("administrator_id", "administrator"),
            clear("it_owner_id", "itOwner"),
            clear("it_manager_id", "itManager"),
            ORGANISATION,
            clear("supplier_id", "supplier"),
            PATIENT_DATA,
            flag("personal_data", "personalData"),
            flag("business_critical", "businessCritical"),
            clear("criticality_reason", "criticalityReason"),
            clear("retention", "retention"),
            clear("enforcement", "enforcement"),
            clear("password_login_until", "passwordLoginUntil"),
            number("patient_level", "patientLevel"),
        ],
        &[
            Members {
                name: "classification",
                table: "system_classification",
                owner: "system_id",
                fields: &[
                    number("confidentiality", "confidentiality"),
                    number("integrity", "integrity"),
                    number("availability", "availability"),
                    clear("decided_on", "decidedOn"),
                    clear("review_by", "reviewBy"),
                    clear("analysis", "analysis"),
                ],
                shape: Shape::One,
            },
            Members {
                name: "obligations",
                table: "system_obligation",
                owner: "system_id",
                fields: &[clear("kind", "type"), clear("condition", "condition")],
                shape: Shape::List,
            },
        ],
    ),
    aggregate(
        EntityKind::Segment,
        &[
            SOURCE,
            EXTERNAL_ID,
            NAME,
            SYSTEM,
            ORGANISATION,
            clear("environment", "environment"),
            PATIENT_DATA,
            clear("change_from", "changeFrom"),
            clear("change_until", "changeUntil"),
        ],
        &[Members {
            name: "controls",
            table: "segment_control",
            owner: "controller_id",
            fields: &[clear("controlled_id", "segment")],
            shape: Shape::Set,
        }],
    ),
    aggregate(
        EntityKind::Server,
        &[
            SOURCE,
            EXTERNAL_ID,
            SEGMENT,
            clear("operating_system", "operatingSystem"),
        ],
        &[],
    ),
    aggregate(
        EntityKind::Database,
        &[
            SOURCE,
            EXTERNAL_ID,
            NAME,
            SYSTEM,
            clear("server_id", "server"),
        ],
        &[],
    ),
    aggregate(
        EntityKind::SupplierAssessment,
        &[
            SOURCE,
            EXTERNAL_ID,
            clear("supplier_id", "supplier"),
            clear("authority_id", "authority"),
            SYSTEM,
            clear("decided_on", "decidedOn"),
            clear("valid_until", "validUntil"),
            clear("decided_by_id", "decidedBy"),
            clear("agreement", "agreement"),
        ],
        &[],
    ),
    aggregate(
        EntityKind::Permission,
        &[
            SYSTEM,
            clear("name", "name"),
            clear("category", "category"),
            PRIVILEGED,
            flag("flagged", "flagged"),
        ],
        &[],
    ),
    aggregate(
        EntityKind::Role,
        &[
            SOURCE,
            EXTERNAL_ID,
            NAME,
            SYSTEM,
            PRIVILEGED,
            PATIENT_DATA,
            number("max_holders", "maxHolders"),
        ],
        &[Members {
            name: "permissions",
            table: "role_permission",
            owner: "role_id",
            fields: &[clear("permission_id", "permission")],
            shape: Shape::Set,
        }],
    ),
    aggregate(
        EntityKind::Grant,
        &[
            SOURCE,
            EXTERNAL_ID,
            PERSON,
            clear("service_id", "service"),
            clear("engagement_id", "engagement"),
            ROLE,
            SCOPE_KIND,
            ORGANISATION,
            SYSTEM,
            SEGMENT,
            DATABASE,
            FROM,
            UNTIL,
            clear("needs_and_risk_analysis", "needsAndRiskAnalysis"),
            clear("analysis_review_by", "analysisReviewBy"),
            clear("disclosure_basis", "disclosureBasis"),
            clear("assignment", "assignment"),
            clear("ordered_by_id", "orderedBy"),
            clear("validated_by_id", "validatedBy"),
            Field {
                told: Told::Listed("person"),
                ..clear("approved_by_id", "approvals")
            },
            clear("executed_by_id", "executedBy"),
            clear("executed_by_service_id", "executedByService"),
            clear("origin", "origin"),
            clear("attest_by", "attestBy"),
            REVOKED_AT,
            REVOKED_BY,
            DECISION,
        ],
        &[],
    ),
    aggregate(
        EntityKind::Delegation,
        &[
            clear("from_person_id", "fromPerson"),
            clear("to_person_id", "toPerson"),
            ROLE,
            SCOPE_KIND,
            ORGANISATION,
            SYSTEM,
            SEGMENT,
            DATABASE,
            FROM,
            UNTIL,
            REVOKED_AT,
            REVOKED_BY,
            DECISION,
        ],
        &[],
    ),
    aggregate(
        EntityKind::EditProposal,
        &[
            clear("kind", "edit"),
            clear("thing_id", "thing"),
            ORGANISATION,
            SYSTEM,
            Field {
                told: Told::Digest,
                ..clear("edit", "editDigest")
            },
            Field {
                told: Told::Digest,
                ..clear("gain", "gainTextDigest")
            },
            clear("gain_digest", "gainDigest"),
            flag("proposers_gain", "proposersGain"),
            clear("state", "state"),
            clear("proposed_by", "proposedBy"),
            clear("proposed_individual", "proposedIndividual"),
            number("proposed_at", "proposedAt"),
            DECISION,
            clear("decided_by", "decidedBy"),
            clear("decided_individual", "decidedIndividual"),
            number("decided_at", "decidedAt"),
        ],
        &[Members {
            name: "proposers",
            table: "edit_proposer",
            owner: "proposal_id",
            fields: &[clear("individual_id", "individual")],
            shape: Shape::Set,
        }],
    ),
    Aggregate {
        kind: EntityKind::Event,
        table: "decision_review",
        key: "event_id",
        fields: &[
            clear("outcome", "outcome"),
            clear("reviewed_by", "reviewedBy"),
            clear("reviewed_individual", "reviewedIndividual"),
            number("reviewed_at", "reviewedAt"),
        ],
        members: &[],
    },
    aggregate(
        EntityKind::PolicySet,
        &[
            number("generation", "generation"),
            clear("digest", "digest"),
            flag("active", "active"),
            number("activated_at", "activatedAt"),
            clear("released_by", "releasedBy"),
            number("proposed_at", "proposedAt"),
            clear("proposed_by", "proposedBy"),
        ],
        &[],
    ),
    aggregate(
        EntityKind::Stage,
        &[
            clear("policy", "guardrail"),
            clear("system_key", "system"),
            clear("authority_key", "authority"),
            clear("stage", "stage"),
            clear("ends_on", "until"),
            clear("decided_by", "decidedBy"),
        ],
        &[],
    ),
];

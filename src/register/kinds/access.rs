//! Who may do what, and what was decided about it.

use domain::EntityKind;

use super::{
    DATABASE, DECISION, EXTERNAL_ID, FROM, NAME, ORGANISATION, PATIENT_DATA, PERSON, PRIVILEGED,
    REVOKED_AT, REVOKED_BY, ROLE, SCOPE_KIND, SEGMENT, SOURCE, SYSTEM, SYSTEM_KEY, UNTIL,
    aggregate, derived,
};
use crate::{Aggregate, Derived, Field, Follows, Members, Shape, Told, clear, flag, number};

/// What roles are sorted and found by, and are unique by.
const ROLE_KEYS: &[Derived] = &[
    derived("name_sort", Follows::SortKey(&["name"])),
    derived("name_search", Follows::SearchWords(&["name"])),
    SYSTEM_KEY,
];

/// Their kinds.
pub(super) const ALL: &[Aggregate] = &[
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
    )
    .with(&[SYSTEM_KEY]),
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
            derived: &[SYSTEM_KEY],
        }],
    )
    .with(ROLE_KEYS),
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
            derived: &[],
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
        derived: &[
            derived("seq", Follows::Event("seq")),
            derived("about_individual", Follows::Event("individual")),
            derived("decision_id", Follows::Decision),
        ],
        is_versioned: false,
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
    )
    .unversioned(),
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
    )
    .unversioned(),
];

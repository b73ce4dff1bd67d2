//! Systems, and what they run on.

use domain::EntityKind;

use super::{
    EXTERNAL_ID, NAME, NAMED, ORGANISATION, OWNER, PATIENT_DATA, SEGMENT, SOURCE, SYSTEM, aggregate,
};
use crate::{Aggregate, Field, Members, Shape, clear, flag, number};

/// Their kinds.
pub(super) const ALL: &[Aggregate] = &[
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
            Field {
                initial: Some("3"),
                ..number("patient_level", "patientLevel")
            },
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
                derived: &[],
            },
            Members {
                name: "obligations",
                table: "system_obligation",
                owner: "system_id",
                fields: &[clear("kind", "type"), clear("condition", "condition")],
                shape: Shape::List,
                derived: &[],
            },
        ],
    )
    .with(NAMED),
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
            derived: &[],
        }],
    )
    .with(NAMED),
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
    )
    .with(NAMED),
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
];

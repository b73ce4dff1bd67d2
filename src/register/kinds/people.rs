//! Organisations, people, and the machines that somebody answers for.

use domain::EntityKind;

use super::{
    DEPUTY, EXTERNAL_ID, FROM, NAME, NAMED, ORGANISATION, OWNER, PERSON, SOURCE, SYSTEM, UNTIL,
    aggregate, derived,
};
use crate::{Aggregate, Field, Follows, Members, Shape, Told, clear, flag, number, personal};

/// Their kinds.
pub(super) const ALL: &[Aggregate] = &[
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
                derived: &[],
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
                derived: &[],
            },
        ],
    )
    .with(NAMED),
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
            derived: &[],
        }],
    )
    .with(&[
        derived("name_sort", Follows::SortKey(&["familyName", "givenName"])),
        derived(
            "name_search",
            Follows::SearchWords(&["givenName", "familyName"]),
        ),
    ]),
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
    )
    .with(NAMED),
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
    )
    .with(NAMED),
];

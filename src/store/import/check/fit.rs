//! Whether a grant fits its holder and its scope, and what would move fits what is granted there.

use super::{Check, simple};
use crate::import::references::{in_feed, in_register, table};
use domain::Words;
use feed::Kind;

pub(super) fn foreign_engagement(alive: &str) -> Check {
    let engagement = "s.body ->> 'engagement'";
    let holder = "s.body -> 'principal' ->> 'externalId'";
    simple(
        Kind::Grant,
        "engagement",
        engagement,
        format!(
            "{engagement} IS NOT NULL AND ({feed} OR {register}) \
             AND NOT EXISTS (SELECT 1 FROM staged_record t WHERE t.run_id = :run \
                 AND t.kind = 'engagement' AND t.external_id = {engagement} \
                 AND t.body ->> 'person' = {holder}{alive}) \
             AND NOT EXISTS (SELECT 1 FROM engagement r JOIN person p ON p.id = r.person_id \
                 WHERE r.external_id = {engagement} AND r.source IN (:source, :other) \
                 AND p.hsa_id = {holder})",
            feed = in_feed(Kind::Engagement, engagement, " AND NOT t.rejected"),
            register = in_register(Kind::Engagement, engagement),
        ),
        Words::part(
            "is an engagement of somebody else",
            "är någon annans anställning eller uppdrag",
        ),
        Words::part(
            "an engagement of the principal",
            "en anställning eller ett uppdrag för den som får behörigheten",
        ),
    )
}

/// The system of a role, segment or database as it will be: the feed's word, else the register's.
fn system_of(kind: Kind, id: &str) -> String {
    format!(
        "(SELECT t.body ->> 'system' FROM staged_record t WHERE t.run_id = :run \
         AND t.kind = '{kind}' AND t.external_id = {id} AND NOT t.rejected \
         UNION ALL SELECT y.external_id FROM {table} r LEFT JOIN system y ON y.id = r.system_id \
         WHERE r.external_id = {id} AND r.source IN (:source, :other) \
         AND NOT EXISTS (SELECT 1 FROM staged_record t WHERE t.run_id = :run \
             AND t.kind = '{kind}' AND t.external_id = {id} AND NOT t.rejected) LIMIT 1)",
        table = table(kind),
    )
}

/// A system's role reaches into that system only.
pub(super) fn unfit() -> [Check; 3] {
    let id = "s.body -> 'scope' ->> 'externalId'";
    let role = system_of(Kind::Role, "s.body ->> 'role'");
    let check = |word: &str, place: String| {
        simple(
            Kind::Grant,
            "scope.externalId",
            id,
            format!(
                "s.body -> 'scope' ->> 'kind' = '{word}' AND {role} IS NOT NULL \
                 AND COALESCE({place}, '') <> {role}"
            ),
            Words::part(
                "is outside the system that the role belongs to",
                "ligger utanför systemet som rollen hör till",
            ),
            Words::part(
                "a scope in the role's own system, or a general role",
                "en omfattning i rollens eget system, eller en allmän roll",
            ),
        )
    };
    [
        check("system", id.to_owned()),
        check("segment", system_of(Kind::Segment, id)),
        check("database", system_of(Kind::Database, id)),
    ]
}

/// A segment or database cannot leave a system whose roles are in force there.
pub(super) fn stranded() -> [Check; 2] {
    let check = |kind: Kind, column: &str| {
        let live = |table: &str| {
            format!(
                "EXISTS (SELECT 1 FROM {table} g JOIN role o ON o.id = g.role_id \
                 WHERE g.{column} = r.id AND g.revoked_at IS NULL AND o.system_id IS NOT NULL)"
            )
        };
        simple(
            kind,
            "system",
            "s.body ->> 'system'",
            format!(
                "EXISTS (SELECT 1 FROM {table} r LEFT JOIN system y ON y.id = r.system_id \
                 WHERE r.external_id = s.external_id AND r.source IN (:source, :other) \
                 AND COALESCE(y.external_id, '') <> COALESCE(s.body ->> 'system', '') \
                 AND ({grants} OR {delegations}))",
                table = table(kind),
                grants = live("role_grant"),
                delegations = live("delegation"),
            ),
            Words::part(
                "would leave a system whose roles are granted there",
                "skulle lämna ett system vars roller någon har där",
            ),
            Words::part(
                "the same system until those grants are revoked",
                "samma system tills de behörigheterna är borttagna",
            ),
        )
    };
    [
        check(Kind::Segment, "segment_id"),
        check(Kind::Database, "database_id"),
    ]
}

//! At what stage guardrails are, and where that was decided.

use std::collections::BTreeSet;

use sea_orm::DatabaseTransaction;

use crate::rows::{Row, rows};
use domain::Date;
use domain::Named;
use domain::id::OrganisationId;
use domain::verdict::{DecidedStage, Stage, StagedAt, Stages};
use gate::FactError;

/// The stages that were decided, enforced where they have run out; the wider ones first, so that a system's own
/// prevails, and of these an authority's.
pub(super) async fn read(
    connection: &DatabaseTransaction,
    today: Date,
) -> Result<Vec<DecidedStage>, FactError> {
    let sql = "SELECT policy AS id, NULLIF(system_key, '') AS system_id, \
        NULLIF(authority_key, '') AS authority_id, stage, ends_on, decided_by FROM guardrail_stage \
        ORDER BY system_key, authority_key";
    let found = rows(connection, sql, []).await?;
    found
        .iter()
        .map(|row| {
            let row = Row::of("guardrail_stage", row);
            let stage = Stage::named(&row.get::<String>("stage")?)
                .ok_or_else(|| row.corrupt("stage", "not a stage"))?;
            let until = row.date_if("ends_on")?;
            let over = until.is_some_and(|day| day < today);
            let at = StagedAt {
                system: row.id_if("system_id")?,
                authority: row.id_if("authority_id")?,
            };
            Ok(DecidedStage {
                guardrail: row.get("id")?,
                at,
                stage: if over { Stage::Enforce } else { stage },
                until,
                decided_by: row.id_if("decided_by")?,
            })
        })
        .collect()
}

/// The stages that hold there.
pub(super) fn of(rows: &[DecidedStage], at: StagedAt) -> Stages {
    let applies = |row: &&DecidedStage| {
        let here = row.at.system.is_none() || row.at.system == at.system;
        here && (row.at.authority.is_none() || row.at.authority == at.authority)
    };
    let applying = rows.iter().filter(applies);
    let told = applying.map(|row| (row.guardrail.clone(), row.stage));
    told.collect()
}

/// The authorities at and below that organisation.
pub(super) async fn authorities_within(
    connection: &DatabaseTransaction,
    organisation: OrganisationId,
) -> Result<BTreeSet<OrganisationId>, FactError> {
    let sql = "SELECT o.id FROM organisation_closure c JOIN organisation o ON o.id = c.descendant_id \
        WHERE c.ancestor_id = $1 AND o.authority";
    let found = rows(connection, sql, [organisation.to_string().into()]).await?;
    let within = found.iter().map(|row| {
        let table = "organisation";
        Row::of(table, row).id("id")
    });
    within.collect()
}

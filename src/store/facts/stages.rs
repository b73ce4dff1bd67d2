//! At what stage guardrails are, and where that was decided.

use std::collections::BTreeSet;

use sea_orm::{DatabaseTransaction, Value};

use crate::domain::Date;
use crate::domain::id::{OrganisationId, SystemId};
use crate::domain::verdict::{DecidedStage, Stage, StagedAt, Stages};
use crate::gate::{FactError, Staged};
use crate::store::rows::{Row, places, rows};

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
            let row = Row {
                table: "guardrail_stage",
                row,
            };
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

/// What stages of their own were decided for; of the authorities those at and below that organisation.
pub(super) async fn staged(
    connection: &DatabaseTransaction,
    known: &[DecidedStage],
    below: Option<OrganisationId>,
) -> Result<Staged, FactError> {
    let systems: BTreeSet<SystemId> = known.iter().filter_map(|row| row.at.system).collect();
    let authorities: BTreeSet<OrganisationId> =
        known.iter().filter_map(|row| row.at.authority).collect();
    let authorities = match below {
        Some(organisation) if !authorities.is_empty() => {
            at_and_below(connection, organisation, authorities).await?
        }
        Some(_) | None => authorities,
    };
    Ok(Staged {
        systems,
        authorities,
    })
}

async fn at_and_below(
    connection: &DatabaseTransaction,
    organisation: OrganisationId,
    authorities: BTreeSet<OrganisationId>,
) -> Result<BTreeSet<OrganisationId>, FactError> {
    let sql = format!(
        "SELECT descendant_id AS id FROM organisation_closure \
         WHERE ancestor_id = $1 AND descendant_id IN ({})",
        places(2, authorities.len())
    );
    let ids = std::iter::once(organisation).chain(authorities);
    let values = ids.map(|id| Value::from(id.to_string()));
    let found = rows(connection, &sql, values).await?;
    let within = found.iter().map(|row| {
        let table = "organisation_closure";
        Row { table, row }.id("id")
    });
    within.collect()
}

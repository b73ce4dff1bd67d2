//! One human being behind several ids: the people of their HSA-ids, and the services that they answer for.

use std::collections::BTreeSet;

use sea_orm::{DatabaseTransaction, Value};

use crate::rows::{Row, places, rows};
use domain::EntityRef;
use domain::id::{EditProposalId, IndividualId};
use gate::FactError;

const PROPOSERS: &str = "\
    SELECT individual_id FROM edit_proposer WHERE proposal_id = $1 \
    UNION SELECT p.individual_id FROM edit_proposal e JOIN service s ON s.id = e.proposed_by \
    JOIN person p ON p.id IN (s.owner_id, s.deputy_id) WHERE e.id = $1";

pub(super) async fn proposers(
    connection: &DatabaseTransaction,
    proposal: EditProposalId,
) -> Result<BTreeSet<IndividualId>, FactError> {
    individuals(connection, PROPOSERS, Value::from(proposal.to_string())).await
}

async fn individuals(
    connection: &DatabaseTransaction,
    sql: &str,
    of: Value,
) -> Result<BTreeSet<IndividualId>, FactError> {
    let found = rows(connection, sql, [of]).await?;
    let table = "person";
    let rows = found.iter().map(|row| Row::of(table, row));
    rows.map(|row| row.id("individual_id")).collect()
}

/// `THOSE` stands for the human beings.
const GUISES: &str = "\
    SELECT id FROM person WHERE individual_id IN (THOSE) \
    UNION SELECT s.id FROM service s JOIN person p ON p.id IN (s.owner_id, s.deputy_id) \
    WHERE p.individual_id IN (THOSE)";

pub(super) async fn guises(
    connection: &DatabaseTransaction,
    individuals: BTreeSet<IndividualId>,
) -> Result<BTreeSet<EntityRef>, FactError> {
    if individuals.is_empty() {
        return Ok(BTreeSet::new());
    }
    let sql = GUISES.replace("THOSE", &places(1, individuals.len()));
    let values = individuals.iter().map(|id| Value::from(id.to_string()));
    let found = rows(connection, &sql, values).await?;
    let table = "person";
    let rows = found.iter().map(|row| Row::of(table, row));
    rows.map(|row| row.entity("id")).collect()
}

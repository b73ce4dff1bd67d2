//! How much is held already of what a grant would add to: of a role that has a cap, and of what is privileged
//! (JK-P25, JH-16).
//!
//! Only asked of grants that are about to be made: what exists is not taken away because a cap was
//! lowered, and counting at every decision would make its cost depend on how many grants there are.

use std::collections::BTreeMap;

use sea_orm::{DatabaseTransaction, Value};

use crate::rows::{CONFERS_PRIVILEGED, Row, places, rows};
use domain::facts::{Caps, GrantFacts};
use domain::id::{IndividualId, OrganisationId, RoleId};
use domain::{Date, EntityRef};
use gate::FactError;

use super::place::lineage;

/// The human beings besides one who hold a role, machines counted as themselves.
const ROLE: &str = "\
    SELECT r.id, r.max_holders, (\
    SELECT COUNT(DISTINCT COALESCE(p.individual_id, g.service_id)) FROM role_grant g \
    LEFT JOIN person p ON p.id = g.person_id WHERE g.role_id = r.id AND g.revoked_at IS NULL \
    AND (g.until_date IS NULL OR g.until_date >= $2) \
    AND COALESCE(p.individual_id, g.service_id) <> $3) AS holders FROM role r WHERE r.id = $1";

/// The privileged grants of one human being or machine. `CONFERS_PRIVILEGED` stands for what it says.
const HOLDER: &str = "\
    SELECT $1 AS id, COUNT(*) AS held FROM role_grant g \
    LEFT JOIN person p ON p.id = g.person_id JOIN role r ON r.id = g.role_id \
    WHERE COALESCE(p.individual_id, g.service_id) = $1 AND g.revoked_at IS NULL \
    AND (g.until_date IS NULL OR g.until_date >= $2) \
    AND (r.privileged OR CONFERS_PRIVILEGED)";

const ORGANISATIONS: &str = "\
    SELECT id, max_privileged_grants FROM organisation \
    WHERE max_privileged_grants IS NOT NULL AND id IN (IDS)";

/// What stands against the grant by number; `None`: nothing bounds it.
pub(super) async fn caps(
    connection: &DatabaseTransaction,
    today: Date,
    grant: &GrantFacts,
    units: &[OrganisationId],
) -> Result<Option<Caps>, FactError> {
    let role = &grant.role;
    let holder = holder_key(grant.holder_individual, &grant.holder);
    let (role_holders, role_cap) = of_role(connection, role.id, today, &holder).await?;
    if !role.is_privileged() {
        let caps = Caps {
            role_holders,
            role_cap,
            holder_privileged: 0,
            holder_cap: None,
        };
        return Ok(role_cap.map(|_| caps));
    }
    let held = rows(
        connection,
        &HOLDER.replace("CONFERS_PRIVILEGED", CONFERS_PRIVILEGED),
        [Value::from(holder), today.to_string().into()],
    )
    .await?;
    let holder_privileged = match held.first() {
        Some(row) => count(Row::of("role_grant", row), "held")?,
        None => 0,
    };
    Ok(Some(Caps {
        role_holders,
        role_cap,
        holder_privileged,
        holder_cap: nearest_cap(connection, units).await?,
    }))
}

/// What a decision depends on that rests on how much is held: whoever makes a privileged grant touches it.
pub(crate) fn cap_keys(
    role: RoleId,
    individual: Option<IndividualId>,
    holder: &EntityRef,
) -> [String; 2] {
    [
        format!("cap:{role}"),
        format!("cap:{}", holder_key(individual, holder)),
    ]
}

fn holder_key(individual: Option<IndividualId>, holder: &EntityRef) -> String {
    individual.map_or_else(|| holder.to_string(), |human| human.to_string())
}

async fn of_role(
    connection: &DatabaseTransaction,
    role: RoleId,
    today: Date,
    holder: &str,
) -> Result<(u32, Option<u32>), FactError> {
    let values = [
        Value::from(role.to_string()),
        today.to_string().into(),
        holder.into(),
    ];
    let found = rows(connection, ROLE, values).await?;
    let Some(row) = found.first() else {
        return Ok((0, None));
    };
    let row = Row::of("role", row);
    let cap: Option<i64> = row.get("max_holders")?;
    let cap = cap.map(|cap| u32::try_from(cap).map_err(|_| row.corrupt("max_holders", "negative")));
    Ok((count(row, "holders")?, cap.transpose()?))
}

/// The cap of the nearest organisation that sets one, at or above the units.
async fn nearest_cap(
    connection: &DatabaseTransaction,
    units: &[OrganisationId],
) -> Result<Option<u32>, FactError> {
    let path = lineage(connection, units).await?.place.path;
    if path.is_empty() {
        return Ok(None);
    }
    let sql = ORGANISATIONS.replace("IDS", &places(1, path.len()));
    let found = rows(
        connection,
        &sql,
        path.iter().map(|id| Value::from(id.to_string())),
    )
    .await?;
    let mut caps = BTreeMap::new();
    for row in &found {
        let row = Row::of("organisation", row);
        caps.insert(row.entity("id")?, count(row, "max_privileged_grants")?);
    }
    Ok(path.iter().find_map(|id| caps.get(id).copied()))
}

fn count(row: Row<'_>, column: &str) -> Result<u32, FactError> {
    let count: i64 = row.get(column)?;
    u32::try_from(count).map_err(|_| row.corrupt(column, "out of range"))
}

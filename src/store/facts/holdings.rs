//! The other way round: who holds a permission, and what many hold at once.

use std::collections::BTreeMap;

use sea_orm::{DatabaseTransaction, Value};

use crate::rows::{Row, rows};
use domain::facts::{GrantFacts, PrincipalFacts};
use domain::{Calendar, Date, EntityRef, PermissionName};
use gate::{FactError, RolesOf};

use super::{grants, principal};

/// `OF` stands for a condition on the role, which has `$4` where it needs one.
const HOLDERS: &str = "\
    SELECT DISTINCT COALESCE(g.person_id, g.service_id) AS id FROM role_grant g \
    JOIN role r ON r.id = g.role_id \
    JOIN role_permission rp ON rp.role_id = r.id JOIN permission p ON p.id = rp.permission_id \
    WHERE p.name = $1 AND g.revoked_at IS NULL AND COALESCE(g.person_id, g.service_id) > $2 OF \
    ORDER BY id LIMIT $3";

pub(super) async fn holders(
    connection: &DatabaseTransaction,
    permission: PermissionName,
    of: RolesOf,
    after: Option<String>,
    limit: u64,
) -> Result<Vec<EntityRef>, FactError> {
    let (condition, system) = match of {
        RolesOf::Everything => ("", None),
        RolesOf::System(None) => ("AND r.system_id IS NULL", None),
        RolesOf::System(Some(id)) => ("AND (r.system_id IS NULL OR r.system_id = $4)", Some(id)),
    };
    let sql = HOLDERS.replace("OF", condition);
    let mut values = vec![
        Value::from(permission.as_str()),
        after.unwrap_or_default().into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    values.extend(system.map(|id| Value::from(id.to_string())));
    let found = rows(connection, &sql, values).await?;
    let table = "role_grant";
    found
        .iter()
        .map(|row| Row::of(table, row).entity("id"))
        .collect()
}

/// Several principals, in the order of their ids, each with the grants that confer one of the permissions;
/// `None`: with all that have not been revoked.
pub(super) async fn held_by(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    today: Date,
    holders: &[EntityRef],
    permissions: Option<&[PermissionName]>,
) -> Result<Vec<PrincipalFacts>, FactError> {
    if holders.is_empty() {
        return Ok(Vec::new());
    }
    let mut principals = principal::by_id(connection, calendar, holders).await?;
    let held = grants::held(connection, calendar, today, holders, permissions);
    let mut by_holder: BTreeMap<EntityRef, Vec<GrantFacts>> = BTreeMap::new();
    for grant in held.await? {
        let of_holder = by_holder.entry(grant.holder).or_default();
        of_holder.push(grant);
    }
    for principal in &mut principals {
        principal.grants = by_holder.remove(&principal.id).unwrap_or_default();
    }
    Ok(principals)
}

//! What hangs on a row in a table of its own: credentials, permissions, classification, parents.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Value};

use super::kind::system::CLASSIFICATION;
use super::sql::Sql;
use super::table::Column;
use crate::cell::Cell;
use crate::cell::Sort;
use audit::write_exactly;
use domain::Named;
use domain::clock::{Clock, fresh};
use domain::permission::Category;
use domain::{Date, PermissionName, id};
use feed::Kind;

/// The cells of a row, from the column `from` on.
pub(super) fn cells(
    row: &QueryResult,
    columns: &[Column],
    from: usize,
) -> Result<Vec<Cell>, DbErr> {
    let cell = |(index, column): (usize, &Column)| {
        let index = from + index;
        Ok(match column.sort {
            Sort::Text => row
                .try_get_by_index::<Option<String>>(index)?
                .map_or(Cell::Null, Cell::Text),
            Sort::Bool => row
                .try_get_by_index::<Option<bool>>(index)?
                .map_or(Cell::Null, Cell::Bool),
            Sort::Int => row
                .try_get_by_index::<Option<i64>>(index)?
                .map_or(Cell::Null, Cell::Int),
        })
    };
    columns.iter().enumerate().map(cell).collect()
}

/// The members of each of the rows: credentials of people, permissions of roles.
pub(super) async fn members(
    tx: &DatabaseTransaction,
    kind: Kind,
    ids: &[&str],
) -> Result<HashMap<String, Vec<String>>, DbErr> {
    let text = if kind == Kind::Person {
        "SELECT person_id, kind FROM person_credential WHERE person_id IN "
    } else if kind == Kind::Role {
        "SELECT m.role_id, p.name FROM role_permission m \
         JOIN permission p ON p.id = m.permission_id WHERE m.role_id IN "
    } else {
        return Ok(HashMap::new());
    };
    let mut members: HashMap<String, Vec<String>> = HashMap::new();
    if ids.is_empty() {
        return Ok(members);
    }
    let mut sql = Sql::new(tx.get_database_backend(), text);
    sql.tuple(ids.iter().map(|id| Value::from(*id)));
    for row in tx.query_all_raw(sql.done()).await? {
        let owner = members.entry(row.try_get_by_index(0)?).or_default();
        owner.push(row.try_get_by_index(1)?);
    }
    for names in members.values_mut() {
        names.sort_unstable();
    }
    Ok(members)
}

/// The classification of each of the systems that has one.
pub(super) async fn classifications(
    tx: &DatabaseTransaction,
    ids: &[&str],
) -> Result<HashMap<String, Vec<Cell>>, DbErr> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let names: Vec<_> = CLASSIFICATION.iter().map(|column| column.name).collect();
    let text = format!(
        "SELECT system_id, {} FROM system_classification WHERE system_id IN ",
        names.join(", ")
    );
    let mut sql = Sql::new(tx.get_database_backend(), &text);
    sql.tuple(ids.iter().map(|id| Value::from(*id)));
    let rows = tx.query_all_raw(sql.done()).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, cells(row, CLASSIFICATION, 1)?)))
        .collect()
}

/// Which members come and which go, with the rows that they belong to.
#[derive(Debug, Default)]
pub(super) struct MemberChanges {
    pub(super) added: Vec<(String, String)>,
    pub(super) removed: Vec<(String, String)>,
}

pub(super) async fn write_credentials(
    tx: &DatabaseTransaction,
    changes: &MemberChanges,
) -> Result<(), DbErr> {
    let pairs = |pairs: &[(String, String)]| -> Vec<[Value; 2]> {
        let pair = |(a, b): &(String, String)| [Value::from(a.as_str()), Value::from(b.as_str())];
        pairs.iter().map(pair).collect()
    };
    if !changes.removed.is_empty() {
        let text = "DELETE FROM person_credential WHERE (person_id, kind) IN (VALUES ";
        let mut sql = Sql::new(tx.get_database_backend(), text);
        sql.tuples(pairs(&changes.removed)).push(")");
        write_exactly(tx, sql.done(), changes.removed.len()).await?;
    }
    if !changes.added.is_empty() {
        let text = "INSERT INTO person_credential (person_id, kind) VALUES ";
        let mut sql = Sql::new(tx.get_database_backend(), text);
        sql.tuples(pairs(&changes.added));
        write_exactly(tx, sql.done(), changes.added.len()).await?;
    }
    Ok(())
}

/// A permission as it stands in the register.
#[derive(Debug, Clone)]
pub(super) struct Permission {
    pub(super) id: String,
    pub(super) privileged: bool,
}

/// The permissions by (system or empty, name), and those that had to be made.
#[derive(Debug, Default)]
pub(super) struct Permissions {
    pub(super) known: BTreeMap<(String, String), Permission>,
    pub(super) made: Vec<(String, String)>,
}

/// Finds the permissions, and makes those that no role has held before with the seeded treatment.
pub(super) async fn permissions(
    tx: &DatabaseTransaction,
    wanted: &BTreeSet<(String, String)>,
    clock: &dyn Clock,
) -> Result<Permissions, DbErr> {
    let mut permissions = Permissions::default();
    if wanted.is_empty() {
        return Ok(permissions);
    }
    let backend = tx.get_database_backend();
    let text = "SELECT system_key, name, id, privileged FROM permission \
                WHERE (system_key, name) IN (VALUES ";
    let mut sql = Sql::new(backend, text);
    let pair = |(key, name): &(String, String)| [key.as_str(), name.as_str()].map(Value::from);
    sql.tuples(wanted.iter().map(pair)).push(")");
    for row in tx.query_all_raw(sql.done()).await? {
        let permission = Permission {
            id: row.try_get_by_index(2)?,
            privileged: row.try_get_by_index(3)?,
        };
        let key = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        permissions.known.insert(key, permission);
    }
    let mut rows: Vec<[Value; 7]> = Vec::new();
    for (key, name) in wanted {
        if permissions.known.contains_key(&(key.clone(), name.clone())) {
            continue;
        }
        let (category, privileged, flagged) = treated(name);
        let id = fresh::<id::Permission>(clock).to_string();
        rows.push([
            id.as_str().into(),
            Some(key.clone()).filter(|key| !key.is_empty()).into(),
            key.as_str().into(),
            name.as_str().into(),
            category.name().into(),
            privileged.into(),
            flagged.into(),
        ]);
        let made = (key.clone(), name.clone());
        permissions.made.push(made.clone());
        permissions
            .known
            .insert(made, Permission { id, privileged });
    }
    if !rows.is_empty() {
        let text = "INSERT INTO permission \
                    (id, system_id, system_key, name, category, privileged, flagged) VALUES ";
        let mut sql = Sql::new(backend, text);
        let count = rows.len();
        sql.tuples(rows);
        write_exactly(tx, sql.done(), count).await?;
    }
    Ok(permissions)
}

/// How a permission is treated that nobody has said anything about: category, privileged, flagged.
pub(super) fn treated(name: &str) -> (Category, bool, bool) {
    let treatment = name.parse::<PermissionName>().map(|name| name.treatment());
    treatment.map_or((Category::Use, true, true), |treatment| {
        (treatment.category, treatment.privileged, treatment.flagged)
    })
}

/// Permissions that come to or go from roles: role, system key, permission.
#[derive(Debug, Default)]
pub(super) struct RolePermissions {
    pub(super) added: Vec<[String; 3]>,
    pub(super) removed: Vec<[String; 3]>,
}

pub(super) async fn write_role_permissions(
    tx: &DatabaseTransaction,
    changes: RolePermissions,
) -> Result<(), DbErr> {
    let rows = |rows: Vec<[String; 3]>| rows.into_iter().map(|row| row.map(Value::from));
    let backend = tx.get_database_backend();
    if !changes.removed.is_empty() {
        let text = "DELETE FROM role_permission \
                    WHERE (role_id, system_key, permission_id) IN (VALUES ";
        let mut sql = Sql::new(backend, text);
        let count = changes.removed.len();
        sql.tuples(rows(changes.removed)).push(")");
        write_exactly(tx, sql.done(), count).await?;
    }
    if !changes.added.is_empty() {
        let text = "INSERT INTO role_permission (role_id, system_key, permission_id) VALUES ";
        let mut sql = Sql::new(backend, text);
        let count = changes.added.len();
        sql.tuples(rows(changes.added));
        write_exactly(tx, sql.done(), count).await?;
    }
    Ok(())
}

/// Sets or removes the classification of systems.
pub(super) async fn write_classifications(
    tx: &DatabaseTransaction,
    changes: &[(String, Vec<Cell>)],
) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let (gone, set): (Vec<_>, Vec<_>) = changes.iter().partition(|(_, cells)| cells.is_empty());
    if !gone.is_empty() {
        let text = "DELETE FROM system_classification WHERE system_id IN ";
        let mut sql = Sql::new(backend, text);
        sql.tuple(gone.iter().map(|(id, _)| Value::from(id.as_str())));
        tx.execute_raw(sql.done()).await?;
    }
    if !set.is_empty() {
        let names: Vec<_> = CLASSIFICATION.iter().map(|column| column.name).collect();
        let updates: Vec<_> = names
            .iter()
            .map(|name| format!("{name} = excluded.{name}"))
            .collect();
        let text = format!(
            "INSERT INTO system_classification (system_id, {}) VALUES ",
            names.join(", ")
        );
        let mut sql = Sql::new(backend, &text);
        let count = set.len();
        sql.tuples(set.iter().map(|(id, cells)| {
            let mut values = vec![Value::from(id.as_str())];
            let sorts = CLASSIFICATION.iter().map(|column| column.sort);
            values.extend(cells.iter().zip(sorts).map(|(cell, sort)| cell.bound(sort)));
            values
        }));
        sql.push(" ON CONFLICT (system_id) DO UPDATE SET ")
            .push(&updates.join(", "));
        write_exactly(tx, sql.done(), count).await?;
    }
    Ok(())
}

/// Records from when organisations stand below their parents: a move ends the old link the day before.
pub(crate) async fn write_parents(
    tx: &DatabaseTransaction,
    moves: &[(String, String)],
    today: Date,
) -> Result<(), DbErr> {
    if moves.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let day = today.to_string();
    let children = || moves.iter().map(|(child, _)| Value::from(child.as_str()));
    let text = "DELETE FROM organisation_parent WHERE until_date IS NULL AND from_date >= ";
    let mut sql = Sql::new(backend, text);
    sql.bind(day.as_str())
        .push(" AND child_id IN ")
        .tuple(children());
    tx.execute_raw(sql.done()).await?;
    let before = today.plus_days(-1).unwrap_or(today).to_string();
    let text = "UPDATE organisation_parent SET until_date = ";
    let mut sql = Sql::new(backend, text);
    sql.bind(before)
        .push(" WHERE until_date IS NULL AND child_id IN ")
        .tuple(children());
    tx.execute_raw(sql.done()).await?;
    let text = "INSERT INTO organisation_parent (child_id, parent_id, from_date) VALUES ";
    let mut sql = Sql::new(backend, text);
    sql.tuples(
        moves.iter().map(|(child, parent)| {
            [child.as_str(), parent.as_str(), day.as_str()].map(Value::from)
        }),
    );
    write_exactly(tx, sql.done(), moves.len()).await?;
    Ok(())
}

//! Notices who gains something privileged, and permissions that nobody has said how to treat.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Value};

use super::ApplyError;
use super::attach::{differences, system_key};
use super::change::entity;
use super::kind::columns;
use super::members::{Permissions, treated};
use super::run::{Raised, raise};
use super::sql::Sql;
use super::upsert::{Applying, Upsert};
use crate::cell::{Cell, Written, expecting};
use crate::rows::CONFERS_PRIVILEGED;
use domain::{ChangeKind, FlagName, Named as _, PermissionName};
use feed::Kind;
use gate::RunAuthority;
use transparency::event::Change;

/// The changes that made permissions.
pub(super) fn events_of_permissions(
    how: &Applying,
    permissions: &Permissions,
) -> Result<Vec<Change>, ApplyError> {
    let made = permissions.made.iter();
    let known = made.filter_map(|made| Some((made, permissions.known.get(made)?)));
    known
        .map(|((system, name), permission)| {
            let (category, privileged, flagged) = treated(name);
            let system = Some(system.as_str()).filter(|system| !system.is_empty());
            let columns: [Written; 5] = [
                ("system_id", Cell::text_or_null(system)),
                ("name", name.as_str().into()),
                ("category", category.name().into()),
                ("privileged", privileged.into()),
                ("flagged", flagged.into()),
            ];
            let change = how.change(entity(&permission.id)?, ChangeKind::Created);
            Ok(expecting(change, &columns))
        })
        .collect()
}

/// Flags the permissions that were made and whose name says nothing.
pub(super) async fn flag_unknown(
    tx: &DatabaseTransaction,
    by: &RunAuthority,
    how: &Applying,
    permissions: &Permissions,
) -> Result<u64, DbErr> {
    let unknown: Vec<Raised> = permissions
        .made
        .iter()
        .filter(|(_, name)| {
            let name = name.parse::<PermissionName>();
            name.map_or(true, |name| name.treatment().flagged)
        })
        .filter_map(|made| {
            Some(Raised {
                entity_id: permissions.known.get(made)?.id.clone(),
                detail: Some(made.1.clone()),
            })
        })
        .collect();
    raise(
        tx,
        by,
        &how.run.to_string(),
        FlagName::UnknownPermission,
        &unknown,
    )
    .await
}

/// Flags privileged grants that are new or reach elsewhere, roles that became more privileged, and care providers
/// that became wider.
pub(super) async fn flag_gains(
    tx: &DatabaseTransaction,
    by: &RunAuthority,
    how: &Applying,
    kind: Kind,
    written: &[Upsert<'_>],
    permissions: &Permissions,
) -> Result<u64, DbErr> {
    let gains = if kind == Kind::Grant {
        gaining_grants(tx, written).await?
    } else if kind == Kind::Role {
        gaining_roles(written, permissions)
    } else if kind == Kind::Organisation {
        wider_providers(tx, written).await?
    } else {
        return Ok(0);
    };
    raise(
        tx,
        by,
        &how.run.to_string(),
        FlagName::GainOfPrivilege,
        &gains,
    )
    .await
}

async fn gaining_grants(
    tx: &DatabaseTransaction,
    written: &[Upsert<'_>],
) -> Result<Vec<Raised>, DbErr> {
    let wider = |upsert: &&Upsert<'_>| match &upsert.before {
        None => true,
        // Everything from the role to the scope, and the last day.
        Some(before) => columns(Kind::Grant)
            .iter()
            .zip(before.row.cells.iter().zip(&upsert.after.cells))
            .filter(|(column, _)| column.name.ends_with("_id") || column.name == "until_date")
            .any(|(_, (before, after))| before != after),
    };
    let at = columns(Kind::Grant)
        .iter()
        .position(|column| column.name == "role_id");
    let role = |upsert: &Upsert<'_>| {
        let cell = at.and_then(|at| upsert.after.cells.get(at));
        cell.and_then(Cell::text).map(str::to_owned)
    };
    let candidates: Vec<_> = written
        .iter()
        .filter(wider)
        .filter_map(|upsert| Some((upsert.id.clone(), role(upsert)?)))
        .collect();
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT r.id, r.external_id FROM role r \
         WHERE (r.privileged OR {CONFERS_PRIVILEGED}) AND r.id IN "
    );
    let mut sql = Sql::new(tx.get_database_backend(), &text);
    let roles: BTreeSet<&str> = candidates.iter().map(|(_, role)| role.as_str()).collect();
    sql.tuple(roles.into_iter().map(Value::from));
    let mut privileged: BTreeMap<String, String> = BTreeMap::new();
    for row in tx.query_all_raw(sql.done()).await? {
        privileged.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    }
    let gains = candidates.into_iter().filter_map(|(grant, role)| {
        Some(Raised {
            entity_id: grant,
            detail: Some(privileged.get(&role)?.clone()),
        })
    });
    Ok(gains.collect())
}

/// Roles that somebody may already hold and that now give more that is privileged.
fn gaining_roles(written: &[Upsert<'_>], permissions: &Permissions) -> Vec<Raised> {
    let at = columns(Kind::Role)
        .iter()
        .position(|column| column.name == "privileged");
    let is_privileged = |cells: &[Cell]| at.and_then(|at| cells.get(at)) == Some(&Cell::Bool(true));
    written
        .iter()
        .filter(|upsert| {
            let Some(before) = &upsert.before else {
                return false;
            };
            let key = system_key(&upsert.after);
            let (mut added, _) = differences(upsert);
            let raised = is_privileged(&upsert.after.cells) && !is_privileged(&before.row.cells);
            raised
                || added.any(|name| {
                    let known = permissions.known.get(&(key.to_owned(), name.to_owned()));
                    known.is_some_and(|permission| permission.privileged)
                })
        })
        .map(|upsert| Raised {
            entity_id: upsert.id.clone(),
            detail: None,
        })
        .collect()
}

/// Organisations by whose change more lies in one care provider, within which an active choice opens records: they
/// cease to be one by themselves, or are one now where there was none above them.
async fn wider_providers(
    tx: &DatabaseTransaction,
    written: &[Upsert<'_>],
) -> Result<Vec<Raised>, DbErr> {
    let at = columns(Kind::Organisation)
        .iter()
        .position(|column| column.name == "care_provider");
    let is_one = |cells: &[Cell]| at.and_then(|at| cells.get(at)) == Some(&Cell::Bool(true));
    let became = |now: bool| {
        written.iter().filter(move |upsert| {
            let before = upsert.before.as_ref();
            before.is_some_and(|before| {
                is_one(&upsert.after.cells) == now && is_one(&before.row.cells) != now
            })
        })
    };
    let mut wider: BTreeSet<&str> = became(false).map(|upsert| upsert.id.as_str()).collect();
    let new: Vec<&str> = became(true).map(|upsert| upsert.id.as_str()).collect();
    if !new.is_empty() {
        let text = "SELECT c.descendant_id FROM organisation_closure c \
            JOIN organisation w ON w.id = c.ancestor_id \
            WHERE w.care_provider AND c.depth > 0 AND c.descendant_id IN ";
        let mut sql = Sql::new(tx.get_database_backend(), text);
        sql.tuple(new.iter().map(|id| Value::from(*id)));
        let mut within: BTreeSet<String> = BTreeSet::new();
        for row in tx.query_all_raw(sql.done()).await? {
            within.insert(row.try_get_by_index(0)?);
        }
        wider.extend(new.into_iter().filter(|id| !within.contains(*id)));
    }
    let raised = wider.into_iter().map(|id| Raised {
        entity_id: id.to_owned(),
        detail: Some("careProvider".to_owned()),
    });
    Ok(raised.collect())
}

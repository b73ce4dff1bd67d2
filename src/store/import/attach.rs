//! Works out what hangs on rows that are made or changed, and has it written.

use sea_orm::{DatabaseTransaction, DbErr};

use super::kind::columns;
use super::members::{
    MemberChanges, Permissions, RolePermissions, write_classifications, write_credentials,
    write_parents, write_role_permissions,
};
use super::row::Row;
use super::upsert::{Applying, Upsert};
use crate::cell::Cell;
use feed::Kind;

/// The system key of a role's row.
pub(super) fn system_key(row: &Row) -> &str {
    cell(Kind::Role, row, "system_key")
        .and_then(Cell::text)
        .unwrap_or_default()
}

fn cell<'a>(kind: Kind, row: &'a Row, name: &str) -> Option<&'a Cell> {
    let at = columns(kind)
        .iter()
        .position(|column| column.name == name)?;
    row.cells.get(at)
}

/// Writes what hangs on the rows that were made or changed.
pub(super) async fn write_members(
    tx: &DatabaseTransaction,
    how: &Applying,
    kind: Kind,
    written: &[Upsert<'_>],
    permissions: &Permissions,
) -> Result<(), DbErr> {
    if kind == Kind::Person {
        write_credentials(tx, &changed_credentials(written)).await
    } else if kind == Kind::Role {
        write_role_permissions(tx, changed_permissions(written, permissions)).await
    } else if kind == Kind::System {
        write_classifications(tx, &changed_classifications(written)).await
    } else if kind == Kind::Organisation {
        write_parents(tx, &moves(written), how.today).await
    } else {
        Ok(())
    }
}

fn changed_credentials(written: &[Upsert<'_>]) -> MemberChanges {
    let mut changes = MemberChanges::default();
    for upsert in written {
        let (added, removed) = differences(upsert);
        let owned = |name: &str| (upsert.id.clone(), name.to_owned());
        changes.added.extend(added.map(owned));
        changes.removed.extend(removed.map(owned));
    }
    changes
}

fn changed_permissions(written: &[Upsert<'_>], permissions: &Permissions) -> RolePermissions {
    let mut changes = RolePermissions::default();
    for upsert in written {
        let (added, removed) = differences(upsert);
        let key = system_key(&upsert.after).to_owned();
        let owned = |name: &str| {
            let known = permissions.known.get(&(key.clone(), name.to_owned()))?;
            Some([upsert.id.clone(), key.clone(), known.id.clone()])
        };
        changes.added.extend(added.filter_map(owned));
        changes.removed.extend(removed.filter_map(owned));
    }
    changes
}

fn changed_classifications(written: &[Upsert<'_>]) -> Vec<(String, Vec<Cell>)> {
    let before = |upsert: &Upsert<'_>| {
        let before = upsert.before.as_ref();
        before
            .map(|before| before.row.classification.clone())
            .unwrap_or_default()
    };
    written
        .iter()
        .filter(|upsert| before(upsert) != upsert.after.classification)
        .map(|upsert| (upsert.id.clone(), upsert.after.classification.clone()))
        .collect()
}

/// The organisations that are new or move, with their parents.
fn moves(written: &[Upsert<'_>]) -> Vec<(String, String)> {
    let parent = |row: &Row| {
        let parent = cell(Kind::Organisation, row, "parent_id")?;
        parent.text().map(str::to_owned)
    };
    written
        .iter()
        .filter(|upsert| {
            let before = upsert
                .before
                .as_ref()
                .and_then(|before| parent(&before.row));
            before != parent(&upsert.after)
        })
        .filter_map(|upsert| Some((upsert.id.clone(), parent(&upsert.after)?)))
        .collect()
}

/// The members that come and those that go.
pub(super) fn differences<'a>(
    upsert: &'a Upsert<'_>,
) -> (impl Iterator<Item = &'a str>, impl Iterator<Item = &'a str>) {
    let before: &[String] = upsert
        .before
        .as_ref()
        .map_or(&[], |before| &before.row.members);
    let after: &[String] = &upsert.after.members;
    (
        after
            .iter()
            .filter(|name| !before.contains(name))
            .map(String::as_str),
        before
            .iter()
            .filter(|name| !after.contains(name))
            .map(String::as_str),
    )
}

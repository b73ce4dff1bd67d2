//! Roles and the permissions they hold.

use std::collections::HashMap;

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, FromQueryResult};

use entity::{permission, role, role_permission};

use super::search::found;
use super::{Reader, Selection, narrowed, stored};
use crate::StoreError;
use crate::column::row;
use crate::filter::{Moment, Placed, Places, column, never};
use domain::PermissionName;
use domain::id::{self, RoleId, SystemId};
use domain::permission::Category;
use domain::text::SearchText;

row! {
    /// A role.
    #[derive(Debug, Clone)]
    pub struct RoleRecord {
        /// The id.
        pub id: RoleId,
        /// The id at its source.
        pub external_id: String,
        /// Its name.
        pub name: String,
        /// What its name sorts by.
        pub name_sort: String,
        /// The system; `None`: a general role.
        pub system_id: Option<SystemId>,
        /// Whether holding it is privileged.
        pub privileged: bool,
        /// Whether it gives access to patient data.
        pub patient_data: bool,
        /// What it holds, by name.
        pub permissions: Vec<PermissionRecord> = Vec::new(),
        /// How often it has been changed, and once more.
        pub version: i64,
    }
}

row! {
    /// A permission that a role holds.
    #[derive(Debug, Clone)]
    pub struct PermissionRecord {
        /// The role.
        pub role_id: RoleId,
        /// Its name.
        pub name: PermissionName,
        /// Its category; `None`: a permission of the service itself.
        pub category: Option<Category>,
        /// Whether holding it is privileged.
        pub privileged: bool,
    }
}

/// Which roles.
#[derive(Debug, Clone, Default)]
pub struct RoleSelection {
    /// Found by this.
    pub name: Option<SearchText>,
    /// Of this system.
    pub system: Option<SystemId>,
    /// That hold a permission of this name.
    pub permission: Option<PermissionName>,
}

impl Selection for RoleSelection {
    fn condition(&self, _: Moment) -> Condition {
        narrowed! {
            self.name => |name| found::<role::Entity>(role::Column::Id, name),
            self.system => |id| role::Column::SystemId.eq(id.to_string()),
            self.permission => |name| {
                let holding = Query::select()
                    .expr(column(role_permission::Column::RoleId))
                    .from(role_permission::Entity)
                    .inner_join(permission::Entity, is_held())
                    .and_where(column(permission::Column::Name).eq(name.as_str()))
                    .to_owned();
                column(role::Column::Id).in_subquery(holding)
            },
        }
    }

    fn permission(&self) -> Option<&PermissionName> {
        self.permission.as_ref()
    }
}

fn is_held() -> Expr {
    column(permission::Column::Id).eq(column(role_permission::Column::PermissionId))
}

impl Placed for id::Role {
    fn lies_in(_: &Places, _: Moment) -> Condition {
        never()
    }

    fn system() -> Option<Expr> {
        Some(column(role::Column::SystemId))
    }

    fn about_person() -> Option<Expr> {
        None
    }

    fn holder() -> Option<Expr> {
        None
    }
}

stored!(Role in role as RoleRecord by RoleSelection, NameSort = name_sort, with_permissions);

async fn with_permissions(reader: &Reader, roles: &mut [RoleRecord]) -> Result<(), StoreError> {
    let ids = roles.iter().map(|role| role.id.to_string());
    let held = Query::select()
        .expr(column(role_permission::Column::RoleId))
        .expr(column(permission::Column::Name))
        .expr(column(permission::Column::Category))
        .expr(column(permission::Column::Privileged))
        .from(role_permission::Entity)
        .inner_join(permission::Entity, is_held())
        .and_where(role_permission::Column::RoleId.is_in(ids))
        .order_by(
            (permission::Entity, permission::Column::Name),
            sea_orm::Order::Asc,
        )
        .to_owned();
    let mut by_role: HashMap<RoleId, Vec<PermissionRecord>> = HashMap::new();
    for row in reader.connection().query_all(&held).await? {
        let permission = PermissionRecord::from_query_result(&row, "")?;
        by_role
            .entry(permission.role_id)
            .or_default()
            .push(permission);
    }
    for role in roles {
        role.permissions = by_role.remove(&role.id).unwrap_or_default();
    }
    Ok(())
}

//! Roles.

use async_graphql::{Context, ID, Object};

use crate::kinds::PermissionCategory;
use crate::reach::Reach;
use service::register::PermissionRecord;

use super::thing::{Role, System};

/// A named set of permissions, of one system or general.
#[Object]
impl Role {
    /// The id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The id at its source.
    async fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The system on whose targets alone it confers anything; null: a general role, or the caller may
    /// not see the system.
    async fn system(&self, ctx: &Context<'_>) -> Option<System> {
        ctx.read(self.0.system_id).await.map(System)
    }

    /// Whether it is a general role, of no system.
    async fn general(&self) -> bool {
        self.0.system_id.is_none()
    }

    /// Whether holding it is privileged.
    async fn privileged(&self) -> bool {
        self.0.privileged
    }

    /// Whether it gives access to patient data.
    async fn patient_data(&self) -> bool {
        self.0.patient_data
    }

    /// What it confers, by name.
    async fn permissions(&self) -> Vec<Permission> {
        self.0.permissions.iter().cloned().map(Permission).collect()
    }

    /// How often it has been changed, counted from 1.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// A permission that a role confers.
#[derive(Debug, Clone)]
pub struct Permission(PermissionRecord);

/// A permission that a role confers.
#[Object]
impl Permission {
    /// The name, as `record:read`.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// What it lets its holder do; null: a permission of this service itself.
    async fn category(&self) -> Option<PermissionCategory> {
        self.0.category.map(PermissionCategory::from)
    }

    /// Whether holding it is privileged.
    async fn privileged(&self) -> bool {
        self.0.privileged
    }
}

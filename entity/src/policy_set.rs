//! Released policy sets; at most one is active.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "policy_set")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: i64,
    pub digest: String,
    pub activated_at: Option<i64>,
    pub released_by: Option<String>,
    pub active: bool,
    pub event_id: Option<String>,
    pub proposed_at: Option<i64>,
    pub proposed_by: Option<String>,
    pub id: String,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

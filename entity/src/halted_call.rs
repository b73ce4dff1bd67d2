//! Calls of which something waits for a human being, or has waited.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "halted_call")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: String,
    pub source: String,
    pub brought_by: String,
    pub place: Option<String>,
    pub plan_digest: String,
    pub created_at: i64,
    pub confirmed_at: Option<i64>,
    pub confirmed_by: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

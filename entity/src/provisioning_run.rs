//! Runs that take several calls, open and closed.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provisioning_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: String,
    pub source: String,
    pub brought_by: String,
    pub place: Option<String>,
    pub kinds: String,
    pub snapshot: bool,
    pub as_of: Option<i64>,
    pub received: i64,
    pub opened_at: i64,
    pub closed_at: Option<i64>,
    pub outcome: Option<String>,
    pub answer: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Where the log stands: one row a log, locked by every append.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_head")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub log_id: i64,
    pub origin: String,
    pub size: i64,
    pub root: Vec<u8>,
    pub frontier: Vec<u8>,
    pub last_t: i64,
    pub change_seq: i64,
    pub epoch: i64,
    pub pruned_below: i64,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

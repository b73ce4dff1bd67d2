//! What came of reviewing a decision that an emergency opened something by.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decision_review")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: String,
    pub seq: i64,
    pub about_individual: Option<String>,
    pub outcome: String,
    pub reviewed_by: String,
    pub reviewed_individual: String,
    pub reviewed_at: i64,
    pub decision_id: String,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! How a system is classified; a system without a row is not.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "system_classification")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub system_id: String,
    pub confidentiality: i64,
    pub integrity: i64,
    pub availability: i64,
    pub decided_on: String,
    pub review_by: Option<String>,
    pub analysis: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

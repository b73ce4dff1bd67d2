//! What became of an organisation that was split or merged.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organisation_successor")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub old_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub new_id: String,
    pub kind: String,
    pub on_date: String,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

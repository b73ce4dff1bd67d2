//! Whose servers can be taken over from whose (directory, virtualisation, backup).

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "segment_control")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub controller_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub controlled_id: String,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

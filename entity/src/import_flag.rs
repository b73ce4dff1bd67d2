//! What the register holds that somebody should look at.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_flag")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub flag: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub entity_id: String,
    pub run_id: Option<String>,
    pub detail: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

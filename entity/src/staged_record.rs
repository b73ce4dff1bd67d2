//! Records of a run that wait to be validated and applied.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staged_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub line: i64,
    pub kind: String,
    pub external_id: String,
    #[sea_orm(save_as = "json_text", select_as = "text")]
    pub body: String,
    pub line_text: Option<String>,
    pub rejected: bool,
    pub seen_version: Option<i64>,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

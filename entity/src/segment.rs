//! Servers that are administered together.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "segment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub source: String,
    pub external_id: String,
    pub name: String,
    pub name_sort: String,
    pub name_search: String,
    pub system_id: Option<String>,
    pub organisation_id: String,
    pub environment: String,
    pub patient_data: bool,
    pub version: i64,
    pub change_from: Option<String>,
    pub change_until: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

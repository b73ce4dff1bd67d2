//! Named sets of permissions, of one system or general.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub source: String,
    pub external_id: String,
    pub name: String,
    pub name_sort: String,
    pub name_search: String,
    pub system_id: Option<String>,
    pub system_key: String,
    pub privileged: bool,
    pub patient_data: bool,
    pub version: i64,
    pub max_holders: Option<i64>,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

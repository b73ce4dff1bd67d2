//! Organisations; the tree they form now, with the built-in installation at its top.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organisation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub hsa_id: Option<String>,
    pub source: String,
    pub name: String,
    pub name_sort: String,
    pub name_search: String,
    pub kind: String,
    pub authority: bool,
    pub care_provider: bool,
    pub parent_id: Option<String>,
    pub version: i64,
    pub max_privileged_grants: Option<i64>,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

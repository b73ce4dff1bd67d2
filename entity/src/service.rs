//! OAuth clients; the external id is the client id. The built-in one carries out imports.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub source: String,
    pub external_id: String,
    pub name: String,
    pub name_sort: String,
    pub name_search: String,
    pub owner_id: Option<String>,
    pub deputy_id: Option<String>,
    pub organisation_id: String,
    pub from_date: String,
    pub until_date: Option<String>,
    pub trusted_to_assert: bool,
    pub built_in: bool,
    pub version: i64,
    pub declared_scope_id: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Identities (employee HSA-ids) that human beings work under.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub hsa_id: String,
    pub source: String,
    pub individual_id: String,
    pub given_name: String,
    pub family_name: String,
    pub name_sort: String,
    pub name_search: String,
    pub email: Option<String>,
    pub protected_identity: bool,
    pub training_completed_on: Option<String>,
    pub version: i64,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

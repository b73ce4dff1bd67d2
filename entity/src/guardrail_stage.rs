//! The stage of a guardrail for a system and an authority; an empty key means every one.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "guardrail_stage")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub policy: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub system_key: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub authority_key: String,
    pub stage: String,
    pub ends_on: Option<String>,
    pub decided_by: Option<String>,
    pub id: String,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

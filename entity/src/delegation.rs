//! Roles lent by one person to another, one step and for a time.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delegation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub from_person_id: String,
    pub to_person_id: String,
    pub role_id: String,
    pub scope_kind: String,
    pub organisation_id: Option<String>,
    pub system_id: Option<String>,
    pub segment_id: Option<String>,
    pub database_id: Option<String>,
    pub from_date: String,
    pub until_date: String,
    pub revoked_at: Option<i64>,
    pub revoked_by: Option<String>,
    pub decision_id: Option<String>,
    pub version: i64,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

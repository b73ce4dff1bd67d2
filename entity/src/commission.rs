//! Commissions (medarbetaruppdrag): for what purpose and where a person reads patient data.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "commission")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub hsa_id: String,
    pub source: String,
    pub person_id: String,
    pub engagement_id: Option<String>,
    pub purpose: String,
    pub care_unit_id: String,
    pub care_provider_id: String,
    pub from_date: String,
    pub until_date: Option<String>,
    pub version: i64,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

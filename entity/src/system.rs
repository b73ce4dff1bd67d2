//! Governed systems, who answers for them and what they hold.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "system")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub source: String,
    pub external_id: String,
    pub name: String,
    pub name_sort: String,
    pub name_search: String,
    pub owner_id: Option<String>,
    pub administrator_id: Option<String>,
    pub it_owner_id: Option<String>,
    pub it_manager_id: Option<String>,
    pub organisation_id: String,
    pub supplier_id: Option<String>,
    pub patient_data: bool,
    pub personal_data: bool,
    pub business_critical: bool,
    pub criticality_reason: Option<String>,
    pub retention: Option<String>,
    pub enforcement: String,
    pub password_login_until: Option<String>,
    pub patient_level: i64,
    pub version: i64,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Assessments of a supplier's access for an authority's system (OSL 10 kap. 2 a §).

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "supplier_assessment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub source: String,
    pub external_id: String,
    pub supplier_id: String,
    pub authority_id: String,
    pub system_id: String,
    pub decided_on: String,
    pub valid_until: String,
    pub decided_by_id: Option<String>,
    pub agreement: Option<String>,
    pub version: i64,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

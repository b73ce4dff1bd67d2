//! A person's relations to employers and units, with dates and absence.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "engagement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub source: String,
    pub external_id: String,
    pub person_id: String,
    pub kind: String,
    pub employer_id: String,
    pub unit_id: String,
    pub responsible_id: Option<String>,
    pub from_date: String,
    pub until_date: Option<String>,
    pub absent_from: Option<String>,
    pub absent_until: Option<String>,
    pub version: i64,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

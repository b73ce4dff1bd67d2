//! Import runs and how far they came.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub source: String,
    pub file_name: String,
    pub digest: Option<String>,
    pub state: String,
    pub dry_run: bool,
    pub next_line: i64,
    pub created_at: i64,
    pub finished_at: Option<i64>,
    pub summary: Option<String>,
    pub trailer: Option<String>,
    pub process_token: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! An edit of the register that amounts to grants, proposed for somebody else to accept.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "edit_proposal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub kind: String,
    pub thing_id: String,
    pub organisation_id: String,
    pub system_id: Option<String>,
    pub edit: String,
    pub gain: String,
    pub gain_digest: String,
    pub state: String,
    pub proposed_by: String,
    pub proposed_individual: Option<String>,
    pub proposed_at: i64,
    pub decision_id: String,
    pub decided_by: Option<String>,
    pub decided_individual: Option<String>,
    pub decided_at: Option<i64>,
    pub version: i64,
    pub proposers_gain: bool,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

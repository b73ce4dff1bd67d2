//! Events of the log; the envelope is the evidence and the other columns derive from it.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub event_id: String,
    pub t_us: i64,
    pub kind: String,
    pub principal: Option<String>,
    pub asker: Option<String>,
    pub permission: Option<String>,
    pub action: Option<String>,
    pub resource_type: Option<String>,
    pub resource_id: Option<String>,
    pub system: Option<String>,
    pub path: Option<String>,
    pub outcome: Option<String>,
    pub level: Option<i64>,
    pub policy: Option<String>,
    pub envelope: Vec<u8>,
    pub leaf: Vec<u8>,
    pub principal_name: Option<String>,
    pub individual: Option<String>,
    pub place: Option<String>,
    pub reasons: Option<String>,
    pub decision: Option<String>,
    pub owes: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

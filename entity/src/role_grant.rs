//! Grants: who holds which role, over what, when, on whose order and approval.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role_grant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub source: String,
    pub external_id: String,
    pub person_id: Option<String>,
    pub service_id: Option<String>,
    pub engagement_id: Option<String>,
    pub role_id: String,
    pub scope_kind: String,
    pub organisation_id: Option<String>,
    pub system_id: Option<String>,
    pub segment_id: Option<String>,
    pub database_id: Option<String>,
    pub from_date: String,
    pub until_date: Option<String>,
    pub needs_and_risk_analysis: Option<String>,
    pub disclosure_basis: Option<String>,
    pub assignment: Option<String>,
    pub ordered_by_id: Option<String>,
    pub validated_by_id: Option<String>,
    pub approved_by_id: Option<String>,
    pub executed_by_id: Option<String>,
    pub executed_by_service_id: Option<String>,
    pub origin: String,
    pub attest_by: Option<String>,
    pub revoked_at: Option<i64>,
    pub revoked_by: Option<String>,
    pub decision_id: Option<String>,
    pub version: i64,
    pub analysis_review_by: Option<String>,
}

/// None: joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

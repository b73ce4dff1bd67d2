//! What the guardrails ask of the register besides what the feeds have always said: how many may hold a
//! privileged role and how many privileged grants one human being may hold, until when a needs-and-risk
//! analysis counts, when a segment may be changed, and how far a machine's errand goes.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261127_000013_guardrail_facts",
    tables: TABLES,
    sqlite: "",
    postgres: "",
};

const TABLES: &str = "
ALTER TABLE role ADD COLUMN max_holders BIGINT CHECK (max_holders >= 0);
ALTER TABLE organisation ADD COLUMN max_privileged_grants BIGINT CHECK (max_privileged_grants >= 0);
ALTER TABLE role_grant ADD COLUMN analysis_review_by TEXT CHECK (analysis_review_by IS_DATE);
ALTER TABLE segment ADD COLUMN change_from TEXT CHECK (change_from IS_DATE);
ALTER TABLE segment ADD COLUMN change_until TEXT CHECK (change_until IS_DATE);
ALTER TABLE service ADD COLUMN declared_scope_id TEXT REFERENCES organisation (id);
CREATE INDEX service_declared_scope_id ON service (declared_scope_id);
";

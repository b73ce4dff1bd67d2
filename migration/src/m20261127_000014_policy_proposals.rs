//! Who proposed a policy set, so that somebody else releases it; and who let it go.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261127_000014_policy_proposals",
    tables: TABLES,
    sqlite: "",
    postgres: "",
};

const TABLES: &str = "
ALTER TABLE policy_set ADD COLUMN proposed_at BIGINT;
ALTER TABLE policy_set ADD COLUMN proposed_by TEXT REFERENCES individual (id);
";

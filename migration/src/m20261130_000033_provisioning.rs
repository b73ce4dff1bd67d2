//! What was seen of a thing when a record about it was completed from the register.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261130_000033_provisioning",
    tables: TABLES,
    sqlite: "",
    postgres: "",
};

// 0: there was nothing of that name; null: nobody looked.
const TABLES: &str = "
ALTER TABLE staged_record ADD COLUMN seen_version BIGINT;
";

//! Where the service writes to find out whether it can: one row, which means nothing.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261129_000029_probe",
    tables: TABLES,
    sqlite: "",
    postgres: "",
};

const TABLES: &str = "
CREATE TABLE audit_probe (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    filler BYTES NOT NULL
);
";

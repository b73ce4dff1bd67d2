//! What an import finds to be called as something else is, kept beside what it has staged.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261129_000019_look_alikes",
    tables: TABLES,
    sqlite: "",
    postgres: "",
};

const TABLES: &str = "
CREATE TABLE staged_look_alike (
    run_id TEXT NOT NULL REFERENCES import_run (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    external_id TEXT NOT NULL,
    other TEXT NOT NULL,
    PRIMARY KEY (run_id, kind, external_id)
);
";

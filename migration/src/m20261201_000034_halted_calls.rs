//! What of a call was halted because it would take from many, until somebody confirms it.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261201_000034_halted_calls",
    tables: TABLES,
    sqlite: "",
    postgres: POSTGRES,
};

// Records are kept until they are confirmed, and no longer.
const TABLES: &str = "
CREATE TABLE halted_call (
    run_id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    brought_by TEXT NOT NULL,
    place TEXT,
    plan_digest TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    confirmed_by TEXT,
    CHECK ((confirmed_at IS NULL) = (confirmed_by IS NULL))
);

CREATE TABLE halted_record (
    run_id TEXT NOT NULL REFERENCES halted_call (run_id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    given TEXT NOT NULL,
    PRIMARY KEY (run_id, position)
);
";

// What can be personal is not sampled for the planner.
const POSTGRES: &str = "
ALTER TABLE halted_record ALTER COLUMN given SET STATISTICS 0;
";

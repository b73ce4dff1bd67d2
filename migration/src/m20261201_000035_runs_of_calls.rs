//! Runs that take several calls: what has been received of them, until they are completed or abandoned.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261201_000035_runs_of_calls",
    tables: TABLES,
    sqlite: "",
    postgres: POSTGRES,
};

// What waits is what it was made from, and is moot as soon as something else is said of the thing. A source has one open run at most. Of one that is closed it is counted what has not been forgotten yet. What a record gives is null where it could not be read when it came.
const TABLES: &str = "
CREATE TABLE provisioning_run (
    run_id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    brought_by TEXT NOT NULL,
    place TEXT,
    kinds TEXT NOT NULL,
    snapshot BOOLEAN NOT NULL,
    as_of BIGINT,
    received BIGINT NOT NULL DEFAULT 0 CHECK (received >= 0),
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    outcome TEXT CHECK (outcome IN ('completed', 'abandoned')),
    answer TEXT,
    CHECK ((closed_at IS NULL) = (outcome IS NULL)),
    CHECK (NOT snapshot OR as_of IS NOT NULL)
);
CREATE UNIQUE INDEX provisioning_run_open ON provisioning_run (source) WHERE closed_at IS NULL;
CREATE INDEX provisioning_run_closed ON provisioning_run (source, closed_at);
CREATE INDEX provisioning_run_to_forget ON provisioning_run (run_id) WHERE closed_at IS NOT NULL AND received > 0;

ALTER TABLE halted_record ADD COLUMN external_id TEXT;
ALTER TABLE halted_record ADD COLUMN seen_version BIGINT;

CREATE TABLE received_record (
    run_id TEXT NOT NULL REFERENCES provisioning_run (run_id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    external_id TEXT NOT NULL,
    given TEXT,
    PRIMARY KEY (run_id, kind, external_id)
);
";

// What can be personal is not sampled for the planner.
const POSTGRES: &str = "
ALTER TABLE received_record ALTER COLUMN external_id SET STATISTICS 0;
ALTER TABLE received_record ALTER COLUMN given SET STATISTICS 0;
";

//! Import runs: their state, what they staged, what was wrong with it, and what is flagged.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261122_000009_imports",
    tables: TABLES,
    sqlite: "",
    postgres: "",
};

const TABLES: &str = "
CREATE TABLE import_run (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    file_name TEXT NOT NULL,
    digest TEXT,
    state TEXT NOT NULL CHECK (state IN
        ('staging', 'validated', 'applying', 'completed', 'abandoned', 'refused')),
    dry_run BOOLEAN NOT NULL DEFAULT FALSE,
    next_line BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    summary TEXT,
    trailer TEXT,
    process_token TEXT,
    CHECK (finished_at IS NULL OR state IN ('completed', 'abandoned', 'refused'))
);
CREATE INDEX import_run_state ON import_run (state);

CREATE TABLE staged_record (
    run_id TEXT NOT NULL REFERENCES import_run (id) ON DELETE CASCADE,
    line BIGINT NOT NULL,
    kind TEXT NOT NULL,
    external_id TEXT NOT NULL,
    body JSON_TEXT NOT NULL,
    line_text TEXT,
    rejected BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (run_id, line)
);
CREATE INDEX staged_record_external_id ON staged_record (run_id, kind, external_id);

CREATE TABLE import_problem (
    run_id TEXT NOT NULL REFERENCES import_run (id) ON DELETE CASCADE,
    line BIGINT NOT NULL,
    field TEXT NOT NULL,
    value_shape TEXT NOT NULL,
    problem TEXT NOT NULL,
    hint TEXT NOT NULL,
    PRIMARY KEY (run_id, line, field, problem)
);

CREATE TABLE import_flag (
    flag TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    run_id TEXT REFERENCES import_run (id) ON DELETE SET NULL,
    detail TEXT,
    PRIMARY KEY (flag, entity_id)
);
CREATE INDEX import_flag_entity_id ON import_flag (entity_id);
CREATE INDEX import_flag_run_id ON import_flag (run_id);
";

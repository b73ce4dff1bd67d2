//! Answers already given, so that a mutation retried with its key is not carried out twice.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261122_000010_idempotency",
    tables: TABLES,
    sqlite: "",
    postgres: "",
};

const TABLES: &str = "
CREATE TABLE idempotency_key (
    caller TEXT NOT NULL,
    mutation TEXT NOT NULL,
    key TEXT NOT NULL,
    input_digest TEXT NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (caller, mutation, key)
);
CREATE INDEX idempotency_key_created_at ON idempotency_key (created_at);
";

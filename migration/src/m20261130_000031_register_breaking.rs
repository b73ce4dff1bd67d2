//! The log tells the whole register: which event told last of each thing, and ids for what had none.
//!
//! Logs from before tell too little to be gone on from, so a database that has one is refused before this change is
//! made, and the rows that it gives ids to are none.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261130_000031_register_breaking",
    tables: TABLES,
    sqlite: SQLITE,
    postgres: POSTGRES,
};

const TABLES: &str = "
ALTER TABLE policy_set ADD COLUMN id TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX policy_set_id ON policy_set (id);
ALTER TABLE guardrail_stage ADD COLUMN id TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX guardrail_stage_id ON guardrail_stage (id);

CREATE TABLE audit_latest (
    entity TEXT PRIMARY KEY,
    seq BIGINT NOT NULL CHECK (seq >= 0)
);
CREATE UNIQUE INDEX audit_latest_seq ON audit_latest (seq);
";

const SQLITE: &str = "
CREATE TRIGGER audit_latest_goes_forward BEFORE UPDATE ON audit_latest
WHEN NEW.entity <> OLD.entity OR NEW.seq <= OLD.seq
BEGIN SELECT RAISE(ABORT, 'audit_latest only goes forward'); END;
CREATE TRIGGER audit_latest_stays BEFORE DELETE ON audit_latest
BEGIN SELECT RAISE(ABORT, 'audit_latest is not deleted'); END;
";

const POSTGRES: &str = "
CREATE TRIGGER audit_latest_goes_forward BEFORE UPDATE ON audit_latest FOR EACH ROW
    WHEN (NEW.entity <> OLD.entity OR NEW.seq <= OLD.seq)
    EXECUTE FUNCTION refuse('audit_latest only goes forward');
CREATE TRIGGER audit_latest_stays BEFORE DELETE ON audit_latest
    FOR EACH ROW EXECUTE FUNCTION refuse('audit_latest is not deleted');
CREATE TRIGGER audit_latest_is_not_emptied BEFORE TRUNCATE ON audit_latest
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('audit_latest is not deleted');
";

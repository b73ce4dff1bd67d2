//! What retention leaves behind: the paths of events that stay when the block around them is pruned.
//!
//! An event that introduces a key must be provable for as long as the log lives, and its neighbours are gone.
//! Pruning, erasing and restoring give an account of themselves in a handful of events, which are found by
//! an index of their own: no other event pays for it.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261127_000012_retention",
    tables: TABLES,
    sqlite: SQLITE,
    postgres: POSTGRES,
};

const TABLES: &str = "
CREATE TABLE audit_kept (
    seq SEQUENCE_KEY,
    path BYTES NOT NULL CHECK (length(path) = 256),
    CHECK (seq >= 0)
);
CREATE INDEX audit_event_account ON audit_event (seq) WHERE kind = 'operation' AND action IN
    ('erase', 'eraseCompleted', 'prune', 'pruneCompleted', 'restoreAdopted');
";

const SQLITE: &str = "
CREATE TRIGGER audit_kept_is_not_replaced BEFORE INSERT ON audit_kept
WHEN EXISTS (SELECT 1 FROM audit_kept WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'audit_kept is append-only'); END;
CREATE TRIGGER audit_kept_is_not_changed BEFORE UPDATE ON audit_kept
BEGIN SELECT RAISE(ABORT, 'audit_kept is append-only'); END;
CREATE TRIGGER audit_kept_is_not_deleted BEFORE DELETE ON audit_kept
BEGIN SELECT RAISE(ABORT, 'audit_kept is append-only'); END;
";

const POSTGRES: &str = "
CREATE TRIGGER audit_kept_is_not_changed BEFORE UPDATE OR DELETE ON audit_kept
    FOR EACH ROW EXECUTE FUNCTION refuse('audit_kept is append-only');
CREATE TRIGGER audit_kept_is_not_emptied BEFORE TRUNCATE ON audit_kept
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('audit_kept is append-only');
";

//! The decision log: head, events, what lists returned, erasable values, tree, checkpoints, counts.
//!
//! No foreign keys: the log proves itself by its tree, and an append must not wait for anything else.
//! The triggers stop mistakes and clumsy hands; a thief of the database is caught by verification.
//! Unless told otherwise `SQLite` fires no delete trigger for the row that `INSERT OR REPLACE` removes,
//! so an insert over an existing row is refused before it gets there.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261122_000007_log",
    tables: TABLES,
    sqlite: SQLITE,
    postgres: POSTGRES,
};

const TABLES: &str = "
CREATE TABLE audit_head (
    log_id BIGINT PRIMARY KEY,
    origin TEXT NOT NULL,
    size BIGINT NOT NULL CHECK (size >= 0),
    root BYTES NOT NULL CHECK (length(root) = 32),
    frontier BYTES NOT NULL,
    last_t BIGINT NOT NULL,
    change_seq BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    pruned_below BIGINT NOT NULL DEFAULT 0,
    CHECK (change_seq <= size),
    CHECK (pruned_below BETWEEN 0 AND size)
);

CREATE TABLE audit_event (
    seq SEQUENCE_KEY,
    event_id TEXT NOT NULL UNIQUE,
    t_us BIGINT NOT NULL,
    kind TEXT NOT NULL,
    principal TEXT,
    asker TEXT,
    permission TEXT,
    action TEXT,
    resource_type TEXT,
    resource_id TEXT,
    system TEXT,
    path TEXT,
    outcome TEXT,
    level BIGINT,
    policy TEXT,
    envelope BYTES NOT NULL,
    leaf BYTES NOT NULL CHECK (length(leaf) = 32),
    CHECK (seq >= 0)
);
CREATE INDEX audit_event_principal ON audit_event (principal, t_us, seq);
CREATE INDEX audit_event_resource_id ON audit_event (resource_id, seq);
CREATE INDEX audit_event_t_us ON audit_event (t_us, seq);
CREATE INDEX audit_event_denied ON audit_event (t_us, seq) WHERE outcome = 'deny';
CREATE INDEX audit_event_change ON audit_event (seq) WHERE kind IN ('change', 'policy');

CREATE TABLE audit_listed (
    resource_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (resource_id, seq)
);

CREATE TABLE audit_slot (
    seq BIGINT NOT NULL,
    slot TEXT NOT NULL,
    salt BYTES NOT NULL,
    value TEXT NOT NULL,
    retention_class TEXT NOT NULL,
    authority TEXT,
    PRIMARY KEY (seq, slot)
);

CREATE TABLE audit_node (
    level BIGINT NOT NULL CHECK (level IN (8, 16, 24, 32)),
    idx BIGINT NOT NULL CHECK (idx >= 0),
    hash BYTES NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, idx)
);

CREATE TABLE audit_checkpoint (
    size BIGINT PRIMARY KEY,
    note TEXT NOT NULL
);

CREATE TABLE audit_rollup (
    day TEXT NOT NULL CHECK (day IS_DATE),
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    system TEXT NOT NULL,
    level BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (day, outcome, reason, system, level)
);
";

const SQLITE: &str = "
CREATE TRIGGER audit_head_stands BEFORE INSERT ON audit_head
WHEN EXISTS (SELECT 1 FROM audit_head WHERE log_id = NEW.log_id)
BEGIN SELECT RAISE(ABORT, 'audit_head is not replaced'); END;
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
BEGIN SELECT RAISE(ABORT, 'audit_head is not deleted'); END;
CREATE TRIGGER audit_head_goes_forward BEFORE UPDATE ON audit_head
WHEN NEW.log_id <> OLD.log_id OR NEW.origin <> OLD.origin OR NEW.size < OLD.size
    OR NEW.last_t < OLD.last_t OR NEW.change_seq < OLD.change_seq OR NEW.epoch < OLD.epoch
    OR NEW.pruned_below < OLD.pruned_below
BEGIN SELECT RAISE(ABORT, 'audit_head only goes forward'); END;

CREATE TRIGGER audit_event_is_not_replaced BEFORE INSERT ON audit_event
WHEN EXISTS (SELECT 1 FROM audit_event WHERE seq = NEW.seq OR event_id = NEW.event_id)
BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
CREATE TRIGGER audit_event_is_not_changed BEFORE UPDATE ON audit_event
BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
CREATE TRIGGER audit_event_is_not_deleted BEFORE DELETE ON audit_event
WHEN NOT EXISTS (SELECT 1 FROM audit_head WHERE OLD.seq < pruned_below)
BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;

CREATE TRIGGER audit_listed_is_not_changed BEFORE UPDATE ON audit_listed
BEGIN SELECT RAISE(ABORT, 'audit_listed is append-only'); END;
CREATE TRIGGER audit_listed_is_not_deleted BEFORE DELETE ON audit_listed
WHEN NOT EXISTS (SELECT 1 FROM audit_head WHERE OLD.seq < pruned_below)
BEGIN SELECT RAISE(ABORT, 'audit_listed is append-only'); END;

CREATE TRIGGER audit_slot_is_not_replaced BEFORE INSERT ON audit_slot
WHEN EXISTS (SELECT 1 FROM audit_slot WHERE seq = NEW.seq AND slot = NEW.slot)
BEGIN SELECT RAISE(ABORT, 'audit_slot is erased or kept, not changed'); END;
CREATE TRIGGER audit_slot_is_not_changed BEFORE UPDATE ON audit_slot
BEGIN SELECT RAISE(ABORT, 'audit_slot is erased or kept, not changed'); END;

CREATE TRIGGER audit_node_is_not_replaced BEFORE INSERT ON audit_node
WHEN EXISTS (SELECT 1 FROM audit_node WHERE level = NEW.level AND idx = NEW.idx)
BEGIN SELECT RAISE(ABORT, 'audit_node is append-only'); END;
CREATE TRIGGER audit_node_is_not_changed BEFORE UPDATE ON audit_node
BEGIN SELECT RAISE(ABORT, 'audit_node is append-only'); END;
CREATE TRIGGER audit_node_is_not_deleted BEFORE DELETE ON audit_node
BEGIN SELECT RAISE(ABORT, 'audit_node is append-only'); END;

CREATE TRIGGER audit_checkpoint_is_not_replaced BEFORE INSERT ON audit_checkpoint
WHEN EXISTS (SELECT 1 FROM audit_checkpoint WHERE size = NEW.size)
BEGIN SELECT RAISE(ABORT, 'audit_checkpoint is append-only'); END;
CREATE TRIGGER audit_checkpoint_is_not_changed BEFORE UPDATE ON audit_checkpoint
BEGIN SELECT RAISE(ABORT, 'audit_checkpoint is append-only'); END;
CREATE TRIGGER audit_checkpoint_is_not_deleted BEFORE DELETE ON audit_checkpoint
BEGIN SELECT RAISE(ABORT, 'audit_checkpoint is append-only'); END;
";

const POSTGRES: &str = "
CREATE FUNCTION refuse_unless_pruned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM audit_head WHERE OLD.seq < pruned_below) THEN
        RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION refuse('audit_head is not deleted');
CREATE TRIGGER audit_head_is_not_emptied BEFORE TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('audit_head is not deleted');
CREATE TRIGGER audit_head_goes_forward BEFORE UPDATE ON audit_head FOR EACH ROW
    WHEN (NEW.log_id <> OLD.log_id OR NEW.origin <> OLD.origin OR NEW.size < OLD.size
        OR NEW.last_t < OLD.last_t OR NEW.change_seq < OLD.change_seq OR NEW.epoch < OLD.epoch
        OR NEW.pruned_below < OLD.pruned_below)
    EXECUTE FUNCTION refuse('audit_head only goes forward');

CREATE TRIGGER audit_event_is_not_changed BEFORE UPDATE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION refuse('audit_event is append-only');
CREATE TRIGGER audit_event_is_not_deleted BEFORE DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION refuse_unless_pruned('audit_event is append-only');
CREATE TRIGGER audit_event_is_not_emptied BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('audit_event is append-only');

CREATE TRIGGER audit_listed_is_not_changed BEFORE UPDATE ON audit_listed
    FOR EACH ROW EXECUTE FUNCTION refuse('audit_listed is append-only');
CREATE TRIGGER audit_listed_is_not_deleted BEFORE DELETE ON audit_listed
    FOR EACH ROW EXECUTE FUNCTION refuse_unless_pruned('audit_listed is append-only');
CREATE TRIGGER audit_listed_is_not_emptied BEFORE TRUNCATE ON audit_listed
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('audit_listed is append-only');

CREATE TRIGGER audit_slot_is_not_changed BEFORE UPDATE ON audit_slot
    FOR EACH ROW EXECUTE FUNCTION refuse('audit_slot is erased or kept, not changed');
CREATE TRIGGER audit_slot_is_not_emptied BEFORE TRUNCATE ON audit_slot
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('audit_slot is erased row by row');

CREATE TRIGGER audit_node_is_not_changed BEFORE UPDATE OR DELETE ON audit_node
    FOR EACH ROW EXECUTE FUNCTION refuse('audit_node is append-only');
CREATE TRIGGER audit_node_is_not_emptied BEFORE TRUNCATE ON audit_node
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('audit_node is append-only');

CREATE TRIGGER audit_checkpoint_is_not_changed BEFORE UPDATE OR DELETE ON audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION refuse('audit_checkpoint is append-only');
CREATE TRIGGER audit_checkpoint_is_not_emptied BEFORE TRUNCATE ON audit_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('audit_checkpoint is append-only');
";

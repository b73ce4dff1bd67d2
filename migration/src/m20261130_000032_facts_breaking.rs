//! Facts that decisions were made from stand once a month beside the events that commit to them.
//!
//! Events from before hold theirs, and none of the new ones, so a database that has a log of them is refused before this
//! change is made.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261130_000032_facts_breaking",
    tables: TABLES,
    sqlite: SQLITE,
    postgres: POSTGRES,
};

const TABLES: &str = "
CREATE TABLE audit_fact (
    month TEXT NOT NULL CHECK (length(month) = 7),
    commitment BYTES NOT NULL CHECK (length(commitment) = 32),
    salt BYTES NOT NULL CHECK (length(salt) = 32),
    value TEXT NOT NULL,
    PRIMARY KEY (month, commitment)
);
";

const SQLITE: &str = "
CREATE TRIGGER audit_fact_is_not_replaced BEFORE INSERT ON audit_fact
WHEN EXISTS (SELECT 1 FROM audit_fact WHERE month = NEW.month AND commitment = NEW.commitment)
BEGIN SELECT RAISE(ABORT, 'audit_fact is erased or kept, not changed'); END;
CREATE TRIGGER audit_fact_is_not_changed BEFORE UPDATE ON audit_fact
BEGIN SELECT RAISE(ABORT, 'audit_fact is erased or kept, not changed'); END;
";

// What can be erased is not sampled for the planner.
const POSTGRES: &str = "
ALTER TABLE audit_fact ALTER COLUMN value TYPE TEXT COLLATE \"C\";
ALTER TABLE audit_fact ALTER COLUMN value SET STATISTICS 0;
CREATE TRIGGER audit_fact_is_not_changed BEFORE UPDATE ON audit_fact
    FOR EACH ROW EXECUTE FUNCTION refuse('audit_fact is erased or kept, not changed');
CREATE TRIGGER audit_fact_is_not_emptied BEFORE TRUNCATE ON audit_fact
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('audit_fact is erased row by row');
";

//! What can be erased is not sampled: `PostgreSQL` keeps examples of a column's values for its planner, in a
//! table of its own that no erasing reaches. To set the type anew takes those away that it has.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261129_000028_erased",
    tables: "",
    sqlite: "",
    postgres: POSTGRES,
};

const POSTGRES: &str = "
ALTER TABLE audit_slot ALTER COLUMN value TYPE TEXT COLLATE \"C\";
ALTER TABLE audit_slot ALTER COLUMN value SET STATISTICS 0;
ALTER TABLE staged_record ALTER COLUMN line_text TYPE TEXT COLLATE \"C\";
ALTER TABLE staged_record ALTER COLUMN line_text SET STATISTICS 0;
ALTER TABLE staged_record ALTER COLUMN body SET STATISTICS 0;
";

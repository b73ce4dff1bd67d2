//! What `PostgreSQL` lacks of the dialect that the tables are written in; `SQLite` lacks nothing.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261122_000001_dialect",
    tables: "",
    sqlite: "",
    postgres: POSTGRES,
};

const POSTGRES: &str = "
CREATE DOMAIN json_text AS jsonb;

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'check_violation';
END $$;
";

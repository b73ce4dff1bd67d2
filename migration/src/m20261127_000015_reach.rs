//! The permission to read who can reach what, apart from reading the register: such reports are secret.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261127_000015_reach",
    tables: TABLES,
    sqlite: "",
    postgres: "",
};

const TABLES: &str = "
INSERT INTO permission (id, system_key, name, privileged) VALUES
    ('prm_0000000000000000000000000q', '', 'reach:read', FALSE);
";

//! What a text decides, it decides by what it says: a blank names no analysis, no basis, no agreement and no human
//! being, whatever writes it. And HSA-ids are looked for in whatever case they are typed.
//!
//! What is there already stays as it is, for a change of the register is an event of the log; it is read as if
//! nothing were named. `SQLite` takes no new check into a table, so triggers hold there what checks hold on
//! `PostgreSQL`; both are asked only of what is written from now on.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261129_000018_texts",
    tables: TABLES,
    sqlite: SQLITE,
    postgres: POSTGRES,
};

const TABLES: &str = "
CREATE INDEX person_hsa_id_folded ON person (upper(hsa_id));
CREATE INDEX organisation_hsa_id_folded ON organisation (upper(hsa_id));
";

/// The characters that show nothing, as far as a database can be told: white space, and the commonest of those
/// that nobody sees.
macro_rules! blank {
    () => {
        "' \u{9}\u{a}\u{b}\u{c}\u{d}\u{85}\u{a0}\u{ad}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202f}\u{2060}\u{2800}\u{3000}\u{feff}'"
    };
}

/// Two triggers: a column that a row is written with, and one that is written anew.
macro_rules! never_blank {
    ($table:literal, $column:literal) => {
        concat!(
            "CREATE TRIGGER ",
            $table,
            "_",
            $column,
            "_is_not_blank BEFORE INSERT ON ",
            $table,
            " WHEN trim(NEW.",
            $column,
            ", ",
            blank!(),
            ") = '' ",
            "BEGIN SELECT RAISE(ABORT, '",
            $table,
            ".",
            $column,
            " is blank'); END;\n",
            "CREATE TRIGGER ",
            $table,
            "_",
            $column,
            "_is_not_blanked BEFORE UPDATE OF ",
            $column,
            " ON ",
            $table,
            " WHEN trim(NEW.",
            $column,
            ", ",
            blank!(),
            ") = '' AND NEW.",
            $column,
            " IS NOT OLD.",
            $column,
            " ",
            "BEGIN SELECT RAISE(ABORT, '",
            $table,
            ".",
            $column,
            " is blank'); END;\n",
        )
    };
}

const SQLITE: &str = concat!(
    never_blank!("role_grant", "needs_and_risk_analysis"),
    never_blank!("role_grant", "disclosure_basis"),
    never_blank!("system_classification", "analysis"),
    never_blank!("supplier_assessment", "agreement"),
    never_blank!("individual", "external_key"),
);

/// As [`never_blank`]: a trigger too, for a check would stand in the way of ending what was written before.
macro_rules! never_blank_there {
    ($table:literal, $column:literal) => {
        concat!(
            "CREATE TRIGGER ",
            $table,
            "_",
            $column,
            "_is_not_blank BEFORE INSERT ON ",
            $table,
            " FOR EACH ROW WHEN (btrim(NEW.",
            $column,
            ", ",
            blank!(),
            ") = '') ",
            "EXECUTE FUNCTION refuse('",
            $table,
            ".",
            $column,
            " is blank');\n",
            "CREATE TRIGGER ",
            $table,
            "_",
            $column,
            "_is_not_blanked BEFORE UPDATE OF ",
            $column,
            " ON ",
            $table,
            " FOR EACH ROW WHEN (btrim(NEW.",
            $column,
            ", ",
            blank!(),
            ") = '' AND NEW.",
            $column,
            " IS DISTINCT FROM OLD.",
            $column,
            ") ",
            "EXECUTE FUNCTION refuse('",
            $table,
            ".",
            $column,
            " is blank');\n",
        )
    };
}

const POSTGRES: &str = concat!(
    never_blank_there!("role_grant", "needs_and_risk_analysis"),
    never_blank_there!("role_grant", "disclosure_basis"),
    never_blank_there!("system_classification", "analysis"),
    never_blank_there!("supplier_assessment", "agreement"),
    never_blank_there!("individual", "external_key"),
);

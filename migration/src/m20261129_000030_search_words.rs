//! What people find by what they type: the words of names, which a search begins, in an index of their own.
//!
//! `name_search` holds the words from now on, with spaces between, as the program spells them. Triggers keep the index,
//! so that whoever writes a name cannot forget it: by the word as it is typed where å, ä and ö cannot be, and as it is
//! spelled. What is there already is made into words here, as far as Latin letters go.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261129_000030_search_words",
    tables: TABLES,
    sqlite: SQLITE,
    postgres: POSTGRES,
};

/// What names were found by was in lower case already; this takes the accents off.
macro_rules! without_accents {
    ($($table:literal)*) => {
        concat!($(
            "UPDATE ", $table, " SET name_search = (WITH RECURSIVE step (n, spelled) AS (
                SELECT 1, replace(replace(", $table, ".name_search, 'þ', 'th'), 'œ', 'oe')
                UNION ALL SELECT n + 1, replace(spelled,
                    substr('àáâãçèéêëìíîïðñòóôõøùúûüýÿæāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňōŏőŕŗřśŝşšţťũūŭůűųŵŷźżž', n, 1),
                    substr('aaaaceeeeiiiidnooooöuuuuyyäaaaccccddeeeeegggghhiiiiijkllllnnnooorrrssssttuuuuuuwyzzz', n, 1))
                FROM step WHERE n <= 84)
            SELECT spelled FROM step ORDER BY n DESC LIMIT 1);\n",
        )*)
    };
}

/// Words with hyphens and the like between are found by each, and in one.
macro_rules! words {
    ($table:literal, $hsa_id:literal) => {
        concat!(
            "UPDATE ", $table, " SET name_search = (WITH RECURSIVE step (n, apart, joined) AS (
                SELECT 1, ", $table, ".name_search", $hsa_id, ", ", $table, ".name_search", $hsa_id, "
                UNION ALL SELECT n + 1,
                    replace(apart, substr('-‐–—''’.,/()&:;+_!?#@*=%[]{}|~^§°«»”\"\\', n, 1), ' '),
                    replace(joined, substr('-‐–—''’.,/()&:;+_!?#@*=%[]{}|~^§°«»”\"\\', n, 1), '')
                FROM step WHERE n <= 37)
            SELECT apart || ' ' || joined FROM step ORDER BY n DESC LIMIT 1);\n",
        )
    };
}

/// Ids are found by how they end: stored from their end as well.
macro_rules! ends_of_ids {
    ($($table:literal)*) => {
        concat!($(
            "UPDATE ", $table, " SET name_search = name_search || ' <' || (
                WITH RECURSIVE back (n, id) AS (
                    SELECT 1, substr(", $table, ".hsa_id, 1, 0)
                    UNION ALL SELECT n + 1, substr(replace(lower(", $table, ".hsa_id), '-', ''), n, 1) || id
                    FROM back WHERE n <= length(", $table, ".hsa_id))
                SELECT id FROM back ORDER BY n DESC LIMIT 1)
            WHERE hsa_id IS NOT NULL;\n",
        )*)
    };
}

const TABLES: &str = concat!(
    "
CREATE TABLE search_word (
    kind TEXT NOT NULL,
    word TEXT NOT NULL,
    spelled TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    PRIMARY KEY (kind, word, spelled, entity_id)
);
CREATE INDEX search_word_entity_id ON search_word (entity_id);

DROP INDEX organisation_name_search;
DROP INDEX person_name_search;
DROP INDEX system_name_search;
DROP INDEX segment_name_search;
DROP INDEX database_name_search;
DROP INDEX service_name_search;
DROP INDEX account_name_search;
DROP INDEX role_name_search;
",
    without_accents!("organisation" "person" "system" "segment" "\"database\"" "service" "account" "role"),
);

/// What fills the index as it is written.
macro_rules! made_into_words {
    () => {
        concat!(
            words!("organisation", " || ' ' || lower(coalesce(hsa_id, ''))"),
            words!("person", " || ' ' || lower(hsa_id)"),
            words!("system", ""),
            words!("segment", ""),
            words!("\"database\"", ""),
            words!("service", ""),
            words!("account", ""),
            words!("role", ""),
            ends_of_ids!("organisation" "person"),
        )
    };
}

/// What writes the words of `NEW` into the index.
macro_rules! indexed_words {
    ($kind:literal) => {
        concat!(
            "INSERT INTO search_word (kind, word, spelled, entity_id)
    SELECT DISTINCT '", $kind, "', replace(replace(replace(value, 'å', 'a'), 'ä', 'a'), 'ö', 'o'), value, NEW.id
    FROM json_each('[\"' || replace(replace(replace(NEW.name_search, '\\', ' '), '\"', ' '), ' ', '\",\"') || '\"]')
    WHERE value <> '';"
        )
    };
}

/// The triggers of a table.
macro_rules! keep_words {
    ($($kind:literal on $table:literal,)*) => {
        concat!($(
            "CREATE TRIGGER ", $kind, "_words_are_made AFTER INSERT ON ", $table, "
BEGIN
    ", indexed_words!($kind), "
END;
CREATE TRIGGER ", $kind, "_words_are_kept AFTER UPDATE OF name_search ON ", $table, "
WHEN NEW.name_search <> OLD.name_search
BEGIN
    DELETE FROM search_word WHERE entity_id = NEW.id;
    ", indexed_words!($kind), "
END;
CREATE TRIGGER ", $kind, "_words_go AFTER DELETE ON ", $table, "
BEGIN
    DELETE FROM search_word WHERE entity_id = OLD.id;
END;\n",
        )*)
    };
}

const SQLITE: &str = concat!(
    keep_words!(
        "organisation" on "organisation",
        "person" on "person",
        "system" on "system",
        "segment" on "segment",
        "database" on "\"database\"",
        "service" on "service",
        "account" on "account",
        "role" on "role",
    ),
    made_into_words!()
);

/// As [`keep_words`], with one function for every table.
macro_rules! keep_words_there {
    ($($kind:literal on $table:literal,)*) => {
        concat!($(
            "CREATE TRIGGER ", $kind, "_words_are_kept AFTER INSERT OR UPDATE OF name_search OR DELETE ON ", $table, "
    FOR EACH ROW EXECUTE FUNCTION keep_search_words();\n",
        )*)
    };
}

const POSTGRES: &str = concat!(
    "
CREATE FUNCTION keep_search_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.name_search = OLD.name_search THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_word WHERE entity_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO search_word (kind, word, spelled, entity_id)
        SELECT DISTINCT TG_TABLE_NAME, translate(value, 'åäö', 'aao'), value, NEW.id
        FROM unnest(string_to_array(NEW.name_search, ' ')) w (value)
        WHERE value <> '';
    END IF;
    RETURN NULL;
END $$;
",
    keep_words_there!(
        "organisation" on "organisation",
        "person" on "person",
        "system" on "system",
        "segment" on "segment",
        "database" on "\"database\"",
        "service" on "service",
        "account" on "account",
        "role" on "role",
    ),
    made_into_words!()
);

//! What auditors ask the log: by name, human being, place, every reason, and what a decision brought about.
//!
//! The new columns derive from the envelope like the others, and rows that are there already get theirs
//! from it. The columns that hold sets (`/a/b/`) have few different values, so `audit_set` takes each
//! apart once and a member is found through it and an index on the column.
//!
//! Recorded time never goes back, so a period is a range of `seq`, which every index ends in: rows come
//! out of each in the order of the log, newest or oldest first, and none is sorted.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261126_000011_log_questions",
    tables: TABLES,
    sqlite: SQLITE,
    postgres: POSTGRES,
};

const TABLES: &str = "
ALTER TABLE audit_event ADD COLUMN principal_name TEXT;
ALTER TABLE audit_event ADD COLUMN individual TEXT;
ALTER TABLE audit_event ADD COLUMN place TEXT;
ALTER TABLE audit_event ADD COLUMN reasons TEXT;
ALTER TABLE audit_event ADD COLUMN decision TEXT;

CREATE TABLE audit_set (
    held_in TEXT NOT NULL CHECK (held_in IN ('path', 'place', 'reasons')),
    member TEXT NOT NULL,
    whole TEXT NOT NULL,
    PRIMARY KEY (held_in, member, whole)
);

DROP INDEX audit_event_principal;
DROP INDEX audit_event_denied;
CREATE INDEX audit_event_principal ON audit_event (principal, seq);
CREATE INDEX audit_event_principal_name ON audit_event (principal_name, seq);
CREATE INDEX audit_event_individual ON audit_event (individual, seq) WHERE individual IS NOT NULL;
CREATE INDEX audit_event_asker ON audit_event (asker, seq) WHERE asker IS NOT NULL;
CREATE INDEX audit_event_permission ON audit_event (permission, seq);
CREATE INDEX audit_event_system ON audit_event (system, seq) WHERE system IS NOT NULL;
CREATE INDEX audit_event_path ON audit_event (path, seq);
CREATE INDEX audit_event_place ON audit_event (place, seq);
CREATE INDEX audit_event_reasons ON audit_event (reasons, seq);
CREATE INDEX audit_event_level ON audit_event (level, seq) WHERE level IS NOT NULL;
CREATE INDEX audit_event_decision ON audit_event (decision, seq) WHERE decision IS NOT NULL;
CREATE INDEX audit_event_denied ON audit_event (seq) WHERE outcome = 'deny';
CREATE INDEX audit_event_decided ON audit_event (seq) WHERE kind = 'decision';
CREATE INDEX audit_event_key ON audit_event (seq) WHERE kind = 'operation' AND action = 'keyRotated';
";

const SQLITE: &str = "
DROP TRIGGER audit_event_is_not_changed;

UPDATE audit_event SET
    principal_name = coalesce(json_extract(CAST(envelope AS TEXT), '$.principal.external'),
        json_extract(CAST(envelope AS TEXT), '$.principal.named')),
    individual = json_extract(CAST(envelope AS TEXT), '$.principal.individual'),
    place = (SELECT '/' || group_concat(DISTINCT value ORDER BY value) || '/'
        FROM json_each(CAST(envelope AS TEXT), '$.principal.path')),
    reasons = (SELECT '/' || group_concat(DISTINCT value ORDER BY value) || '/' FROM (
        SELECT value FROM json_each(CAST(envelope AS TEXT), '$.reasons')
        UNION ALL SELECT value FROM json_each(CAST(envelope AS TEXT), '$.wouldRefuse')
        UNION ALL SELECT r.value FROM json_each(CAST(envelope AS TEXT), '$.discounted') d,
            json_each(d.value, '$.reasons') r))
WHERE kind = 'decision';

UPDATE audit_event SET
    place = replace(place, ',', '/'),
    reasons = replace(reasons, ',', '/')
WHERE kind = 'decision';

UPDATE audit_event SET decision = json_extract(CAST(envelope AS TEXT), '$.decision')
WHERE kind IN ('change', 'policy', 'operation');

CREATE TRIGGER audit_event_is_not_changed BEFORE UPDATE ON audit_event
BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;

INSERT INTO audit_set (held_in, member, whole)
SELECT s.held_in, m.value, s.whole FROM (
    SELECT DISTINCT 'path' AS held_in, path AS whole FROM audit_event WHERE path IS NOT NULL
    UNION ALL SELECT DISTINCT 'place', place FROM audit_event WHERE place IS NOT NULL
    UNION ALL SELECT DISTINCT 'reasons', reasons FROM audit_event WHERE reasons IS NOT NULL
) s, json_each('[\"' || replace(trim(s.whole, '/'), '/', '\",\"') || '\"]') m;

CREATE TRIGGER audit_set_is_not_changed BEFORE UPDATE ON audit_set
BEGIN SELECT RAISE(ABORT, 'audit_set is append-only'); END;
CREATE TRIGGER audit_set_is_not_deleted BEFORE DELETE ON audit_set
BEGIN SELECT RAISE(ABORT, 'audit_set is append-only'); END;
";

/// JSON there does not admit NUL, which a text from outside may hold: it is taken out, being in no column.
const POSTGRES: &str = "
DROP TRIGGER audit_event_is_not_changed ON audit_event;

UPDATE audit_event SET
    principal_name = coalesce(said.it #>> '{principal,external}', said.it #>> '{principal,named}'),
    individual = said.it #>> '{principal,individual}',
    place = (SELECT '/' || string_agg(DISTINCT value COLLATE \"C\", '/' ORDER BY value COLLATE \"C\") || '/'
        FROM json_array_elements_text(said.it #> '{principal,path}')),
    reasons = (SELECT '/' || string_agg(DISTINCT value COLLATE \"C\", '/' ORDER BY value COLLATE \"C\") || '/' FROM (
        SELECT value FROM json_array_elements_text(said.it #> '{reasons}')
        UNION ALL SELECT value FROM json_array_elements_text(said.it #> '{wouldRefuse}')
        UNION ALL SELECT r.value FROM json_array_elements(said.it #> '{discounted}') d,
            json_array_elements_text(d.value -> 'reasons') r) every)
FROM (SELECT seq, 
    regexp_replace(convert_from(envelope, 'UTF8'), '(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000', '\\1', 'g')::json AS it FROM audit_event WHERE kind = 'decision') said
WHERE said.seq = audit_event.seq;

UPDATE audit_event SET decision = 
    regexp_replace(convert_from(envelope, 'UTF8'), '(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000', '\\1', 'g')::json ->> 'decision'
WHERE kind IN ('change', 'policy', 'operation');

CREATE TRIGGER audit_event_is_not_changed BEFORE UPDATE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION refuse('audit_event is append-only');

INSERT INTO audit_set (held_in, member, whole)
SELECT s.held_in, m.value, s.whole FROM (
    SELECT DISTINCT 'path' AS held_in, path AS whole FROM audit_event WHERE path IS NOT NULL
    UNION ALL SELECT DISTINCT 'place', place FROM audit_event WHERE place IS NOT NULL
    UNION ALL SELECT DISTINCT 'reasons', reasons FROM audit_event WHERE reasons IS NOT NULL
) s, unnest(string_to_array(trim(s.whole, '/'), '/')) m (value);

CREATE TRIGGER audit_set_is_not_changed BEFORE UPDATE OR DELETE ON audit_set
    FOR EACH ROW EXECUTE FUNCTION refuse('audit_set is append-only');
CREATE TRIGGER audit_set_is_not_emptied BEFORE TRUNCATE ON audit_set
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('audit_set is append-only');
";

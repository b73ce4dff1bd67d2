//! What was opened in an emergency has to be reviewed: what waits for it, and what came of it.
//!
//! `owes` derives from the envelope like the other columns of an event, and rows that are there already get
//! theirs from it; few events owe anything, so it has an index of their own. That whoever reviews is another
//! human being than the one it is about is held here, whatever the service does, and a review stays as it is.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261127_000017_reviews",
    tables: TABLES,
    sqlite: SQLITE,
    postgres: POSTGRES,
};

const TABLES: &str = "
INSERT INTO permission (id, system_key, name, privileged) VALUES
    ('prm_0000000000000000000000000r', '', 'decision:review', FALSE);

ALTER TABLE audit_event ADD COLUMN owes TEXT;
CREATE INDEX audit_event_owes ON audit_event (seq) WHERE owes = 'review';

CREATE TABLE decision_review (
    event_id TEXT PRIMARY KEY,
    seq BIGINT NOT NULL UNIQUE CHECK (seq >= 0),
    about_individual TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('justified', 'notJustified', 'unclear')),
    reviewed_by TEXT NOT NULL,
    reviewed_individual TEXT NOT NULL REFERENCES individual (id),
    reviewed_at BIGINT NOT NULL,
    decision_id TEXT NOT NULL,
    CHECK (about_individual IS NULL OR about_individual <> reviewed_individual)
);
CREATE INDEX decision_review_reviewed_individual ON decision_review (reviewed_individual);
";

const SQLITE: &str = "
DROP TRIGGER audit_event_is_not_changed;

UPDATE audit_event SET owes = 'review'
WHERE kind = 'decision'
    AND json_extract(CAST(envelope AS TEXT), '$.dryRun') IS NULL
    AND EXISTS (SELECT 1 FROM json_each(CAST(envelope AS TEXT), '$.obligations') WHERE value = 'review');

CREATE TRIGGER audit_event_is_not_changed BEFORE UPDATE ON audit_event
BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;

CREATE TRIGGER decision_review_is_not_replaced BEFORE INSERT ON decision_review
WHEN EXISTS (SELECT 1 FROM decision_review WHERE event_id = NEW.event_id OR seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'decision_review is append-only'); END;
CREATE TRIGGER decision_review_is_not_changed BEFORE UPDATE ON decision_review
BEGIN SELECT RAISE(ABORT, 'decision_review is append-only'); END;
CREATE TRIGGER decision_review_is_not_deleted BEFORE DELETE ON decision_review
BEGIN SELECT RAISE(ABORT, 'decision_review is append-only'); END;
";

/// JSON there does not admit NUL, which a text from outside may hold: it is taken out.
const POSTGRES: &str = "
DROP TRIGGER audit_event_is_not_changed ON audit_event;

UPDATE audit_event SET owes = 'review'
FROM (SELECT seq,
    regexp_replace(convert_from(envelope, 'UTF8'), '(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000', '\\1', 'g')::json AS it
    FROM audit_event WHERE kind = 'decision') said
WHERE said.seq = audit_event.seq
    AND said.it ->> 'dryRun' IS NULL
    AND EXISTS (SELECT 1 FROM json_array_elements_text(said.it #> '{obligations}') WHERE value = 'review');

CREATE TRIGGER audit_event_is_not_changed BEFORE UPDATE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION refuse('audit_event is append-only');

CREATE TRIGGER decision_review_is_not_changed BEFORE UPDATE OR DELETE ON decision_review
    FOR EACH ROW EXECUTE FUNCTION refuse('decision_review is append-only');
CREATE TRIGGER decision_review_is_not_emptied BEFORE TRUNCATE ON decision_review
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('decision_review is append-only');
";

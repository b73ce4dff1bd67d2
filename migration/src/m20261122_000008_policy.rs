//! Policy sets as they were released, and the stage each guardrail is in.
//!
//! Every released text is kept as it was. `guardrail_stage` holds exceptions and decisions per system
//! and authority; an empty key means every one, `general` as `system_key` means roles of no system.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261122_000008_policy",
    tables: TABLES,
    sqlite: SQLITE,
    postgres: POSTGRES,
};

const TABLES: &str = "
CREATE TABLE policy_set (
    generation BIGINT PRIMARY KEY CHECK (generation >= 1),
    digest TEXT NOT NULL,
    activated_at BIGINT,
    released_by TEXT,
    active BOOLEAN NOT NULL DEFAULT FALSE,
    event_id TEXT,
    CHECK (NOT active OR activated_at IS NOT NULL)
);
CREATE UNIQUE INDEX policy_set_active ON policy_set (active) WHERE active;

CREATE TABLE policy_text (
    generation BIGINT NOT NULL REFERENCES policy_set (generation),
    path TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (generation, path)
);

CREATE TABLE guardrail_stage (
    policy TEXT NOT NULL,
    system_key TEXT NOT NULL DEFAULT '',
    authority_key TEXT NOT NULL DEFAULT '',
    stage TEXT NOT NULL CHECK (stage IN ('observe', 'warn', 'enforce')),
    ends_on TEXT CHECK (ends_on IS_DATE),
    decided_by TEXT,
    PRIMARY KEY (policy, system_key, authority_key),
    CHECK (stage <> 'observe' OR ends_on IS NOT NULL)
);
";

const SQLITE: &str = "
CREATE TRIGGER policy_set_is_not_replaced BEFORE INSERT ON policy_set
WHEN EXISTS (SELECT 1 FROM policy_set WHERE generation = NEW.generation)
BEGIN SELECT RAISE(ABORT, 'released policies are kept'); END;
CREATE TRIGGER policy_set_is_not_changed BEFORE UPDATE ON policy_set
WHEN NEW.generation <> OLD.generation OR NEW.digest <> OLD.digest
BEGIN SELECT RAISE(ABORT, 'released policies are kept'); END;
CREATE TRIGGER policy_set_is_not_deleted BEFORE DELETE ON policy_set
BEGIN SELECT RAISE(ABORT, 'released policies are kept'); END;
CREATE TRIGGER policy_text_is_not_replaced BEFORE INSERT ON policy_text
WHEN EXISTS (SELECT 1 FROM policy_text WHERE generation = NEW.generation AND path = NEW.path)
BEGIN SELECT RAISE(ABORT, 'released policies are kept'); END;
CREATE TRIGGER policy_text_is_not_changed BEFORE UPDATE ON policy_text
BEGIN SELECT RAISE(ABORT, 'released policies are kept'); END;
CREATE TRIGGER policy_text_is_not_deleted BEFORE DELETE ON policy_text
BEGIN SELECT RAISE(ABORT, 'released policies are kept'); END;
";

const POSTGRES: &str = "
CREATE TRIGGER policy_set_is_not_changed BEFORE UPDATE ON policy_set FOR EACH ROW
    WHEN (NEW.generation <> OLD.generation OR NEW.digest <> OLD.digest)
    EXECUTE FUNCTION refuse('released policies are kept');
CREATE TRIGGER policy_set_is_not_deleted BEFORE DELETE ON policy_set
    FOR EACH ROW EXECUTE FUNCTION refuse('released policies are kept');
CREATE TRIGGER policy_set_is_not_emptied BEFORE TRUNCATE ON policy_set
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('released policies are kept');
CREATE TRIGGER policy_text_is_not_changed BEFORE UPDATE OR DELETE ON policy_text
    FOR EACH ROW EXECUTE FUNCTION refuse('released policies are kept');
CREATE TRIGGER policy_text_is_not_emptied BEFORE TRUNCATE ON policy_text
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('released policies are kept');
";

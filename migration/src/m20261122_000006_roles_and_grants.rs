//! Permissions, roles, grants and delegations.
//!
//! That a role of a system carries only that system's permissions is held by composite keys over
//! `system_key` (the system's id, or empty for none). That a grant's scope fits its role is held by
//! triggers, on the grant and on everything whose later change could make it unfit.
//!
//! Of the service's own permissions those that change what others may do or be seen as doing are
//! privileged: every `manage`, `grant:provision`, `register:import`. Requesting, approving and
//! revoking are the daily work of unit managers, and what approving can open is guarded where the
//! grant is made; asking and reading change nothing.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261122_000006_roles_and_grants",
    tables: TABLES,
    sqlite: SQLITE,
    postgres: POSTGRES,
};

const TABLES: &str = "
CREATE TABLE permission (
    id TEXT PRIMARY KEY,
    system_id TEXT REFERENCES system (id),
    system_key TEXT NOT NULL,
    name TEXT NOT NULL,
    category TEXT CHECK (category IN ('use', 'administer')),
    privileged BOOLEAN NOT NULL,
    flagged BOOLEAN NOT NULL DEFAULT FALSE,
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (system_key, name),
    UNIQUE (id, system_key),
    CHECK (system_key = COALESCE(system_id, '')),
    CHECK (category IS NOT NULL OR system_id IS NULL)
);
CREATE INDEX permission_name ON permission (name);
CREATE INDEX permission_system_id ON permission (system_id);

INSERT INTO permission (id, system_key, name, privileged) VALUES
    ('prm_00000000000000000000000001', '', 'organisation:read', FALSE),
    ('prm_00000000000000000000000002', '', 'organisation:manage', TRUE),
    ('prm_00000000000000000000000003', '', 'person:read', FALSE),
    ('prm_00000000000000000000000004', '', 'person:manage', TRUE),
    ('prm_00000000000000000000000005', '', 'service:read', FALSE),
    ('prm_00000000000000000000000006', '', 'service:manage', TRUE),
    ('prm_00000000000000000000000007', '', 'system:read', FALSE),
    ('prm_00000000000000000000000008', '', 'system:manage', TRUE),
    ('prm_00000000000000000000000009', '', 'server:read', FALSE),
    ('prm_0000000000000000000000000a', '', 'server:manage', TRUE),
    ('prm_0000000000000000000000000b', '', 'role:read', FALSE),
    ('prm_0000000000000000000000000c', '', 'role:manage', TRUE),
    ('prm_0000000000000000000000000d', '', 'grant:read', FALSE),
    ('prm_0000000000000000000000000e', '', 'grant:request', FALSE),
    ('prm_0000000000000000000000000f', '', 'grant:approve', FALSE),
    ('prm_0000000000000000000000000g', '', 'grant:revoke', FALSE),
    ('prm_0000000000000000000000000h', '', 'grant:provision', TRUE),
    ('prm_0000000000000000000000000j', '', 'decision:read', FALSE),
    ('prm_0000000000000000000000000k', '', 'decision:ask', FALSE),
    ('prm_0000000000000000000000000m', '', 'policy:read', FALSE),
    ('prm_0000000000000000000000000n', '', 'policy:manage', TRUE),
    ('prm_0000000000000000000000000p', '', 'register:import', TRUE);

CREATE TABLE role (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_sort TEXT NOT NULL,
    name_search TEXT NOT NULL,
    system_id TEXT REFERENCES system (id),
    system_key TEXT NOT NULL,
    privileged BOOLEAN NOT NULL,
    patient_data BOOLEAN NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (external_id, source),
    UNIQUE (id, system_key),
    CHECK (system_key = COALESCE(system_id, ''))
);
CREATE INDEX role_name_sort ON role (name_sort, id);
CREATE INDEX role_name_search ON role (name_search);
CREATE INDEX role_system_id ON role (system_id);

CREATE TABLE role_permission (
    role_id TEXT NOT NULL,
    permission_id TEXT NOT NULL,
    system_key TEXT NOT NULL,
    PRIMARY KEY (role_id, permission_id),
    FOREIGN KEY (role_id, system_key) REFERENCES role (id, system_key) ON DELETE CASCADE,
    FOREIGN KEY (permission_id, system_key) REFERENCES permission (id, system_key)
);
CREATE INDEX role_permission_permission_id ON role_permission (permission_id);

CREATE TABLE role_grant (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    person_id TEXT REFERENCES person (id),
    service_id TEXT REFERENCES service (id),
    engagement_id TEXT,
    role_id TEXT NOT NULL REFERENCES role (id),
    scope_kind TEXT NOT NULL,
    organisation_id TEXT REFERENCES organisation (id),
    system_id TEXT REFERENCES system (id),
    segment_id TEXT REFERENCES segment (id),
    database_id TEXT REFERENCES \"database\" (id),
    from_date TEXT NOT NULL CHECK (from_date IS_DATE),
    until_date TEXT CHECK (until_date IS_DATE),
    needs_and_risk_analysis TEXT,
    disclosure_basis TEXT,
    assignment TEXT,
    ordered_by_id TEXT REFERENCES person (id),
    validated_by_id TEXT REFERENCES person (id),
    approved_by_id TEXT REFERENCES person (id),
    executed_by_id TEXT REFERENCES person (id),
    executed_by_service_id TEXT REFERENCES service (id),
    origin TEXT NOT NULL CHECK (origin IN ('baseline', 'order')),
    attest_by TEXT CHECK (attest_by IS_DATE),
    revoked_at BIGINT,
    revoked_by TEXT,
    decision_id TEXT,
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (external_id, source),
    FOREIGN KEY (engagement_id, person_id) REFERENCES engagement (id, person_id),
    CHECK ((person_id IS NULL) <> (service_id IS NULL)),
    CHECK (engagement_id IS NULL OR person_id IS NOT NULL),
    CHECK (scope_kind IN ('installation', 'organisation', 'system', 'segment', 'database')),
    CHECK ((scope_kind = 'organisation') = (organisation_id IS NOT NULL)),
    CHECK ((scope_kind = 'system') = (system_id IS NOT NULL)),
    CHECK ((scope_kind = 'segment') = (segment_id IS NOT NULL)),
    CHECK ((scope_kind = 'database') = (database_id IS NOT NULL)),
    CHECK (until_date >= from_date),
    CHECK (executed_by_id IS NULL OR executed_by_service_id IS NULL),
    CHECK (executed_by_id <> person_id),
    CHECK (executed_by_service_id <> service_id),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE INDEX role_grant_person_id ON role_grant (person_id) WHERE revoked_at IS NULL;
CREATE INDEX role_grant_service_id ON role_grant (service_id) WHERE revoked_at IS NULL;
CREATE INDEX role_grant_organisation_id ON role_grant (organisation_id) WHERE revoked_at IS NULL;
CREATE INDEX role_grant_system_id ON role_grant (system_id) WHERE revoked_at IS NULL;
CREATE INDEX role_grant_segment_id ON role_grant (segment_id) WHERE revoked_at IS NULL;
CREATE INDEX role_grant_database_id ON role_grant (database_id) WHERE revoked_at IS NULL;
CREATE INDEX role_grant_role_id ON role_grant (role_id);
CREATE INDEX role_grant_engagement_id ON role_grant (engagement_id);

CREATE TABLE role_grant_use (
    grant_id TEXT PRIMARY KEY REFERENCES role_grant (id) ON DELETE CASCADE,
    observed_from TEXT NOT NULL CHECK (observed_from IS_DATE),
    last_used_on TEXT CHECK (last_used_on IS_DATE),
    CHECK (last_used_on >= observed_from)
);

CREATE TABLE delegation (
    id TEXT PRIMARY KEY,
    from_person_id TEXT NOT NULL REFERENCES person (id),
    to_person_id TEXT NOT NULL REFERENCES person (id),
    role_id TEXT NOT NULL REFERENCES role (id),
    scope_kind TEXT NOT NULL,
    organisation_id TEXT REFERENCES organisation (id),
    system_id TEXT REFERENCES system (id),
    segment_id TEXT REFERENCES segment (id),
    database_id TEXT REFERENCES \"database\" (id),
    from_date TEXT NOT NULL CHECK (from_date IS_DATE),
    until_date TEXT NOT NULL CHECK (until_date IS_DATE),
    revoked_at BIGINT,
    revoked_by TEXT,
    decision_id TEXT,
    version BIGINT NOT NULL DEFAULT 1,
    CHECK (from_person_id <> to_person_id),
    CHECK (scope_kind IN ('installation', 'organisation', 'system', 'segment', 'database')),
    CHECK ((scope_kind = 'organisation') = (organisation_id IS NOT NULL)),
    CHECK ((scope_kind = 'system') = (system_id IS NOT NULL)),
    CHECK ((scope_kind = 'segment') = (segment_id IS NOT NULL)),
    CHECK ((scope_kind = 'database') = (database_id IS NOT NULL)),
    CHECK (until_date >= from_date),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE INDEX delegation_from_person_id ON delegation (from_person_id) WHERE revoked_at IS NULL;
CREATE INDEX delegation_to_person_id ON delegation (to_person_id) WHERE revoked_at IS NULL;
CREATE INDEX delegation_role_id ON delegation (role_id);
CREATE INDEX delegation_segment_id ON delegation (segment_id) WHERE revoked_at IS NULL;
CREATE INDEX delegation_database_id ON delegation (database_id) WHERE revoked_at IS NULL;
";

/// A system's role with a scope inside another system, for `NEW` of a grant or a delegation.
macro_rules! unfit {
    () => {
        "EXISTS (SELECT 1 FROM role WHERE role.id = NEW.role_id AND role.system_id IS NOT NULL AND (
        NEW.system_id <> role.system_id
        OR (NEW.segment_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM segment
            WHERE segment.id = NEW.segment_id AND segment.system_id = role.system_id))
        OR (NEW.database_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM \"database\"
            WHERE \"database\".id = NEW.database_id AND \"database\".system_id = role.system_id))))"
    };
}

/// Live grants or delegations of a system's role that moving `NEW` (a segment or a database) to its
/// new system would leave outside the role's system.
macro_rules! stranded {
    ($column:literal) => {
        concat!(
            "(EXISTS (SELECT 1 FROM role_grant JOIN role ON role.id = role_grant.role_id
        WHERE role_grant.",
            $column,
            " = NEW.id AND role_grant.revoked_at IS NULL
            AND role.system_id IS NOT NULL AND (NEW.system_id IS NULL OR role.system_id <> NEW.system_id))
    OR EXISTS (SELECT 1 FROM delegation JOIN role ON role.id = delegation.role_id
        WHERE delegation.",
            $column,
            " = NEW.id AND delegation.revoked_at IS NULL
            AND role.system_id IS NOT NULL AND (NEW.system_id IS NULL OR role.system_id <> NEW.system_id)))"
        )
    };
}

const SQLITE: &str = concat!(
    "
CREATE TRIGGER role_grant_scope_fits_insert BEFORE INSERT ON role_grant
WHEN ",
    unfit!(),
    "
BEGIN SELECT RAISE(ABORT, 'scope does not fit the role'); END;

CREATE TRIGGER role_grant_scope_fits_update
BEFORE UPDATE OF role_id, system_id, segment_id, database_id ON role_grant
WHEN ",
    unfit!(),
    "
BEGIN SELECT RAISE(ABORT, 'scope does not fit the role'); END;

CREATE TRIGGER delegation_scope_fits_insert BEFORE INSERT ON delegation
WHEN ",
    unfit!(),
    "
BEGIN SELECT RAISE(ABORT, 'scope does not fit the role'); END;

CREATE TRIGGER delegation_scope_fits_update
BEFORE UPDATE OF role_id, system_id, segment_id, database_id ON delegation
WHEN ",
    unfit!(),
    "
BEGIN SELECT RAISE(ABORT, 'scope does not fit the role'); END;

CREATE TRIGGER role_keeps_its_system BEFORE UPDATE OF system_id ON role
WHEN OLD.system_id IS NOT NEW.system_id
BEGIN SELECT RAISE(ABORT, 'role keeps its system'); END;

CREATE TRIGGER segment_strands_no_grant BEFORE UPDATE OF system_id ON segment
WHEN ",
    stranded!("segment_id"),
    "
BEGIN SELECT RAISE(ABORT, 'segment is the scope of grants of its system'); END;

CREATE TRIGGER database_strands_no_grant BEFORE UPDATE OF system_id ON \"database\"
WHEN ",
    stranded!("database_id"),
    "
BEGIN SELECT RAISE(ABORT, 'database is the scope of grants of its system'); END;
"
);

/// `FOR SHARE` makes a grant and a simultaneous move of its scope wait for each other.
const POSTGRES: &str = concat!(
    "
CREATE FUNCTION scope_fits_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM segment WHERE id = NEW.segment_id FOR SHARE;
    PERFORM 1 FROM \"database\" WHERE id = NEW.database_id FOR SHARE;
    IF ",
    unfit!(),
    " THEN
        RAISE EXCEPTION 'scope does not fit the role' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER role_grant_scope_fits
    BEFORE INSERT OR UPDATE OF role_id, system_id, segment_id, database_id ON role_grant
    FOR EACH ROW EXECUTE FUNCTION scope_fits_role();
CREATE TRIGGER delegation_scope_fits
    BEFORE INSERT OR UPDATE OF role_id, system_id, segment_id, database_id ON delegation
    FOR EACH ROW EXECUTE FUNCTION scope_fits_role();

CREATE FUNCTION role_keeps_its_system() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.system_id IS DISTINCT FROM NEW.system_id THEN
        RAISE EXCEPTION 'role keeps its system' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER role_keeps_its_system BEFORE UPDATE OF system_id ON role
    FOR EACH ROW EXECUTE FUNCTION role_keeps_its_system();

CREATE FUNCTION segment_strands_no_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ",
    stranded!("segment_id"),
    " THEN
        RAISE EXCEPTION 'segment is the scope of grants of its system'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER segment_strands_no_grant BEFORE UPDATE OF system_id ON segment
    FOR EACH ROW EXECUTE FUNCTION segment_strands_no_grant();

CREATE FUNCTION database_strands_no_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ",
    stranded!("database_id"),
    " THEN
        RAISE EXCEPTION 'database is the scope of grants of its system'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER database_strands_no_grant BEFORE UPDATE OF system_id ON \"database\"
    FOR EACH ROW EXECUTE FUNCTION database_strands_no_grant();
"
);

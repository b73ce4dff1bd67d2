//! Organisations: the tree, its dated history, its closure, and what became of whom.
//!
//! The closure holds the present tree and is kept by triggers, so that no code path can forget it.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261122_000002_organisations",
    tables: TABLES,
    sqlite: SQLITE,
    postgres: POSTGRES,
};

const TABLES: &str = "
CREATE TABLE organisation (
    id TEXT PRIMARY KEY,
    hsa_id TEXT UNIQUE,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    name_sort TEXT NOT NULL,
    name_search TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('installation', 'region', 'authority', 'administration',
        'department', 'unit', 'itCentre', 'vendor', 'privateProvider')),
    authority BOOLEAN NOT NULL DEFAULT FALSE,
    care_provider BOOLEAN NOT NULL DEFAULT FALSE,
    parent_id TEXT REFERENCES organisation (id),
    version BIGINT NOT NULL DEFAULT 1,
    CHECK (parent_id <> id),
    CHECK ((id = 'org_00000000000000000000000001') = (kind = 'installation')),
    CHECK ((id = 'org_00000000000000000000000001') = (parent_id IS NULL)),
    CHECK ((id = 'org_00000000000000000000000001') = (hsa_id IS NULL))
);
CREATE INDEX organisation_parent_id ON organisation (parent_id);
CREATE INDEX organisation_name_sort ON organisation (name_sort, id);
CREATE INDEX organisation_name_search ON organisation (name_search);

CREATE TABLE organisation_parent (
    child_id TEXT NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
    parent_id TEXT NOT NULL REFERENCES organisation (id),
    from_date TEXT NOT NULL CHECK (from_date IS_DATE),
    until_date TEXT CHECK (until_date IS_DATE),
    PRIMARY KEY (child_id, from_date),
    CHECK (parent_id <> child_id),
    CHECK (until_date >= from_date)
);
CREATE UNIQUE INDEX organisation_parent_open ON organisation_parent (child_id)
    WHERE until_date IS NULL;
CREATE INDEX organisation_parent_parent_id ON organisation_parent (parent_id);

CREATE TABLE organisation_closure (
    ancestor_id TEXT NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
    descendant_id TEXT NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
    depth BIGINT NOT NULL CHECK (depth >= 0),
    PRIMARY KEY (ancestor_id, descendant_id)
);
CREATE INDEX organisation_closure_descendant_id ON organisation_closure (descendant_id, depth);

CREATE TABLE organisation_successor (
    old_id TEXT NOT NULL REFERENCES organisation (id),
    new_id TEXT NOT NULL REFERENCES organisation (id),
    kind TEXT NOT NULL CHECK (kind IN ('split', 'merge')),
    on_date TEXT NOT NULL CHECK (on_date IS_DATE),
    PRIMARY KEY (old_id, new_id),
    CHECK (old_id <> new_id)
);
CREATE INDEX organisation_successor_new_id ON organisation_successor (new_id);

INSERT INTO organisation (id, source, name, name_sort, name_search, kind)
VALUES ('org_00000000000000000000000001', 'built-in', 'Installation', '', 'installation',
    'installation');
INSERT INTO organisation_closure (ancestor_id, descendant_id, depth)
VALUES ('org_00000000000000000000000001', 'org_00000000000000000000000001', 0);
";

const SQLITE: &str = "
CREATE TRIGGER organisation_joins_tree AFTER INSERT ON organisation
BEGIN
    INSERT INTO organisation_closure (ancestor_id, descendant_id, depth)
    SELECT ancestor_id, NEW.id, depth + 1
    FROM organisation_closure WHERE descendant_id = NEW.parent_id
    UNION ALL SELECT NEW.id, NEW.id, 0;
END;

CREATE TRIGGER organisation_makes_no_cycle BEFORE UPDATE OF parent_id ON organisation
WHEN EXISTS (SELECT 1 FROM organisation_closure
    WHERE ancestor_id = NEW.id AND descendant_id = NEW.parent_id)
BEGIN
    SELECT RAISE(ABORT, 'organisation cannot be below itself');
END;

CREATE TRIGGER organisation_moves AFTER UPDATE OF parent_id ON organisation
WHEN OLD.parent_id IS NOT NEW.parent_id
BEGIN
    DELETE FROM organisation_closure
    WHERE descendant_id IN
            (SELECT descendant_id FROM organisation_closure WHERE ancestor_id = NEW.id)
        AND ancestor_id NOT IN
            (SELECT descendant_id FROM organisation_closure WHERE ancestor_id = NEW.id);
    INSERT INTO organisation_closure (ancestor_id, descendant_id, depth)
    SELECT above.ancestor_id, below.descendant_id, above.depth + below.depth + 1
    FROM organisation_closure above, organisation_closure below
    WHERE above.descendant_id = NEW.parent_id AND below.ancestor_id = NEW.id;
END;

CREATE TRIGGER organisation_keeps_its_id BEFORE UPDATE OF id ON organisation
WHEN OLD.id <> NEW.id
BEGIN
    SELECT RAISE(ABORT, 'organisation keeps its id');
END;
";

/// The lock stops two moves from making a cycle that neither sees, and an insert from missing a move
/// above it. The `BEFORE` triggers take it, so that the statements after it read what was committed.
const POSTGRES: &str = "
CREATE FUNCTION organisation_tree_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('behorig.organisation'));
    IF TG_OP = 'UPDATE' THEN
        IF OLD.id <> NEW.id THEN
            RAISE EXCEPTION 'organisation keeps its id' USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (SELECT 1 FROM organisation_closure
            WHERE ancestor_id = NEW.id AND descendant_id = NEW.parent_id) THEN
            RAISE EXCEPTION 'organisation cannot be below itself'
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION organisation_tree_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO organisation_closure (ancestor_id, descendant_id, depth)
        SELECT ancestor_id, NEW.id, depth + 1
        FROM organisation_closure WHERE descendant_id = NEW.parent_id
        UNION ALL SELECT NEW.id, NEW.id, 0;
    ELSIF OLD.parent_id IS DISTINCT FROM NEW.parent_id THEN
        DELETE FROM organisation_closure
        WHERE descendant_id IN
                (SELECT descendant_id FROM organisation_closure WHERE ancestor_id = NEW.id)
            AND ancestor_id NOT IN
                (SELECT descendant_id FROM organisation_closure WHERE ancestor_id = NEW.id);
        INSERT INTO organisation_closure (ancestor_id, descendant_id, depth)
        SELECT above.ancestor_id, below.descendant_id, above.depth + below.depth + 1
        FROM organisation_closure above, organisation_closure below
        WHERE above.descendant_id = NEW.parent_id AND below.ancestor_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER organisation_tree_check BEFORE INSERT OR UPDATE OF id, parent_id ON organisation
    FOR EACH ROW EXECUTE FUNCTION organisation_tree_check();
CREATE TRIGGER organisation_tree_keep AFTER INSERT OR UPDATE OF parent_id ON organisation
    FOR EACH ROW EXECUTE FUNCTION organisation_tree_keep();
";

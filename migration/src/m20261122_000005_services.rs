//! Callers and accounts that are not people: OAuth clients, and technical accounts in other systems.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261122_000005_services",
    tables: TABLES,
    sqlite: "",
    postgres: "",
};

const TABLES: &str = "
CREATE TABLE service (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_sort TEXT NOT NULL,
    name_search TEXT NOT NULL,
    owner_id TEXT REFERENCES person (id),
    deputy_id TEXT REFERENCES person (id),
    organisation_id TEXT NOT NULL REFERENCES organisation (id),
    from_date TEXT NOT NULL CHECK (from_date IS_DATE),
    until_date TEXT CHECK (until_date IS_DATE),
    trusted_to_assert BOOLEAN NOT NULL DEFAULT FALSE,
    built_in BOOLEAN NOT NULL DEFAULT FALSE,
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (external_id, source),
    CHECK (until_date >= from_date)
);
CREATE INDEX service_name_sort ON service (name_sort, id);
CREATE INDEX service_name_search ON service (name_search);
CREATE INDEX service_owner_id ON service (owner_id);
CREATE INDEX service_deputy_id ON service (deputy_id);
CREATE INDEX service_organisation_id ON service (organisation_id);

INSERT INTO service (id, source, external_id, name, name_sort, name_search, organisation_id,
    from_date, built_in)
VALUES ('svc_00000000000000000000000002', 'built-in', 'behorig-bootstrap', 'Bootstrap', '',
    'bootstrap', 'org_00000000000000000000000001', '1970-01-01', TRUE);

CREATE TABLE account (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('directory', 'local', 'database', 'shared')),
    name TEXT NOT NULL,
    name_sort TEXT NOT NULL,
    name_search TEXT NOT NULL,
    system_id TEXT REFERENCES system (id),
    owner_id TEXT REFERENCES person (id),
    deputy_id TEXT REFERENCES person (id),
    until_date TEXT CHECK (until_date IS_DATE),
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (external_id, source)
);
CREATE INDEX account_name_sort ON account (name_sort, id);
CREATE INDEX account_name_search ON account (name_search);
CREATE INDEX account_system_id ON account (system_id);
CREATE INDEX account_owner_id ON account (owner_id);
CREATE INDEX account_deputy_id ON account (deputy_id);
";

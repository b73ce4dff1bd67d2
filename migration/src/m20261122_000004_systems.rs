//! Systems and what they run on: classification, obligations, segments, servers, databases, and the
//! assessments of their suppliers.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261122_000004_systems",
    tables: TABLES,
    sqlite: "",
    postgres: "",
};

const TABLES: &str = "
CREATE TABLE system (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_sort TEXT NOT NULL,
    name_search TEXT NOT NULL,
    owner_id TEXT REFERENCES person (id),
    administrator_id TEXT REFERENCES person (id),
    it_owner_id TEXT REFERENCES person (id),
    it_manager_id TEXT REFERENCES person (id),
    organisation_id TEXT NOT NULL REFERENCES organisation (id),
    supplier_id TEXT REFERENCES organisation (id),
    patient_data BOOLEAN NOT NULL,
    personal_data BOOLEAN NOT NULL,
    business_critical BOOLEAN NOT NULL,
    criticality_reason TEXT,
    retention TEXT,
    enforcement TEXT NOT NULL
        CHECK (enforcement IN ('runtime', 'provisioned', 'manual', 'none')),
    password_login_until TEXT CHECK (password_login_until IS_DATE),
    patient_level BIGINT NOT NULL DEFAULT 3 CHECK (patient_level BETWEEN 1 AND 4),
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (external_id, source)
);
CREATE INDEX system_name_sort ON system (name_sort, id);
CREATE INDEX system_name_search ON system (name_search);
CREATE INDEX system_organisation_id ON system (organisation_id);
CREATE INDEX system_supplier_id ON system (supplier_id);
CREATE INDEX system_owner_id ON system (owner_id);
CREATE INDEX system_administrator_id ON system (administrator_id);
CREATE INDEX system_it_owner_id ON system (it_owner_id);
CREATE INDEX system_it_manager_id ON system (it_manager_id);

CREATE TABLE system_classification (
    system_id TEXT PRIMARY KEY REFERENCES system (id) ON DELETE CASCADE,
    confidentiality BIGINT NOT NULL CHECK (confidentiality BETWEEN 1 AND 4),
    integrity BIGINT NOT NULL CHECK (integrity BETWEEN 1 AND 4),
    availability BIGINT NOT NULL CHECK (availability BETWEEN 1 AND 4),
    decided_on TEXT NOT NULL CHECK (decided_on IS_DATE),
    review_by TEXT CHECK (review_by IS_DATE),
    analysis TEXT
);

CREATE TABLE system_obligation (
    system_id TEXT NOT NULL REFERENCES system (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('activeChoice', 'notify')),
    condition TEXT NOT NULL CHECK (condition IN ('otherUnit', 'blocked')),
    PRIMARY KEY (system_id, kind, condition)
);

CREATE TABLE segment (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_sort TEXT NOT NULL,
    name_search TEXT NOT NULL,
    system_id TEXT REFERENCES system (id),
    organisation_id TEXT NOT NULL REFERENCES organisation (id),
    environment TEXT NOT NULL CHECK (environment IN ('production', 'test', 'training')),
    patient_data BOOLEAN NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (external_id, source)
);
CREATE INDEX segment_name_sort ON segment (name_sort, id);
CREATE INDEX segment_name_search ON segment (name_search);
CREATE INDEX segment_system_id ON segment (system_id);
CREATE INDEX segment_organisation_id ON segment (organisation_id);

CREATE TABLE segment_control (
    controller_id TEXT NOT NULL REFERENCES segment (id) ON DELETE CASCADE,
    controlled_id TEXT NOT NULL REFERENCES segment (id) ON DELETE CASCADE,
    PRIMARY KEY (controller_id, controlled_id),
    CHECK (controller_id <> controlled_id)
);
CREATE INDEX segment_control_controlled_id ON segment_control (controlled_id);

CREATE TABLE server (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    segment_id TEXT NOT NULL REFERENCES segment (id),
    operating_system TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (external_id, source)
);
CREATE INDEX server_segment_id ON server (segment_id);

CREATE TABLE \"database\" (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_sort TEXT NOT NULL,
    name_search TEXT NOT NULL,
    system_id TEXT NOT NULL REFERENCES system (id),
    server_id TEXT NOT NULL REFERENCES server (id),
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (external_id, source)
);
CREATE INDEX database_name_sort ON \"database\" (name_sort, id);
CREATE INDEX database_name_search ON \"database\" (name_search);
CREATE INDEX database_system_id ON \"database\" (system_id);
CREATE INDEX database_server_id ON \"database\" (server_id);

CREATE TABLE supplier_assessment (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    supplier_id TEXT NOT NULL REFERENCES organisation (id),
    authority_id TEXT NOT NULL REFERENCES organisation (id),
    system_id TEXT NOT NULL REFERENCES system (id),
    decided_on TEXT NOT NULL CHECK (decided_on IS_DATE),
    valid_until TEXT NOT NULL CHECK (valid_until IS_DATE),
    decided_by_id TEXT REFERENCES person (id),
    agreement TEXT,
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (external_id, source),
    CHECK (valid_until >= decided_on)
);
CREATE INDEX supplier_assessment_system_id ON supplier_assessment (system_id, supplier_id);
CREATE INDEX supplier_assessment_supplier_id ON supplier_assessment (supplier_id);
CREATE INDEX supplier_assessment_authority_id ON supplier_assessment (authority_id);
";

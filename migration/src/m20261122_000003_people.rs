//! People: the human being, the identities it works under, what it is engaged as, its commissions.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261122_000003_people",
    tables: TABLES,
    sqlite: "",
    postgres: "",
};

const TABLES: &str = "
CREATE TABLE individual (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    external_key TEXT NOT NULL,
    suspended_at BIGINT,
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (external_key, source)
);

CREATE TABLE person (
    id TEXT PRIMARY KEY,
    hsa_id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    individual_id TEXT NOT NULL REFERENCES individual (id),
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    name_sort TEXT NOT NULL,
    name_search TEXT NOT NULL,
    email TEXT,
    protected_identity BOOLEAN NOT NULL DEFAULT FALSE,
    training_completed_on TEXT CHECK (training_completed_on IS_DATE),
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX person_individual_id ON person (individual_id);
CREATE INDEX person_name_sort ON person (name_sort, id);
CREATE INDEX person_name_search ON person (name_search);

CREATE TABLE person_credential (
    person_id TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('siths', 'siths-reserve', 'mobile')),
    PRIMARY KEY (person_id, kind)
);

CREATE TABLE engagement (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL CHECK (kind IN ('employee', 'hourly', 'student', 'consultant', 'vendor',
        'privateProvider', 'auditorExpert')),
    employer_id TEXT NOT NULL REFERENCES organisation (id),
    unit_id TEXT NOT NULL REFERENCES organisation (id),
    responsible_id TEXT REFERENCES person (id),
    from_date TEXT NOT NULL CHECK (from_date IS_DATE),
    until_date TEXT CHECK (until_date IS_DATE),
    absent_from TEXT CHECK (absent_from IS_DATE),
    absent_until TEXT CHECK (absent_until IS_DATE),
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (external_id, source),
    UNIQUE (id, person_id),
    CHECK (until_date >= from_date),
    CHECK (absent_until IS NULL OR absent_from IS NOT NULL),
    CHECK (absent_until >= absent_from)
);
CREATE INDEX engagement_person_id ON engagement (person_id);
CREATE INDEX engagement_employer_id ON engagement (employer_id);
CREATE INDEX engagement_unit_id ON engagement (unit_id);
CREATE INDEX engagement_responsible_id ON engagement (responsible_id);
CREATE INDEX engagement_until_date ON engagement (until_date) WHERE until_date IS NOT NULL;

CREATE TABLE commission (
    id TEXT PRIMARY KEY,
    hsa_id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    engagement_id TEXT,
    purpose TEXT NOT NULL,
    care_unit_id TEXT NOT NULL REFERENCES organisation (id),
    care_provider_id TEXT NOT NULL REFERENCES organisation (id),
    from_date TEXT NOT NULL CHECK (from_date IS_DATE),
    until_date TEXT CHECK (until_date IS_DATE),
    version BIGINT NOT NULL DEFAULT 1,
    FOREIGN KEY (engagement_id, person_id) REFERENCES engagement (id, person_id),
    CHECK (until_date >= from_date)
);
CREATE INDEX commission_person_id ON commission (person_id);
CREATE INDEX commission_engagement_id ON commission (engagement_id);
CREATE INDEX commission_care_unit_id ON commission (care_unit_id);
CREATE INDEX commission_care_provider_id ON commission (care_provider_id);
";

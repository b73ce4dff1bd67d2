//! Edits of the register that amount to grants: kept until somebody else accepts them.
//!
//! That the one who accepts is another human being than the one who proposed is held here, whatever the
//! service does. A proposal lies where the thing lay that it changes, and is never deleted.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261127_000016_edit_proposals",
    tables: TABLES,
    sqlite: "",
    postgres: "",
};

const TABLES: &str = "
CREATE TABLE edit_proposal (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    thing_id TEXT NOT NULL,
    organisation_id TEXT NOT NULL REFERENCES organisation (id),
    system_id TEXT REFERENCES system (id),
    edit TEXT NOT NULL,
    gain TEXT NOT NULL,
    gain_digest TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'accepted', 'declined', 'withdrawn')),
    proposed_by TEXT NOT NULL,
    proposed_individual TEXT REFERENCES individual (id),
    proposed_at BIGINT NOT NULL,
    decision_id TEXT NOT NULL,
    decided_by TEXT,
    decided_individual TEXT REFERENCES individual (id),
    decided_at BIGINT,
    version BIGINT NOT NULL DEFAULT 1,
    CHECK ((state = 'open') = (decided_by IS NULL)),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CHECK (state <> 'accepted' OR decided_individual IS NOT NULL),
    CHECK (state <> 'accepted' OR proposed_individual IS NULL
        OR decided_individual <> proposed_individual)
);
CREATE INDEX edit_proposal_state ON edit_proposal (state, id);
CREATE INDEX edit_proposal_thing_id ON edit_proposal (thing_id);
CREATE INDEX edit_proposal_organisation_id ON edit_proposal (organisation_id);
CREATE INDEX edit_proposal_system_id ON edit_proposal (system_id);
CREATE INDEX edit_proposal_proposed_individual ON edit_proposal (proposed_individual);
CREATE INDEX edit_proposal_decided_individual ON edit_proposal (decided_individual);
";

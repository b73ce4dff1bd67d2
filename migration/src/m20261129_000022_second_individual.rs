//! Who counts as having proposed an edit, and what takes two.
//!
//! A service does not act by itself: its owner and deputy count as having proposed what it proposes, those of the
//! time when it was proposed. That none of them accepts it is held here, whatever the service does. Whether a
//! proposer gains stands beside the gain, which tells of a large one only the first.
//!
//! Every permission of the service itself is privileged, as it is where grants are made: no role comes to hold one
//! by one human being's word.

use crate::Change;

/// The change.
pub(crate) const CHANGE: Change = Change {
    name: "m20261129_000022_second_individual",
    tables: TABLES,
    sqlite: SQLITE,
    postgres: POSTGRES,
};

const TABLES: &str = "
UPDATE permission SET privileged = TRUE, version = version + 1
WHERE category IS NULL AND NOT privileged;

ALTER TABLE edit_proposal ADD COLUMN proposers_gain BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE edit_proposer (
    proposal_id TEXT NOT NULL REFERENCES edit_proposal (id),
    individual_id TEXT NOT NULL REFERENCES individual (id),
    PRIMARY KEY (proposal_id, individual_id)
);
CREATE INDEX edit_proposer_individual_id ON edit_proposer (individual_id);

INSERT INTO edit_proposer (proposal_id, individual_id)
SELECT id, proposed_individual FROM edit_proposal WHERE proposed_individual IS NOT NULL
UNION SELECT e.id, p.individual_id FROM edit_proposal e
    JOIN service s ON s.id = e.proposed_by JOIN person p ON p.id IN (s.owner_id, s.deputy_id)
    WHERE e.state = 'open';
";

const SQLITE: &str = "
CREATE TRIGGER edit_proposal_takes_two BEFORE UPDATE OF state, decided_individual ON edit_proposal
WHEN NEW.state = 'accepted' AND EXISTS (SELECT 1 FROM edit_proposer
    WHERE proposal_id = NEW.id AND individual_id = NEW.decided_individual)
BEGIN SELECT RAISE(ABORT, 'whoever proposed an edit does not accept it'); END;
";

const POSTGRES: &str = "
CREATE FUNCTION edit_proposal_takes_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'accepted' AND EXISTS (SELECT 1 FROM edit_proposer
        WHERE proposal_id = NEW.id AND individual_id = NEW.decided_individual) THEN
        RAISE EXCEPTION 'whoever proposed an edit does not accept it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER edit_proposal_takes_two
    BEFORE UPDATE OF state, decided_individual ON edit_proposal
    FOR EACH ROW EXECUTE FUNCTION edit_proposal_takes_two();
";

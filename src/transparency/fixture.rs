//! A decision to make others from, for the tests of whoever records events or reads them.
//!
//! Apart from the tests here because those of other rooms need it too: they ask for the feature `testing`. So a new
//! member of an event is given to one decision, not to each room's.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::canonical::CanonicalError;
use crate::event::{DecisionEvent, Party, Principal, TargetRecord};
use crate::fact::{Fact, Facts};
use domain::Instant;
use domain::facts::Question;
use domain::id::{EventId, GrantId, INSTALLATION, OrganisationId, PersonId};
use domain::verdict::{Outcome, Stages};

/// Anna, who manages a unit.
pub const ANNA: PersonId = PersonId::from_uuid(Uuid::from_u128(0xa0));
/// The unit.
pub const UNIT: OrganisationId = OrganisationId::from_uuid(Uuid::from_u128(0xb0));
/// What she holds there.
pub const GRANT: GrantId = GrantId::from_uuid(Uuid::from_u128(0xc0));

/// Anna is allowed something about her unit.
#[must_use]
pub fn decision(id: EventId, facts_at: u64) -> DecisionEvent {
    DecisionEvent {
        id,
        occurred_at: Instant::from_seconds(1_793_000_000),
        principal: Principal::Known(Box::new(Party {
            id: ANNA.into(),
            external: "TSTNMT2321000001-1001".to_owned(),
            individual: None,
            engagements: Vec::new(),
            commission: None,
            units: vec![UNIT],
            authority: None,
            path: vec![UNIT.into(), INSTALLATION.into()],
        })),
        asker: None,
        permission: "organisation:read".to_owned(),
        action: "readOrganisation".to_owned(),
        target: TargetRecord {
            kind: "Organisation".to_owned(),
            id: UNIT.into(),
            external: None,
            record_kind: None,
            system: None,
            authority: None,
            care_provider: None,
            path: vec![INSTALLATION.into()],
            asserted: Vec::new(),
            unknown: false,
        },
        outcome: Outcome::Allow,
        asker_outcome: None,
        reasons: vec!["held-permission".to_owned()],
        would_refuse: Vec::new(),
        stages: Stages::new(),
        obligations: Vec::new(),
        matched: vec![GRANT],
        discounted: Vec::new(),
        step_up: None,
        unmet: None,
        assurance: None,
        network_zone: None,
        purpose: None,
        acting_for: None,
        confirms: None,
        dry_run: false,
        policy_digest: "sha256:00".to_owned(),
        policy_generation: 1,
        fresh_seconds: None,
        facts_at,
        facts: None,
        asker_facts: None,
        filter: None,
        request_id: "req-1".to_owned(),
        trace_id: None,
        listed: Vec::new(),
        also_looked_for: None,
        effect: None,
        run: None,
        slots: Vec::new(),
    }
}

/// What a decision about that question is made from.
///
/// # Errors
/// When something of it has no canonical form.
pub fn facts(question: &Question) -> Result<Facts, CanonicalError> {
    let about = (
        Fact::principal(&question.principal)?,
        Fact::target(&question.target)?,
    );
    Facts::of(about, &question.asked, &question.circumstances)
}

/// A service that holds nothing asks about an organisation: a question as JSON.
#[must_use]
pub fn question(about: OrganisationId) -> Value {
    json!({
        "principal": {
            "id": "svc_00000000000000000000000005", "starts": 0, "grants": [],
            "kind": {
                "type": "service", "service": "svc_00000000000000000000000005", "clientId": "reader",
                "organisation": UNIT, "trustedToAssert": false,
            },
        },
        "asked": { "permission": "organisation:read", "privileged": false },
        "target": {
            "id": about, "kind": { "type": "organisation" },
            "parents": [INSTALLATION], "ancestors": [],
        },
        "circumstances": {
            "now": 1_793_000_000_000_000_i64,
            "assurance": { "level": 3, "multiFactor": true, "source": "verified" },
        },
    })
}

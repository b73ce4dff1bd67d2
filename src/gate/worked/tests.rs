use std::cell::Cell;

use domain::facts::Question;
use domain::verdict::Stages;
use domain::{Calendar, ServicePermission};
use policy::PolicySet;
use serde_json::json;

use super::*;

/// Somebody who asks about an organisation.
fn question() -> Question {
    let organisation = "org_00000000000000000000000001";
    let question = json!({
        "principal": {
            "id": "svc_00000000000000000000000005", "starts": 0, "grants": [],
            "kind": {
                "type": "service", "service": "svc_00000000000000000000000005", "clientId": "reader",
                "organisation": organisation, "trustedToAssert": false,
            },
        },
        "asked": { "permission": "organisation:read", "privileged": false },
        "target": {
            "id": organisation, "kind": { "type": "organisation" }, "parents": [], "ancestors": [],
        },
        "circumstances": {
            "now": 1_793_000_000_000_000_i64,
            "assurance": { "level": 3, "multiFactor": true, "source": "verified" },
        },
    });
    serde_json::from_value(question).unwrap()
}

fn instant(text: &str) -> Instant {
    text.parse().unwrap()
}

#[test]
fn what_was_found_is_found_again_until_a_day_or_its_grace_turns() {
    let (calendar, worked, found) = (Calendar::default(), Worked::default(), Cell::new(0));
    let conferring = (
        question().principal.id,
        ServicePermission::DecisionAsk.into(),
    );
    let at = |now: &str| {
        let since = calendar.last_turn(instant(now));
        worked.standing(since, &conferring, || {
            found.set(found.get() + 1);
            Standing::new(question().principal, Depends::default())
        });
        found.get()
    };
    assert_eq!(at("2026-11-30T11:30:00Z"), 1);
    assert_eq!(at("2026-11-30T22:59:59Z"), 1);
    assert_eq!(at("2026-11-30T23:00:00Z"), 2);
    assert_eq!(at("2026-12-01T10:59:59Z"), 2);
    // Whose last day was the day before has had its grace.
    assert_eq!(at("2026-12-01T11:00:00Z"), 3);
}

#[test]
fn an_answer_is_given_again_in_its_second_and_to_nothing_else() {
    let (worked, asked) = (Worked::default(), Cell::new(0));
    let question = question();
    let set = PolicySet::embedded().unwrap();
    let policies = Arc::new(Policies { set, generation: 1 });
    let target = |question: &Question| {
        let record = TargetRecord {
            facts: question.target.clone(),
            external: None,
            place: Place::default(),
        };
        Arc::new(TargetAt::from(record))
    };
    let (here, there) = (target(&question), target(&question));
    let answer = |target: &Arc<TargetAt>, permission: ServicePermission, level, at: &str| {
        let mut circumstances = question.circumstances.clone();
        circumstances.now = instant(at);
        circumstances.assurance.level = level;
        let again = AskedAgain {
            conferring: (question.principal.id, permission.into()),
            target,
            circumstances,
            policies: &policies,
        };
        let since = Instant::from_micros(0);
        let verdict = worked.answer(since, again, |given| {
            asked.set(asked.get() + 1);
            let mut question = question.clone();
            question.circumstances = given.clone();
            policies.set.decide(&question, &Stages::new())
        });
        assert!(!verdict.is_allowed());
        asked.get()
    };
    let (reading, asking) = (
        ServicePermission::OrganisationRead,
        ServicePermission::DecisionAsk,
    );
    assert_eq!(answer(&here, reading, 3, "2026-11-30T11:30:00.1Z"), 1);
    assert_eq!(answer(&here, reading, 3, "2026-11-30T11:30:00.9Z"), 1);
    assert_eq!(answer(&there, reading, 3, "2026-11-30T11:30:00.9Z"), 2);
    assert_eq!(answer(&here, asking, 3, "2026-11-30T11:30:00.9Z"), 3);
    assert_eq!(answer(&here, reading, 2, "2026-11-30T11:30:00.9Z"), 4);
    assert_eq!(answer(&here, asking, 3, "2026-11-30T11:30:00.9Z"), 4);
    assert_eq!(answer(&here, asking, 3, "2026-11-30T11:30:01Z"), 5);
}

//! Far days, which directories write for "always" and "no end", at every door: none is taken in, the
//! refusal says that what is open is null, and what came in by no door costs no event its facts.

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, Asked, COSMIC, about, ask, behorig, today};

/// The fields of a feed that hold a day, by the kind of record.
const DAYS: &[(&str, &[&str])] = &[
    ("person", &["trainingCompletedOn"]),
    (
        "engagement",
        &["from", "until", "absentFrom", "absentUntil"],
    ),
    ("system", &["passwordLoginUntil"]),
    ("segment", &["changeFrom", "changeUntil"]),
    ("service", &["from", "until"]),
    ("account", &["until"]),
    ("supplierAssessment", &["decidedOn", "validUntil"]),
    ("grant", &["from", "until", "attestBy", "analysisReviewBy"]),
];

/// The feed with that day in the first record of each kind, in every field that holds one.
fn spoiled(app: &App, day: &str) -> Vec<u8> {
    let text = String::from_utf8(app.region().feed().to_vec()).expect("text");
    let mut left = DAYS.to_vec();
    let mut feed = String::new();
    for line in text.lines() {
        let mut record: Value = serde_json::from_str(line).expect("a record");
        if let Some(at) = left.iter().position(|(kind, _)| record["kind"] == *kind) {
            let (_, fields) = left.remove(at);
            for field in fields {
                record[*field] = json!(day);
            }
        }
        feed.push_str(&record.to_string());
        feed.push('\n');
    }
    assert!(left.is_empty(), "no record of {left:?}");
    feed.into_bytes()
}

async fn no_door_takes_a_far_day_in(backend: Backend) {
    let app = App::start(backend);
    let feeds = ["9999-12-31", "0001-01-01"].map(|day| (day, spoiled(&app, day)));
    for (day, feed) in feeds {
        let import = ["import", "-", "--database", app.database().url()];
        let refused = behorig().run_reading(&import, &feed).ended_with(2);
        let said = refused.stdout();
        for field in DAYS.iter().flat_map(|(_, fields)| *fields) {
            let wrong = format!("`{field}`: `{day}` is out of range");
            assert!(said.contains(&wrong), "nothing of {field} in {said}");
        }
        assert!(said.contains("or null where there is none"), "{said}");
    }

    let sara = app.region().clinician();
    let order = json!({
        "principal": { "hsaId": sara.person },
        "role": app.region().role_in(COSMIC, "Läsbehörig"),
        "scope": { "organisation": sara.other_unit },
        "needsAndRiskAnalysis": "BRA-2026-001",
    });
    let create =
        "mutation C($input: CreateGrantInput!) { createGrant(input: $input) { errors { code } } }";
    for field in ["from", "until", "analysisReviewBy"] {
        let mut input = order.clone();
        input[field] = json!("9999-12-31");
        let answer = app
            .service("iam")
            .graphql(create, json!({ "input": input }))
            .await;
        let _ = answer.refused("BAD_USER_INPUT");
        let said = answer.text();
        assert!(said.contains("1900-01-01 to 2199-12-31"), "{said}");
        assert!(said.contains("null, not a far day"), "{said}");
    }
    for (document, at) in [
        (
            "query L($at: DateTime) { decisions(first: 1, filter: { recordedFrom: $at }) { nodes { id } } }",
            "0001-01-01T00:00:00Z",
        ),
        (
            "query L($at: DateTime) { decisions(first: 1, filter: { recordedBefore: $at }) { nodes { id } } }",
            "2200-01-01T00:00:00Z",
        ),
    ] {
        let answer = app.auditor().graphql(document, json!({ "at": at })).await;
        let _ = answer.refused("BAD_USER_INPUT");
        assert!(answer.text().contains("out of range"), "{}", answer.text());
    }

    let days = [
        vec!["import", "-", "--no-trailer", "--today", "9999-12-31"],
        vec!["log", "erase", "--before", "9999-12-31"],
    ];
    for arguments in days {
        let refused = behorig().run(&arguments);
        assert_ne!(refused.code(), Some(0), "{arguments:?}");
        assert!(
            refused.stderr().contains("out of range"),
            "{arguments:?}: {}",
            refused.stderr()
        );
    }
}

/// A day that no door takes in is no day: written by hand it decides nothing, and told by the log it is refused with
/// facts.
async fn what_came_in_by_no_door_opens_nothing(backend: Backend) {
    let app = App::start(backend);
    let sara = app.region().clinician();
    let record = json!({ "record": {
        "system": COSMIC, "organisation": sara.unit, "kind": "patient", "id": "b7c1f0e2",
    } });
    let question = about(&sara.person, "record:read", record);
    let asker = app.service("journal-gateway");
    assert!(ask(&asker, question.clone()).await.is_allowed());
    let person = format!("SELECT id FROM person WHERE hsa_id = '{}'", sara.person);
    let forever =
        format!("UPDATE engagement SET until_date = '9999-12-31' WHERE person_id = ({person})");
    app.tamper(&forever).await;
    assert!(ask(&asker, question.clone()).await.is_allowed());
    app.set(&forever).await;
    let refused = ask(&asker, question).await;
    assert!(!refused.is_allowed());
    has_facts(&app, &refused).await;
}

/// The event has its facts, and comes out the same by them.
async fn has_facts(app: &App, asked: &Asked) {
    let kept = app
        .auditor()
        .graphql(
            "query K($id: ID!) { decision(id: $id) { evidence { facts erased } }
                replay(id: $id) { result problem } }",
            json!({ "id": asked.id() }),
        )
        .await;
    assert_eq!(kept.at("/decision/evidence/erased"), &json!([]));
    assert!(
        !kept.at("/decision/evidence/facts").is_null(),
        "{}",
        kept.text()
    );
    assert_eq!(kept.at("/replay/result"), "SAME", "{}", kept.text());
}

async fn somebody_without_an_engagement_is_refused_with_facts(backend: Backend) {
    let app = App::start(backend);
    let nobody = "TSTNMT2321000001-N0B0DY";
    let person = json!({
        "kind": "person", "externalId": nobody, "individual": "human-nobody",
        "givenName": "Ingen", "familyName": "Anställd", "email": "ingen@region.example",
        "protectedIdentity": false, "trainingCompletedOn": null, "credentials": [],
    });
    let day = today().to_string();
    let import = ["import", "-", "--database", app.database().url()];
    let import = [&import[..], &["--no-trailer", "--today", &day]].concat();
    let _taken = behorig()
        .run_reading(&import, format!("{person}\n").as_bytes())
        .succeeded();

    let sara = app.region().clinician();
    let record = json!({ "record": {
        "system": COSMIC, "organisation": sara.unit, "kind": "patient", "id": "b7c1f0e2",
    } });
    let question = about(nobody, "record:read", record);
    let asked = ask(&app.service("journal-gateway"), question).await;
    assert!(!asked.is_allowed());
    has_facts(&app, &asked).await;
}

both_backends! {
    async no_door_takes_a_far_day_in;
    async what_came_in_by_no_door_opens_nothing;
    async somebody_without_an_engagement_is_refused_with_facts;
}

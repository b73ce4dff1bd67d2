//! Outside one's own unit, at a blocked record and in an emergency: what an allow asks of the asker, and how
//! a second question goes on from the first (JK-P12, JK-P13).

use serde_json::{Value, json};
use test_support::{Backend, Response, both_backends};

use crate::support::{App, Asked, Caller, about, ask};

const AUTHORIZE: &str = "mutation Ask($input: AuthorizeInput!) { authorize(input: $input) {
    errors { code path } decision { id outcome obligations validUntil reasons { policyId } } } }";

const FOUND: &str = "query Found($id: ID!) { decision(id: $id) {
    outcome obligations evidence { confirmsId slots { name } } } }";

/// Reading a record in the clinician's other unit.
fn reading(app: &App, unit: &str) -> Value {
    let sara = app.region().clinician();
    let record =
        json!({ "system": "sys-000", "organisation": unit, "kind": "patient", "id": "b7c1f0e2" });
    about(&sara.person, "record:read", json!({ "record": record }))
}

fn elsewhere(app: &App) -> Value {
    reading(app, &app.region().clinician().other_unit)
}

/// The same question, with the choice that the decision asked for.
fn chosen(mut question: Value, decision: &str) -> Value {
    question["target"]["record"]["activeChoice"] = json!("remiss från annan klinik");
    question["confirms"] = json!(decision);
    question
}

fn owed(asked: &Asked) -> &Value {
    &asked.decision()["obligations"]
}

async fn wrong(caller: &Caller, question: &Value) -> Value {
    let answer: Response = caller
        .graphql(AUTHORIZE, json!({ "input": question }))
        .await;
    assert_eq!(answer.at("/authorize/decision"), &Value::Null, "{question}");
    answer.at("/authorize/errors/0").clone()
}

async fn a_choice_is_made_after_it_was_asked_for(backend: Backend) {
    let app = App::start(backend);
    let journal = app.service("journal-gateway");
    let first = ask(&journal, elsewhere(&app)).await.allowed();
    assert_eq!(owed(&first), &json!(["ACTIVE_CHOICE"]));
    assert_eq!(first.reasons(), ["active-choice"]);
    let second = ask(&journal, chosen(elsewhere(&app), first.id()))
        .await
        .allowed();
    assert_eq!(owed(&second), &json!([]));
    assert_eq!(second.reasons(), ["chosen"]);

    let found = app
        .auditor()
        .graphql(FOUND, json!({ "id": second.id() }))
        .await;
    assert_eq!(found.at("/decision/evidence/confirmsId"), first.id());
    let slots = found.at("/decision/evidence/slots");
    assert!(
        slots
            .as_array()
            .expect("a list")
            .contains(&json!({ "name": "activeChoice" })),
        "{slots}"
    );
    // In the own unit nothing is asked for, so there is nothing to confirm.
    let own = reading(&app, &app.region().clinician().unit);
    let first = ask(&journal, own.clone()).await.allowed();
    assert_eq!(owed(&first), &json!([]));
    assert_eq!(first.reasons(), ["held-permission"]);
    let error = wrong(&journal, &chosen(own, first.id())).await;
    assert_eq!(error["code"], "CONFIRMATION_INVALID", "{error}");
}

async fn a_choice_that_confirms_nothing_is_none(backend: Backend) {
    let app = App::start(backend);
    let journal = app.service("journal-gateway");
    let question = elsewhere(&app);
    let first = ask(&journal, question.clone()).await;
    let first = first.id();

    let mut bare = chosen(question.clone(), first);
    bare.as_object_mut().expect("a form").remove("confirms");
    assert_eq!(
        wrong(&journal, &bare).await["code"],
        "CONFIRMATION_REQUIRED"
    );
    let mut silent = question.clone();
    silent["confirms"] = json!(first);
    assert_eq!(wrong(&journal, &silent).await["code"], "REASON_REQUIRED");
    silent["target"]["record"]["activeChoice"] = json!("  ");
    assert_eq!(wrong(&journal, &silent).await["code"], "REASON_REQUIRED");

    let nowhere = format!("evt_{}", "0".repeat(26));
    let mut others = Vec::new();
    others.push(chosen(question.clone(), &nowhere));
    for (at, value) in [
        ("/target/record/id", json!("another-record")),
        ("/target/record/kind", json!("image")),
        (
            "/target/record/organisation",
            json!(app.region().clinician().unit),
        ),
        ("/target/record/system", json!("sys-003")),
        ("/permission", json!("record:sign")),
        ("/principal/hsaId", json!(app.region().without_grants())),
    ] {
        let mut other = chosen(question.clone(), first);
        *other.pointer_mut(at).expect("a field") = value;
        others.push(other);
    }
    for other in &others {
        let error = wrong(&journal, other).await;
        assert_eq!(error["code"], "CONFIRMATION_INVALID", "{other}");
        assert_eq!(error["path"], json!(["input", "confirms"]));
    }
    // Another's decision is no better than none.
    let login = app.service("server-login");
    let error = wrong(&login, &chosen(question, first)).await;
    assert_eq!(error["code"], "CONFIRMATION_INVALID");
}

async fn a_blocked_record_demands_more(backend: Backend) {
    let app = App::start(backend);
    let journal = app.service("journal-gateway");
    let mut blocked = reading(&app, &app.region().clinician().unit);
    blocked["target"]["record"]["blocked"] = json!(true);
    let first = ask(&journal, blocked.clone()).await.refused();
    assert_eq!(first.reasons(), ["blocked-record"]);
    let mut choice = chosen(blocked, first.id());
    let without = ask(&journal, choice.clone()).await.refused();
    assert_eq!(without.reasons(), ["blocked-record"]);
    choice["target"]["record"]["consent"] = json!(true);
    let opened = ask(&journal, choice).await.allowed();
    assert_eq!(
        opened.reasons(),
        ["held-permission"],
        "it is one's own unit"
    );
}

async fn an_emergency_opens_what_gives_way_and_nothing_else(backend: Backend) {
    let app = App::start(backend);
    let journal = app.service("journal-gateway");
    let emergency = |mut question: Value| {
        question["emergency"] = json!("medvetslös patient på akuten");
        question
    };
    let mut blocked = reading(&app, &app.region().clinician().unit);
    blocked["target"]["record"]["blocked"] = json!(true);
    let answer = journal
        .graphql(AUTHORIZE, json!({ "input": emergency(blocked) }))
        .await;
    let decision = answer.at("/authorize/decision");
    assert_eq!(decision["outcome"], "ALLOW", "{decision}");
    assert_eq!(decision["obligations"], json!(["NOTIFY", "REVIEW"]));
    assert!(decision["validUntil"].is_string(), "{decision}");
    let found = app
        .auditor()
        .graphql(FOUND, json!({ "id": decision["id"] }))
        .await;
    assert_eq!(
        found.at("/decision/obligations"),
        &json!(["NOTIFY", "REVIEW"])
    );
    let slots = found.at("/decision/evidence/slots");
    assert!(
        slots
            .as_array()
            .expect("a list")
            .contains(&json!({ "name": "emergency" })),
        "{slots}"
    );

    // Another care provider's record in the same system, which no choice opens.
    let unit = app.region().place_of_another_care_provider();
    ask(&journal, reading(&app, &unit)).await.refused();
    let opened = ask(&journal, emergency(reading(&app, &unit)))
        .await
        .allowed();
    assert!(opened.reasons().contains(&"break-glass"));
    // Not another system, not a weak sign-in, not somebody who holds nothing.
    let mut other = emergency(reading(&app, &app.region().clinician().unit));
    other["target"]["record"]["system"] = json!("sys-003");
    ask(&journal, other).await.refused();
    let mut weak = emergency(reading(&app, &unit));
    weak["assurance"] = crate::support::signed_in(2);
    ask(&journal, weak).await.too_weak();
    let mut nobody = emergency(reading(&app, &unit));
    nobody["principal"] = json!({ "hsaId": app.region().without_grants() });
    ask(&journal, nobody).await.refused();
    // Nor a server outside the segment.
    let olle = app.region().segment_administrator();
    let server = json!({ "server": olle.other_server });
    let server = emergency(about(&olle.person, "server:administer", server));
    ask(&app.service("server-login"), server).await.refused();
    let mut unsaid = reading(&app, &unit);
    unsaid["emergency"] = json!(" ");
    assert_eq!(wrong(&journal, &unsaid).await["code"], "REASON_REQUIRED");
}

both_backends! {
    async a_choice_is_made_after_it_was_asked_for;
    async a_choice_that_confirms_nothing_is_none;
    async a_blocked_record_demands_more;
    async an_emergency_opens_what_gives_way_and_nothing_else;
}

//! What governed systems are told: the acceptance of the service, on the small region.

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, Asked, Caller, STRONG, about, ask, signed_in};

const ADMINISTER: &str = "server:administer";

fn server(host: &str) -> Value {
    json!({ "server": host })
}

fn record(system: &str, organisation: &str) -> Value {
    json!({ "record": {
        "system": system, "organisation": organisation, "kind": "patient", "id": "b7c1f0e2",
    } })
}

/// The same question about somebody who has signed in with that level.
fn at_level(mut question: Value, level: u8) -> Value {
    question["assurance"] = signed_in(level);
    question
}

/// Asks as the log-in of the servers.
async fn at_log_in(app: &App, person: &str, host: &str) -> Asked {
    ask(
        &app.service("server-login"),
        about(person, ADMINISTER, server(host)),
    )
    .await
}

async fn a_segments_administrator_is_allowed_there_and_nowhere_else(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let own = at_log_in(&app, &olle.person, &olle.server).await.allowed();
    assert_eq!(own.matched(), [app.id("role_grant", &olle.grant).await]);
    assert_eq!(own.decision()["principal"], json!(olle.person));
    assert_eq!(own.decision()["target"], json!(olle.server));
    at_log_in(&app, &olle.person, &olle.other_server)
        .await
        .refused();
    for (segment, allowed) in [(&olle.segment, true), (&olle.other_segment, false)] {
        let question = about(&olle.person, ADMINISTER, json!({ "segment": segment }));
        let answer = ask(&app.service("server-login"), question).await;
        assert_eq!(answer.is_allowed(), allowed, "{}", answer.decision());
    }
    assert_recorded(&app, &own, "ALLOW").await;
}

async fn a_weak_sign_in_is_told_what_would_do_only_where_it_would(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let login = app.service("server-login");
    let weak = |host: &str| at_level(about(&olle.person, ADMINISTER, server(host)), 2);
    let own = ask(&login, weak(&olle.server)).await.too_weak();
    assert_eq!(
        own.decision()["stepUp"]["acrValues"],
        json!(["http://id.sambi.se/loa/loa3"])
    );
    assert!(
        own.decision()["stepUp"]["maxAgeSeconds"].is_i64(),
        "{}",
        own.decision()
    );
    ask(&login, weak(&olle.other_server)).await.refused();

    let manage = |person: &str| at_level(about(person, "server:manage", server(&olle.server)), 2);
    ask(&login, manage(App::FIRST)).await.too_weak();
    ask(&login, manage(&app.region().without_grants()))
        .await
        .refused();
    let strong = about(App::FIRST, "server:manage", server(&olle.server));
    ask(&login, strong).await.allowed();
    assert_recorded(&app, &own, "DENY").await;
}

async fn administration_of_everything_counts_nowhere_and_says_why(backend: Backend) {
    let app = App::start(backend);
    let (person, grant) = app.region().wide_administrator();
    let grant = app.id("role_grant", &grant).await;
    let segments = app
        .region()
        .of("segment")
        .filter_map(|segment| segment["externalId"].as_str());
    let login = app.service("server-login");
    let mut asked = 0;
    for segment in segments {
        let Some(host) = app
            .region()
            .of("server")
            .find(|server| server["segment"] == segment)
            .and_then(|server| server["externalId"].as_str())
        else {
            continue;
        };
        let answer = ask(&login, about(&person, ADMINISTER, server(host)))
            .await
            .refused();
        let why = answer
            .discounted(&grant)
            .expect("the grant that does not count");
        assert_eq!(why, ["segment-server-admin"], "{host}");
        asked += 1;
    }
    assert!(asked > 10, "{asked} segments");
}

async fn a_clinician_reads_in_their_own_unit_and_system_only(backend: Backend) {
    let app = App::start(backend);
    let sara = app.region().clinician();
    let journal = app.service("journal-gateway");
    let read = |system: &str, unit: &str| about(&sara.person, "record:read", record(system, unit));
    let own = ask(&journal, read("sys-000", &sara.unit)).await.allowed();
    assert_eq!(own.matched(), [app.id("role_grant", &sara.grant).await]);
    let other = app.region().place_of_another_care_provider();
    ask(&journal, read("sys-000", &other)).await.refused();
    ask(&journal, read("sys-003", &sara.unit)).await.refused();
    ask(&journal, at_level(read("sys-000", &sara.unit), 2))
        .await
        .too_weak();

    let mut blocked = read("sys-000", &sara.unit);
    blocked["target"]["record"]["blocked"] = json!(true);
    let blocked = ask(&journal, blocked).await.refused();
    assert!(
        blocked.reasons().contains(&"blocked-record"),
        "{}",
        blocked.decision()
    );
    assert_recorded(&app, &own, "ALLOW").await;
}

async fn whoever_has_left_is_refused_as_the_one_asked_about(backend: Backend) {
    let app = App::start(backend);
    let (leaver, grant) = app.region().leaver();
    let unit = grant["scope"]["externalId"].as_str().expect("a unit");
    let journal = app.service("journal-gateway");
    let answer = ask(
        &journal,
        about(&leaver, "record:read", record("sys-000", unit)),
    )
    .await
    .refused();
    let grant = app
        .id("role_grant", grant["externalId"].as_str().expect("an id"))
        .await;
    let why = answer
        .discounted(&grant)
        .expect("the grant that does not count");
    assert!(why.contains(&"engagement-live"), "{why:?}");
    assert_recorded(&app, &answer, "DENY").await;
}

async fn an_assertion_counts_only_from_whom_it_is_trusted(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    // May ask, but nobody takes its word.
    let distrusted = app.id("service", "server-login").await;
    let input = json!({ "service": distrusted, "trusted": false });
    let document = "mutation T($input: SetTrustedToAssertInput!) {
        setTrustedToAssert(input: $input) { errors { code } decision { outcome } } }";
    let answer = app
        .first()
        .graphql(document, json!({ "input": input }))
        .await;
    assert_eq!(answer.at("/setTrustedToAssert/errors"), &json!([]));
    let question = about(&olle.person, ADMINISTER, server(&olle.server));
    let payload = put(&app.service("server-login"), question).await;
    assert_eq!(payload["decision"], Value::Null, "{payload}");
    assert_eq!(payload["errors"][0]["code"], "NOT_TRUSTED_TO_ASSERT");
    assert_eq!(
        payload["errors"][0]["path"],
        json!(["input", "assurance", "asserted"])
    );
    // The person's own token needs nobody's word.
    let mut question = about(&olle.person, ADMINISTER, server(&olle.server));
    let claims =
        test_support::Issuer::person(&olle.person, STRONG, std::time::Duration::from_secs(5));
    let token = test_support::Issuer::TRUSTED.token(&claims);
    question["assurance"] = json!({ "subjectToken": token });
    ask(&app.service("server-login"), question).await.allowed();
}

/// An asker who may not ask is denied, whatever the answer would have been.
async fn whoever_may_not_ask_learns_nothing(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let nobody_in_particular = app.person(&app.region().without_grants(), STRONG);
    let own = about(&olle.person, ADMINISTER, server(&olle.server));
    let other = about(&olle.person, ADMINISTER, server(&olle.other_server));
    let unknown = about("TSTNMT2321000001-N0B0DY", ADMINISTER, server(&olle.server));
    let mut answers = Vec::new();
    for question in [own, other, unknown] {
        let answer = ask(&nobody_in_particular, question).await.refused();
        assert!(answer.matched().is_empty(), "{}", answer.decision());
        answers.push((
            answer.decision()["reasons"].clone(),
            answer.decision()["discountedGrants"].clone(),
        ));
    }
    assert_eq!(
        answers[0], answers[1],
        "an answer that would have been an allow shows"
    );
    assert_eq!(answers[0], answers[2], "whether somebody exists shows");
}

async fn a_question_about_what_is_not_there_is_refused(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let login = app.service("server-login");
    let question = about(&olle.person, ADMINISTER, server("no-such-host"));
    ask(&login, question).await.refused();
    let question = about("TSTNMT2321000001-N0B0DY", ADMINISTER, server(&olle.server));
    ask(&login, question).await.refused();
}

/// The payload of a question that may be wrong.
async fn put(asker: &Caller, question: Value) -> Value {
    let document = "mutation A($input: AuthorizeInput!) { authorize(input: $input) {
        decision { outcome } errors { code message path } } }";
    let answer = asker.graphql(document, json!({ "input": question })).await;
    answer.at("/authorize").clone()
}

async fn what_is_said_to_have_happened_has_happened(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let login = app.service("server-login");
    let ahead = "2199-01-01T00:00:00.000000Z";
    for path in [
        &["occurredAt"][..],
        &["assurance", "asserted", "authenticatedAt"],
    ] {
        let mut question = about(&olle.person, ADMINISTER, server(&olle.server));
        let mut place = &mut question;
        for name in path {
            place = &mut place[*name];
        }
        *place = json!(ahead);
        let document = "mutation A($input: AuthorizeInput!) { authorize(input: $input) {
            decision { outcome } } }";
        let answer = login.graphql(document, json!({ "input": question })).await;
        let error = answer.refused("BAD_USER_INPUT").clone();
        let at: Vec<&str> = ["input"].iter().chain(path).copied().collect();
        assert_eq!(error["extensions"]["inputPath"], json!(at), "{error}");
    }
}

async fn a_token_that_is_not_taken_is_told_by_which_rule(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let mut question = about(&olle.person, ADMINISTER, server(&olle.server));
    let mut claims =
        test_support::Issuer::person(&olle.person, STRONG, std::time::Duration::from_secs(5));
    claims["aud"] = json!("somebody-else");
    let token = test_support::Issuer::TRUSTED.token(&claims);
    question["assurance"] = json!({ "subjectToken": token });
    let payload = put(&app.service("server-login"), question).await;
    let error = &payload["errors"][0];
    assert_eq!(error["code"], "SUBJECT_TOKEN_INVALID", "{payload}");
    let said = error["message"].as_str().expect("a text");
    assert!(said.contains("expected `aud`"), "{said}");
}

const MANY: &str = "mutation Many($input: AuthorizeManyInput!) { authorizeMany(input: $input) {
    answers { decision { id outcome principal target } errors { code path } } } }";

async fn many_questions_are_answered_in_their_order(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let ask = |host: &str| about(&olle.person, ADMINISTER, server(host));
    let mut questions = vec![
        ask(&olle.server),
        ask(&olle.other_server),
        ask(&olle.server),
    ];
    let mut unsaid = ask(&olle.server);
    unsaid
        .as_object_mut()
        .expect("a question")
        .remove("assurance");
    questions.push(unsaid);
    let login = app.service("server-login");
    let answer = login
        .graphql(MANY, json!({ "input": { "questions": questions } }))
        .await;
    let answers = answer
        .at("/authorizeMany/answers")
        .as_array()
        .expect("a list");
    let outcomes: Vec<&Value> = answers
        .iter()
        .map(|one| &one["decision"]["outcome"])
        .collect();
    assert_eq!(
        outcomes,
        [
            &json!("ALLOW"),
            &json!("DENY"),
            &json!("ALLOW"),
            &Value::Null
        ]
    );
    assert_eq!(answers[3]["errors"][0]["code"], "ASSURANCE_REQUIRED");

    let hundred = vec![ask(&olle.server); 100];
    let answer = login
        .graphql(MANY, json!({ "input": { "questions": hundred } }))
        .await;
    let answers = answer
        .at("/authorizeMany/answers")
        .as_array()
        .expect("a list");
    assert!(
        answers
            .iter()
            .all(|one| one["decision"]["outcome"] == "ALLOW"),
        "{}",
        answer.text()
    );
    assert_eq!(answers.len(), 100);
    let too_many = vec![ask(&olle.server); 101];
    let answer = login
        .graphql(MANY, json!({ "input": { "questions": too_many } }))
        .await;
    let _error = answer.refused("BAD_USER_INPUT");
}

async fn a_reference_that_looks_like_a_personal_number_is_not_taken(backend: Backend) {
    let app = App::start(backend);
    let sara = app.region().clinician();
    let mut question = about(&sara.person, "record:read", record("sys-000", &sara.unit));
    question["target"]["record"]["id"] = json!("19121212-1212");
    let document = "mutation A($input: AuthorizeInput!) { authorize(input: $input) {
        decision { id } errors { code message path } } }";
    let asked = json!({ "input": question });
    let answer = app
        .service("journal-gateway")
        .graphql(document, asked)
        .await;
    assert_eq!(answer.at("/authorize/decision"), &Value::Null);
    assert_eq!(answer.at("/authorize/errors/0/code"), "PERSONAL_NUMBER");
    assert_eq!(
        answer.at("/authorize/errors/0/path"),
        &json!(["input", "target", "record", "id"])
    );
    assert!(!answer.text().contains("121212"), "{}", answer.text());
    assert!(!app.serving().said().contains("121212"));
}

/// The auditor finds the answer's event, and it says what was answered.
async fn assert_recorded(app: &App, answer: &Asked, outcome: &str) {
    let seen = recorded(&app.auditor(), answer.id()).await;
    assert_eq!(seen["outcome"], outcome, "{seen}");
    for name in [
        "principal",
        "permission",
        "target",
        "policyDigest",
        "decidedAt",
    ] {
        assert_eq!(seen[name], answer.decision()[name], "{name}");
    }
    assert_eq!(
        answer.decision()["recordedAt"],
        Value::Null,
        "it was on its way"
    );
    assert!(seen["recordedAt"].is_string(), "{seen}");
}

async fn recorded(auditor: &Caller, id: &str) -> Value {
    let document = "query Recorded($id: ID!) { node(id: $id) { id __typename ... on Decision {
        outcome principal permission target decidedAt policyDigest recordedAt
        reasons { policyId } } } }";
    let answer = auditor.graphql(document, json!({ "id": id })).await;
    answer.at("/node").clone()
}

/// Whoever is refused is told which part was unmet, and of which grants only what they may read.
async fn a_refusal_says_how_near_it_was(backend: Backend) {
    let app = App::start(backend);
    let (login, journal) = (app.service("server-login"), app.service("journal-gateway"));
    let (olle, sara) = (
        app.region().segment_administrator(),
        app.region().clinician(),
    );
    let (wide, _) = app.region().wide_administrator();
    let nobody = app.region().without_grants();
    let elsewhere = at_log_in(&app, &olle.person, &olle.other_server).await;
    assert_eq!(elsewhere.unmet(), "ELSEWHERE");
    assert_eq!(
        at_log_in(&app, &wide, &olle.server).await.unmet(),
        "DOES_NOT_COUNT"
    );
    assert_eq!(
        at_log_in(&app, &nobody, &olle.server).await.unmet(),
        "NOT_HELD"
    );
    let other = about(&sara.person, "record:read", record("sys-003", &sara.unit));
    assert_eq!(ask(&journal, other).await.unmet(), "OTHER_SYSTEM");
    let own = ask(
        &login,
        about(&olle.person, ADMINISTER, server(&olle.server)),
    )
    .await;
    assert_eq!(own.unmet(), "");
    // The asking system reads no grants; somebody who does sees which ones came near.
    assert_eq!(elsewhere.decision()["unmet"]["grants"], json!([]));
    // It is recorded: an auditor sees it later, with the grants, and it comes out when decided again.
    let auditor = app.auditor();
    let document = "query Later($id: ID!) { decision(id: $id) { unmet { kind text grants { id person { hsaId } } } }
        replay(id: $id) { result } }";
    let later = auditor.graphql(document, json!({ "id": elsewhere.id() }));
    let later = later.await;
    let unmet = later.at("/decision/unmet");
    assert_eq!(unmet["kind"], "ELSEWHERE");
    assert_eq!(unmet["text"], elsewhere.decision()["unmet"]["text"]);
    assert_eq!(
        unmet["grants"][0]["person"]["hsaId"],
        olle.person.as_str(),
        "{unmet}"
    );
    assert_eq!(later.at("/replay/result"), "SAME");
    let allowed = auditor.graphql(document, json!({ "id": own.id() })).await;
    assert!(allowed.at("/decision/unmet").is_null());
}

both_backends! {
    async a_refusal_says_how_near_it_was;
    async a_segments_administrator_is_allowed_there_and_nowhere_else;
    async a_weak_sign_in_is_told_what_would_do_only_where_it_would;
    async administration_of_everything_counts_nowhere_and_says_why;
    async a_clinician_reads_in_their_own_unit_and_system_only;
    async whoever_has_left_is_refused_as_the_one_asked_about;
    async an_assertion_counts_only_from_whom_it_is_trusted;
    async what_is_said_to_have_happened_has_happened;
    async a_token_that_is_not_taken_is_told_by_which_rule;
    async whoever_may_not_ask_learns_nothing;
    async a_question_about_what_is_not_there_is_refused;
    async many_questions_are_answered_in_their_order;
    async a_reference_that_looks_like_a_personal_number_is_not_taken;
}

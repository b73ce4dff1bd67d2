//! What is wrong with a filled-in form: all of it at once, each by its place.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use test_support::{Backend, Response, both_backends};

use crate::grants::{assert_recorded, create, order, revoke};
use crate::support::{App, STRONG};

async fn what_a_form_gets_wrong_is_data(backend: Backend) {
    let app = App::start(backend);
    let iam = app.service("iam");
    let cases = [
        (
            "principal",
            json!({ "hsaId": "TSTNMT2321000001-N0B0DY" }),
            "NOT_FOUND",
        ),
        ("role", json!("role-none"), "NOT_FOUND"),
        (
            "scope",
            json!({ "organisation": "TSTNMT2321000001-N0WHERE" }),
            "NOT_FOUND",
        ),
        ("until", json!("2001-01-01"), "DATES_OUT_OF_ORDER"),
    ];
    for (field, value, code) in cases {
        let mut input = order(&app);
        input[field] = value;
        let answer = create(&iam, &input).await;
        assert_eq!(
            answer.at("/createGrant/errors/0/code"),
            code,
            "{field}: {}",
            answer.text()
        );
        assert_eq!(answer.at("/createGrant/errors/0/path/1"), field);
        assert_eq!(answer.at("/createGrant/grant"), &Value::Null);
    }
    // All of it at once, by its place.
    let mut input = order(&app);
    for (field, value) in [
        ("principal", json!({ "hsaId": "TSTNMT2321000001-N0B0DY" })),
        ("engagement", json!("engagement-none")),
        ("role", json!("role-none")),
        (
            "scope",
            json!({ "organisation": "TSTNMT2321000001-N0WHERE" }),
        ),
        ("until", json!("2001-01-01")),
        ("orderedBy", json!("TSTNMT2321000001-N0ONE")),
    ] {
        input[field] = value;
    }
    let answer = create(&iam, &input).await;
    let told = told_of(&answer);
    let expected = [
        ("DATES_OUT_OF_ORDER", "input.until"),
        ("NOT_FOUND", "input.principal.hsaId"),
        ("NOT_FOUND", "input.engagement"),
        ("NOT_FOUND", "input.role"),
        ("NOT_FOUND", "input.scope.organisation"),
        ("NOT_FOUND", "input.orderedBy"),
    ];
    let expected = expected.map(|(code, path)| (code, path.to_owned()));
    assert_eq!(told, expected.into(), "{}", answer.text());
    // Whoever makes no grants at all cannot mend it.
    let stranger = app.person(&app.region().without_grants(), STRONG);
    let refused = create(&stranger, &input).await;
    assert_recorded(&app, refused.refused("FORBIDDEN")).await;

    let mut input = order(&app);
    input["scope"] = json!({ "installation": false });
    let _error = create(&iam, &input).await.refused("BAD_USER_INPUT");
}

/// The codes of what a form got wrong, with their places.
fn told_of(answer: &Response) -> BTreeSet<(&str, String)> {
    let errors = answer.at("/createGrant/errors").as_array().expect("errors");
    let told = errors.iter().map(|error| {
        let path = error["path"].as_array().expect("a path");
        let path: Vec<&str> = path.iter().filter_map(Value::as_str).collect();
        (error["code"].as_str().expect("a code"), path.join("."))
    });
    told.collect()
}

/// Whoever types an HSA-id in small letters is told so, and not that there is nobody.
async fn an_hsa_id_in_small_letters_is_told(backend: Backend) {
    let app = App::start(backend);
    let helper = app.person(&app.region().provisioner(), STRONG);
    let small = |hsa_id: &str| {
        let (prefix, number) = hsa_id.split_once('-').expect("an HSA-id");
        format!("{prefix}-{}", number.to_lowercase())
    };
    let sara = app.region().clinician();
    let mut input = order(&app);
    input["principal"] = json!({ "hsaId": small(&sara.person) });
    input["orderedBy"] = json!(small(&app.region().responsible_for(&sara.person)));
    let answer = create(&helper, &input).await;
    let errors = answer.at("/createGrant/errors").as_array().expect("errors");
    assert_eq!(errors.len(), 2, "{}", answer.text());
    for error in errors {
        assert_eq!(error["code"], "NOT_FOUND", "{error}");
        let said = error["message"].as_str().expect("a message");
        assert!(said.contains("small letters"), "{error}");
    }
}

/// What is wrong with names and days hides nothing of what guardrails say about the rest of the form.
async fn a_form_is_told_of_names_and_guardrails_together(backend: Backend) {
    let app = App::start(backend);
    let helper = app.person(&app.region().provisioner(), STRONG);
    let mut input = order(&app);
    input["needsAndRiskAnalysis"] = Value::Null;
    input["until"] = json!("2001-01-01");
    let answer = create(&helper, &input).await;
    let expected = [
        ("DATES_OUT_OF_ORDER", "input.until"),
        ("GUARDRAIL", "input.needsAndRiskAnalysis"),
        ("GUARDRAIL", "input.orderedBy"),
    ];
    let expected = expected.map(|(code, path)| (code, path.to_owned()));
    assert_eq!(told_of(&answer), expected.into(), "{}", answer.text());
    assert_eq!(answer.at("/createGrant/grant"), &Value::Null);
    // Of a part that is wrong anyway the guardrails say nothing.
    input["orderedBy"] = json!("TSTNMT2321000001-N0ONE");
    input["until"] = Value::Null;
    let answer = create(&helper, &input).await;
    let expected = [
        ("NOT_FOUND", "input.orderedBy"),
        ("GUARDRAIL", "input.needsAndRiskAnalysis"),
    ];
    let expected = expected.map(|(code, path)| (code, path.to_owned()));
    assert_eq!(told_of(&answer), expected.into(), "{}", answer.text());
    // The reason that no form mends comes alone.
    input["role"] = json!(app.region().role("Registeransvarig"));
    input["scope"] = json!({ "installation": true });
    let answer = create(&helper, &input).await;
    let error = answer.refused("FORBIDDEN");
    assert_eq!(
        error["extensions"]["reasons"][0]["policyId"],
        "no-escalation"
    );
    assert_recorded(&app, error).await;
}

/// A form that is wrong in a day alone says that the guardrails would let it pass: that is an answer, and on record.
async fn what_a_wrong_form_tells_of_guardrails_is_on_record(backend: Backend) {
    let app = App::start(backend);
    let decided = async || {
        let document = "{ decisions(first: 100, filter: { permission: \"grant:provision\" }) {
            nodes { outcome target } } }";
        let answer = app.auditor().graphql(document, json!({})).await;
        let nodes = answer.at("/decisions/nodes").as_array().expect("decisions");
        nodes.iter().filter(|one| one["outcome"] == "ALLOW").count()
    };
    let before = decided().await;
    let mut input = order(&app);
    input["until"] = json!("2001-01-01");
    let answer = create(&app.service("iam"), &input).await;
    let expected = [("DATES_OUT_OF_ORDER", "input.until".to_owned())];
    assert_eq!(told_of(&answer), expected.into(), "{}", answer.text());
    assert_eq!(decided().await, before + 1, "told and not recorded");
    // Guardrails are not asked about a grant that rests on another engagement than was meant, or on none.
    let helper = app.person(&app.region().provisioner(), STRONG);
    input["engagement"] = json!("engagement-none");
    input["needsAndRiskAnalysis"] = Value::Null;
    input["until"] = Value::Null;
    let answer = create(&helper, &input).await;
    let expected = [("NOT_FOUND", "input.engagement".to_owned())];
    assert_eq!(told_of(&answer), expected.into(), "{}", answer.text());
}

/// Every text of a form that cannot be read is told, by its place, and not the first one alone.
async fn every_text_that_cannot_be_read_is_told(backend: Backend) {
    let app = App::start(backend);
    let iam = app.service("iam");
    let mut input = order(&app);
    input["role"] = json!("");
    input["engagement"] = json!("\u{200B}");
    input["scope"] = json!({ "installation": false });
    input["idempotencyKey"] = json!("short");
    let answer = create(&iam, &input).await;
    let expected = ["engagement", "role", "scope.installation", "idempotencyKey"];
    assert_eq!(
        unread(&answer),
        expected.map(|field| format!("input.{field}"))
    );
    let answer = revoke(
        &iam,
        &json!({ "grant": "x", "reason": "x\u{0}", "idempotencyKey": "x" }),
    )
    .await;
    let expected = ["grant", "reason", "idempotencyKey"];
    assert_eq!(
        unread(&answer),
        expected.map(|field| format!("input.{field}"))
    );
    // Equal values, of which one is wrong.
    let document =
        "mutation A($input: AcceptEditInput!) { acceptEdit(input: $input) { errors { code } } }";
    let proposal = format!("prp_{}", "0".repeat(26));
    let input = json!({ "proposal": proposal, "gainDigest": "", "justification": "" });
    let answer = app
        .first()
        .graphql(document, json!({ "input": input }))
        .await;
    assert_eq!(unread(&answer), ["input.gainDigest", "input.justification"]);
}

/// Where the errors of a response say that it cannot be read.
fn unread(answer: &Response) -> Vec<String> {
    let errors = answer.json()["errors"].as_array().cloned().expect("errors");
    let places = errors.iter().map(|error| {
        let extensions = &error["extensions"];
        assert_eq!(extensions["code"], "BAD_USER_INPUT", "{error}");
        let path = extensions["inputPath"].as_array().expect("a place");
        let path: Vec<&str> = path.iter().filter_map(Value::as_str).collect();
        path.join(".")
    });
    places.collect()
}

both_backends! {
    async what_a_form_gets_wrong_is_data;
    async an_hsa_id_in_small_letters_is_told;
    async a_form_is_told_of_names_and_guardrails_together;
    async what_a_wrong_form_tells_of_guardrails_is_on_record;
    async every_text_that_cannot_be_read_is_told;
}

//! Mutations from the request to the log, on an embedded database of their own, and the longest of them
//! on both databases.
//!
//! `iam` provisions grants and asks for decisions; Anna works in the unit and holds nothing yet.

mod alone;
mod house;

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::execute::ExecuteError;
use house::{House, now};

const CREATE: &str = "mutation ($input: CreateGrantInput!) { createGrant(input: $input) {
    grant { id } errors { code path } decision { id outcome permission } } }";

const REVOKE: &str = "mutation ($input: RevokeGrantInput!) { revokeGrant(input: $input) {
    grant { id } errors { code path } decision { id } } }";

const AUTHORIZE: &str = "mutation ($input: AuthorizeInput!) { authorize(input: $input) {
    errors { code path }
    decision { id outcome recordedAt reasons { policyId text } matchedGrants { id }
        stepUp { acrValues maxAgeSeconds } } } }";

const MANY: &str = "mutation ($input: AuthorizeManyInput!) { authorizeMany(input: $input) {
    answers { errors { code path } decision { id outcome principal } } } }";

fn grant_for_anna() -> Value {
    json!({
        "principal": { "hsaId": "SE2321000016-3000" },
        "role": "lakare",
        "scope": { "organisation": "SE2321000016-2000" },
        "needsAndRiskAnalysis": "NRA-1",
        "justification": "Ny på enheten",
        "idempotencyKey": "0123456789abcdef"
    })
}

fn may_anna_read(level: u8) -> Value {
    json!({
        "principal": { "hsaId": "SE2321000016-3000" },
        "permission": "record:read",
        "target": { "record": { "system": "cosmic", "organisation": "SE2321000016-2000",
            "kind": "patient", "id": "b7c1f0" } },
        "assurance": { "asserted": { "acr": format!("http://id.sambi.se/loa/loa{level}"),
            "authenticatedAt": "2026-11-22T07:59:00Z" } },
        "caseReference": "C-1"
    })
}

#[tokio::test]
async fn a_grant_is_made_once_whatever_is_retried_and_counts_until_it_is_revoked() {
    for house in House::everywhere().await {
        make_retry_and_revoke(&house).await;
    }
}

async fn make_retry_and_revoke(house: &House) {
    let changes = "SELECT COUNT(*) FROM audit_event WHERE kind = 'change'";
    let laid_down = house.number(changes).await;
    let before = house.ask(AUTHORIZE, &may_anna_read(3)).await;
    assert_eq!(
        before["data"]["authorize"]["decision"]["outcome"], "DENY",
        "{before}"
    );

    let made = house.ask(CREATE, &grant_for_anna()).await;
    let payload = &made["data"]["createGrant"];
    assert_eq!(payload["errors"], json!([]), "{made}");
    assert_eq!(payload["decision"]["permission"], "grant:provision");
    assert!(house.is_recorded(&payload["decision"]["id"]).await);
    let grant = payload["grant"]["id"].clone();
    assert!(grant.is_string(), "{made}");

    let again = house.ask(CREATE, &grant_for_anna()).await;
    assert_eq!(again["data"], made["data"], "{again}");
    let mut other = grant_for_anna();
    other["until"] = json!("2027-12-31");
    let conflict = house.ask(CREATE, &other).await;
    assert_eq!(
        conflict["errors"][0]["extensions"]["code"], "CONFLICT",
        "{conflict}"
    );
    other["idempotencyKey"] = Value::Null;
    let same = house.ask(CREATE, &other).await;
    assert_eq!(
        same["data"]["createGrant"]["errors"][0]["code"], "ALREADY_GRANTED",
        "{same}"
    );
    assert!(
        house
            .is_recorded(&same["data"]["createGrant"]["decision"]["id"])
            .await
    );
    assert_eq!(house.number("SELECT COUNT(*) FROM role_grant").await, 2);

    let allowed = house.ask(AUTHORIZE, &may_anna_read(3)).await;
    let decision = &allowed["data"]["authorize"]["decision"];
    assert_eq!(decision["outcome"], "ALLOW", "{allowed}");
    assert_eq!(decision["matchedGrants"][0]["id"], grant, "{allowed}");
    assert_eq!(decision["recordedAt"], Value::Null);
    assert!(house.is_recorded(&decision["id"]).await);

    let revoke = json!({ "grant": grant, "reason": "Slutar" });
    let revoked = house.ask(REVOKE, &revoke).await;
    assert_eq!(
        revoked["data"]["revokeGrant"]["errors"],
        json!([]),
        "{revoked}"
    );
    let twice = house.ask(REVOKE, &revoke).await;
    let code = &twice["data"]["revokeGrant"]["errors"][0]["code"];
    assert_eq!(code, "ALREADY_REVOKED", "{twice}");
    let after = house.ask(AUTHORIZE, &may_anna_read(3)).await;
    assert_eq!(
        after["data"]["authorize"]["decision"]["outcome"], "DENY",
        "{after}"
    );
    assert_eq!(house.number(changes).await, laid_down + 2);
}

#[tokio::test]
async fn a_weak_sign_in_is_told_what_would_do() {
    let house = House::new().await;
    house.ask(CREATE, &grant_for_anna()).await;
    let weak = house.ask(AUTHORIZE, &may_anna_read(2)).await;
    let decision = &weak["data"]["authorize"]["decision"];
    assert_eq!(decision["outcome"], "DENY", "{weak}");
    let enough = json!(["http://id.sambi.se/loa/loa3", "urn:behorig:demo:loa4"]);
    assert_eq!(decision["stepUp"]["acrValues"], enough, "{weak}");
}

#[tokio::test]
async fn what_a_form_gets_wrong_is_named_by_its_field() {
    let house = House::new().await;
    let cases = [
        (
            json!({ "role": "okänd" }),
            "NOT_FOUND",
            json!(["input", "role"]),
        ),
        (
            json!({ "scope": { "organisation": "SE2321000016-9999" } }),
            "NOT_FOUND",
            json!(["input", "scope", "organisation"]),
        ),
        (
            json!({ "scope": { "system": "diver" } }),
            "SCOPE_DOES_NOT_FIT",
            json!(["input", "scope"]),
        ),
        (
            json!({ "from": "2026-12-01", "until": "2026-11-30" }),
            "DATES_OUT_OF_ORDER",
            json!(["input", "until"]),
        ),
        (
            json!({ "from": "2026-01-01", "until": "2026-02-01" }),
            "ALREADY_OVER",
            json!(["input", "until"]),
        ),
        (
            json!({ "engagement": "e-9" }),
            "NOT_FOUND",
            json!(["input", "engagement"]),
        ),
    ];
    for (change, code, path) in cases {
        let mut input = grant_for_anna();
        input
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let answer = house.ask(CREATE, &input).await;
        let error = &answer["data"]["createGrant"]["errors"][0];
        assert_eq!(error["code"], code, "{answer}");
        assert_eq!(error["path"], path, "{answer}");
    }
    assert_eq!(house.number("SELECT COUNT(*) FROM role_grant").await, 1);
}

#[tokio::test]
async fn everything_that_conflicts_with_the_register_is_told_at_once() {
    let house = House::new().await;
    let mut input = grant_for_anna();
    input["principal"] = json!({ "clientId": "iam" });
    input["scope"] = json!({ "system": "diver" });
    input["until"] = json!("2027-12-31");
    let answer = house.ask(CREATE, &input).await;
    let errors = answer["data"]["createGrant"]["errors"].as_array().unwrap();
    let told: Vec<_> = errors
        .iter()
        .map(|one| (&one["code"], &one["path"]))
        .collect();
    let (themselves, elsewhere) = (json!("EXECUTOR_IS_HOLDER"), json!("SCOPE_DOES_NOT_FIT"));
    let (principal, scope) = (json!(["input", "principal"]), json!(["input", "scope"]));
    assert_eq!(
        told,
        [(&themselves, &principal), (&elsewhere, &scope)],
        "{answer}"
    );
}

#[tokio::test]
async fn a_refused_grant_names_its_decision_and_leaves_nothing_behind() {
    let house = House::new().await;
    let mut input = grant_for_anna();
    input["role"] = json!("flow");
    let refused = house.ask(CREATE, &input).await;
    let extensions = &refused["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "FORBIDDEN", "{refused}");
    assert_eq!(
        extensions["reasons"][0]["policyId"], "no-escalation",
        "{refused}"
    );
    assert!(
        extensions["reasons"][0]["text"]
            .as_str()
            .unwrap()
            .contains("godkännas"),
        "{refused}"
    );
    assert!(house.is_recorded(&extensions["decisionId"]).await);
    assert_eq!(house.number("SELECT COUNT(*) FROM role_grant").await, 1);
}

#[tokio::test]
async fn many_questions_cost_one_commit_and_keep_their_order() {
    let house = House::new().await;
    let mut second = may_anna_read(3);
    second["principal"] = json!({ "hsaId": "SE2321000016-3999" });
    let mut third = may_anna_read(3);
    third["target"]["record"]["id"] = json!("19121212-1212");
    let input = json!({ "questions": [may_anna_read(3), second, third] });
    let answer = house.ask(MANY, &input).await;
    let answers = &answer["data"]["authorizeMany"]["answers"];
    assert_eq!(
        answers[0]["decision"]["principal"], "SE2321000016-3000",
        "{answer}"
    );
    assert_eq!(
        answers[1]["decision"]["principal"], "SE2321000016-3999",
        "{answer}"
    );
    assert_eq!(
        answers[2]["errors"][0]["code"], "PERSONAL_NUMBER",
        "{answer}"
    );
    let stamps = "SELECT COUNT(DISTINCT t_us) FROM audit_event WHERE kind = 'decision'";
    assert_eq!(house.number(stamps).await, 1);
    let flood = json!({ "questions": vec![may_anna_read(3); 101] });
    let refused = house.ask(MANY, &flood).await;
    assert_eq!(
        refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
        "{refused}"
    );
}

#[tokio::test]
async fn a_person_is_not_asked_about_without_a_sign_in_nor_with_anothers_token() {
    let house = House::new().await;
    let mut input = may_anna_read(3);
    input["assurance"] = Value::Null;
    let bare = house.ask(AUTHORIZE, &input).await;
    let errors = &bare["data"]["authorize"]["errors"];
    assert_eq!(errors[0]["code"], "ASSURANCE_REQUIRED", "{bare}");
    input["assurance"] = json!({ "subjectToken": "not.a.token" });
    let invalid = house.ask(AUTHORIZE, &input).await;
    let errors = &invalid["data"]["authorize"]["errors"];
    assert_eq!(errors[0]["code"], "SUBJECT_TOKEN_INVALID", "{invalid}");
    input["permission"] = json!("Record Read");
    let malformed = house.ask(AUTHORIZE, &input).await;
    let extensions = &malformed["errors"][0]["extensions"];
    assert_eq!(
        extensions["inputPath"],
        json!(["input", "permission"]),
        "{malformed}"
    );
}

#[tokio::test]
async fn an_unknown_caller_is_turned_away_on_record() {
    let house = House::new().await;
    house
        .lay_down("UPDATE service SET until_date = '2026-01-01'")
        .await;
    let refused = house
        .try_ask(AUTHORIZE, &may_anna_read(3))
        .await
        .unwrap_err();
    assert_eq!(refused, ExecuteError::UnknownCaller);
    assert_eq!(
        house
            .number("SELECT COUNT(*) FROM audit_event WHERE kind = 'decision'")
            .await,
        1
    );
}

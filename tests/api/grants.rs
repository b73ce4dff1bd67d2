//! The life of a grant: made by those who may, in force at once, and out of force at once.

use std::time::Duration;

use serde_json::{Value, json};
use test_support::{Backend, Issuer, Response, both_backends};

use crate::support::{App, Caller, STRONG, about, ask};

const CREATE: &str = "mutation Create($input: CreateGrantInput!) { createGrant(input: $input) {
    grant { id externalId roleId version from until origin scope { kind targetId }
        person { hsaId } executedByService { clientId } revokedAt }
    errors { code message path }
    decision { id outcome reasons { policyId } matchedGrants { id } } } }";

const REVOKE: &str = "mutation Revoke($input: RevokeGrantInput!) { revokeGrant(input: $input) {
    grant { id revokedAt version } errors { code path } decision { id outcome } } }";

/// An order for reading records in the clinician's other unit.
pub(crate) fn order(app: &App) -> Value {
    let sara = app.region().clinician();
    json!({
        "principal": { "hsaId": sara.person },
        "role": app.region().role_in("sys-000", "Läsbehörig"),
        "scope": { "organisation": sara.other_unit },
        "needsAndRiskAnalysis": "BRA-2026-001",
        "justification": "covers for a colleague",
    })
}

pub(crate) async fn create(caller: &Caller, input: &Value) -> Response {
    caller.graphql(CREATE, json!({ "input": input })).await
}

pub(crate) async fn revoke(caller: &Caller, input: &Value) -> Response {
    caller.graphql(REVOKE, json!({ "input": input })).await
}

/// Whether the clinician may read in the unit that the order is about.
async fn may_read(app: &App) -> bool {
    let sara = app.region().clinician();
    let record = json!({ "record": {
        "system": "sys-000", "organisation": sara.other_unit, "kind": "patient", "id": "b7c1f0e2",
    } });
    let question = about(&sara.person, "record:read", record);
    let answer = ask(&app.service("journal-gateway"), question).await;
    answer.is_allowed() && answer.decision()["obligations"] == json!([])
}

async fn a_grant_is_in_force_from_the_next_decision_until_it_is_revoked(backend: Backend) {
    let app = App::start(backend);
    let iam = app.service("iam");
    assert!(!may_read(&app).await);
    let made = create(&iam, &order(&app)).await;
    assert_eq!(made.at("/createGrant/errors"), &json!([]));
    assert_eq!(made.at("/createGrant/decision/outcome"), "ALLOW");
    let grant = made.at("/createGrant/grant/id").clone();
    assert!(may_read(&app).await, "made, but not in force");
    let gone = revoke(&iam, &json!({ "grant": grant, "reason": "back again" })).await;
    assert_eq!(gone.at("/revokeGrant/errors"), &json!([]));
    assert!(gone.at("/revokeGrant/grant/revokedAt").is_string());
    assert!(!may_read(&app).await, "revoked, but in force");
    let again = revoke(&iam, &json!({ "grant": grant })).await;
    assert_eq!(again.at("/revokeGrant/errors/0/code"), "ALREADY_REVOKED");
    // What was revoked can be granted again.
    let anew = create(&iam, &order(&app)).await;
    assert_eq!(anew.at("/createGrant/errors"), &json!([]));
    assert_ne!(anew.at("/createGrant/grant/id"), &grant);
}

async fn a_retry_with_its_key_does_nothing_twice(backend: Backend) {
    let app = App::start(backend);
    let iam = app.service("iam");
    let mut input = order(&app);
    input["idempotencyKey"] = json!("retry-0000000000001");
    let first = create(&iam, &input).await;
    let grant = first.at("/createGrant/grant/id").clone();
    assert!(grant.is_string(), "{}", first.text());
    let retried = create(&iam, &input).await;
    assert_eq!(retried.at("/createGrant/errors"), &json!([]));
    assert_eq!(retried.at("/createGrant/grant/id"), &grant);
    let mut other = input.clone();
    other["needsAndRiskAnalysis"] = json!("BRA-2026-002");
    let _error = create(&iam, &other).await.refused("CONFLICT");
    // Without the key it is a second order for the same.
    let without = create(&iam, &order(&app)).await;
    assert_eq!(without.at("/createGrant/errors/0/code"), "ALREADY_GRANTED");
    assert_eq!(without.at("/createGrant/grant"), &Value::Null);
    // The key is the caller's own.
    let helper = app.person(&app.region().provisioner(), STRONG);
    let elsewhere = create(&helper, &input).await;
    assert_ne!(
        elsewhere.json()["data"]["createGrant"]["grant"]["id"],
        grant
    );
    input["idempotencyKey"] = json!("short");
    let _error = create(&iam, &input).await.refused("BAD_USER_INPUT");
}

async fn a_race_is_seen_by_the_version(backend: Backend) {
    let app = App::start(backend);
    let iam = app.service("iam");
    let made = create(&iam, &order(&app)).await;
    let grant = made.at("/createGrant/grant/id").clone();
    let version = made
        .at("/createGrant/grant/version")
        .as_i64()
        .expect("a version");
    let late = revoke(
        &iam,
        &json!({ "grant": grant, "expectedVersion": version + 7 }),
    )
    .await;
    assert_eq!(late.at("/revokeGrant/errors/0/code"), "VERSION_CONFLICT");
    assert!(may_read(&app).await);
    let right = revoke(&iam, &json!({ "grant": grant, "expectedVersion": version })).await;
    assert_eq!(right.at("/revokeGrant/errors"), &json!([]));
}

/// The right to provision is not a master key.
async fn a_provisioner_makes_no_privileged_grant(backend: Backend) {
    let app = App::start(backend);
    let iam = app.service("iam");
    let grants = app.column("SELECT id FROM role_grant").await.len();
    let person = app.region().without_grants();
    for role in [
        "Registeransvarig",
        "Revisor",
        "Kontaktperson",
        "Behörighetsflöde",
    ] {
        let mut input = order(&app);
        input["principal"] = json!({ "hsaId": person });
        input["role"] = json!(app.region().role(role));
        input["scope"] = json!({ "installation": true });
        let answer = create(&iam, &input).await;
        let error = answer.refused("FORBIDDEN");
        assert!(error["extensions"]["decisionId"].is_string(), "{error}");
        let reasons = error["extensions"]["reasons"].as_array().expect("reasons");
        assert!(
            reasons.iter().any(|one| one["policyId"] == "no-escalation"),
            "{role}: {error}"
        );
        assert_recorded(&app, error).await;
    }
    assert_eq!(app.column("SELECT id FROM role_grant").await.len(), grants);
}

async fn nobody_grants_to_themselves(backend: Backend) {
    let app = App::start(backend);
    let helper = app.region().provisioner();
    let mut input = order(&app);
    input["principal"] = json!({ "hsaId": helper });
    let answer = create(&app.person(&helper, STRONG), &input).await;
    let error = answer.refused("FORBIDDEN");
    let reasons = error["extensions"]["reasons"].as_array().expect("reasons");
    assert!(
        reasons
            .iter()
            .any(|one| one["policyId"] == "no-self-provisioning"),
        "{error}"
    );
    assert_recorded(&app, error).await;
}

/// What no other choice in the form mends comes first; the rest says where in the form.
async fn a_refusal_says_what_in_the_form_would_mend_it(backend: Backend) {
    let app = App::start(backend);
    let helper = app.region().provisioner();
    let caller = app.person(&helper, STRONG);
    let told = async |input: &Value| {
        let answer = create(&caller, input).await;
        let error = answer.refused("FORBIDDEN");
        let reasons = error["extensions"]["reasons"].as_array().expect("reasons");
        let told = reasons.iter().map(|reason| {
            let policy = reason["policyId"].as_str().expect("a policy");
            (policy.to_owned(), reason["inputPath"].clone())
        });
        told.collect::<Vec<_>>()
    };
    let at = |field: &str| json!(["input", field]);
    let mut input = order(&app);
    input["needsAndRiskAnalysis"] = Value::Null;
    assert_eq!(
        told(&input).await,
        [
            ("ordered-by-somebody-entitled".to_owned(), at("orderedBy")),
            (
                "patient-role-needs-risk-analysis".to_owned(),
                at("needsAndRiskAnalysis")
            ),
            ("requester-not-executor".to_owned(), at("orderedBy")),
        ]
    );
    let mut input = order(&app);
    input["principal"] = json!({ "hsaId": helper });
    input["role"] = json!(app.region().role("Registeransvarig"));
    input["scope"] = json!({ "installation": true });
    let told = told(&input).await;
    assert_eq!(told[0], ("no-escalation".to_owned(), Value::Null));
    assert!(told.contains(&("no-self-provisioning".to_owned(), at("principal"))));
    assert!(
        told[1..].iter().all(|(_, path)| path.is_array()),
        "{told:?}"
    );
}

async fn a_weak_sign_in_grants_nothing_and_is_challenged(backend: Backend) {
    let app = App::start(backend);
    let helper = app.person(&app.region().provisioner(), 2);
    let mut input = order(&app);
    let person = app.region().clinician().person;
    input["orderedBy"] = json!(app.region().responsible_for(&person));
    let answer = create(&helper, &input).await;
    let error = answer.refused("INSUFFICIENT_USER_AUTHENTICATION");
    assert_eq!(
        error["extensions"]["acrValues"],
        json!(["http://id.sambi.se/loa/loa3"])
    );
    assert_eq!(answer.status(), 401);
    let challenge = answer.header("www-authenticate").expect("a challenge");
    assert!(
        challenge.contains("error=\"insufficient_user_authentication\""),
        "{challenge}"
    );
    assert!(
        challenge.contains("acr_values=\"http://id.sambi.se/loa/loa3\""),
        "{challenge}"
    );
    assert!(challenge.contains("max_age="), "{challenge}");
    assert!(!may_read(&app).await);
    // Whoever holds nothing is not sent to sign in again.
    let nobody = app.person(&app.region().without_grants(), 2);
    let answer = create(&nobody, &order(&app)).await;
    assert!(!answer.text().contains("INSUFFICIENT"), "{}", answer.text());
    assert_eq!(answer.header("www-authenticate"), None);
}

/// The first administrator at level 2: only a stronger sign-in is missing, and only for them.
async fn the_first_administrator_is_sent_to_sign_in_better(backend: Backend) {
    let app = App::start(backend);
    let document = "mutation T($input: SetTrustedToAssertInput!) {
        setTrustedToAssert(input: $input) { errors { code } decision { outcome } } }";
    let service = app.id("service", "iam").await;
    let input = json!({ "input": { "service": service, "trusted": true } });
    let weak = app
        .person(App::FIRST, 2)
        .graphql(document, input.clone())
        .await;
    let error = weak.refused("INSUFFICIENT_USER_AUTHENTICATION");
    assert_recorded(&app, error).await;
    let nobody = app.person(&app.region().without_grants(), 2);
    let answer = nobody.graphql(document, input.clone()).await;
    assert!(!answer.text().contains("INSUFFICIENT"), "{}", answer.text());
    assert_eq!(answer.json()["data"], Value::Null);
    // A sign-in of no known time is not a recent one.
    let mut timeless = Issuer::person(App::FIRST, STRONG, Duration::ZERO);
    let _time = timeless
        .as_object_mut()
        .expect("claims")
        .remove("auth_time");
    let answer = app
        .bearer(Some(Issuer::TRUSTED.token(&timeless)))
        .graphql(document, input.clone())
        .await;
    let error = answer.refused("INSUFFICIENT_USER_AUTHENTICATION");
    assert_eq!(error["extensions"]["maxAgeSeconds"], 900, "{error}");
    let strong = app.first().graphql(document, input).await;
    assert_eq!(strong.at("/setTrustedToAssert/decision/outcome"), "ALLOW");
}

/// A grant that may not be seen and one that is not there are refused alike.
async fn revoking_what_may_not_be_seen_looks_like_revoking_what_is_not_there(backend: Backend) {
    let app = App::start(backend);
    let there = app.id("role_grant", &app.region().clinician().grant).await;
    let nowhere = format!(
        "{}_{}",
        there.split('_').next().expect("a prefix"),
        "0".repeat(26)
    );
    let (manager, _) = app.region().manager();
    for who in [
        app.person(&app.region().without_grants(), STRONG),
        app.person(&manager, STRONG),
        app.service("journal-gateway"),
    ] {
        let one = revoke(&who, &json!({ "grant": there })).await;
        let other = revoke(&who, &json!({ "grant": nowhere })).await;
        assert_eq!(one.status(), other.status());
        assert_eq!(without_ids(one.text()), without_ids(other.text()));
        let _error = one.refused("NOT_FOUND");
    }
    let live = "SELECT id FROM role_grant WHERE revoked_at IS NULL";
    assert!(app.column(live).await.contains(&there));
}

/// The text with the random part of every id gone.
fn without_ids(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('_') {
        plain.push_str(before);
        plain.push('_');
        let id: usize = after
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .count();
        rest = if id == 26 { &after[26..] } else { after };
    }
    plain + rest
}

/// The auditor finds a refusal by the id that the refused caller was told.
pub(crate) async fn assert_recorded(app: &App, error: &Value) {
    let document = "query Of($id: ID!) { node(id: $id) { id __typename ... on Decision {
        outcome recordedAt seq } } }";
    let id = json!({ "id": error["extensions"]["decisionId"] });
    let answer = app.auditor().graphql(document, id).await;
    assert_eq!(answer.at("/node/outcome"), "DENY");
    assert!(answer.at("/node/recordedAt").is_string() && answer.at("/node/seq").is_i64());
}

both_backends! {
    async a_grant_is_in_force_from_the_next_decision_until_it_is_revoked;
    async a_retry_with_its_key_does_nothing_twice;
    async a_race_is_seen_by_the_version;
    async a_provisioner_makes_no_privileged_grant;
    async nobody_grants_to_themselves;
    async a_refusal_says_what_in_the_form_would_mend_it;
    async a_weak_sign_in_grants_nothing_and_is_challenged;
    async the_first_administrator_is_sent_to_sign_in_better;
    async revoking_what_may_not_be_seen_looks_like_revoking_what_is_not_there;
}

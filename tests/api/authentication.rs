//! Who gets in: every token that is not right is refused as RFC 6750 says, and only whom the register
//! knows and has not ended comes any further.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use test_support::{Backend, Issuer, Response, both_backends};

use crate::support::{App, STRONG};

/// Something that anybody with a token may ask.
const HARMLESS: &str = "{ __typename }";

/// A person who is right in every way, to be spoiled.
fn right(app: &App) -> Value {
    Issuer::person(
        &app.region().only("Revisor"),
        STRONG,
        Duration::from_secs(5),
    )
}

/// The claims with one of them set, or left out.
fn with(mut claims: Value, name: &str, value: Option<Value>) -> Value {
    let members = claims.as_object_mut().expect("claims");
    match value {
        Some(value) => drop(members.insert(name.to_owned(), value)),
        None => drop(members.remove(name)),
    }
    claims
}

/// An instant so many seconds from now, as claims spell it.
fn seconds_from_now(claims: &Value, seconds: i64) -> Value {
    json!(claims["iat"].as_i64().expect("seconds") + seconds)
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(header), part(claims))
}

#[track_caller]
fn assert_refused(answer: &Response, error: Option<&str>) {
    let said = (
        answer.status(),
        answer.json()["errors"][0]["extensions"]["code"].as_str(),
    );
    assert_eq!(said, (401, Some("UNAUTHENTICATED")), "{}", answer.text());
    assert_eq!(answer.json().get("data"), None, "{}", answer.text());
    let challenge = answer.header("www-authenticate").expect("a challenge");
    assert!(challenge.starts_with("Bearer realm="), "{challenge}");
    match error {
        Some(error) => assert!(
            challenge.contains(&format!("error=\"{error}\"")),
            "{challenge}"
        ),
        None => assert!(!challenge.contains("error"), "{challenge}"),
    }
}

/// Everything wrong with `spoil`ed tokens has to be told as an invalid token; the service lives on.
async fn is_refused(spoil: impl FnOnce(&App, Value) -> String) {
    let app = App::start(Backend::Sqlite);
    let events = "SELECT CAST(COUNT(*) AS TEXT) FROM audit_event";
    let before = app.column(events).await;
    let token = spoil(&app, right(&app));
    let answer = app
        .bearer(Some(token.clone()))
        .graphql(HARMLESS, json!({}))
        .await;
    assert_refused(&answer, Some("invalid_token"));
    let (head, tail) = token.split_at(token.len() / 2);
    for shown in [answer.text().to_owned(), app.serving().said()] {
        assert!(
            token.len() < 20 || !shown.contains(head) && !shown.contains(tail),
            "{shown}"
        );
    }
    assert_eq!(
        app.column(events).await,
        before,
        "a bad token must not be able to fill the log"
    );
    let good = Issuer::TRUSTED.token(&right(&app));
    let answer = app.bearer(Some(good)).graphql(HARMLESS, json!({})).await;
    assert_eq!(answer.at("/__typename"), "Query");
}

/// A test for each way in which a token can be wrong.
macro_rules! refused {
    ($($name:ident: $spoil:expr;)*) => {
        $(
            #[test]
            fn $name() {
                test_support::block_on(is_refused($spoil));
            }
        )*
    };
}

refused! {
    an_expired_token_is_refused: |_, claims| {
        let expired = seconds_from_now(&claims, -400);
        let claims = with(claims, "exp", Some(expired));
        Issuer::TRUSTED.token(&claims)
    };
    a_token_without_an_end_is_refused: |_, claims| Issuer::TRUSTED.token(&with(claims, "exp", None));
    a_token_that_is_not_valid_yet_is_refused: |_, claims| {
        let later = seconds_from_now(&claims, 400);
        Issuer::TRUSTED.token(&with(claims, "nbf", Some(later)))
    };
    a_token_of_another_issuer_is_refused: |_, claims| {
        Issuer::TRUSTED.token(&with(claims, "iss", Some(json!("https://elsewhere.test"))))
    };
    a_token_of_no_issuer_is_refused: |_, claims| Issuer::TRUSTED.token(&with(claims, "iss", None));
    a_token_for_another_audience_is_refused: |_, claims| {
        Issuer::TRUSTED.token(&with(claims, "aud", Some(json!("journal"))))
    };
    a_token_for_several_others_is_refused: |_, claims| {
        Issuer::TRUSTED.token(&with(claims, "aud", Some(json!(["journal", "behorig2"]))))
    };
    a_token_for_no_audience_is_refused: |_, claims| {
        Issuer::TRUSTED.token(&with(claims, "aud", None))
    };
    a_token_without_a_signature_is_refused: |_, claims| {
        unsigned(&json!({ "alg": "none", "typ": "JWT" }), &claims)
    };
    a_token_without_a_signature_in_other_letters_is_refused: |_, claims| {
        unsigned(&json!({ "alg": "nOnE", "kid": "issuer-1" }), &claims)
    };
    a_token_signed_with_the_public_key_as_a_secret_is_refused: |_, claims| {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("issuer-1".to_owned());
        let key = Issuer::TRUSTED.key_set()["keys"][0].to_string();
        let key = EncodingKey::from_secret(key.as_bytes());
        jsonwebtoken::encode(&header, &claims, &key).expect("a token")
    };
    a_token_that_names_an_unknown_key_is_refused: |_, claims| {
        Issuer::TRUSTED.token_with_kid("issuer-9", &claims)
    };
    a_token_of_somebody_who_claims_to_be_the_issuer_is_refused: |_, claims| {
        Issuer::IMPOSTOR.token(&claims)
    };
    a_token_whose_content_was_changed_is_refused: |app, claims| {
        let token = Issuer::TRUSTED.token(&claims);
        let signature = token.rsplit('.').next().expect("a signature");
        let header = token.split('.').next().expect("a header");
        let other = with(claims, "employeeHsaId", Some(json!(app.region().protected())));
        format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(other.to_string()))
    };
    a_token_that_is_too_long_is_refused: |_, claims| {
        Issuer::TRUSTED.token(&with(claims, "padding", Some(json!("x".repeat(20_000)))))
    };
    a_token_of_nobody_is_refused: |_, claims| {
        Issuer::TRUSTED.token(&with(claims, "employeeHsaId", None))
    };
    a_token_that_is_a_person_and_a_service_by_itself_is_refused: |_, claims| {
        let claims = with(claims, "employeeHsaId", Some(json!("not an HSA-id")));
        Issuer::TRUSTED.token(&claims)
    };
    what_is_no_token_is_refused: |_, _| "karin".to_owned();
    a_token_of_a_person_without_an_hsa_id_is_not_the_clients: |_, claims| {
        let claims = with(claims, "employeeHsaId", None);
        Issuer::TRUSTED.token(&with(claims, "client_id", Some(json!("iam"))))
    };
    a_service_that_signed_in_as_people_do_is_refused: |_, claims| {
        let claims = with(claims, "employeeHsaId", None);
        let claims = with(claims, "client_id", Some(json!("iam")));
        Issuer::TRUSTED.token(&with(claims, "sub", Some(json!("iam"))))
    };
    a_null_in_the_place_of_an_hsa_id_is_refused: |_, _| {
        let claims = Issuer::service("iam");
        Issuer::TRUSTED.token(&with(claims, "employeeHsaId", Some(Value::Null)))
    };
    nobody_is_the_built_in_service: |_, _| {
        Issuer::TRUSTED.token(&Issuer::service("behorig-bootstrap"))
    };
    a_machine_that_is_called_as_people_are_is_refused: |app, _| {
        Issuer::TRUSTED.token(&Issuer::service(&app.region().protected()))
    };
    a_token_for_another_use_is_refused: |_, claims| {
        Issuer::TRUSTED.token_of_type("logout+jwt", &claims)
    };
    a_token_that_lives_for_a_year_is_refused: |_, claims| {
        let ends = seconds_from_now(&claims, 365 * 86_400);
        Issuer::TRUSTED.token(&with(claims, "exp", Some(ends)))
    };
}

async fn without_a_token_the_challenge_names_no_error(backend: Backend) {
    let app = App::start(backend);
    assert_refused(&app.nobody().graphql(HARMLESS, json!({})).await, None);
    let basic = [
        ("authorization", "Basic a2FyaW46aHVudGVyMg=="),
        ("content-type", "application/json"),
    ];
    let body = json!({ "query": HARMLESS }).to_string();
    let answer = app
        .nobody()
        .raw()
        .send(reqwest::Method::POST, "/graphql", &basic, body)
        .await;
    assert_refused(&answer, None);
}

/// A valid token of somebody whom the register has ended is refused, and that is an event.
async fn whoever_has_left_is_refused_and_recorded(backend: Backend) {
    let app = App::start(backend);
    let (leaver, _) = app.region().leaver();
    for gone in [leaver.as_str(), "TSTNMT2321000001-N0B0DY"] {
        let before = refusals(&app).await;
        let answer = app.person(gone, STRONG).graphql(HARMLESS, json!({})).await;
        assert_refused(&answer, Some("invalid_token"));
        assert_eq!(refusals(&app).await, before + 1, "{gone}");
    }
}

/// The same of machines.
async fn an_unknown_machine_is_refused(backend: Backend) {
    let app = App::start(backend);
    let answer = app
        .service("somebody-elses")
        .graphql(HARMLESS, json!({}))
        .await;
    assert_refused(&answer, Some("invalid_token"));
    let answer = app.service("iam").graphql(HARMLESS, json!({})).await;
    assert_eq!(answer.at("/__typename"), "Query");
}

/// How many events there are.
async fn refusals(app: &App) -> usize {
    app.column("SELECT CAST(seq AS TEXT) FROM audit_event")
        .await
        .len()
}

both_backends! {
    async without_a_token_the_challenge_names_no_error;
    async whoever_has_left_is_refused_and_recorded;
    async an_unknown_machine_is_refused;
}

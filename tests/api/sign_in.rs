//! Strong sign-in, end to end: tokens of a certified OpenID provider that was found by its name, a frontend
//! that does what a challenge says, keys that change under load, and a provider that is away for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use test_support::{Backend, Client, Issuer, block_on};

use crate::support::{App, Caller, Provider, about, ask};

/// Something that anybody with a token may ask.
const HARMLESS: &str = "{ __typename }";

/// Something that only a strong and recent sign-in may do.
const TRUST: &str = "mutation T($input: SetTrustedToAssertInput!) {
    setTrustedToAssert(input: $input) { errors { code } decision { outcome } } }";

/// How long a condition may take to come true, on a machine busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// A service that trusts the tests' own issuer, with keys in a file, and the provider, by its name alone.
fn app(provider: &Provider, settings: &str) -> App {
    App::with_keys(Backend::Sqlite, settings, |database| {
        let keys = database.directory().join("keys.json");
        std::fs::write(&keys, Issuer::TRUSTED.key_set().to_string()).expect("a key set");
        format!(
            "jwks = {:?}\n\n{}",
            keys.to_string_lossy(),
            provider.section()
        )
    })
}

fn bearing(app: &App, token: &str) -> Caller {
    app.bearer(Some(token.to_owned()))
}

async fn status(caller: &Caller) -> u16 {
    caller.graphql(HARMLESS, json!({})).await.status()
}

/// A service of the tests' own issuer, whose keys never change.
fn neighbour(app: &App) -> Caller {
    app.service("hr-feed")
}

/// Waits until the caller is answered so.
async fn wait_for(caller: &Caller, wanted: u16) {
    let began = Instant::now();
    loop {
        let status = status(caller).await;
        if status == wanted {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "still {status}, not {wanted}");
    }
}

async fn tokens_of_a_certified_provider_are_taken_whatever_they_are_signed_with(
    mut provider: Provider,
) {
    let app = app(&provider, "");
    for algorithm in ["ES256", "RS256"] {
        let _set = provider.tell("set", json!({ "algorithm": algorithm }));
        let person = provider.person(App::FIRST, &json!({}));
        let service = provider.service();
        for token in [&person, &service] {
            let header = jsonwebtoken::decode_header(token).expect("a token");
            assert_eq!(format!("{:?}", header.alg), algorithm);
            assert_eq!(header.typ.as_deref(), Some("at+jwt"));
            assert_eq!(status(&bearing(&app, token)).await, 200);
            // Only its `iss` says whose key has to fit.
            let (rest, _) = token.rsplit_once('.').expect("a signature");
            let forged = format!("{rest}.AAAA");
            assert_eq!(status(&bearing(&app, &forged)).await, 401);
        }
    }
    let viewer = "{ viewer { assurance { level multiFactor acr methods authenticatedAt } } }";
    let token = provider.person(App::FIRST, &json!({ "acr_values": Provider::CARD }));
    let answer = bearing(&app, &token).graphql(viewer, json!({})).await;
    let assurance = answer.at("/viewer/assurance");
    assert_eq!(assurance["level"], 4);
    assert_eq!(assurance["multiFactor"], true, "{assurance}");
    assert_eq!(assurance["acr"], Provider::CARD);
    assert_eq!(assurance["methods"], json!(["urn:provider:card"]));
    assert_ne!(assurance["authenticatedAt"], Value::Null);
}

/// What a frontend meets that signs somebody in as it wants, asks, and does what challenges say.
async fn insist(provider: &mut Provider, app: &App, wanted: Value) -> Vec<Value> {
    let service = app.id("service", "iam").await;
    let input = json!({ "service": service, "trusted": true, "reason": "the tests" });
    let url = format!("http://{}/graphql", app.serving().address());
    let told = provider.tell(
        "insist",
        json!({
            "url": url, "hsaId": App::FIRST, "document": TRUST,
            "variables": { "input": input }, "wanted": wanted,
        }),
    );
    told["steps"].as_array().expect("steps").clone()
}

async fn a_frontend_that_does_what_the_challenge_says_succeeds(mut provider: Provider) {
    let app = app(&provider, "");
    let enough = ["http://id.sambi.se/loa/loa3", Provider::CARD];

    let steps = insist(&mut provider, &app, json!({})).await;
    let [weak, strong] = steps.as_slice() else {
        panic!("{steps:#?}")
    };
    assert_eq!(weak["status"], 401, "{weak:#}");
    let challenge = &weak["challenge"];
    assert_eq!(challenge["error"], "insufficient_user_authentication");
    assert_eq!(challenge["acr_values"], enough.join(" "), "{challenge}");
    assert_eq!(challenge["max_age"], "900", "{challenge}");
    assert_eq!(weak["body"].get("data"), None, "{weak:#}");
    let error = &weak["body"]["errors"][0]["extensions"];
    assert_eq!(error["code"], "INSUFFICIENT_USER_AUTHENTICATION");
    assert_eq!(error["acrValues"], json!(enough), "{error}");
    assert_eq!(error["maxAgeSeconds"], 900, "{error}");
    let outcome = "/body/data/setTrustedToAssert/decision/outcome";
    assert_eq!(strong["status"], 200, "{strong:#}");
    assert_eq!(strong.pointer(outcome), Some(&json!("ALLOW")), "{strong:#}");

    // Strong, but of an hour ago: the challenge asks for a new one.
    let _set = provider.tell("set", json!({ "age": 3_600 }));
    let steps = insist(&mut provider, &app, json!({ "acr_values": enough[0] })).await;
    let [old, fresh] = steps.as_slice() else {
        panic!("{steps:#?}")
    };
    assert_eq!(old["status"], 401, "{old:#}");
    assert_eq!(old["challenge"]["max_age"], "900");
    assert_eq!(fresh["status"], 200, "{fresh:#}");
}

async fn who_is_asked_about_is_told_by_what_sign_in_of_their_own_issuer(mut provider: Provider) {
    let app = app(&provider, "");
    let olle = app.region().segment_administrator();
    let asker = bearing(&app, &provider.service());
    let weak = provider.person(&olle.person, &json!({}));
    let target = json!({ "server": olle.server });
    let mut question = about(&olle.person, "server:administer", target);
    question["assurance"] = json!({ "subjectToken": weak });
    let answer = ask(&asker, question.clone()).await;
    assert_eq!(
        answer.decision()["stepUp"],
        json!({ "acrValues": ["http://id.sambi.se/loa/loa3", Provider::CARD], "maxAgeSeconds": 900 }),
    );
    // The same person with a token of an issuer that has no such card.
    let claims = Issuer::person(&olle.person, 2, Duration::from_secs(5));
    question["assurance"] = json!({ "subjectToken": Issuer::TRUSTED.token(&claims) });
    let answer = ask(&asker, question).await;
    assert_eq!(
        answer.decision()["stepUp"]["acrValues"],
        json!(["http://id.sambi.se/loa/loa3"])
    );
}

/// Asks with each of the tokens again and again while something else happens, and is never refused. What came
/// of the something else, and how often was asked.
async fn under_load<T>(
    app: &App,
    tokens: &[String],
    meanwhile: impl AsyncFnOnce() -> T,
) -> (T, usize) {
    let over = Arc::new(AtomicBool::new(false));
    let ask = |token: &String| {
        let caller = Client::of(app.serving().address()).bearing(token.clone());
        let over = Arc::clone(&over);
        std::thread::spawn(move || {
            block_on(async {
                let mut asked = 0;
                while !over.load(Ordering::SeqCst) {
                    let answer = caller.graphql(HARMLESS, json!({})).await;
                    assert_eq!(answer.status(), 200, "{}", answer.text());
                    asked += 1;
                }
                asked
            })
        })
    };
    let asking: Vec<_> = tokens.iter().map(ask).collect();
    let done = meanwhile().await;
    over.store(true, Ordering::SeqCst);
    let joined = asking.into_iter().map(JoinHandle::join);
    let asked = joined.map(|asked| asked.expect("no good token is refused"));
    (done, asked.sum())
}

/// Nobody who has a good token is refused while keys change: by those who already had one, nor by the many who
/// come with a new one before the service has heard of its key.
async fn keys_change_under_load_and_no_good_token_is_refused(mut provider: Provider) {
    // What is fetched because time has gone by helps nobody here: new keys are found by the tokens.
    let app = app(&provider, "tokens.refresh_seconds = 86400");
    let old: Vec<String> = (0..4).map(|_| provider.service()).collect();
    let (new, asked) = under_load(&app, &old, async || {
        let _published = provider.tell("publish", json!({}));
        let _signs = provider.tell("sign", json!({}));
        let new: Vec<String> = (0..32).map(|_| provider.service()).collect();
        let own = provider.connections();
        // All at once, and the first of them makes the service ask.
        let callers: Vec<Caller> = new.iter().map(|token| bearing(&app, token)).collect();
        let answers = futures_util::future::join_all(callers.iter().map(status)).await;
        assert_eq!(answers, vec![200; 32]);
        assert_eq!(provider.connections(), own + 1);
        new
    })
    .await;
    assert!(asked > 0);

    // And the other way round: known before anybody signs with it, and gone when it is withdrawn.
    let app = self::app(&provider, "tokens.refresh_seconds = 1");
    let mut good = new[..4].to_vec();
    for _rotation in 0..3 {
        let (next, asked) = under_load(&app, &good, async || {
            let _published = provider.tell("publish", json!({}));
            provider.wait_until_fetched();
            let _signs = provider.tell("sign", json!({}));
            let next: Vec<String> = (0..4).map(|_| provider.service()).collect();
            for token in &next {
                assert_eq!(status(&bearing(&app, token)).await, 200);
            }
            next
        })
        .await;
        assert!(asked > 0);
        let ((), asked) = under_load(&app, &next, async || {
            let _withdrawn = provider.tell("withdraw", json!({}));
            provider.wait_until_fetched();
            for token in &good {
                wait_for(&bearing(&app, token), 401).await;
            }
        })
        .await;
        assert!(asked > 0);
        good = next;
    }
    // The keys move to another address, and are followed by what the provider says of itself.
    let _moved = provider.tell("moveKeys", json!({}));
    let _published = provider.tell("publish", json!({}));
    provider.wait_until_fetched();
    let _signs = provider.tell("sign", json!({}));
    let token = provider.service();
    assert_eq!(status(&bearing(&app, &token)).await, 200);
}

async fn while_the_provider_is_away_known_keys_hold_and_unknown_ones_are_asked_for_once_a_minute(
    mut provider: Provider,
) {
    let steady = app(&provider, "tokens.refresh_seconds = 86400");
    let eager = app(
        &provider,
        "tokens.refresh_seconds = 86400\ntokens.unknown_key_seconds = 1",
    );
    let known = provider.service();
    let _published = provider.tell("publish", json!({}));
    let _signs = provider.tell("sign", json!({}));
    let unknown = provider.service();
    let _away = provider.tell("hangUp", json!({}));
    let (before, began) = (provider.connections(), Instant::now());
    for n in 0..40 {
        assert_eq!(status(&bearing(&steady, &known)).await, 200);
        let refused = bearing(&steady, &unknown)
            .graphql(HARMLESS, json!({}))
            .await;
        let _error = refused.refused("UNAUTHENTICATED");
        let challenge = refused.header("www-authenticate").expect("a challenge");
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
        assert_eq!(refused.status(), 401, "{n}");
    }
    let minutes = began.elapsed().as_secs() / 60;
    let asked = provider.connections() - before;
    assert!((1..=1 + minutes).contains(&asked), "asked {asked} times");
    assert_eq!(status(&bearing(&eager, &unknown)).await, 401);
    assert!(steady.serving().said().contains("could not be refreshed"));

    let _back = provider.tell("come", json!({}));
    assert_eq!(status(&bearing(&eager, &known)).await, 200);
    wait_for(&bearing(&eager, &unknown), 200).await;
}

async fn a_service_that_starts_without_the_provider_serves_others_and_finds_it_later(
    mut provider: Provider,
) {
    let token = provider.service();
    let _left = provider.tell("leave", json!({}));
    let app = app(&provider, "tokens.refresh_seconds = 1");
    assert_ready(&app, provider.issuer(), false).await;
    assert_eq!(status(&neighbour(&app)).await, 200);
    let answer = bearing(&app, &token).graphql(HARMLESS, json!({})).await;
    let _error = answer.refused("UNAVAILABLE");
    assert_eq!(answer.status(), 503);
    let said = app.serving().said();
    let line = said.lines().find(|line| line.contains("not available yet"));
    assert!(
        line.is_some_and(|line| line.contains(provider.issuer())),
        "{said}"
    );

    let _back = provider.tell("come", json!({}));
    wait_for(&bearing(&app, &token), 200).await;
    assert_ready(&app, provider.issuer(), true).await;
    assert_eq!(status(&neighbour(&app)).await, 200);
}

/// The service is ready, and says of the provider whether its keys are there.
async fn assert_ready(app: &App, provider: &str, keys: bool) {
    let answer = app.nobody().raw().get("/readyz").await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    assert_eq!(answer.json()["parts"]["keys"], true);
    let told = &answer.json()["issuers"];
    assert_eq!(told[Issuer::URL]["keys"], true, "{told}");
    assert_eq!(told[provider]["keys"], keys, "{told}");
}

/// A test of each function, which gets a provider where one is to be had.
macro_rules! with_a_provider {
    ($($trial:ident;)*) => {
        mod with_a_provider {
            $(
                #[test]
                fn $trial() {
                    if let Some(provider) = crate::support::Provider::start() {
                        test_support::block_on(super::$trial(provider));
                    }
                }
            )*
        }
    };
}

with_a_provider! {
    tokens_of_a_certified_provider_are_taken_whatever_they_are_signed_with;
    a_frontend_that_does_what_the_challenge_says_succeeds;
    who_is_asked_about_is_told_by_what_sign_in_of_their_own_issuer;
    keys_change_under_load_and_no_good_token_is_refused;
    while_the_provider_is_away_known_keys_hold_and_unknown_ones_are_asked_for_once_a_minute;
    a_service_that_starts_without_the_provider_serves_others_and_finds_it_later;
}

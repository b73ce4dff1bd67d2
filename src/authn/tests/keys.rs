//! Keys, what is remembered under them, and the issuer for demonstrations.

use super::server::Server;
use super::*;

#[tokio::test]
async fn the_demo_issuer_says_what_it_was_asked_to() {
    let world = world().await;
    for level in 1..=4 {
        let order = TokenOrder {
            level,
            age_seconds: 1_200,
            ..TokenOrder::new(Subject::Person(anna()))
        };
        let assurance = world.order(&order).assurance().clone();
        assert_eq!(assurance.level, level);
        assert_eq!(assurance.multi_factor, level >= 3);
        assert_eq!(
            assurance.authenticated_at,
            Some(Instant::from_seconds(NOW - 1_200))
        );
    }
    let weak = TokenOrder {
        level: 5,
        ..TokenOrder::new(Subject::Person(anna()))
    };
    assert!(matches!(
        world.issuer.issue(&weak, now()),
        Err(DemoIssuerError::NoSuchLevel(5))
    ));
}

#[cfg(unix)]
#[test]
fn the_private_key_is_for_its_owner_and_survives() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let first = DemoIssuer::open(directory.path()).unwrap();
    let path = directory.path().join("issuer-key.pem");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = std::fs::read(&path).unwrap();
    let second = DemoIssuer::open(directory.path()).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(first.settings(), second.settings());
    std::fs::write(&path, "not a key").unwrap();
    assert!(matches!(
        DemoIssuer::open(directory.path()),
        Err(DemoIssuerError::NotAKey { .. })
    ));
    assert_eq!(std::fs::read(&path).unwrap(), b"not a key");
}

#[tokio::test]
async fn a_remembered_token_still_expires() {
    let world = world().await;
    let token = world.issuer.sign(&Header::new(Signing::ES256), &claims());
    let first = world.verifier.verify(&token, now()).unwrap();
    assert_eq!(world.verifier.remembered(), 1);
    assert_eq!(world.verifier.verify(&token, now()).unwrap(), first);
    let last = Instant::from_seconds(NOW + 629);
    assert!(world.verifier.verify(&token, last).is_ok());
    let over = Instant::from_seconds(NOW + 630);
    assert_eq!(
        world.verifier.verify(&token, over),
        Err(TokenError::Expired)
    );
}

#[tokio::test]
async fn no_more_tokens_are_remembered_than_there_is_room_for() {
    let world = world_with(|settings| settings.remembered = 3).await;
    for n in 0..10 {
        world.verify(&with(json!({"jti": n}))).unwrap();
        assert!(world.verifier.remembered() <= 3);
    }
}

#[tokio::test]
async fn one_more_token_takes_the_place_of_one_and_not_of_all() {
    let world = world_with(|settings| settings.remembered = 3).await;
    let token = |n: u32| {
        let claims = with(json!({"jti": n}));
        world.issuer.sign(&Header::new(Signing::ES256), &claims)
    };
    let tokens: Vec<String> = (0..4).map(token).collect();
    for token in &tokens[..3] {
        world.verifier.verify(token, now()).unwrap();
    }
    // The first is used once more, so the second is the one that was not used for longest.
    world.verifier.verify(&tokens[0], now()).unwrap();
    world.verifier.verify(&tokens[3], now()).unwrap();
    let remembered: Vec<bool> = tokens
        .iter()
        .map(|one| world.verifier.remembers(one))
        .collect();
    assert_eq!(remembered, [true, false, true, true]);
}

#[tokio::test]
async fn new_keys_empty_the_memory_and_withdrawn_keys_verify_nothing() {
    let world = world().await;
    let token = world.issuer.sign(&Header::new(Signing::ES256), &claims());
    assert!(world.verifier.verify(&token, now()).is_ok());
    let elsewhere = tempfile::tempdir().unwrap();
    DemoIssuer::open(elsewhere.path()).unwrap();
    let new_set = std::fs::read(elsewhere.path().join("issuer-jwks.json")).unwrap();
    std::fs::write(file_of(&world), new_set).unwrap();
    world.verifier.refresh().await;
    assert_eq!(
        world.verifier.verify(&token, now()),
        Err(TokenError::UnknownKey)
    );
}

#[tokio::test]
async fn keys_that_can_no_longer_be_fetched_stay() {
    let world = world().await;
    std::fs::write(file_of(&world), "{").unwrap();
    world.verifier.refresh().await;
    assert!(world.verify(&claims()).is_ok());
    assert!(world.verifier.is_ready());
}

#[tokio::test]
async fn an_emptied_key_set_withdraws_its_keys_and_they_can_come_back() {
    for emptied in [
        r#"{"keys": []}"#,
        r#"{"keys": [{"kty": "oct", "k": "AAAA", "kid": "a"}]}"#,
    ] {
        let world = world().await;
        let token = world.issuer.sign(&Header::new(Signing::ES256), &claims());
        let set = key_set(&world);
        assert!(world.verifier.verify(&token, now()).is_ok());
        std::fs::write(file_of(&world), emptied).unwrap();
        world.verifier.refresh().await;
        let refused = world.verifier.verify(&token, now());
        assert_eq!(refused, Err(TokenError::UnknownKey), "{emptied}");
        assert!(!world.verifier.is_ready());
        std::fs::write(file_of(&world), set).unwrap();
        world.verifier.refresh().await;
        assert!(world.verifier.verify(&token, now()).is_ok());
    }
}

fn key_set(world: &World) -> String {
    std::fs::read_to_string(file_of(world)).unwrap()
}

fn file_of(world: &World) -> std::path::PathBuf {
    match world.issuer.settings().keys {
        KeySource::File(path) => path,
        KeySource::Url(_) | KeySource::Discovery(_) => {
            panic!("the demo issuer's keys are a file")
        }
    }
}

#[tokio::test]
async fn a_key_set_without_keys_for_signatures_does_not_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    for (text, wanted) in [
        ("", "not a JWK set"),
        ("[]", "not a JWK set"),
        (r#"{"keys": 1}"#, "not a JWK set"),
        (r#"{"keys": []}"#, "no public key"),
        (
            r#"{"keys": [{"kty": "oct", "k": "AAAA", "kid": "a"}]}"#,
            "no public key",
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = start_with(&path).await.unwrap_err().to_string();
        assert!(
            error.contains(wanted) && error.contains("keys.json"),
            "{error}"
        );
        assert!(check_key_set(&path).is_err());
    }
    assert!(
        start_with(Path::new("/nonexistent/keys.json"))
            .await
            .is_err()
    );
}

async fn start_with(path: &Path) -> Result<Verifier, KeyError> {
    let issuer = IssuerSettings::new(
        "urn:x".to_owned(),
        "behorig".to_owned(),
        KeySource::File(path.to_owned()),
    );
    let settings = TokenSettings {
        issuers: vec![issuer],
        ..TokenSettings::default()
    };
    Verifier::start(settings).await
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_at_most_once_a_minute() {
    let server = Server::start().await;
    let world = world_with(|settings| {
        settings.issuers[0].keys = server.url("/jwks").parse().unwrap();
    })
    .await;
    let token = world.issuer.sign(&Header::new(Signing::ES256), &claims());
    assert!(!world.verifier.is_ready());
    assert_eq!(
        world.verifier.verify(&token, now()),
        Err(TokenError::KeysUnavailable)
    );
    let early = world.verifier.authenticate(&token, now()).await;
    assert_eq!(early, Err(TokenError::KeysUnavailable));
    assert_eq!(server.asked("/jwks"), 2);
    server.serve("/jwks", key_set(&world));
    let within = now().plus_seconds(59);
    let waits = world.verifier.authenticate(&token, within).await;
    assert_eq!(waits, Err(TokenError::KeysUnavailable));
    assert_eq!(server.asked("/jwks"), 2);
    let later = now().plus_seconds(60);
    assert!(world.verifier.authenticate(&token, later).await.is_ok());
    assert_eq!(server.asked("/jwks"), 3);
    assert!(world.verifier.is_ready());

    // What is fetched because time has gone by is not at the expense of tokens.
    world.verifier.refresh().await;
    let mut header = Header::new(Signing::ES256);
    header.kid = Some("another".to_owned());
    let unknown = world.issuer.sign(&header, &claims());
    for second in 61..180 {
        let at = now().plus_seconds(second);
        let refused = world.verifier.authenticate(&unknown, at).await;
        assert_eq!(refused, Err(TokenError::UnknownKey));
    }
    assert_eq!(server.asked("/jwks"), 5);
}

#[tokio::test]
async fn everybody_who_waits_for_a_new_key_gets_it_and_it_is_fetched_once() {
    let server = Server::start().await;
    let elsewhere = tempfile::tempdir().unwrap();
    DemoIssuer::open(elsewhere.path()).unwrap();
    let other = std::fs::read_to_string(elsewhere.path().join("issuer-jwks.json")).unwrap();
    server.serve("/jwks", other);
    let world = world_with(|settings| {
        settings.issuers[0].keys = server.url("/jwks").parse().unwrap();
    })
    .await;
    server.serve("/jwks", key_set(&world));
    let tokens: Vec<String> = (0..64)
        .map(|n| {
            let claims = with(json!({"jti": n}));
            world.issuer.sign(&Header::new(Signing::ES256), &claims)
        })
        .collect();
    let asked = tokens
        .iter()
        .map(|token| world.verifier.authenticate(token, now()));
    for answer in futures_util::future::join_all(asked).await {
        assert!(answer.is_ok(), "{answer:?}");
    }
    assert_eq!(server.asked("/jwks"), 2);
}

#[tokio::test]
async fn a_key_server_that_floods_is_cut_off() {
    let server = Server::start().await;
    server.serve("/jwks", "x".repeat(300 * 1024));
    let world = world_with(|settings| {
        settings.issuers[0].keys = server.url("/jwks").parse().unwrap();
    })
    .await;
    assert!(!world.verifier.is_ready());
}

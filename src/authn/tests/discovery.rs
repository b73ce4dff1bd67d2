//! Keys that the issuer itself says where to find.

use super::server::Server;
use super::*;

const DOCUMENT: &str = "/idp/.well-known/openid-configuration";

/// An issuer at a server that has its document and its keys.
struct Discovered {
    server: Server,
    world: World,
    token: String,
    keys: String,
}

impl Discovered {
    /// What tokens and the document say that the issuer is called.
    fn name(server: &Server) -> String {
        server.url("/idp")
    }

    /// An issuer whose document says what `document` makes of its name.
    async fn new(document: impl FnOnce(&Server) -> String) -> Self {
        let server = Server::start().await;
        let name = Self::name(&server);
        server.serve(DOCUMENT, document(&server));
        let mut keys = String::new();
        let world = world_with(|settings| {
            let issuer = &mut settings.issuers[0];
            let KeySource::File(path) = &issuer.keys else {
                panic!("the demo issuer's keys are a file")
            };
            keys = std::fs::read_to_string(path).unwrap();
            server.serve("/keys", keys.clone());
            issuer.keys = KeySource::discovered(&name).unwrap();
            issuer.issuer.clone_from(&name);
        })
        .await;
        let named = with(json!({ "iss": name }));
        let token = world.issuer.sign(&Header::new(Signing::ES256), &named);
        Self {
            server,
            world,
            token,
            keys,
        }
    }

    async fn is_taken(&self) -> bool {
        let answer = self.world.verifier.authenticate(&self.token, now()).await;
        answer.is_ok()
    }
}

fn document(issuer: &str, keys: &str) -> String {
    json!({ "issuer": issuer, "jwks_uri": keys }).to_string()
}

fn right(server: &Server) -> String {
    document(&Discovered::name(server), &server.url("/keys"))
}

#[tokio::test]
async fn keys_are_found_by_the_issuers_own_word() {
    let found = Discovered::new(right).await;
    assert!(found.world.verifier.is_ready());
    assert!(found.is_taken().await);
    assert_eq!(found.server.asked(DOCUMENT), 1);
    assert_eq!(found.server.asked("/keys"), 1);
}

#[tokio::test]
async fn another_issuers_word_is_not_taken() {
    for named in ["https://evil.example", "", "http://127.0.0.1/idp"] {
        let found = Discovered::new(|server| document(named, &server.url("/keys"))).await;
        assert!(!found.world.verifier.is_ready(), "{named}");
        assert_eq!(found.server.asked("/keys"), 0, "{named}");
    }
    let found = Discovered::new(|server| {
        let slash = format!("{}/", Discovered::name(server));
        document(&slash, &server.url("/keys"))
    })
    .await;
    assert!(!found.is_taken().await);
}

#[tokio::test]
async fn a_document_that_floods_or_is_none_leads_nowhere() {
    for text in ["x".repeat(300 * 1024), "{}".to_owned(), String::new()] {
        let found = Discovered::new(|_| text).await;
        assert!(!found.is_taken().await);
    }
}

#[tokio::test]
async fn keys_that_move_are_followed() {
    let found = Discovered::new(right).await;
    let elsewhere = tempfile::tempdir().unwrap();
    DemoIssuer::open(elsewhere.path()).unwrap();
    let other = std::fs::read_to_string(elsewhere.path().join("issuer-jwks.json")).unwrap();
    found.server.serve("/keys", other);
    found.world.verifier.refresh().await;
    assert!(!found.is_taken().await);
    found.server.serve("/moved", found.keys.clone());
    let moved = document(
        &Discovered::name(&found.server),
        &found.server.url("/moved"),
    );
    found.server.serve(DOCUMENT, moved);
    found.world.verifier.refresh().await;
    assert!(found.is_taken().await);
}

#[tokio::test]
async fn what_was_known_outlives_the_document() {
    let found = Discovered::new(right).await;
    for gone in [
        "",
        "{}",
        &document("https://evil.example", "https://evil.example/keys"),
    ] {
        found.server.serve(DOCUMENT, gone.to_owned());
        found.world.verifier.refresh().await;
        assert!(found.is_taken().await);
        assert!(found.world.verifier.is_ready());
    }
    assert_eq!(found.server.asked("/keys"), 1);
}

#[tokio::test]
async fn an_issuer_that_is_away_is_in_nobody_elses_way() {
    let server = Server::start().await;
    let away = server.url("/idp");
    let world = world_with(|settings| {
        let keys = KeySource::discovered(&away).unwrap();
        let issuer = IssuerSettings::new(away.clone(), "behorig".to_owned(), keys);
        settings.issuers.insert(0, issuer);
    })
    .await;
    assert!(world.verify(&claims()).is_ok());
    assert!(world.verifier.is_ready());
    let told: Vec<_> = world.verifier.issuers().collect();
    assert_eq!(told, [(away.as_str(), false), ("urn:behorig:demo", true)]);
    let token = world
        .issuer
        .sign(&Header::new(Signing::ES256), &with(json!({ "iss": away })));
    assert_eq!(
        world.verifier.verify(&token, now()),
        Err(TokenError::KeysUnavailable)
    );
}

//! Keys from an address: fetched over TLS, replaced while serving, kept while their server is away.

use std::fs;

use serde_json::{Value, json};
use test_support::{Backend, Issuer, KeyServer, TestDatabase, block_on};

use crate::support::{App, Caller};

/// A service whose issuer's keys are at that server, vouched for by that authority.
fn app(server: &KeyServer, authority: &str, settings: &str) -> App {
    let file = |database: &TestDatabase| {
        let path = database.directory().join("authority.pem");
        fs::write(&path, authority).expect("an authority");
        let path = path.to_string_lossy().into_owned();
        format!("jwks = {:?}\njwks_ca = {path:?}", server.url())
    };
    App::with_keys(Backend::Sqlite, settings, file)
}

/// Some service's token of an issuer's key.
fn bearing(app: &App, issuer: &Issuer) -> Caller {
    app.bearer(Some(issuer.token(&Issuer::service("server-login"))))
}

async fn status(caller: &Caller) -> u16 {
    caller.graphql("{ __typename }", json!({})).await.status()
}

fn both() -> Value {
    let keys = |issuer: Issuer| issuer.key_set()["keys"][0].clone();
    json!({ "keys": [keys(Issuer::TRUSTED), keys(Issuer::NEXT)] })
}

#[test]
fn keys_are_replaced_while_serving_and_kept_while_their_server_is_away() {
    block_on(async {
        let server = KeyServer::of(&Issuer::TRUSTED.key_set());
        let app = app(&server, server.authority(), "tokens.refresh_seconds = 1");
        let (old, new) = (
            bearing(&app, &Issuer::TRUSTED),
            bearing(&app, &Issuer::NEXT),
        );
        assert_eq!((status(&old).await, status(&new).await), (200, 401));
        server.publish(&both());
        server.wait_until_asked();
        assert_eq!((status(&old).await, status(&new).await), (200, 200));
        server.publish(&Issuer::NEXT.key_set());
        server.wait_until_asked();
        assert_eq!((status(&old).await, status(&new).await), (401, 200));
        // What was withdrawn does not come back, and what is known goes on.
        server.go_away();
        server.wait_until_asked();
        assert_eq!((status(&old).await, status(&new).await), (401, 200));
        assert_eq!(app.nobody().raw().get("/readyz").await.status(), 200);
        assert!(app.serving().said().contains("could not be refreshed"));
        // Nobody but the issuer's keys ever vouched for anybody.
        let impostor = bearing(&app, &Issuer::IMPOSTOR);
        assert_eq!(status(&impostor).await, 401);
    });
}

#[test]
fn tokens_with_unknown_keys_do_not_make_us_ask_again_and_again() {
    block_on(async {
        let server = KeyServer::of(&Issuer::TRUSTED.key_set());
        let app = app(
            &server,
            server.authority(),
            "tokens.refresh_seconds = 86400",
        );
        assert_eq!(status(&bearing(&app, &Issuer::TRUSTED)).await, 200);
        let began = std::time::Instant::now();
        for n in 0..60 {
            let claims = Issuer::service("server-login");
            let token = Issuer::TRUSTED.token_with_kid(&format!("unknown-{n}"), &claims);
            let refused = app
                .bearer(Some(token))
                .graphql("{ __typename }", json!({}))
                .await;
            let _error = refused.refused("UNAUTHENTICATED");
        }
        let minutes = usize::try_from(began.elapsed().as_secs() / 60).expect("a number");
        assert!(
            server.connections() <= 2 + minutes,
            "{}",
            server.connections()
        );
    });
}

#[test]
fn keys_that_no_named_authority_vouches_for_are_not_taken() {
    block_on(async {
        let server = KeyServer::of(&Issuer::TRUSTED.key_set());
        let other = KeyServer::of(&Issuer::TRUSTED.key_set());
        let app = app(&server, other.authority(), "");
        let answer = bearing(&app, &Issuer::TRUSTED)
            .graphql("{ __typename }", json!({}))
            .await;
        let _error = answer.refused("UNAVAILABLE");
        assert_eq!(answer.status(), 503);
        let ready = app.nobody().raw().get("/readyz").await;
        assert_eq!(
            (ready.status(), &ready.json()["parts"]["keys"]),
            (503, &json!(false))
        );
    });
}

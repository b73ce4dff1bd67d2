//! Every way in which a token can be wrong, with real signatures and a clock that stands still.

use std::borrow::Borrow;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm as Signing, EncodingKey, Header};
use serde_json::{Value, json};
use tempfile::TempDir;

mod discovery;
mod keys;
mod server;
mod subjects;
mod tokens;

use super::*;
use domain::facts::AssuranceSource;
use domain::{HsaId, Instant};

const NOW: i64 = 1_790_000_000;
const ANNA: &str = "TSTNMT2321000001-1001";

fn now() -> Instant {
    Instant::from_seconds(NOW)
}

fn anna() -> HsaId {
    ANNA.parse().unwrap()
}

struct World {
    _directory: TempDir,
    issuer: DemoIssuer,
    verifier: Verifier,
}

async fn world() -> World {
    world_with(|_| {}).await
}

async fn world_with(change: impl FnOnce(&mut TokenSettings)) -> World {
    let directory = tempfile::tempdir().unwrap();
    let issuer = DemoIssuer::open(directory.path()).unwrap();
    let mut trusted = issuer.settings();
    trusted
        .clients
        .insert("cosmic".to_owned(), ClientAuthentication::PrivateKeyJwt);
    trusted
        .clients
        .insert("old".to_owned(), ClientAuthentication::Secret);
    let mut settings = TokenSettings {
        issuers: vec![trusted],
        ..TokenSettings::default()
    };
    change(&mut settings);
    let verifier = Verifier::start(settings).await.unwrap();
    World {
        _directory: directory,
        issuer,
        verifier,
    }
}

fn claims() -> Value {
    json!({
        "iss": "urn:behorig:demo", "aud": "behorig", "iat": NOW - 10, "exp": NOW + 600,
        "sub": ANNA, "employeeHsaId": ANNA, "acr": "http://id.sambi.se/loa/loa3",
        "amr": ["sc", "mfa"], "auth_time": NOW - 60, "client_id": "portal",
    })
}

fn with(changes: impl Borrow<Value>) -> Value {
    let mut claims = claims();
    change(&mut claims, changes.borrow());
    claims
}

/// Sets what `changes` names; what is null there is left out.
fn change(claims: &mut Value, changes: &Value) {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
}

impl World {
    fn verify(&self, claims: &Value) -> Result<Claimant, TokenError> {
        let token = self.issuer.sign(&Header::new(Signing::ES256), claims);
        self.verifier.verify(&token, now())
    }

    fn order(&self, order: &TokenOrder) -> Claimant {
        let token = self.issuer.issue(order, now()).unwrap();
        self.verifier.verify(&token, now()).unwrap()
    }
}

fn unsigned_part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

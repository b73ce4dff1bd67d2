//! Tokens of a test issuer: real ones, signed with a key that is good for nothing else.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

/// An issuer of tokens, with one ES256 key.
#[derive(Debug, Clone, Copy)]
pub struct Issuer {
    key: &'static str,
    kid: &'static str,
    x: &'static str,
    y: &'static str,
}

impl Issuer {
    /// What its tokens say in `iss`.
    pub const URL: &'static str = "https://issuer.test";
    /// What its tokens say in `aud`.
    pub const AUDIENCE: &'static str = "behorig";

    /// The issuer that services under test are told to trust.
    pub const TRUSTED: Self = Self {
        key: include_str!("../keys/issuer.pem"),
        kid: "issuer-1",
        x: "L4-bKSXHIF0JoFKnmoSZ8FOdGp8uKriJTDcNNfYMHcY",
        y: "-AE3oqmslFhXM0-v6CIONXdyX7qdu78tyawbCkW3anE",
    };

    /// Somebody else who claims to be the trusted issuer, key id and all.
    pub const IMPOSTOR: Self = Self {
        key: include_str!("../keys/stranger.pem"),
        kid: "issuer-1",
        x: "8J37kQtksqU3HKjq7H0v4WFrWXR2kTfnVGezlgsPE74",
        y: "6n2QPNAeppJuSbQfj3OwzDXEBa0P0j0sRyPvWQw_7Q0",
    };

    /// The trusted issuer after it has changed its key.
    pub const NEXT: Self = Self {
        kid: "issuer-2",
        ..Self::IMPOSTOR
    };

    /// Its public key as a JSON Web Key Set.
    #[must_use]
    pub fn key_set(&self) -> Value {
        let Self { kid, x, y, .. } = self;
        json!({ "keys": [
            { "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": x, "y": y }
        ] })
    }

    /// The claims of a person who signed in with that level of assurance, so long ago.
    #[must_use]
    pub fn person(employee_hsa_id: &str, level: u8, age: Duration) -> Value {
        let now = seconds_since_1970();
        let methods: &[&str] = if level >= 3 {
            &["hwk", "pin"]
        } else {
            &["pwd"]
        };
        json!({
            "iss": Self::URL,
            "aud": Self::AUDIENCE,
            "sub": employee_hsa_id,
            "employeeHsaId": employee_hsa_id,
            "acr": format!("http://id.sambi.se/loa/loa{level}"),
            "amr": methods,
            "auth_time": now - age.as_secs(),
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
        })
    }

    /// The claims of a service.
    #[must_use]
    pub fn service(client_id: &str) -> Value {
        let now = seconds_since_1970();
        json!({
            "iss": Self::URL,
            "aud": Self::AUDIENCE,
            "sub": client_id,
            "client_id": client_id,
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
        })
    }

    /// A token that makes those claims.
    #[must_use]
    pub fn token(&self, claims: &Value) -> String {
        self.token_with_kid(self.kid, claims)
    }

    /// A token that makes those claims and names another key than the one that signed it.
    #[must_use]
    pub fn token_with_kid(&self, kid: &str, claims: &Value) -> String {
        self.signed("JWT", kid, claims.to_string().as_bytes())
    }

    /// A token that makes those claims and says in its header to be of that type.
    #[must_use]
    pub fn token_of_type(&self, typ: &str, claims: &Value) -> String {
        self.signed(typ, self.kid, claims.to_string().as_bytes())
    }

    /// A token of those bytes, whatever they are.
    #[must_use]
    pub fn token_of_bytes(&self, payload: &[u8]) -> String {
        self.signed("JWT", self.kid, payload)
    }

    fn signed(&self, typ: &str, kid: &str, payload: &[u8]) -> String {
        let header = json!({ "alg": "ES256", "kid": kid, "typ": typ }).to_string();
        let parts = [header.as_bytes(), payload].map(|part| URL_SAFE_NO_PAD.encode(part));
        let signed = parts.join(".");
        let key = EncodingKey::from_ec_pem(self.key.as_bytes()).expect("a test key");
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &key, Algorithm::ES256);
        format!("{signed}.{}", signature.expect("a signature"))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the service under test goes by the machine's clock"
)]
fn seconds_since_1970() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("a clock after 1970").as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{DecodingKey, Validation, decode};

    fn verify(token: &str, issuer: &Issuer) -> Result<Value, jsonwebtoken::errors::Error> {
        let key = DecodingKey::from_ec_components(issuer.x, issuer.y)?;
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&[Issuer::AUDIENCE]);
        validation.set_issuer(&[Issuer::URL]);
        decode::<Value>(token, &key, &validation).map(|token| token.claims)
    }

    #[test]
    fn a_token_verifies_with_its_own_issuers_key_only() {
        let karin = Issuer::person("TSTNMT2321000016-KARIN", 3, Duration::from_mins(5));
        let token = Issuer::TRUSTED.token(&karin);
        assert_eq!(verify(&token, &Issuer::TRUSTED).expect("verified"), karin);
        assert!(verify(&token, &Issuer::IMPOSTOR).is_err());
        let iat = karin["iat"].as_u64().expect("a number");
        assert_eq!(karin["auth_time"].as_u64(), Some(iat - 300));

        let forged = Issuer::IMPOSTOR.token(&Issuer::service("iam"));
        assert!(verify(&forged, &Issuer::TRUSTED).is_err());
        assert!(verify(&forged, &Issuer::IMPOSTOR).is_ok());
    }
}

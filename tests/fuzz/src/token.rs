//! The reader of tokens: only what the issuer signed is taken, and whatever it signed is read without a panic.

use std::sync::OnceLock;

use authn::{IssuerSettings, KeySource, TokenSettings, Verifier};
use domain::Instant;
use serde_json::{Value, json};
use test_support::{Issuer, block_on};

/// The first byte of an input: the rest are the claims, to be signed by the issuer.
const SIGNED: u8 = b'{';

/// Claims of people and services, and tokens of them.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let mut claims = vec![person(), service()];
    claims.extend(ODD.iter().map(|(name, value)| {
        let mut claims = person();
        claims[*name] = serde_json::from_str(value).expect("JSON");
        claims
    }));
    let claims = claims.iter().map(Value::to_string);
    let all = claims.chain(tokens().iter().cloned());
    all.map(String::into_bytes).collect()
}

/// Tokens that the issuer signed. Two signatures of the same are not the same.
fn tokens() -> &'static [String; 2] {
    static TOKENS: OnceLock<[String; 2]> = OnceLock::new();
    TOKENS.get_or_init(|| [person(), service()].map(|claims| Issuer::TRUSTED.token(&claims)))
}

/// What is signed of a token.
fn signed_part(token: &str) -> Option<&str> {
    token.rsplit_once('.').map(|(signed, _)| signed)
}

/// Claims of shapes that issuers send.
const ODD: &[(&str, &str)] = &[
    ("aud", r#"["other","behorig"]"#),
    ("acr", r#""http://id.sambi.se/loa/loa2""#),
    ("exp", "1793003600.5"),
    ("commissionHsaId", r#""SE2321000016-1003""#),
    ("client_id", r#""klient-17""#),
    ("typ", r#""Bearer""#),
];

/// When the tokens are read; their claims are of the same hour.
fn now() -> Instant {
    Instant::from_seconds(1_793_000_000)
}

fn person() -> Value {
    at(Issuer::person(
        "SE2321000016-1001",
        3,
        std::time::Duration::from_mins(5),
    ))
}

fn service() -> Value {
    at(Issuer::service("cosmic"))
}

/// The claims as they would be at that moment.
fn at(mut claims: Value) -> Value {
    let now = now().as_seconds();
    for (name, after) in [("auth_time", -300), ("iat", 0), ("nbf", 0), ("exp", 3_600)] {
        if claims.get(name).is_some() {
            claims[name] = json!(now + after);
        }
    }
    claims
}

fn verifier() -> &'static Verifier {
    static VERIFIER: OnceLock<Verifier> = OnceLock::new();
    VERIFIER.get_or_init(|| {
        let keys = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(keys.path(), Issuer::TRUSTED.key_set().to_string()).expect("keys");
        let source = KeySource::File(keys.path().to_owned());
        let issuer =
            IssuerSettings::new(Issuer::URL.to_owned(), Issuer::AUDIENCE.to_owned(), source);
        let settings = TokenSettings {
            issuers: vec![issuer],
            remembered: 0,
            ..TokenSettings::default()
        };
        block_on(Verifier::start(settings)).expect("a verifier")
    })
}

/// A token that the issuer did not sign is refused; one that it signed is of that issuer, and holds still.
///
/// # Errors
/// Why they are not taken.
pub fn read(data: &[u8]) -> Result<(), String> {
    let signed = data.first() == Some(&SIGNED);
    let token = if signed {
        Issuer::TRUSTED.token_of_bytes(data)
    } else {
        let token = std::str::from_utf8(data).map_err(|error| error.to_string())?;
        token.to_owned()
    };
    match verifier().verify(&token, now()) {
        Ok(claimant) => {
            let known = tokens()
                .iter()
                .any(|known| signed_part(known) == signed_part(&token));
            assert!(signed || known, "nobody signed it");
            assert_eq!(claimant.issuer(), Issuer::URL);
            assert!(now() < claimant.expires_at(), "it holds no more");
            Ok(())
        }
        Err(error) => {
            let said = error.to_string();
            assert!(!said.contains(char::is_control), "{said:?}");
            Err(said)
        }
    }
}

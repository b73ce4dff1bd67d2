//! An issuer for demonstrations: signs whatever token it is asked for, with a key of its own.
//!
//! Only the commands `demo` and `token` use it. `serve` verifies such tokens only when its settings
//! name this issuer's key set like any other.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm as Signing, EncodingKey, Header};
use pem::{EncodeConfig, LineEnding, Pem};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::claimant::Subject;
use super::settings::{Algorithm, IssuerSettings, KeySource};
use domain::Words;
use domain::speaks::{Speaks, verbatim, words};
use domain::{HsaId, Instant};

/// The `acr` that the demo issuer writes for each level.
pub const DEMO_LEVELS: &[(u8, &str)] = &[
    (1, "urn:behorig:demo:loa1"),
    (2, "http://id.sambi.se/loa/loa2"),
    (3, "http://id.sambi.se/loa/loa3"),
    (4, "urn:behorig:demo:loa4"),
];

const ISSUER: &str = "urn:behorig:demo";
const AUDIENCE: &str = "behorig";

/// Why the demo issuer could not do it.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum DemoIssuerError {
    /// A file cannot be read or written.
    File {
        /// Which file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The private key is not one.
    NotAKey {
        /// Which file.
        path: String,
    },
    /// The level is outside the scale.
    NoSuchLevel(u8),
    /// The token cannot be signed.
    Signing,
}

impl Speaks for DemoIssuerError {
    fn words(&self) -> Words {
        match self {
            Self::File { path, reason } => words!(
                "`{path}` cannot be used: {reason}",
                "`{path}` går inte att använda. Orsak: {reason}",
                path = verbatim(path),
                reason = verbatim(reason)
            ),
            Self::NotAKey { path } => words!(
                "`{path}` is not a P-256 private key in PKCS #8: take the file away, or name another directory",
                "`{path}` är inte en privat P-256-nyckel i PKCS #8. Ta bort filen, eller ange en annan katalog.",
                path = verbatim(path)
            ),
            Self::NoSuchLevel(level) => words!(
                "level {level} does not exist: expected 1, 2, 3 or 4",
                "Nivå {level} finns inte. Ange 1, 2, 3 eller 4.",
                level
            ),
            Self::Signing => Words::new(
                "the token cannot be signed",
                "Det gick inte att signera inloggningens token.",
            ),
        }
    }
}

/// What a token shall say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenOrder {
    /// Whom it names.
    pub subject: Subject,
    /// The level of the sign-in; services have none.
    pub level: u8,
    /// The method of the sign-in; `None`: what fits the level.
    pub method: Option<String>,
    /// How long ago the person signed in, in seconds.
    pub age_seconds: u32,
    /// How long the token holds, in seconds.
    pub lifetime_seconds: u32,
    /// The commission chosen at sign-in.
    pub commission: Option<HsaId>,
}

impl TokenOrder {
    /// A token of level 3 from this moment, for eight hours.
    #[must_use]
    pub fn new(subject: Subject) -> Self {
        Self {
            subject,
            level: 3,
            method: None,
            age_seconds: 0,
            lifetime_seconds: 8 * 3_600,
            commission: None,
        }
    }
}

/// Signs tokens with a key of its own.
#[derive(Debug)]
pub struct DemoIssuer {
    key: EncodingKey,
    key_id: String,
    jwks: PathBuf,
}

impl DemoIssuer {
    /// The issuer whose key lies in `directory`; makes the key when there is none, and writes the
    /// public key set beside it. A private key is never overwritten, and only its owner can read it.
    ///
    /// # Errors
    /// When the files cannot be read or written, or the key is not one.
    pub fn open(directory: &Path) -> Result<Self, DemoIssuerError> {
        let key_path = directory.join("issuer-key.pem");
        let failed = |path: &Path, error: &std::io::Error| DemoIssuerError::File {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        let not_a_key = || DemoIssuerError::NotAKey {
            path: key_path.display().to_string(),
        };
        let pem = match std::fs::read_to_string(&key_path) {
            Ok(pem) => pem,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let pem = generated().ok_or_else(not_a_key)?;
                write_private(&key_path, &pem).map_err(|error| failed(&key_path, &error))?;
                pem
            }
            Err(error) => return Err(failed(&key_path, &error)),
        };
        let pair = pair(&pem).ok_or_else(not_a_key)?;
        let key = EncodingKey::from_ec_pem(pem.as_bytes()).map_err(|_| not_a_key())?;
        let (key_id, set) = public_set(&pair).ok_or_else(not_a_key)?;
        let jwks = directory.join("issuer-jwks.json");
        std::fs::write(&jwks, format!("{set}\n")).map_err(|error| failed(&jwks, &error))?;
        Ok(Self { key, key_id, jwks })
    }

    /// What a verifier needs to take this issuer's tokens. No client in it counts as strong until
    /// [`IssuerSettings::clients`] says so.
    #[must_use]
    pub fn settings(&self) -> IssuerSettings {
        let keys = KeySource::File(self.jwks.clone());
        let mut settings = IssuerSettings::new(ISSUER.to_owned(), AUDIENCE.to_owned(), keys);
        settings.algorithms = vec![Algorithm::Es256];
        settings.levels = DEMO_LEVELS
            .iter()
            .map(|(level, acr)| ((*acr).to_owned(), *level))
            .collect();
        settings
    }

    /// A signed token.
    ///
    /// # Errors
    /// When the level does not exist.
    pub fn issue(&self, order: &TokenOrder, now: Instant) -> Result<String, DemoIssuerError> {
        let claims = claims(order, now)?;
        let mut header = Header::new(Signing::ES256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(self.key_id.clone());
        jsonwebtoken::encode(&header, &claims, &self.key).map_err(|_| DemoIssuerError::Signing)
    }

    /// Any claims at all under this issuer's signature.
    #[cfg(test)]
    pub(super) fn sign(&self, header: &Header, claims: &Value) -> String {
        let mut header = header.clone();
        header.kid.get_or_insert_with(|| self.key_id.clone());
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }
}

fn claims(order: &TokenOrder, now: Instant) -> Result<Value, DemoIssuerError> {
    let seconds = now.as_seconds();
    let mut claims = json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": seconds,
        "exp": seconds.saturating_add(i64::from(order.lifetime_seconds)),
    });
    match &order.subject {
        Subject::Person(hsa_id) => {
            let acr = DEMO_LEVELS
                .iter()
                .find(|(level, _)| *level == order.level)
                .map(|(_, acr)| *acr)
                .ok_or(DemoIssuerError::NoSuchLevel(order.level))?;
            let methods = match &order.method {
                Some(method) => vec![method.as_str()],
                None if order.level >= 3 => vec!["mfa", "sc"],
                None => vec!["pwd"],
            };
            set(&mut claims, "sub", hsa_id.as_str());
            set(&mut claims, "employeeHsaId", hsa_id.as_str());
            set(&mut claims, "acr", acr);
            set(&mut claims, "amr", methods);
            let signed_in = seconds.saturating_sub(i64::from(order.age_seconds));
            set(&mut claims, "auth_time", signed_in);
        }
        Subject::Service(client) => {
            set(&mut claims, "sub", client.as_str());
            set(&mut claims, "client_id", client.as_str());
        }
        Subject::Host => return Err(DemoIssuerError::Signing),
    }
    if let Some(commission) = &order.commission {
        set(&mut claims, "commissionHsaId", commission.as_str());
    }
    Ok(claims)
}

fn set(claims: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(object) = claims.as_object_mut() {
        object.insert(name.to_owned(), value.into());
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// The label of a private key in PKCS #8 (RFC 7468).
const PRIVATE_KEY: &str = "PRIVATE KEY";

/// A fresh private key.
fn generated() -> Option<String> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?;
    let der = pair.to_pkcs8v1().ok()?;
    let pem = Pem::new(PRIVATE_KEY, der.as_ref());
    let as_elsewhere = EncodeConfig::new().set_line_ending(LineEnding::LF);
    Some(pem::encode_config(&pem, as_elsewhere))
}

/// The pair of a private key.
fn pair(text: &str) -> Option<EcdsaKeyPair> {
    let found = pem::parse(text).ok()?;
    let is_private = found.tag() == PRIVATE_KEY;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, found.contents()).ok()?;
    is_private.then_some(pair)
}

/// How many bytes a coordinate of the curve has.
const COORDINATE: usize = 32;

/// The key's thumbprint (RFC 7638) and the set that publishes it.
fn public_set(pair: &EcdsaKeyPair) -> Option<(String, Value)> {
    // Uncompressed (SEC 1, 2.3.3): 4, x, y.
    let point = pair.public_key().as_ref().strip_prefix(&[4])?;
    let (x, y) = point.split_at_checked(COORDINATE)?;
    let [x, y] = [x, y].map(|coordinate| URL_SAFE_NO_PAD.encode(coordinate));
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    let id = URL_SAFE_NO_PAD.encode(Sha256::digest(canonical.as_bytes()));
    let set = json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id, "x": x, "y": y,
    }] });
    Some((id, set))
}

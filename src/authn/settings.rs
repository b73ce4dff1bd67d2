//! What is trusted: issuers, their keys and algorithms, and what their words mean.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use strum::{EnumString, IntoStaticStr, VariantArray};

use domain::Words;
use domain::speaks::Speaks;

/// The `acr` values that are known without configuration.
pub const BUILT_IN_LEVELS: &[(&str, u8)] = &[
    ("http://id.sambi.se/loa/loa2", 2),
    ("http://id.sambi.se/loa/loa3", 3),
];

/// The `amr` values that are known without configuration, as RFC 8176 defines them.
pub const BUILT_IN_METHODS: &[(&str, Method)] = &[
    ("face", Method::Inherence),
    ("fpt", Method::Inherence),
    ("hwk", Method::Possession),
    ("iris", Method::Inherence),
    ("kba", Method::Knowledge),
    ("mfa", Method::MultiFactor),
    ("otp", Method::Possession),
    ("pin", Method::Knowledge),
    ("pop", Method::Possession),
    ("pwd", Method::Knowledge),
    ("retina", Method::Inherence),
    ("sc", Method::Possession),
    ("sms", Method::Possession),
    ("swk", Method::Possession),
    ("tel", Method::Possession),
    ("vbm", Method::Inherence),
];

/// The built-in methods, to be added to.
pub(super) fn built_in_methods() -> BTreeMap<String, Method> {
    let named = BUILT_IN_METHODS.iter();
    named
        .map(|(amr, method)| ((*amr).to_owned(), *method))
        .collect()
}

/// What a method of signing in shows, the weakest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, VariantArray, IntoStaticStr, EnumString,
)]
#[strum(serialize_all = "snake_case")]
pub enum Method {
    /// Something that is known.
    Knowledge,
    /// Something that is held.
    Possession,
    /// Something of the body.
    Inherence,
    /// By itself at least two of them.
    MultiFactor,
}

/// How tokens may be signed. Signatures with a shared secret, and none at all, cannot be spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Algorithm {
    /// ECDSA with P-256.
    Es256,
    /// ECDSA with P-384.
    Es384,
    /// RSA PKCS #1 with SHA-256.
    Rs256,
    /// RSA PKCS #1 with SHA-384.
    Rs384,
    /// RSA PKCS #1 with SHA-512.
    Rs512,
    /// RSA PSS with SHA-256.
    Ps256,
    /// RSA PSS with SHA-384.
    Ps384,
    /// RSA PSS with SHA-512.
    Ps512,
    /// Ed25519.
    #[strum(serialize = "EdDSA")]
    EdDsa,
}

/// How a client authenticates to the issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum ClientAuthentication {
    /// A signed assertion.
    PrivateKeyJwt,
    /// A client certificate.
    Mtls,
    /// A shared secret.
    Secret,
}

impl ClientAuthentication {
    /// Whether the client proves that it holds a private key.
    #[must_use]
    pub const fn is_strong(self) -> bool {
        matches!(self, Self::PrivateKeyJwt | Self::Mtls)
    }
}

/// Where an issuer's public keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A file with a JWK set.
    File(PathBuf),
    /// The address of a JWK set.
    Url(String),
    /// The address of the issuer's discovery document, which says where the JWK set is.
    Discovery(String),
}

/// Where the discovery document is, below the issuer's name (OpenID Connect Discovery 1.0, section 4).
const DISCOVERY: &str = "/.well-known/openid-configuration";

impl KeySource {
    /// The discovery document of an issuer.
    ///
    /// # Errors
    /// When the issuer's name is no address that keys may come from.
    pub fn discovered(issuer: &str) -> Result<Self, KeySourceError> {
        match issuer.parse()? {
            Self::Url(url) if url.contains(['?', '#']) => Err(KeySourceError::NotAnIssuer),
            Self::Url(url) => {
                let below = url.strip_suffix('/').unwrap_or(&url);
                Ok(Self::Discovery(format!("{below}{DISCOVERY}")))
            }
            Self::File(_) | Self::Discovery(_) => Err(KeySourceError::NotAnIssuer),
        }
    }
}

/// The text is neither a path nor an address that keys may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum KeySourceError {
    /// It is empty.
    Empty,
    /// It is an address without encryption, of another machine.
    Unencrypted,
    /// It holds a user name or password.
    Credentials,
    /// It is an address of another kind.
    OtherScheme,
    /// It is no name that a discovery document could be found by.
    NotAnIssuer,
}

impl Speaks for KeySourceError {
    fn words(&self) -> Words {
        match self {
            Self::Empty => Words::part("is empty", "är tom"),
            Self::Unencrypted => Words::part(
                "is not encrypted: http is taken only from 127.0.0.1 or localhost",
                "är inte krypterad: http tas bara emot från 127.0.0.1 eller localhost",
            ),
            Self::Credentials => Words::part(
                "holds a user name or password",
                "innehåller användarnamn eller lösenord",
            ),
            Self::OtherScheme => Words::part(
                "is an address of a kind that is not fetched",
                "är en adress av ett slag som inte hämtas",
            ),
            Self::NotAnIssuer => Words::part(
                "is no address, or has a query or a fragment",
                "är ingen adress, eller har en frågedel eller ett fragment",
            ),
        }
    }
}

impl FromStr for KeySource {
    type Err = KeySourceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(KeySourceError::Empty);
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Self::File(PathBuf::from(text)));
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        if authority.is_empty() {
            return Err(KeySourceError::Empty);
        }
        if authority.contains('@') {
            return Err(KeySourceError::Credentials);
        }
        let host = authority.split(':').next().unwrap_or(authority);
        match scheme {
            "https" => Ok(Self::Url(text.to_owned())),
            "http" if matches!(host, "127.0.0.1" | "localhost") => Ok(Self::Url(text.to_owned())),
            "http" => Err(KeySourceError::Unencrypted),
            _ => Err(KeySourceError::OtherScheme),
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Url(url) | Self::Discovery(url) => f.write_str(url),
        }
    }
}

/// What an issuer says of a token that a service got for itself, where its subject does not say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceMarker {
    /// The claim.
    pub claim: String,
    /// What it then is, compared byte for byte.
    pub value: String,
}

/// One issuer whose tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerSettings {
    /// The `iss` of its tokens, compared byte for byte.
    pub issuer: String,
    /// The `aud` that a token must name.
    pub audience: String,
    /// Where its keys are.
    pub keys: KeySource,
    /// The file of certificate authorities (PEM) of which one must vouch for the address of the keys;
    /// `None`: one that the machine trusts.
    pub authorities: Option<PathBuf>,
    /// How its tokens may be signed.
    pub algorithms: Vec<Algorithm>,
    /// How far its clock may be off.
    pub leeway_seconds: u32,
    /// How long a token of it may live, from when it was issued to when it ends.
    pub max_lifetime_seconds: u32,
    /// The claim that holds a person's HSA-id.
    pub person_claim: String,
    /// The claims that hold a client id.
    pub service_claims: Vec<String>,
    /// What says that a token is a service's own; `None`: its subject is the client.
    pub service_marker: Option<ServiceMarker>,
    /// What the HSA-ids of its people begin with; empty: it may name anybody.
    pub hsa_id_prefixes: Vec<String>,
    /// The clients that its tokens may be for, of services and of people; empty: any.
    pub allowed_clients: Vec<String>,
    /// The claim that holds the HSA-id of the commission chosen at sign-in.
    pub commission_claim: String,
    /// The claim that says how strong the sign-in was.
    pub acr_claim: String,
    /// The claim that lists by what methods it was made.
    pub amr_claim: String,
    /// The claim that says when it was made. A token without it is never of a recent sign-in.
    pub auth_time_claim: String,
    /// The level that each `acr` stands for, compared byte for byte; any other is level 0.
    pub levels: BTreeMap<String, u8>,
    /// What each `amr` shows, compared byte for byte; any other shows nothing.
    pub methods: BTreeMap<String, Method>,
    /// How each client authenticates; any other counts as weak.
    pub clients: BTreeMap<String, ClientAuthentication>,
}

impl IssuerSettings {
    /// An issuer with the defaults of everything that has one.
    #[must_use]
    pub fn new(issuer: String, audience: String, keys: KeySource) -> Self {
        Self {
            issuer,
            audience,
            keys,
            authorities: None,
            algorithms: vec![Algorithm::Es256, Algorithm::Rs256, Algorithm::Ps256],
            leeway_seconds: 30,
            max_lifetime_seconds: 24 * 3_600,
            person_claim: "employeeHsaId".to_owned(),
            service_claims: vec!["client_id".to_owned(), "azp".to_owned()],
            service_marker: None,
            hsa_id_prefixes: Vec::new(),
            allowed_clients: Vec::new(),
            commission_claim: "commissionHsaId".to_owned(),
            acr_claim: "acr".to_owned(),
            amr_claim: "amr".to_owned(),
            auth_time_claim: "auth_time".to_owned(),
            levels: BUILT_IN_LEVELS
                .iter()
                .map(|(acr, level)| ((*acr).to_owned(), *level))
                .collect(),
            methods: built_in_methods(),
            clients: BTreeMap::new(),
        }
    }
}

/// Everything that verification needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSettings {
    /// The issuers, told apart by `iss`.
    pub issuers: Vec<IssuerSettings>,
    /// The longest token that is looked at, in bytes.
    pub max_token_bytes: usize,
    /// How many verified tokens are remembered.
    pub remembered: usize,
    /// How often key sets are fetched again.
    pub refresh_seconds: u32,
    /// How many seconds apart, at least, tokens with unknown keys make us ask their issuer again.
    pub unknown_key_seconds: u32,
}

impl Default for TokenSettings {
    fn default() -> Self {
        Self {
            issuers: Vec::new(),
            max_token_bytes: 16 * 1024,
            remembered: 4_096,
            refresh_seconds: 300,
            unknown_key_seconds: 60,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Named;

    use super::*;

    #[test]
    fn keys_come_from_files_https_or_this_machine() {
        for good in [
            "/etc/keys.json",
            "keys.json",
            "https://idp.example/jwks",
            "http://127.0.0.1:9/jwks",
            "http://localhost/jwks",
        ] {
            assert!(good.parse::<KeySource>().is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", KeySourceError::Empty),
            ("https:///jwks", KeySourceError::Empty),
            ("http://idp.example/jwks", KeySourceError::Unencrypted),
            (
                "http://127.0.0.1.evil.example/",
                KeySourceError::Unencrypted,
            ),
            (
                "http://127.0.0.1@evil.example/",
                KeySourceError::Credentials,
            ),
            ("ftp://127.0.0.1/", KeySourceError::OtherScheme),
        ] {
            assert_eq!(bad.parse::<KeySource>(), Err(why), "{bad}");
        }
    }

    #[test]
    fn neither_shared_secrets_nor_no_signature_can_be_allowed() {
        for name in ["none", "None", "HS256", "HS384", "HS512", ""] {
            assert_eq!(Algorithm::named(name), None, "{name}");
        }
    }
}

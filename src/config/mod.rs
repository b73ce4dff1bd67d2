//! Settings, read once, from a file and from variables; a wrong one says what would be right.
//!
//! The modules own the types of their settings and their defaults; this is the only place that reads
//! files and the environment to fill them. Every setting has a name in the TOML file (`http.body_bytes`)
//! and the same name as a variable (`BEHORIG_HTTP_BODY_BYTES`), which wins. What is not in the lists of
//! `general`, `http`, `issuer` and `zone` is an error, never ignored.
//!
//! To add a setting: a field in the module that uses it, a line in the list, a row in the table of OPERATING.md.

mod general;
mod http;
mod issuer;
pub mod locale;
mod plain;
pub mod secret;
mod setting;
mod source;
mod zone;

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use crate::telemetry::LogFormat;
use ::http::{ClientAddress, HttpSettings};
use audit::Address;
use authn::{KeySource, TokenSettings, check_authorities, check_key_set};
use domain::Words;
use domain::speaks::{Speaks, joined, words};
use graphql::limits::Limits;
use secret::repeated;

/// The variable that names the settings file.
const FILE: &str = "BEHORIG_CONFIG";

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where the service listens.
    pub listen: SocketAddr,
    /// The database.
    pub database: DatabaseSettings,
    /// Logging.
    pub log: LogSettings,
    /// How long an answer may wait for its record in the log.
    pub deadline: Duration,
    /// How far this host's clock may be from the database's or the log's.
    pub clock_tolerance: Duration,
    /// Whether the schema can be asked about itself.
    pub introspection: bool,
    /// What a document may cost.
    pub limits: Limits,
    /// The HTTP server.
    pub http: HttpSettings,
    /// The tokens that are taken.
    pub tokens: TokenSettings,
    /// Numbers that decisions use.
    pub decisions: DecisionSettings,
    /// How long things are kept.
    pub retention: RetentionSettings,
}

/// How long things are kept, whatever a disposal decision says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionSettings {
    /// How many days old an event must be to be pruned. Logs of access to patient records are kept for five
    /// years at least (HSLF-FS 2016:40, chapter 4).
    pub event_days: u32,
}

/// Which database, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseSettings {
    /// Its address.
    pub url: Address,
    /// Its user's password, where it stands in a file of its own.
    pub password: Option<Password>,
    /// Whether another host is connected to although the way there is not protected.
    pub trust_the_network: bool,
    /// The most connections at a time.
    pub connections: u32,
}

impl DatabaseSettings {
    /// Its address, with the password that stands in a file.
    ///
    /// # Errors
    /// When the address has a password already, or needs none.
    pub fn address(&self) -> Result<Address, ConfigErrors> {
        let Some(Password(password)) = &self.password else {
            return Ok(self.url.clone());
        };
        let whole = self.url.clone().with_password(password);
        whole.map_err(|error| {
            ConfigErrors(vec![ConfigError::new(
                "database.password_file",
                Words::part(
                    "cannot be used with this `database.url`",
                    "går inte att använda med den här `database.url`",
                ),
                error.words(),
            )])
        })
    }
}

/// A password, which is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// How log lines look and which there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// For people or for machines.
    pub format: LogFormat,
    /// Which lines, as directives.
    pub filter: String,
}

/// Numbers that decisions use until a region has decided on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionSettings {
    /// How old a sign-in may be for privileged use.
    pub recent_sign_in_seconds: u32,
    /// Hours into the next day until which the last day of an engagement or a grant still holds.
    pub grace_hours: u8,
    /// The level that patient data needs where its system sets none.
    pub patient_data_level: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database: DatabaseSettings {
                url: Address::of_file("behorig.db"),
                password: None,
                trust_the_network: false,
                connections: 8,
            },
            log: LogSettings {
                format: LogFormat::Human,
                filter: "info".to_owned(),
            },
            deadline: Duration::from_millis(800),
            clock_tolerance: Duration::from_secs(5),
            introspection: true,
            limits: Limits::default(),
            http: HttpSettings::default(),
            tokens: TokenSettings::default(),
            decisions: DecisionSettings {
                recent_sign_in_seconds: 900,
                grace_hours: 12,
                patient_data_level: 3,
            },
            retention: RetentionSettings { event_days: 1_826 },
        }
    }
}

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct ConfigError {
    /// The setting's name where it was set: in the file, or a variable.
    pub setting: String,
    /// What is wrong with it.
    pub problem: Words,
    /// What would be right.
    pub expected: Words,
}

impl Speaks for ConfigError {
    fn words(&self) -> Words {
        words!(
            "`{setting}` {problem}: expected {expected}",
            "`{setting}` {problem}: det ska vara {expected}.",
            setting = repeated(&self.setting),
            problem = self.problem,
            expected = self.expected
        )
    }
}

impl ConfigError {
    fn new(setting: impl Into<String>, problem: Words, expected: Words) -> Self {
        Self {
            setting: setting.into(),
            problem,
            expected,
        }
    }
}

/// Everything that is wrong with the settings, one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// What is wrong, at least one thing.
    #[must_use]
    pub fn errors(&self) -> &[ConfigError] {
        &self.0
    }

    fn or(errors: Vec<ConfigError>, settings: Settings) -> Result<Settings, Self> {
        if errors.is_empty() {
            Ok(settings)
        } else {
            Err(Self(errors))
        }
    }
}

impl Speaks for ConfigErrors {
    fn words(&self) -> Words {
        joined(self.0.iter().map(Speaks::words), "\n")
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words().fmt(f)
    }
}

impl std::error::Error for ConfigErrors {}

impl Settings {
    /// The settings of this process: the file, if one is named here or by `BEHORIG_CONFIG`, and the
    /// variables that begin with `BEHORIG_`.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigErrors> {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            Some((name, value.into_string().ok()?))
        });
        Self::from(file, variables)
    }

    /// As [`Settings::load`], with the variables as an input.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn from(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigErrors> {
        let mut variables = source::Variables::of(variables);
        let named = variables.take(FILE);
        if named.as_deref() == Some("") {
            return Err(ConfigErrors(vec![ConfigError::new(
                FILE,
                Words::part("is empty", "är tom"),
                Words::part(
                    "the path of a settings file, or not to be set",
                    "sökvägen till en fil med inställningar, eller inte satt",
                ),
            )]));
        }
        let file = file.or_else(|| named.as_deref().map(Path::new));
        let text = match file {
            Some(path) => source::read(path).map_err(|error| ConfigErrors(vec![error]))?,
            None => source::File::default(),
        };
        let mut settings = Self::default();
        let mut errors = Vec::new();
        plain::apply(&mut settings, &text, &mut variables, &mut errors);
        issuer::apply(&mut settings, &text, &mut variables, &mut errors);
        zone::apply(&mut settings, &text, &mut variables, &mut errors);
        let known = plain::variables().chain(issuer::variables());
        let others = [FILE, zone::VARIABLE].map(str::to_owned);
        let known: Vec<String> = known.chain(others).collect();
        errors.extend(variables.unknown(&known));
        ConfigErrors::or(errors, settings)
    }

    /// What can be found wrong without serving: no issuer at all, key files that hold no keys.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn check(&self) -> Result<(), ConfigErrors> {
        let mut errors = Vec::new();
        if self.tokens.issuers.is_empty() {
            errors.push(ConfigError::new(
                "issuers",
                Words::part("is empty, so nobody could sign in", "är tom, så ingen skulle kunna logga in"),
                Words::part(
                    "at least one [[issuers]] with issuer and audience, or BEHORIG_ISSUER and BEHORIG_AUDIENCE",
                    "minst en [[issuers]] med issuer och audience, eller BEHORIG_ISSUER och BEHORIG_AUDIENCE",
                ),
            ));
        }
        let proxies = &self.http.proxies;
        if proxies.networks.is_empty() && proxies.client_address != ClientAddress::default() {
            errors.push(ConfigError::new(
                "http.client_address",
                Words::part("is believed of nobody", "gäller ingen"),
                Words::part(
                    "the proxies' networks in http.trusted_proxies",
                    "proxyernas nät i http.trusted_proxies",
                ),
            ));
        }
        if self.retention.event_days == 0 {
            errors.push(ConfigError::new(
                "retention.event_days",
                Words::part(
                    "is 0, so that any event could be disposed of at once",
                    "är 0, så att vilken händelse som helst kan gallras genast",
                ),
                Words::part(
                    "at least 1; logs of access to patient records are kept for five years, 1826",
                    "minst 1; loggar över åtkomst till journaler sparas i fem år, 1826",
                ),
            ));
        }
        for issuer in &self.tokens.issuers {
            if let KeySource::File(path) = &issuer.keys
                && let Err(error) = check_key_set(path)
            {
                errors.push(ConfigError::new(
                    "jwks",
                    words!(
                        "of issuer `{issuer}` cannot be used, {error}",
                        "för utfärdaren `{issuer}` går inte att använda ({error})",
                        issuer = repeated(&issuer.issuer),
                        error
                    ),
                    Words::part(
                        "a file with the issuer's public keys as a JWK set",
                        "en fil med utfärdarens publika nycklar som en JWK-uppsättning",
                    ),
                ));
            }
            if let Some(path) = &issuer.authorities
                && let Err(error) = check_authorities(path)
            {
                errors.push(ConfigError::new(
                    "jwks_ca",
                    words!(
                        "of issuer `{issuer}` cannot be used, {error}",
                        "för utfärdaren `{issuer}` går inte att använda ({error})",
                        issuer = repeated(&issuer.issuer),
                        error
                    ),
                    Words::part(
                        "a file with certificate authorities in PEM",
                        "en fil med certifikatutfärdare i PEM",
                    ),
                ));
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(ConfigErrors(errors))
        }
    }
}

#[cfg(test)]
mod documented;
#[cfg(test)]
mod tests;

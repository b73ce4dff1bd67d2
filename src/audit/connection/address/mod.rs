//! Where a database is, read from a text that may hold a password and is therefore never repeated.
//!
//! A server's address is read here and written anew for the driver, which would take what it does not know
//! for a warning, what is named twice for the last of them, and what is missing from the environment: where a
//! connection leads, and how it is protected, is what was read here and nothing else.

mod error;

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use url::Url;

use domain::Words;
use domain::speaks::{Speaks, verbatim, words};
pub use error::AddressError;

/// Where a database is. Shown without user, password and parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Place);

#[derive(Clone, PartialEq, Eq)]
enum Place {
    File(PathBuf),
    Server(Server),
}

#[derive(Clone, PartialEq, Eq)]
struct Server {
    host: Host,
    port: u16,
    database: Option<String>,
    user: Option<String>,
    password: Option<String>,
    protection: Option<Protection>,
    /// What else the driver is told: certificates, options of the session.
    parameters: Vec<(&'static str, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    /// The directory of a socket.
    Socket(String),
    Name(String),
}

/// `sslmode`, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protection {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

const PROTECTIONS: [(&str, Protection); 6] = [
    ("disable", Protection::Disable),
    ("allow", Protection::Allow),
    ("prefer", Protection::Prefer),
    ("require", Protection::Require),
    ("verify-ca", Protection::VerifyCa),
    ("verify-full", Protection::VerifyFull),
];

/// Parameters that are handed on as they are.
const PARAMETERS: [&str; 4] = ["sslrootcert", "sslcert", "sslkey", "options"];
/// What clients of PostgreSQL take besides, and can be named: it is nobody's password.
const OF_OTHERS: [&str; 12] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "gssencmode",
    "keepalives",
    "passfile",
    "service",
    "sslcrl",
    "sslpassword",
    "target_session_attrs",
    "tcp_user_timeout",
];
const PORT: u16 = 5_432;

/// The database is on another host and the way there is not protected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct Unprotected(String);

impl Speaks for Unprotected {
    fn words(&self) -> Words {
        words!(
            "`{address}` is on another host, and its `sslmode` is less than `verify-full`: somebody on the way could \
             read everything, or answer in its place. Leave `sslmode` out (with `sslrootcert=FILE` for an authority \
             of your own), or say that the network is to be trusted: `database.trust_the_network = true`",
            "`{address}` är på en annan värd och har lägre `sslmode` än `verify-full`. Någon på vägen skulle kunna läsa \
             allt, eller svara i dess ställe. Utelämna `sslmode` (med `sslrootcert=FIL` för en egen certifikatutfärdare), \
             eller ange att nätet är att lita på: `database.trust_the_network = true`.",
            address = verbatim(&self.0)
        )
    }
}

impl Address {
    /// The address of a file.
    #[must_use]
    pub fn of_file(path: impl Into<PathBuf>) -> Self {
        Self(Place::File(path.into()))
    }

    /// The file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Place::File(path) => Some(path),
            Place::Server(_) => None,
        }
    }

    /// The same with a password that was kept elsewhere.
    ///
    /// # Errors
    /// When it has one already, or is a file.
    pub fn with_password(mut self, password: &str) -> Result<Self, AddressError> {
        match &mut self.0 {
            Place::File(_) => Err(AddressError::NoPassword),
            Place::Server(server) => {
                once(&mut server.password, password.to_owned())?;
                Ok(self)
            }
        }
    }

    /// Whether nobody on the way can read or answer in its place: it is on this host, or shows a certificate
    /// of its own that is verified.
    ///
    /// # Errors
    /// When it is neither.
    pub fn protected(&self) -> Result<(), Unprotected> {
        match &self.0 {
            Place::Server(server)
                if !server.is_here() && server.protection() != Protection::VerifyFull =>
            {
                Err(Unprotected(self.to_string()))
            }
            Place::File(_) | Place::Server(_) => Ok(()),
        }
    }

    /// As the driver is told, password included.
    pub(crate) fn for_driver(&self) -> String {
        match &self.0 {
            Place::File(path) => format!("sqlite:{}", path.display()),
            Place::Server(server) => server.for_driver(),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(rest) = text.strip_prefix("sqlite:") {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            if path.is_empty() || path.starts_with(':') || path.contains('?') {
                return Err(AddressError::File);
            }
            return Ok(Self(Place::File(PathBuf::from(path))));
        }
        if !text.starts_with("postgres://") {
            return Err(AddressError::Scheme);
        }
        Server::parse(text).map(|server| Self(Place::Server(server)))
    }
}

impl Server {
    fn parse(text: &str) -> Result<Self, AddressError> {
        // A letter that ends a part would leave the rest of a password in another part; the parser takes
        // white space out.
        if text.contains('#') || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(AddressError::Malformed);
        }
        // The first `@` ends a password to some, the last to others.
        let before_path = text.split_once('?').map_or(text, |(before, _)| before);
        if before_path.matches('@').count() > 1 {
            return Err(AddressError::Malformed);
        }
        let malformed = |_| AddressError::Malformed;
        let url = Url::parse(text).map_err(|_| AddressError::Malformed)?;
        let path = url.path().strip_prefix('/').unwrap_or_default();
        if path.contains(['/', '@', ':']) {
            return Err(AddressError::Malformed);
        }
        let decoded = |part: &str| {
            let decoded = percent_encoding::percent_decode_str(part).decode_utf8();
            decoded.map(std::borrow::Cow::into_owned)
        };
        let given = |part: &str| (!part.is_empty()).then(|| decoded(part)).transpose();
        let mut host = given(url.host_str().unwrap_or_default()).map_err(malformed)?;
        let mut port = url.port().map(|port| port.to_string());
        let mut user = given(url.username()).map_err(malformed)?;
        let mut password = given(url.password().unwrap_or_default()).map_err(malformed)?;
        let mut database = given(path).map_err(malformed)?;
        let mut protection = None;
        let mut parameters = Vec::new();
        for (name, value) in url.query_pairs() {
            let value = value.into_owned();
            match &*name {
                "host" => once(&mut host, value)?,
                "hostaddr" if value.parse::<IpAddr>().is_ok() => once(&mut host, value)?,
                "port" => once(&mut port, value)?,
                "user" => once(&mut user, value)?,
                "password" => once(&mut password, value)?,
                "dbname" => once(&mut database, value)?,
                "sslmode" => once(&mut protection, Protection::named(&value)?)?,
                name => {
                    let known = PARAMETERS.into_iter().find(|known| *known == name);
                    let known = known.ok_or_else(|| {
                        let other = OF_OTHERS.into_iter().find(|other| *other == name);
                        other.map_or(AddressError::Parameter, AddressError::ForOthers)
                    })?;
                    if parameters.iter().any(|(said, _)| *said == known) {
                        return Err(AddressError::Twice);
                    }
                    parameters.push((known, value));
                }
            }
        }
        let port = port.map_or(Ok(PORT), |port| {
            port.parse().map_err(|_| {
                if port.contains(',') {
                    AddressError::Several
                } else {
                    AddressError::Malformed
                }
            })
        })?;
        Ok(Self {
            host: Host::parse(&host.ok_or(AddressError::NoHost)?)?,
            port,
            database,
            user,
            password,
            protection,
            parameters,
        })
    }

    /// Whether connections never leave this host.
    fn is_here(&self) -> bool {
        match &self.host {
            Host::Socket(_) => true,
            Host::Name(name) => match name.parse::<IpAddr>() {
                Ok(address) => address.to_canonical().is_loopback(),
                Err(_) => name.eq_ignore_ascii_case("localhost"),
            },
        }
    }

    /// What is asked of the connection: off this host everything, unless something else is said.
    fn protection(&self) -> Protection {
        let unsaid = if self.is_here() {
            Protection::Prefer
        } else {
            Protection::VerifyFull
        };
        self.protection.unwrap_or(unsaid)
    }

    fn for_driver(&self) -> String {
        let host = match &self.host {
            Host::Socket(host) | Host::Name(host) => host,
        };
        let port = self.port.to_string();
        let mut pairs = vec![
            ("host", host.as_str()),
            ("port", &port),
            ("sslmode", self.protection().name()),
        ];
        let given = [
            ("user", &self.user),
            ("password", &self.password),
            ("dbname", &self.database),
        ];
        pairs.extend(given.map(|(name, value)| (name, value.as_deref().unwrap_or_default())));
        pairs.extend(
            self.parameters
                .iter()
                .map(|(name, value)| (*name, value.as_str())),
        );
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        format!("postgres://localhost/?{}", query.finish())
    }
}

impl Host {
    fn parse(text: &str) -> Result<Self, AddressError> {
        if text.starts_with('/') {
            return Ok(Self::Socket(text.to_owned()));
        }
        if text.contains(',') {
            return Err(AddressError::Several);
        }
        let bare = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        let name = bare.unwrap_or(text);
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        };
        if is_name(name) || name.parse::<IpAddr>().is_ok() {
            Ok(Self::Name(name.to_owned()))
        } else {
            Err(AddressError::Malformed)
        }
    }
}

impl Protection {
    fn named(text: &str) -> Result<Self, AddressError> {
        let named = PROTECTIONS.iter().find(|(name, _)| *name == text);
        named
            .map(|(_, protection)| *protection)
            .ok_or(AddressError::Protection)
    }

    fn name(self) -> &'static str {
        let named = PROTECTIONS
            .iter()
            .find(|(_, protection)| *protection == self);
        named.map_or("verify-full", |(name, _)| name)
    }
}

fn once<T>(place: &mut Option<T>, value: T) -> Result<(), AddressError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(AddressError::Twice),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::File(path) => write!(f, "sqlite:{}", path.display()),
            Place::Server(server) => {
                let database = server.database.as_deref().unwrap_or_default();
                match &server.host {
                    Host::Socket(directory) => write!(f, "postgres:///{database}?host={directory}"),
                    Host::Name(name) if name.contains(':') => {
                        write!(f, "postgres://[{name}]:{}/{database}", server.port)
                    }
                    Host::Name(name) => write!(f, "postgres://{name}:{}/{database}", server.port),
                }
            }
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

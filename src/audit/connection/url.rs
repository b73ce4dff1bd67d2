//! Where a database is, read from a URL without ever repeating its password.

use std::path::PathBuf;

/// Where a database is.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Location {
    /// A file.
    Sqlite(PathBuf),
    /// A server.
    Postgres(String),
}

/// The URL names no database that this service can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a database URL: expected `sqlite:PATH` or `postgres://USER@HOST/NAME`")]
pub struct UrlError;

impl Location {
    pub(super) fn parse(url: &str) -> Result<Self, UrlError> {
        if let Some(rest) = url.strip_prefix("sqlite:") {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            // A database in memory is gone with the process, and with it the log.
            if path.is_empty() || path.starts_with(':') || path.contains('?') {
                return Err(UrlError);
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))
            .ok_or(UrlError)?;
        if rest.is_empty() {
            return Err(UrlError);
        }
        Ok(Self::Postgres(format!("postgres://{rest}")))
    }
}

/// The place without user, password and parameters.
impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => {
                let rest = url.strip_prefix("postgres://").unwrap_or_default();
                let place = rest.split('?').next().unwrap_or_default();
                let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
                write!(f, "postgres://{place}")
            }
        }
    }
}

impl std::fmt::Debug for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{self}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "postgres://anna:hem@lig@db.example:5432/behorig?sslmode=require",
            "postgresql://db.example/behorig?user=anna&password=hemlig",
        ] {
            let location = Location::parse(url).unwrap();
            let shown = format!("{location} {location:?}");
            assert!(shown.contains("db.example"), "{shown}");
            assert!(!shown.contains("hem") && !shown.contains("lig@"), "{shown}");
        }
    }

    #[test]
    fn files_and_servers_are_told_apart_and_memory_is_refused() {
        for url in ["sqlite:a/b.db", "sqlite://a/b.db"] {
            assert_eq!(Location::parse(url), Ok(Location::Sqlite("a/b.db".into())));
        }
        assert_eq!(
            Location::parse("sqlite:///b.db"),
            Ok(Location::Sqlite("/b.db".into()))
        );
        for url in [
            "sqlite::memory:",
            "sqlite:",
            "mysql://x/y",
            "postgres://",
            "b.db",
            "",
        ] {
            assert_eq!(Location::parse(url), Err(UrlError), "{url}");
        }
    }
}

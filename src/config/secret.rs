//! Texts that are not repeated to whoever gets a setting wrong: they may be a password in the wrong place.

use domain::Words;
use domain::speaks::verbatim;
use domain::text::personal_number;

/// Whether it looks like an address with a user or a password in it, or names somebody by number.
#[must_use]
pub fn is_suspect(text: &str) -> bool {
    if personal_number::find(text).is_some() {
        return true;
    }
    let is_address = text.contains("://") || text.starts_with("postgres");
    is_address && text.contains(['@', '?', '#']) || text.contains(':') && text.contains('@')
}

/// What was given, unless it may be a secret.
#[must_use]
pub fn repeated(given: &str) -> Words {
    verbatim(if is_suspect(given) { "…" } else { given })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_hold_a_password_is_told_from_what_does_not() {
        for word in [
            "postgres://anna:hem@lig@db.example/x",
            "postgres://db.example/x?password=hemlig",
            "postgres:anna:hem#lig",
            "anna:hemlig@db.example/x",
            "https://u:p@idp.example",
            "19121212-1212",
        ] {
            assert!(is_suspect(word), "{word}");
        }
        for word in [
            "sqlite:behorig.db",
            "--database",
            "region.jsonl",
            "postgres://localhost/x",
        ] {
            assert!(!is_suspect(word), "{word}");
        }
    }
}

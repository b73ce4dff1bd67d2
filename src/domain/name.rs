//! The key that names are sorted by.

use std::sync::LazyLock;

use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed};
use icu_locale_core::locale;

static SWEDISH: LazyLock<Option<CollatorBorrowed<'static>>> =
    LazyLock::new(|| Collator::try_new(locale!("sv").into(), CollatorOptions::default()).ok());

/// The key that a name sorts by in Swedish (å, ä, ö after z), as hexadecimal text that any database
/// orders alike.
#[must_use]
pub fn sort_key(name: &str) -> String {
    let mut key = Vec::new();
    let collated = SWEDISH
        .as_ref()
        .is_some_and(|c| c.write_sort_key_to(name, &mut key).is_ok());
    if !collated {
        key = name.to_lowercase().into_bytes();
    }
    data_encoding::HEXLOWER.encode(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swedish_letters_sort_after_z() {
        let mut names = ["Öberg", "Zahra", "Åkesson", "Andersson", "Ärlig"];
        names.sort_by_key(|name| sort_key(name));
        assert_eq!(names, ["Andersson", "Zahra", "Åkesson", "Ärlig", "Öberg"]);
    }
}

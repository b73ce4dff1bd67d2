//! The language of whoever started the process, by the variables that POSIX has for it.
//!
//! Apart from the settings because it is the reader's and not the service's: what is answered and what is recorded
//! do not depend on it.

use std::env::vars_os;

use domain::Language;

/// In the order in which they count.
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// The language in which a command says what it has to say.
#[must_use]
pub fn language() -> Language {
    let value = |name: &str| vars_os().find_map(|(known, value)| (known == *name).then_some(value));
    let values = VARIABLES.map(|name| value(name).and_then(|value| value.into_string().ok()));
    Language::of_locale(values.each_ref().map(|value| value.as_deref()))
}

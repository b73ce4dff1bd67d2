//! What a setting is that has one value, and how values are read that many have.

use super::Settings;
use domain::Words;

/// One setting: its name in the file, what it takes, and where it goes.
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) expected: Words,
    /// Whether what is given is a secret, or may be one where its file was to be named.
    pub(super) secret: bool,
    pub(super) set: fn(&mut Settings, &str) -> Option<()>,
}

pub(super) const fn setting(
    name: &'static str,
    expected: Words,
    set: fn(&mut Settings, &str) -> Option<()>,
) -> Setting {
    Setting {
        name,
        expected,
        secret: false,
        set,
    }
}

/// A number between two others, as text.
pub(super) fn number<T>(text: &str, least: T, most: T) -> Option<T>
where
    T: std::str::FromStr + PartialOrd + Copy,
{
    let number: T = text.parse().ok()?;
    (least <= number && number <= most).then_some(number)
}

/// `true` or `false`, as text.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

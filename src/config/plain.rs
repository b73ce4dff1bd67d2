//! The settings that are one value each.

use std::collections::BTreeSet;

use super::secret::repeated;
use super::setting::Setting;
use super::source::{File, NETWORK_ZONES, Variables, nearest, text_of};
use super::{ConfigError, Settings, general, http};
use domain::Words;
use domain::speaks::{verbatim, words};

/// The variable that sets the setting of that name.
fn variable(name: &str) -> String {
    match name {
        "log.filter" => "BEHORIG_LOG".to_owned(),
        name => format!("BEHORIG_{}", name.replace('.', "_").to_uppercase()),
    }
}

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Setting> {
    general::SETTINGS.iter().chain(http::SETTINGS)
}

pub(super) fn variables() -> impl Iterator<Item = String> {
    all().map(|setting| variable(setting.name))
}

pub(super) fn apply(
    settings: &mut Settings,
    file: &File,
    variables: &mut Variables,
    errors: &mut Vec<ConfigError>,
) {
    for (name, value) in &file.plain {
        let Some(setting) = all().find(|setting| setting.name == name) else {
            let known = all().map(|setting| setting.name);
            let expected = nearest(name, known.chain(["issuers", NETWORK_ZONES]));
            errors.push(ConfigError::new(
                name,
                Words::part("is not a setting", "är ingen inställning"),
                expected,
            ));
            continue;
        };
        set(settings, setting, name, text_of(value).as_deref(), errors);
    }
    let in_file = |name: &str| file.plain.iter().any(|(set, _)| set == name);
    one_address(in_file, str::to_owned, errors);
    let mut taken = BTreeSet::new();
    for setting in all() {
        let name = variable(setting.name);
        if let Some(text) = variables.take(&name) {
            set(settings, setting, &name, Some(&text), errors);
            taken.insert(setting.name);
        }
    }
    one_address(|name| taken.contains(name), variable, errors);
}

/// Refuses two addresses of the database from one place, of which one would be forgotten. A variable takes the
/// place of what stands in the file, whichever of the two either is.
fn one_address(
    is_set: impl Fn(&str) -> bool,
    called: impl Fn(&str) -> String,
    errors: &mut Vec<ConfigError>,
) {
    let (itself, kept) = ("database.url", "database.url_file");
    if is_set(itself) && is_set(kept) {
        errors.push(ConfigError::new(
            called(kept),
            words!(
                "is set beside `{other}`",
                "är angiven vid sidan av `{other}`",
                other = verbatim(called(itself))
            ),
            Words::part("one of the two", "bara den ena"),
        ));
    }
}

fn set(
    settings: &mut Settings,
    setting: &Setting,
    name: &str,
    text: Option<&str>,
    errors: &mut Vec<ConfigError>,
) {
    let done = text.and_then(|text| (setting.set)(settings, text));
    if done.is_none() {
        let problem = match text {
            Some(_) if setting.secret => Words::part(
                "has a value that cannot be used",
                "har ett värde som inte går att använda",
            ),
            Some(text) => words!(
                "cannot be `{text}`",
                "kan inte vara `{text}`",
                text = repeated(text)
            ),
            None => Words::part(
                "has a value of another type",
                "har ett värde av en annan typ",
            ),
        };
        errors.push(ConfigError::new(name, problem, setting.expected.clone()));
    }
}

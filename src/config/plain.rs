//! The settings that are one value each.

use std::collections::BTreeSet;
use std::time::Duration;

use super::source::{File, Variables, nearest, text_of};
use super::{ConfigError, Password, Settings};
use crate::telemetry::{LogFormat, check_filter};

/// One setting: its name in the file, what it takes, and where it goes.
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) expected: &'static str,
    /// Whether what is given is a secret, or may be one where its file was to be named.
    secret: bool,
    pub(super) set: fn(&mut Settings, &str) -> Option<()>,
}

pub(super) const fn setting(
    name: &'static str,
    expected: &'static str,
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

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

const ADDRESS: &str = "sqlite:FILE or postgres://USER@HOST/DATABASE; in a user or password, letters such as \
    `@ : / ? # %` are written as `%40 %3A %2F %3F %23 %25`";

/// The one line that a file holds.
fn kept_in(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    (!line.is_empty() && !line.contains('\n')).then(|| line.to_owned())
}

const SETTINGS: &[Setting] = &[
    setting(
        "listen",
        "an address and port as 127.0.0.1:8080",
        |to, text| {
            to.listen = text.parse().ok()?;
            Some(())
        },
    ),
    Setting {
        name: "database.url",
        expected: ADDRESS,
        secret: true,
        set: |to, text| {
            to.database.url = text.parse().ok()?;
            Some(())
        },
    },
    Setting {
        name: "database.url_file",
        expected: "a file of one line that can be read: sqlite:FILE or postgres://USER@HOST/DATABASE",
        secret: true,
        set: |to, text| {
            to.database.url = kept_in(text)?.parse().ok()?;
            Some(())
        },
    },
    Setting {
        name: "database.password_file",
        expected: "the path of a file of one line that can be read and is not empty",
        secret: true,
        set: |to, text| {
            to.database.password = Some(Password(kept_in(text)?));
            Some(())
        },
    },
    setting("database.trust_the_network", "true or false", |to, text| {
        to.database.trust_the_network = truth(text)?;
        Some(())
    }),
    setting(
        "database.connections",
        "a number from 2 to 1000",
        |to, text| {
            to.database.connections = number(text, 2, 1_000)?;
            Some(())
        },
    ),
    setting("log.format", "human or json", |to, text| {
        to.log.format = LogFormat::named(text)?;
        Some(())
    }),
    setting(
        "log.filter",
        "directives as info,behorig=debug",
        |to, text| {
            check_filter(text).ok()?;
            text.clone_into(&mut to.log.filter);
            Some(())
        },
    ),
    setting(
        "deadline_milliseconds",
        "a number from 50 to 60000",
        |to, text| {
            to.deadline = Duration::from_millis(number(text, 50, 60_000)?);
            Some(())
        },
    ),
    setting(
        "clock_tolerance_seconds",
        "a number from 1 to 60",
        |to, text| {
            to.clock_tolerance = Duration::from_secs(number(text, 1, 60)?);
            Some(())
        },
    ),
    setting(
        "retention.event_days",
        "a number of days from 0 to 36525; five years are 1826",
        |to, text| {
            to.retention.event_days = number(text, 0, 36_525)?;
            Some(())
        },
    ),
    setting("introspection", "true or false", |to, text| {
        to.introspection = truth(text)?;
        Some(())
    }),
    setting(
        "limits.tokens",
        "a number from 100 to 1000000",
        |to, text| {
            to.limits.tokens = number(text, 100, 1_000_000)?;
            Some(())
        },
    ),
    setting("limits.nesting", "a number from 16 to 60", |to, text| {
        to.limits.nesting = number(text, 16, 60)?;
        Some(())
    }),
    setting(
        "limits.selections",
        "a number from 100 to 100000",
        |to, text| {
            to.limits.selections = number(text, 100, 100_000)?;
            Some(())
        },
    ),
    setting(
        "limits.root_fields",
        "a number from 1 to 1000",
        |to, text| {
            to.limits.root_fields = number(text, 1, 1_000)?;
            Some(())
        },
    ),
    setting("limits.depth", "a number from 5 to 32", |to, text| {
        to.limits.depth = number(text, 5, 32)?;
        Some(())
    }),
    setting("limits.directives", "a number from 1 to 50", |to, text| {
        to.limits.directives = number(text, 1, 50)?;
        Some(())
    }),
    setting(
        "limits.complexity",
        "a number from 100 to 10000000",
        |to, text| {
            to.limits.complexity = number(text, 100, 10_000_000)?;
            Some(())
        },
    ),
    setting(
        "tokens.max_bytes",
        "a number from 512 to 65536",
        |to, text| {
            to.tokens.max_token_bytes = number(text, 512, 65_536)?;
            Some(())
        },
    ),
    setting(
        "tokens.remembered",
        "a number from 0 to 1000000",
        |to, text| {
            to.tokens.remembered = number(text, 0, 1_000_000)?;
            Some(())
        },
    ),
    setting(
        "tokens.refresh_seconds",
        "a number from 1 to 86400",
        |to, text| {
            to.tokens.refresh_seconds = number(text, 1, 86_400)?;
            Some(())
        },
    ),
    setting(
        "tokens.unknown_key_seconds",
        "a number from 1 to 3600",
        |to, text| {
            to.tokens.unknown_key_seconds = number(text, 1, 3_600)?;
            Some(())
        },
    ),
    setting(
        "decisions.recent_sign_in_seconds",
        "a number from 30 to 86400",
        |to, text| {
            to.decisions.recent_sign_in_seconds = number(text, 30, 86_400)?;
            Some(())
        },
    ),
    setting(
        "decisions.grace_hours",
        "a number from 0 to 23",
        |to, text| {
            to.decisions.grace_hours = number(text, 0, 23)?;
            Some(())
        },
    ),
    setting(
        "decisions.patient_data_level",
        "a level from 1 to 4",
        |to, text| {
            to.decisions.patient_data_level = number(text, 1, 4)?;
            Some(())
        },
    ),
];

/// The variable that sets the setting of that name.
fn variable(name: &str) -> String {
    match name {
        "log.filter" => "BEHORIG_LOG".to_owned(),
        name => format!("BEHORIG_{}", name.replace('.', "_").to_uppercase()),
    }
}

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().chain(super::http::SETTINGS)
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
            let expected = nearest(name, known.chain(["issuers", super::zone::NAME]));
            errors.push(ConfigError::new(name, "is not a setting", expected));
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
            format!("is set beside `{}`", called(itself)),
            "one of the two",
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
            Some(_) if setting.secret => "has a value that cannot be used".to_owned(),
            Some(text) => format!("cannot be `{text}`"),
            None => "has a value of another type".to_owned(),
        };
        errors.push(ConfigError::new(name, problem, setting.expected));
    }
}

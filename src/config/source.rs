//! Where settings come from: a TOML file and variables, both reduced to names and texts.

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Table, Value};

use super::ConfigError;
use domain::Words;
use domain::speaks::{verbatim, words};

/// The name in the file of what networks are called.
pub(super) const NETWORK_ZONES: &str = "network_zones";

/// The settings file: its plain settings by dotted name, its issuers and its network zones.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) plain: Vec<(String, Value)>,
    pub(super) issuers: Option<Value>,
    pub(super) network_zones: Option<Value>,
}

pub(super) fn read(path: &Path) -> Result<File, ConfigError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        ConfigError::new(
            &name,
            words!(
                "cannot be read, {error}",
                "går inte att läsa ({error})",
                error
            ),
            Words::part(
                "a readable settings file in TOML",
                "en läsbar inställningsfil i TOML",
            ),
        )
    })?;
    let mut table: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| {
            text.bytes()
                .take(span.start)
                .filter(|b| *b == b'\n')
                .count()
                + 1
        });
        ConfigError::new(
            &name,
            words!(
                "is not TOML in line {line}, {error}",
                "är inte TOML på rad {line} ({error})",
                line,
                error = verbatim(error.message())
            ),
            Words::part(
                "`name = value` and `[section]` lines",
                "rader som `namn = värde` och `[avsnitt]`",
            ),
        )
    })?;
    let issuers = table.remove("issuers");
    let network_zones = table.remove(NETWORK_ZONES);
    let mut plain = Vec::new();
    flatten("", table, &mut plain);
    Ok(File {
        plain,
        issuers,
        network_zones,
    })
}

fn flatten(prefix: &str, table: Table, into: &mut Vec<(String, Value)>) {
    for (name, value) in table {
        let name = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}.{name}")
        };
        if let Value::Table(inner) = value {
            flatten(&name, inner, into);
        } else {
            into.push((name, value));
        }
    }
}

/// A value as the text that a variable would hold; `None` for what no variable could say.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(truth) => Some(truth.to_string()),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .map(|items| items.join(",")),
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => None,
    }
}

/// The names and values of a section.
pub(super) fn pairs_of(table: &Table) -> Option<Vec<(String, String)>> {
    table
        .iter()
        .map(|(name, value)| Some((name.clone(), text_of(value)?)))
        .collect()
}

/// The names and values of `name=value,…`, as a variable holds them.
pub(super) fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    text.split(',')
        .filter(|item| !item.trim().is_empty())
        .map(|item| {
            let (name, value) = item.rsplit_once('=')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

/// The variables that begin with `BEHORIG_`, each taken once.
#[derive(Debug)]
pub(super) struct Variables(BTreeMap<String, String>);

const PREFIX: &str = "BEHORIG_";

impl Variables {
    pub(super) fn of(all: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = all.into_iter().filter(|(name, _)| name.starts_with(PREFIX));
        Self(ours.collect())
    }

    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// The error for each variable that nothing has taken, beside those that are known. Container platforms set `BEHORIG_PORT…` and
    /// `BEHORIG_SERVICE_…` by themselves for a service of that name; those are not meant for us.
    pub(super) fn unknown(self, known: &[String]) -> impl Iterator<Item = ConfigError> {
        self.0
            .into_keys()
            .filter(|name| {
                let rest = name.strip_prefix(PREFIX).unwrap_or_default();
                !(rest == "PORT" || rest.starts_with("PORT_") || rest.starts_with("SERVICE_"))
            })
            .map(|name| {
                let expected = nearest(&name, known.iter().map(String::as_str));
                ConfigError::new(
                    &name,
                    Words::part("is not a setting", "är ingen inställning"),
                    expected,
                )
            })
    }
}

/// The known name that is most like the given one, in words.
pub(super) fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Words {
    let closest = known
        .map(|name| (strsim::levenshtein(given, name), name))
        .min_by_key(|(distance, _)| *distance);
    match closest {
        Some((distance, name)) if distance <= 1 + given.len() / 3 => {
            words!(
                "perhaps `{name}`",
                "`{name}`, om det var det du menade",
                name = verbatim(name)
            )
        }
        _ => Words::part(
            "one of the settings that the documentation lists",
            "en av inställningarna i dokumentationen",
        ),
    }
}

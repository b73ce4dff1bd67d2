//! The settings that are one value each, but for those of the HTTP server.

use std::time::Duration;

use super::Password;
use super::setting::{Setting, number, setting, truth};
use crate::telemetry::{LogFormat, check_filter};
use domain::Named;
use domain::Words;

const ADDRESS: Words = Words::part(
    "sqlite:FILE or postgres://USER@HOST/DATABASE; in a user or password, letters such as \
     `@ : / ? # %` are written as `%40 %3A %2F %3F %23 %25`",
    "sqlite:FIL eller postgres://ANVÄNDARE@VÄRD/DATABAS; i ett användarnamn eller lösenord skrivs tecken som \
     `@ : / ? # %` som `%40 %3A %2F %3F %23 %25`",
);

/// The one line that a file holds.
fn kept_in(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    (!line.is_empty() && !line.contains('\n')).then(|| line.to_owned())
}

pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "listen",
        Words::part(
            "an address and port as 127.0.0.1:8080",
            "en adress och port som 127.0.0.1:8080",
        ),
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
        expected: Words::part(
            "a file of one line that can be read: sqlite:FILE or postgres://USER@HOST/DATABASE",
            "en läsbar fil med en rad: sqlite:FIL eller postgres://ANVÄNDARE@VÄRD/DATABAS",
        ),
        secret: true,
        set: |to, text| {
            to.database.url = kept_in(text)?.parse().ok()?;
            Some(())
        },
    },
    Setting {
        name: "database.password_file",
        expected: Words::part(
            "the path of a file of one line that can be read and is not empty",
            "sökvägen till en läsbar fil med en rad som inte är tom",
        ),
        secret: true,
        set: |to, text| {
            to.database.password = Some(Password(kept_in(text)?));
            Some(())
        },
    },
    setting(
        "database.trust_the_network",
        Words::part("true or false", "true eller false"),
        |to, text| {
            to.database.trust_the_network = truth(text)?;
            Some(())
        },
    ),
    setting(
        "database.connections",
        Words::part("a number from 2 to 1000", "ett tal från 2 till 1000"),
        |to, text| {
            to.database.connections = number(text, 2, 1_000)?;
            Some(())
        },
    ),
    setting(
        "log.format",
        Words::part("human or json", "human eller json"),
        |to, text| {
            to.log.format = LogFormat::named(text)?;
            Some(())
        },
    ),
    setting(
        "log.filter",
        Words::part(
            "directives as info,behorig=debug",
            "direktiv som info,behorig=debug",
        ),
        |to, text| {
            check_filter(text).ok()?;
            text.clone_into(&mut to.log.filter);
            Some(())
        },
    ),
    setting(
        "deadline_milliseconds",
        Words::part("a number from 50 to 60000", "ett tal från 50 till 60000"),
        |to, text| {
            to.deadline = Duration::from_millis(number(text, 50, 60_000)?);
            Some(())
        },
    ),
    setting(
        "clock_tolerance_seconds",
        Words::part("a number from 1 to 60", "ett tal från 1 till 60"),
        |to, text| {
            to.clock_tolerance = Duration::from_secs(number(text, 1, 60)?);
            Some(())
        },
    ),
    setting(
        "retention.event_days",
        Words::part(
            "a number of days from 0 to 36525; five years are 1826",
            "ett antal dagar från 0 till 36525; fem år är 1826",
        ),
        |to, text| {
            to.retention.event_days = number(text, 0, 36_525)?;
            Some(())
        },
    ),
    setting(
        "introspection",
        Words::part("true or false", "true eller false"),
        |to, text| {
            to.introspection = truth(text)?;
            Some(())
        },
    ),
    setting(
        "limits.tokens",
        Words::part(
            "a number from 100 to 1000000",
            "ett tal från 100 till 1000000",
        ),
        |to, text| {
            to.limits.tokens = number(text, 100, 1_000_000)?;
            Some(())
        },
    ),
    setting(
        "limits.nesting",
        Words::part("a number from 16 to 60", "ett tal från 16 till 60"),
        |to, text| {
            to.limits.nesting = number(text, 16, 60)?;
            Some(())
        },
    ),
    setting(
        "limits.selections",
        Words::part(
            "a number from 100 to 100000",
            "ett tal från 100 till 100000",
        ),
        |to, text| {
            to.limits.selections = number(text, 100, 100_000)?;
            Some(())
        },
    ),
    setting(
        "limits.root_fields",
        Words::part("a number from 1 to 1000", "ett tal från 1 till 1000"),
        |to, text| {
            to.limits.root_fields = number(text, 1, 1_000)?;
            Some(())
        },
    ),
    setting(
        "limits.depth",
        Words::part("a number from 5 to 32", "ett tal från 5 till 32"),
        |to, text| {
            to.limits.depth = number(text, 5, 32)?;
            Some(())
        },
    ),
    setting(
        "limits.directives",
        Words::part("a number from 1 to 50", "ett tal från 1 till 50"),
        |to, text| {
            to.limits.directives = number(text, 1, 50)?;
            Some(())
        },
    ),
    setting(
        "limits.complexity",
        Words::part(
            "a number from 100 to 10000000",
            "ett tal från 100 till 10000000",
        ),
        |to, text| {
            to.limits.complexity = number(text, 100, 10_000_000)?;
            Some(())
        },
    ),
    setting(
        "tokens.max_bytes",
        Words::part("a number from 512 to 65536", "ett tal från 512 till 65536"),
        |to, text| {
            to.tokens.max_token_bytes = number(text, 512, 65_536)?;
            Some(())
        },
    ),
    setting(
        "tokens.remembered",
        Words::part("a number from 0 to 1000000", "ett tal från 0 till 1000000"),
        |to, text| {
            to.tokens.remembered = number(text, 0, 1_000_000)?;
            Some(())
        },
    ),
    setting(
        "tokens.refresh_seconds",
        Words::part("a number from 1 to 86400", "ett tal från 1 till 86400"),
        |to, text| {
            to.tokens.refresh_seconds = number(text, 1, 86_400)?;
            Some(())
        },
    ),
    setting(
        "tokens.unknown_key_seconds",
        Words::part("a number from 1 to 3600", "ett tal från 1 till 3600"),
        |to, text| {
            to.tokens.unknown_key_seconds = number(text, 1, 3_600)?;
            Some(())
        },
    ),
    setting(
        "decisions.recent_sign_in_seconds",
        Words::part("a number from 30 to 86400", "ett tal från 30 till 86400"),
        |to, text| {
            to.decisions.recent_sign_in_seconds = number(text, 30, 86_400)?;
            Some(())
        },
    ),
    setting(
        "decisions.grace_hours",
        Words::part("a number from 0 to 23", "ett tal från 0 till 23"),
        |to, text| {
            to.decisions.grace_hours = number(text, 0, 23)?;
            Some(())
        },
    ),
    setting(
        "decisions.patient_data_level",
        Words::part("a level from 1 to 4", "en nivå från 1 till 4"),
        |to, text| {
            to.decisions.patient_data_level = number(text, 1, 4)?;
            Some(())
        },
    ),
];

//! Structured logs, for people or for machines, on standard error.
//!
//! Called once, by the command line. Log lines carry ids, codes and durations; tokens, personal numbers
//! and bodies have no place in them, and nothing here prints a request.

use std::io::IsTerminal as _;

use strum::{EnumString, IntoStaticStr, VariantArray};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use domain::Words;
use domain::speaks::{Speaks, verbatim, words};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum LogFormat {
    /// Lines to read.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// Why logging did not start.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum TelemetryError {
    /// The filter cannot be read.
    Filter(String),
    /// Somebody else has started logging in this process.
    Started,
}

impl Speaks for TelemetryError {
    fn words(&self) -> Words {
        match self {
            Self::Filter(filter) => words!(
                "the log filter `{filter}` cannot be read: expected directives as `info,behorig=debug`",
                "Loggfiltret `{filter}` går inte att läsa. Skriv det som `info,behorig=debug`.",
                filter = verbatim(filter)
            ),
            Self::Started => Words::new(
                "logging has already been started",
                "Loggningen har redan startats.",
            ),
        }
    }
}

/// Whether the text can be used as a log filter.
///
/// # Errors
/// When it cannot.
pub fn check_filter(filter: &str) -> Result<(), TelemetryError> {
    EnvFilter::try_new(filter)
        .map(drop)
        .map_err(|_| TelemetryError::Filter(filter.to_owned()))
}

/// Starts logging for the whole process.
///
/// # Errors
/// When the filter cannot be read, or logging has been started before.
pub fn start(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    let filter =
        EnvFilter::try_new(filter).map_err(|_| TelemetryError::Filter(filter.to_owned()))?;
    let registry = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Human => registry
            .with(
                lines
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_target(false),
            )
            .try_init(),
        LogFormat::Json => registry
            .with(lines.json().flatten_event(true).with_current_span(true))
            .try_init(),
    };
    started.map_err(|_| TelemetryError::Started)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_cannot_be_read_is_named() {
        assert!(check_filter("info,behorig=debug").is_ok());
        let error = check_filter("behorig=loud").unwrap_err().to_string();
        assert!(error.contains("behorig=loud"), "{error}");
    }
}

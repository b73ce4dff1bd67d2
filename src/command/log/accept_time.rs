//! `behorig log accept-time`: the log goes on although its newest recorded time has not come yet.

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::super::error::CommandError;
use super::super::opening::{self, OnDatabase};
use super::super::output;
use domain::clock::Clock;
use domain::speaks::{Speaks, words};
use domain::text::Reference;

/// `behorig log accept-time`
#[derive(Debug, Args)]
pub struct AcceptTime {
    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// What happened to the clock; kept in the log in clear, so name no patient.
    #[arg(long, value_name = "TEXT")]
    pub reason: Reference,
}

pub(super) async fn run(
    config: Option<&Path>,
    asked: AcceptTime,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let settings = opening::settings(config, &asked.on)?;
    let db = opening::open(&settings).await?;
    let log = opening::open_any_log(&db, &settings, clock).await?;
    let accepted = log.accept_time(&asked.reason).await;
    let (seconds, event, receipt) = accepted.map_err(|error| {
        CommandError::Could(words!(
            "nothing was changed: {error}",
            "Inget har ändrats. {error}",
            error = error.whole()
        ))
    })?;
    db.close().await;
    output::print(&words!(
        "Event {seq} ({event}) says that the log goes on {seconds} s ahead of this host's clock.\n\
         Recorded time stands still until then; decisions are made by the clocks, as ever.",
        "Händelse {seq} ({event}) säger att loggen går vidare {seconds} s före värdens klocka.\n\
         Loggens tid står stilla tills dess. Beslut fattas efter klockorna, som alltid.",
        seq = receipt.seq(event).unwrap_or_default(),
        event,
        seconds
    ))
}

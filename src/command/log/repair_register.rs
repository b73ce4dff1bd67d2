//! `behorig log repair-register`: rows of the register become again what the log tells.

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::super::comparing::differences;
use super::super::counts::rows;
use super::super::error::CommandError;
use super::super::opening::{OnDatabase, Opened};
use super::super::output;
use audit::repair::{Because, Repaired};
use domain::clock::Clock;
use domain::speaks::{Speaks, foreign, words};
use domain::text::Reference;

/// `behorig log repair-register`
#[derive(Debug, Args)]
pub struct Repair {
    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// Why; kept in the log in clear, so name no patient.
    #[arg(long, value_name = "TEXT")]
    pub reason: Reference,
}

pub(super) async fn run(
    config: Option<&Path>,
    asked: Repair,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let opened = Opened::new(config, &asked.on, clock).await?;
    let could_not = |error: &(dyn std::error::Error + Send + Sync + 'static)| {
        CommandError::Could(words!(
            "the register could not be compared with the log: {error}",
            "Registret gick inte att jämföra med loggen. Orsak: {error}",
            error = foreign(error)
        ))
    };
    let found = differences(&opened.db).await;
    let found = found.map_err(|error| could_not(error.as_ref()))?;
    let because = Because::Host(&asked.reason);
    let repaired = opened.log.repair(found.rows(), because).await?;
    opened.db.close().await;
    say(&repaired)
}

/// Names each row; it is no success where one is left.
fn say(
    Repaired {
        rows: written,
        left,
    }: &Repaired,
) -> Result<(), CommandError> {
    for row in written {
        output::print(&words!(
            "Written anew: {row}",
            "Skriven på nytt: {row}",
            row = row.words()
        ))?;
    }
    for row in left {
        output::print(&words!("Left: {row}", "Kvar: {row}", row = row.words()))?;
    }
    if !left.is_empty() {
        return Err(CommandError::NotRight(words!(
            "{rows} could not be written anew: what they held is told by its digest alone, was erased, or the database \
             refuses it. They decide nothing",
            "{rows} gick inte att skriva på nytt: loggen har bara kontrollsumman för innehållet, det har raderats eller \
             databasen tar inte emot det. De påverkar inga beslut.",
            rows = rows(left.len())
        ))
        .on_page());
    }
    output::print(&words!(
        "{rows} written anew. The register is what the log tells.",
        "{rows} skrivna på nytt. Registret är det som loggen berättar.",
        rows = rows(written.len())
    ))
}

//! `behorig log adopt-restore`: says in the log what a restore from a backup has lost.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::super::claims::Claims;
use super::super::opening::{OnDatabase, Opened};
use super::super::{CommandError, opening, output, times, unchanged};
use audit::DatabaseError;
use audit::leaves::Leaves;
use audit::restore::{Loss, NotRestored, TwoIndividuals};
use domain::action::AdoptRestore;
use domain::clock::Clock;
use domain::speaks::{Speaks, events, words};
use domain::text::Reference;

/// `behorig log adopt-restore`
#[derive(Debug, Args)]
pub struct Restore {
    /// The database, as it was restored.
    #[command(flatten)]
    pub on: OnDatabase,

    /// The notary's file of leaf hashes, which remembers what was lost.
    #[arg(long, value_name = "FILE")]
    pub leaves: PathBuf,

    /// A file with the access token of somebody with `policy:manage` over the installation; twice, of two human
    /// beings.
    #[arg(long, value_name = "FILE", required = true, num_args = 1)]
    pub token: Vec<PathBuf>,

    /// Why; kept in the log in clear, so name no patient.
    #[arg(long, value_name = "TEXT")]
    pub reason: Reference,
}

pub(super) async fn run(
    config: Option<&Path>,
    asked: Restore,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let [first, second] = asked.token.as_slice() else {
        return Err(CommandError::Could(words!(
            "two tokens are needed, of two human beings: --token was given {times}",
            "Det behövs inloggningar från två personer. Du angav --token {times}.",
            times = times(asked.token.len())
        )));
    };
    let mut leaves =
        Leaves::read_only(&asked.leaves).map_err(|error| CommandError::Could(error.whole()))?;
    let opened = Opened::new(config, &asked.on, clock).await?;
    let snapshot = opening::snapshot(&opened.db).await?;
    let loss = Loss::find(&snapshot, &mut leaves).await.map_err(failed)?;
    drop(snapshot);
    if let Some(epoch) = loss.adopted {
        return Err(CommandError::Could(words!(
            "the log accounts for that already, with epoch {epoch}: start the notary with \
             --accept-restore {epoch}; nothing was changed",
            "Loggen redovisar det redan, med epok {epoch}. Starta notarien med --accept-restore {epoch}. Inget har \
             ändrats.",
            epoch
        )));
    }
    let claims = Claims::new(&opened).await?;
    let permits = [
        claims.permit(first, AdoptRestore).await?.split().1,
        claims.permit(second, AdoptRestore).await?.split().1,
    ];
    let by =
        TwoIndividuals::new(permits).map_err(|error| CommandError::Could(unchanged(&error)))?;
    let (id, receipt) = Box::pin(opened.log.adopt_restore(by, &loss, &asked.reason)).await?;
    opened.db.close().await;
    output::print(&words!(
        "Event {seq} says that the log goes on from {common}, of which {lost} were lost: epoch {epoch} has begun.\n\
         Start every server again, and the notary with --accept-restore {epoch}.",
        "Händelse {seq} säger att loggen går vidare från {common}. {lost} efter dem gick förlorade: epok {epoch} har \
         börjat.\n\
         Starta alla servrar igen, och notarien med --accept-restore {epoch}.",
        seq = receipt.seq(id).unwrap_or_default(),
        common = events(loss.common),
        lost = loss.lost - loss.common,
        epoch = loss.epoch
    ))
}

fn failed(error: NotRestored) -> CommandError {
    match error {
        NotRestored::Database(error) => DatabaseError::from(error).into(),
        NotRestored::NothingLost
        | NotRestored::AnotherLog
        | NotRestored::Pruned(_)
        | NotRestored::Memory(_) => CommandError::Could(unchanged(&error)),
    }
}

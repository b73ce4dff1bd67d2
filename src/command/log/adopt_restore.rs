//! `behorig log adopt-restore`: says in the log what a restore from a backup has lost.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::super::counts::times;
use super::super::error::{CommandError, unchanged};
use super::super::opening::{OnDatabase, Opened};
use super::super::output;
use super::super::tokens::{Tokens, not_permitted};
use audit::DatabaseError;
use audit::leaves::Leaves;
use audit::restore::NotRestored;
use domain::clock::Clock;
use domain::speaks::{Speaks, events, words};
use domain::text::Reference;
use service::restores::{Adopted, NotAdopted, adopt};

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
    let desk = opened.desk().await?;
    let tokens = Tokens::of(&opened).await?;
    let both = [
        &tokens.claimant(first).await?,
        &tokens.claimant(second).await?,
    ];
    let adopted = Box::pin(adopt(&desk, &mut leaves, both, &asked.reason)).await;
    let Adopted { loss, seq } = adopted.map_err(|error| failed(error, [first, second]))?;
    opened.db.close().await;
    output::print(&words!(
        "Event {seq} says that the log goes on from {common}, of which {lost} were lost: epoch {epoch} has begun.\n\
         Start every server again, and the notary with --accept-restore {epoch}.",
        "Händelse {seq} säger att loggen går vidare från {common}. {lost} efter dem gick förlorade: epok {epoch} har \
         börjat.\n\
         Starta alla servrar igen, och notarien med --accept-restore {epoch}.",
        seq,
        common = events(loss.common),
        lost = loss.lost - loss.common,
        epoch = loss.epoch
    ))
}

fn failed(error: NotAdopted, tokens: [&PathBuf; 2]) -> CommandError {
    match error {
        NotAdopted::Snapshot(error) => CommandError::unread_log(&error),
        NotAdopted::NotRestored(NotRestored::Database(error)) => DatabaseError::from(error).into(),
        NotAdopted::NotRestored(error) => CommandError::Could(unchanged(&error)),
        NotAdopted::Already { epoch } => CommandError::Could(words!(
            "the log accounts for that already, with epoch {epoch}: start the notary with \
             --accept-restore {epoch}; nothing was changed",
            "Loggen redovisar det redan, med epok {epoch}. Starta notarien med --accept-restore {epoch}. Inget har \
             ändrats.",
            epoch
        )),
        NotAdopted::NotPermitted { whose, why } => {
            let [first, second] = tokens;
            not_permitted(if whose == 0 { first } else { second }, &why)
        }
        NotAdopted::NotTwo(error) => CommandError::Could(unchanged(&error)),
        NotAdopted::Transact(error) => error.into(),
    }
}

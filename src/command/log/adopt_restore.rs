//! `behorig log adopt-restore`: says in the log what a restore from a backup has lost.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::super::arguments::OnDatabase;
use super::super::claims::Claims;
use super::super::{CommandError, output, service};
use crate::audit::leaves::Leaves;
use crate::audit::restore::{Loss, NotRestored, TwoIndividuals};
use crate::clock::Clock;
use crate::domain::action::AdoptRestore;
use crate::domain::text::Reference;

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
        return Err(CommandError::Could(format!(
            "two tokens are needed, of two human beings: --token was given {} times",
            asked.token.len()
        )));
    };
    let settings = service::settings(config, &asked.on)?;
    let mut leaves =
        Leaves::read_only(&asked.leaves).map_err(|error| CommandError::Could(error.to_string()))?;
    let db = service::open(&settings).await?;
    let log = service::open_log(&db, &settings, clock).await?;
    let snapshot = service::snapshot(&db).await?;
    let loss = Loss::find(&snapshot, &mut leaves).await.map_err(failed)?;
    drop(snapshot);
    if let Some(epoch) = loss.adopted {
        return Err(CommandError::Could(format!(
            "the log accounts for that already, with epoch {epoch}: start the notary with \
             --accept-restore {epoch}; nothing was changed"
        )));
    }
    let claims = Claims::new(&settings, &db, &log, clock).await?;
    let permits = [
        claims.permit(first, AdoptRestore).await?.split().1,
        claims.permit(second, AdoptRestore).await?.split().1,
    ];
    let by = TwoIndividuals::new(permits)
        .map_err(|error| CommandError::Could(format!("{error}; nothing was changed")))?;
    let (id, receipt) = Box::pin(log.adopt_restore(by, &loss, &asked.reason)).await?;
    db.close().await;
    output::print(&format!(
        "Event {} says that the log goes on from {} events, of which {} were lost: epoch {} has begun.\n\
         Start every server again, and the notary with --accept-restore {}.",
        receipt.seq(id).unwrap_or_default(),
        loss.common,
        loss.lost - loss.common,
        loss.epoch,
        loss.epoch
    ))
}

fn failed(error: NotRestored) -> CommandError {
    match error {
        NotRestored::Database(error) => error.into(),
        NotRestored::NothingLost
        | NotRestored::AnotherLog
        | NotRestored::Pruned(_)
        | NotRestored::Memory(_) => CommandError::Could(format!("{error}; nothing was changed")),
    }
}

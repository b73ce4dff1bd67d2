//! `behorig log adopt-restore`: says in the log what a restore from a backup has lost.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::super::arguments::OnDatabase;
use super::super::host::{Decider, NotPermitted};
use super::super::{CommandError, output, serve, service};
use crate::audit::leaves::Leaves;
use crate::audit::restore::{Loss, NotRestored, TwoIndividuals};
use crate::authn::Verifier;
use crate::clock::Clock;
use crate::domain::Instant;
use crate::domain::action::AdoptRestore;
use crate::gate::Evidence;

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
    pub reason: String,
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
    if asked.reason.trim().is_empty() || asked.reason.len() > 500 {
        let what = "`--reason` is empty or longer than 500 bytes";
        return Err(CommandError::Could(what.to_owned()));
    }
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
    let policies = serve::policies(&settings, &db).await?;
    let desk = Desk {
        decider: Decider::new(&log, clock, policies, serve::calendar(&settings)),
        verifier: serve::verifier(&settings, clock).await?,
        now: clock.now(),
    };
    let permits = [desk.permit(first).await?, desk.permit(second).await?];
    let by = TwoIndividuals::new(permits)
        .map_err(|error| CommandError::Could(format!("{error}; nothing was changed")))?;
    let (id, receipt) = log.adopt_restore(by, &loss, asked.reason.trim()).await?;
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

/// Where the two come with their tokens.
struct Desk<'a> {
    decider: Decider<'a>,
    verifier: Arc<Verifier>,
    now: Instant,
}

impl Desk<'_> {
    /// The leave of whoever the token names; a refusal is on record before it is told.
    async fn permit(&self, token: &Path) -> Result<Evidence, CommandError> {
        let file = token.display();
        let refused = |why: &dyn std::fmt::Display| {
            CommandError::Could(format!("the token `{file}`: {why}; nothing was changed"))
        };
        let text = std::fs::read_to_string(token).map_err(|error| refused(&error))?;
        let claimant = self.verifier.authenticate(text.trim(), self.now).await;
        let claimant = claimant.map_err(|error| refused(&error))?;
        let permit = self.decider.permit(&claimant, AdoptRestore).await;
        match permit {
            Ok(permit) => Ok(permit.split().1),
            Err(NotPermitted::Refused(refusal)) => Err(refused(&format!(
                "whom it names may not: `policy:manage` over the installation is needed ({refusal})"
            ))),
            Err(error) => Err(refused(&error)),
        }
    }
}

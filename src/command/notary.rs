//! `behorig notary`: looks at the log and signs for it, in a process that the service does not share.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures_util::StreamExt as _;

use super::comparing::{compare, differences};
use super::error::CommandError;
use super::opening::{self, OnDatabase};
use super::{output, signals};
use crate::telemetry;
use audit::connection::Database;
use audit::key_file;
use audit::notary::{Extent, Notary, NotaryError};
use audit::prove;
use domain::speaks::{Speaks, events, foreign, words};
use transparency::checkpoint::SignedCheckpoint;

/// `behorig notary`
#[derive(Debug, Args)]
pub struct Arguments {
    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// The log's private key.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,

    /// The notary's memory: leaf hashes, 32 bytes an event, outside the database; its signed notes are
    /// kept beside it.
    #[arg(long, value_name = "FILE")]
    pub leaves: PathBuf,

    /// Begin a memory: only for the first notary of a log.
    #[arg(long)]
    pub create: bool,

    /// Accept the restore from a backup by which that epoch began, as the log accounts for it
    /// (`behorig log adopt-restore`). What was lost is kept aside.
    #[arg(long, value_name = "EPOCH", conflicts_with = "create")]
    pub accept_restore: Option<u64>,

    /// How often to look, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub interval: u64,

    /// Look at everything once, sign, and end: 0 in order, 2 the log is not the one that was recorded.
    #[arg(long, conflicts_with = "interval")]
    pub once: bool,
}

pub(super) async fn run(config: Option<&Path>, arguments: Arguments) -> Result<(), CommandError> {
    let settings = opening::settings(config, &arguments.on)?;
    let db = opening::open(&settings).await?;
    let mut notary = engage(&db, &arguments.key, &arguments.leaves, arguments.create).await?;
    if let Some(epoch) = arguments.accept_restore {
        let common = notary.accept_restore(epoch).await?;
        output::complain(&words!(
            "Accepted epoch {epoch}: the log goes on from {common}.",
            "Epok {epoch} är godtagen. Loggen går vidare från {common}.",
            epoch,
            common = events(common)
        ));
    }
    if arguments.once {
        let signed = notary.step(Extent::Everything).await?;
        let shown = match signed {
            Some(signed) => Some(signed),
            None => newest(&db).await?,
        };
        Box::pin(name_rows(&db)).await?;
        db.close().await;
        let text = shown.map_or_else(String::new, |note| note.to_string());
        return output::data(text.trim_end());
    }
    telemetry::start(settings.log.format, &settings.log.filter)
        .map_err(|error| CommandError::Settings(error.words()))?;
    let told = signals::told_to_stop();
    let told = told.map_err(|error| CommandError::Could(error.words()))?;
    let mut told = std::pin::pin!(told);
    tokio::select! {
        () = watch(&mut notary, Duration::from_secs(arguments.interval)) => {}
        never = Box::pin(compare(db.clone(), None, Arc::default())) => match never {},
        _ = told.next() => {}
    }
    db.close().await;
    Ok(())
}

/// Names the rows of the register that are not what the log tells. The log is in order all the same, so it is signed for.
async fn name_rows(db: &Database) -> Result<(), CommandError> {
    let found = differences(db).await;
    let found = found.map_err(|error| CommandError::Could(foreign(error.as_ref())))?;
    for difference in found.named() {
        output::complain(&difference.words());
    }
    Ok(())
}

/// A notary with the key in that file.
pub(super) async fn engage(
    db: &Database,
    key: &Path,
    leaves: &Path,
    create: bool,
) -> Result<Notary, CommandError> {
    let snapshot = db.snapshot().await;
    let snapshot = snapshot.map_err(|error| CommandError::Notary(error.into()))?;
    let keys = prove::keys(snapshot.connection()).await?;
    drop(snapshot);
    let signer = key_file::read(keys.origin(), key)?;
    Ok(Notary::new(db.clone(), signer, leaves, create)?)
}

async fn newest(db: &Database) -> Result<Option<SignedCheckpoint>, CommandError> {
    let snapshot = db.snapshot().await;
    let snapshot = snapshot.map_err(|error| CommandError::Notary(error.into()))?;
    Ok(prove::checkpoint(snapshot.connection(), None).await?)
}

/// Looks and signs for ever. A finding is told at each interval, until somebody has looked.
pub(super) async fn watch(notary: &mut Notary, interval: Duration) {
    let mut every = tokio::time::interval(interval);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        match notary.step(Extent::New).await {
            Ok(Some(signed)) => tracing::info!(log.size = signed.claim().size, "signed"),
            Ok(None) => {}
            Err(error) if error.is_finding() => {
                tracing::error!(%error, "the log is not the one that was recorded");
            }
            Err(error @ NotaryError::Key { .. }) => tracing::error!(%error, "nothing is signed"),
            Err(error) => tracing::warn!(%error, "nothing was signed this time"),
        }
    }
}

//! `behorig policy propose`, `release` and `rollback`: what becomes of a set, by the token of a person.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::super::error::CommandError;
use super::super::opening::{OnDatabase, Opened};
use super::super::output;
use super::super::tokens::{Tokens, not_made};
use super::folder::tried;
use domain::clock::Clock;
use domain::speaks::{verbatim, words};
use policy::PolicySet;
use service::policies::{self, InForce};

/// Whose word it is.
#[derive(Debug, Clone, Args)]
pub struct ByToken {
    /// A file with the access token of somebody with `policy:manage` over the installation.
    #[arg(long, value_name = "FILE")]
    pub token: PathBuf,
}

/// `behorig policy propose`
#[derive(Debug, Args)]
pub struct Propose {
    /// The folder; without it, the policies built into this binary.
    pub folder: Option<PathBuf>,

    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// Who proposes.
    #[command(flatten)]
    pub by: ByToken,
}

/// `behorig policy release`
#[derive(Debug, Args)]
pub struct Release {
    /// The generation, as `propose` told it.
    pub generation: u64,

    /// The digest of what was reviewed, or its first 12 characters or more.
    #[arg(long, value_name = "SHA-256")]
    pub digest: String,

    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// Who releases: not the one who proposed.
    #[command(flatten)]
    pub by: ByToken,
}

/// `behorig policy rollback`
#[derive(Debug, Args)]
pub struct Rollback {
    /// The generation to go back to; without it, the one that was in force before.
    #[arg(long, value_name = "GENERATION")]
    pub to: Option<u64>,

    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// Who rolls back.
    #[command(flatten)]
    pub by: ByToken,
}

/// The policies in a folder, or those of this binary, if their cases hold.
fn holding(folder: Option<&Path>) -> Result<PolicySet, CommandError> {
    let (set, report) = tried(folder)?;
    if report.is_good() {
        return Ok(set);
    }
    Err(CommandError::NotRight(words!(
        "the policies do not hold their cases, and nothing was proposed: {report}",
        "Reglerna stämmer inte med sina fall, och inget har föreslagits. {report}",
        report
    )))
}

pub(super) async fn propose(
    config: Option<&Path>,
    asked: Propose,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let set = holding(asked.folder.as_deref())?;
    let opened = Opened::new(config, &asked.on, clock).await?;
    let desk = opened.desk().await?;
    let by = Tokens::of(&opened).await?.claimant(&asked.by.token).await?;
    let proposed = policies::propose(&desk, &by, set.digest(), set.files().into()).await;
    let generation = proposed.map_err(|error| not_made(error, &[&asked.by.token]))?;
    opened.db.close().await;
    output::print(&words!(
        "Generation {generation} is proposed; digest {digest}.\nSomebody else puts it in force: behorig policy \
         release {generation} --digest {digest} --token FILE",
        "Generation {generation} är föreslagen. Kontrollsumma {digest}.\nNågon annan sätter den i kraft: behorig policy \
         release {generation} --digest {digest} --token FIL",
        generation,
        digest = verbatim(set.digest())
    ))
}

pub(super) async fn release(
    config: Option<&Path>,
    asked: Release,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let opened = Opened::new(config, &asked.on, clock).await?;
    let desk = opened.desk().await?;
    let failed = |error| not_made(error, &[&asked.by.token]);
    let planned = policies::release(&desk, asked.generation, &asked.digest).await;
    let planned = planned.map_err(failed)?;
    let by = Tokens::of(&opened).await?.claimant(&asked.by.token).await?;
    let released = planned.by(&by).await.map_err(failed)?;
    in_force(&opened, &released).await
}

pub(super) async fn roll_back(
    config: Option<&Path>,
    asked: Rollback,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let opened = Opened::new(config, &asked.on, clock).await?;
    let desk = opened.desk().await?;
    let failed = |error| not_made(error, &[&asked.by.token]);
    let planned = policies::roll_back(&desk, asked.to).await.map_err(failed)?;
    let by = Tokens::of(&opened).await?.claimant(&asked.by.token).await?;
    let back = planned.by(&by).await.map_err(failed)?;
    in_force(&opened, &back).await
}

async fn in_force(opened: &Opened, set: &InForce) -> Result<(), CommandError> {
    opened.db.close().await;
    output::print(&words!(
        "Generation {generation} is in force from event {seq} on; digest {digest}.",
        "Generation {generation} gäller från händelse {seq}. Kontrollsumma {digest}.",
        generation = set.generation,
        seq = set.seq,
        digest = verbatim(&set.digest)
    ))
}

//! `behorig policy …`: the life of a policy set, from files to the set in force and back.
//!
//! Files are checked, tried and compared without a person; proposing, releasing and rolling back take a person's
//! access token, decided by the set in force, and a release another human being's than the proposal. A set
//! that was proposed is kept with its texts, whatever becomes of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};

use super::claims::Claims;
use super::counts::people_and_machines;
use super::opening::OnDatabase;
use super::opening::Opened;
use super::{CommandError, output, unchanged};
use audit::{DatabaseError, TransactError};
use domain::Date;
use domain::Named;
use domain::clock::Clock;
use domain::speaks::{Speaks, verbatim, words};
use domain::text::Identifier;
use policy::{Cases, PolicySet, Report};
use store::write::{Unmade, WriteError};

mod diff;
mod release;
mod stage;

/// `behorig policy …`
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Validate a policy folder as `serve` would.
    Check {
        /// The folder; without it, the policies built into this binary.
        folder: Option<PathBuf>,
    },
    /// Try the cases of a policy folder (`tests/*.json`): every answer is as expected, every policy is shown.
    Test {
        /// The folder; without it, the policies and cases built into this binary.
        folder: Option<PathBuf>,
    },
    /// Make the decisions of the last days again with other policies: who gains, who loses.
    Diff(diff::Diff),
    /// Keep a policy folder whose cases hold as the next generation, for somebody else to release.
    Propose(Propose),
    /// Put a proposed generation in force, on every instance before its next decision.
    Release(Release),
    /// Put the generation in force again that was before.
    Rollback(Rollback),
    /// Whom a guardrail stops, or would stop once it is enforced.
    Impact(Impact),
    /// Decide at what stage a guardrail is.
    Stage(Stage),
}

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

/// `behorig policy impact`
#[derive(Debug, Args)]
pub struct Impact {
    /// The guardrail.
    pub guardrail: Identifier,

    /// Only in this system, by external id.
    #[arg(long, value_name = "ID")]
    pub system: Option<Identifier>,

    /// Decisions of the last so many days, besides what the register holds now.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub days: u16,

    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,
}

/// `behorig policy stage`
#[derive(Debug, Args)]
pub struct Stage {
    /// The guardrail.
    pub guardrail: Identifier,

    /// The stage.
    #[arg(long, value_name = "STAGE")]
    pub stage: StageName,

    /// The last day of it, after which the guardrail is enforced by itself; none for `enforce`.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: Option<Date>,

    /// Only in this system, by external id; without it, everywhere.
    #[arg(long, value_name = "ID")]
    pub system: Option<Identifier>,

    /// Only in this authority (nämnd), by HSA-id; with a system: only there.
    #[arg(long, value_name = "HSA-ID")]
    pub authority: Option<String>,

    /// Sign for segments that are left with fewer than two administrators, as the system's owner.
    #[arg(long)]
    pub accept_unmanned: bool,

    /// A file with the access token of the system's owner, or of somebody with `policy:manage`; twice, of two
    /// human beings, to make a guardrail more lenient or an exception longer.
    #[arg(long, value_name = "FILE", required = true, num_args = 1)]
    pub token: Vec<PathBuf>,

    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,
}

/// The stages of a guardrail.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum StageName {
    /// The log says what would have been refused.
    Observe,
    /// As observe, and the caller is told.
    Warn,
    /// It refuses.
    Enforce,
}

pub(super) async fn run(
    config: Option<&Path>,
    policy: Policy,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    match policy {
        Policy::Check { folder } => check(folder.as_deref()),
        Policy::Test { folder } => test(folder.as_deref()),
        Policy::Diff(asked) => Box::pin(diff::run(config, asked, clock)).await,
        Policy::Propose(asked) => Box::pin(release::propose(config, asked, clock)).await,
        Policy::Release(asked) => Box::pin(release::release(config, asked, clock)).await,
        Policy::Rollback(asked) => Box::pin(release::roll_back(config, asked, clock)).await,
        Policy::Impact(asked) => Box::pin(stage::impact(config, asked, clock)).await,
        Policy::Stage(asked) => Box::pin(stage::set(config, asked, clock)).await,
    }
}

/// The policies in a folder, or those of this binary.
fn policies(folder: Option<&Path>) -> Result<PolicySet, CommandError> {
    Ok(match folder {
        Some(folder) => PolicySet::load(folder)?,
        None => PolicySet::embedded()?,
    })
}

/// What the policies in a folder, or those of this binary, make of the cases beside them.
fn tried(folder: Option<&Path>) -> Result<(PolicySet, Report), CommandError> {
    let set = policies(folder)?;
    let cases = match folder {
        Some(folder) => Cases::load(folder)?,
        None => Cases::embedded()?,
    };
    let report = set.try_cases(&cases);
    Ok((set, report))
}

fn test(folder: Option<&Path>) -> Result<(), CommandError> {
    let (_, report) = tried(folder)?;
    output::print(&report)?;
    if report.is_good() {
        return Ok(());
    }
    Err(CommandError::NotRight(words!(
        "cases that fail: {failed}; policies that no case shows both allowing and refusing: {unshown}",
        "Fall som inte stämmer: {failed}. Regler som inget fall visar både tillåta och neka: {unshown}.",
        failed = report.failed.len(),
        unshown = report.unshown.len()
    )))
}

fn check(folder: Option<&Path>) -> Result<(), CommandError> {
    let policies = policies(folder)?;
    output::print(&words!(
        "The policies are valid; digest {digest}.",
        "Reglerna är giltiga. Kontrollsumma {digest}.",
        digest = verbatim(policies.digest())
    ))?;
    for guardrail in policies.guardrails() {
        let name = verbatim(guardrail.stage.name());
        let stage = match guardrail.until {
            Some(day) => words!("{name} until {day}", "{name} till {day}", name, day),
            None => name,
        };
        output::print(&words!(
            "  {id:<34} {stage:<24} {source}",
            "  {id:<34} {stage:<24} {source}",
            id = verbatim(guardrail.id),
            stage,
            source = verbatim(guardrail.source)
        ))?;
    }
    Ok(())
}

/// Whoever decides, by token.
async fn claims(opened: &Opened) -> Result<Claims<'_>, CommandError> {
    Claims::new(opened).await
}

/// Why nothing was changed.
fn failed<C: Speaks>(error: TransactError<Unmade<C>>) -> CommandError {
    match error {
        TransactError::Effect(Unmade::Conflict(conflict)) => {
            CommandError::NotRight(unchanged(&conflict))
        }
        TransactError::Effect(Unmade::Failed(WriteError::Database(error))) => {
            DatabaseError::from(error).into()
        }
        TransactError::Effect(Unmade::Failed(
            error @ (WriteError::Corrupt { .. } | WriteError::Overtaken { .. }),
        )) => CommandError::Could(error.whole()),
        TransactError::Stale => CommandError::Transact(TransactError::Stale),
        TransactError::Unavailable => CommandError::Transact(TransactError::Unavailable),
        TransactError::Fatal(fatal) => CommandError::Transact(TransactError::Fatal(fatal)),
        TransactError::Invalid(error) => CommandError::Transact(TransactError::Invalid(error)),
    }
}

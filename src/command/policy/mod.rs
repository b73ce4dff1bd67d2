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
use super::error::{CommandError, unchanged};
use super::opening::{OnDatabase, Opened};
use audit::{DatabaseError, TransactError};
use domain::Date;
use domain::clock::Clock;
use domain::speaks::Speaks;
use domain::text::Identifier;
use store::write::{Unmade, WriteError};

mod diff;
mod folder;
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
    Propose(release::Propose),
    /// Put a proposed generation in force, on every instance before its next decision.
    Release(release::Release),
    /// Put the generation in force again that was before.
    Rollback(release::Rollback),
    /// Whom a guardrail stops, or would stop once it is enforced.
    Impact(Impact),
    /// Decide at what stage a guardrail is.
    Stage(Stage),
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
        Policy::Check { folder } => folder::check(folder.as_deref()),
        Policy::Test { folder } => folder::test(folder.as_deref()),
        Policy::Diff(asked) => Box::pin(diff::run(config, asked, clock)).await,
        Policy::Propose(asked) => Box::pin(release::propose(config, asked, clock)).await,
        Policy::Release(asked) => Box::pin(release::release(config, asked, clock)).await,
        Policy::Rollback(asked) => Box::pin(release::roll_back(config, asked, clock)).await,
        Policy::Impact(asked) => Box::pin(stage::impact(config, asked, clock)).await,
        Policy::Stage(asked) => Box::pin(stage::set(config, asked, clock)).await,
    }
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

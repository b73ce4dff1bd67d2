//! `behorig policy …`: the life of a policy set, from files to the set in force and back.
//!
//! Files are checked, tried and compared without a person; proposing, releasing and rolling back take a person's
//! access token, decided by the set in force, and a release another human being's than the proposal. A set
//! that was proposed is kept with its texts, whatever becomes of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Subcommand;

use super::error::CommandError;
use domain::clock::Clock;

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
    Impact(stage::Impact),
    /// Decide at what stage a guardrail is.
    Stage(stage::Stage),
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

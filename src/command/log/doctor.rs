//! `behorig log doctor`: what stops a service or a notary, what it can mean, and what can be done.

use std::path::{Path, PathBuf};

use clap::Args;

use super::super::error::CommandError;
use super::super::opening::{self, OnDatabase};
use super::super::output;
use audit::doctor::{Finding, examine};
use audit::leaves::Leaves;
use domain::Words;
use domain::speaks::{Speaks, verbatim, words};

/// `behorig log doctor`
#[derive(Debug, Args)]
pub struct Doctor {
    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// The notary's file of leaf hashes, to tell whether the log goes on from what it remembers.
    #[arg(long, value_name = "FILE")]
    pub leaves: Option<PathBuf>,
}

pub(super) async fn run(config: Option<&Path>, asked: Doctor) -> Result<(), CommandError> {
    let could_not = |error: &dyn Speaks| CommandError::Could(error.whole());
    let settings = opening::settings(config, &asked.on)?;
    let leaves = asked.leaves.as_deref().map(Leaves::read_only).transpose();
    let mut leaves = leaves.map_err(|error| could_not(&error))?;
    let db = opening::open(&settings).await?;
    let snapshot = db.snapshot().await.map_err(|error| could_not(&error))?;
    let found = examine(&snapshot, leaves.as_mut()).await;
    let found = found.map_err(|error| could_not(&error))?;
    drop(snapshot);
    db.close().await;
    if found.is_empty() {
        let unsaid = if asked.leaves.is_some() {
            verbatim("")
        } else {
            Words::new(
                " Give the notary's file with --leaves to tell whether an older state was put in its place.",
                " Ange notariens fil med --leaves, så syns det om ett äldre skick har lagts i dess ställe.",
            )
        };
        return output::print(&words!(
            "Nothing stops a server or a notary.{unsaid}\n`behorig log verify --database` looks at everything.",
            "Inget hindrar en server eller en notarie.{unsaid}\n`behorig log verify --database` går igenom allt.",
            unsaid
        ));
    }
    for finding in &found {
        let Finding {
            what,
            means,
            remedy,
            ..
        } = finding;
        output::print(&words!(
            "{what}\n  means  {means}\n  do     {remedy}",
            "{what}\n  betyder  {means}\n  gör så   {remedy}",
            what,
            means,
            remedy
        ))?;
        output::data("")?;
    }
    let first = found.first().map(|finding| finding.what.clone());
    let first = first.unwrap_or(verbatim(""));
    let told = if found.iter().any(|finding| finding.is_alteration) {
        CommandError::NotRight(first)
    } else {
        CommandError::Incomplete(first)
    };
    Err(told.on_page())
}

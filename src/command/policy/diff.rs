//! `behorig policy diff`: what other policies would have answered, on record as a reading of the log.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::super::counts::people_and_machines;
use super::super::error::CommandError;
use super::super::opening::{OnDatabase, Opened};
use super::super::output;
use super::folder::policies;
use domain::Words;
use domain::clock::Clock;
use domain::speaks::{counted, verbatim, words};
use gate::PastPolicies;
use service::policy_diff::{Turn, Turned, diff};

/// `behorig policy diff`
#[derive(Debug, Args)]
pub struct Diff {
    /// The folder; without it, the policies built into this binary.
    pub folder: Option<PathBuf>,

    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// Decisions of the last so many days.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub days: u16,

    /// How many examples are shown of each kind.
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    pub examples: usize,
}

pub(super) async fn run(
    config: Option<&Path>,
    asked: Diff,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let next = policies(asked.folder.as_deref())?;
    let opened = Opened::new(config, &asked.on, clock).await?;
    let desk = opened.desk().await?;
    let in_force = desk.policies();
    let told = words!(
        "generation {generation} ({digest}) against {next}",
        "Generation {generation} ({digest}) mot {next}.",
        generation = in_force.generation,
        digest = verbatim(in_force.set.digest()),
        next = verbatim(next.digest())
    );
    let diff = diff(&desk, PastPolicies::of(next), asked.days, asked.examples).await?;
    opened.db.close().await;
    output::print(&words!(
        "{told}\nmade again: {made} of the last {days}; {impossible} cannot be{why}",
        "{told}\nGjorda om: {made} de senaste {days}. {impossible} går inte att göra om{why}.",
        told,
        made = counted(diff.made, ("decision", "decisions"), ("beslut", "beslut")),
        days = counted(asked.days, ("day", "days"), ("dagarna", "dagarna")),
        impossible = diff.impossible.0,
        why = diff
            .impossible
            .1
            .as_ref()
            .map_or(verbatim(""), |why| words!(
                " (the first: {why})",
                " (det första: {why})",
                why
            ))
    ))?;
    for (turn, title) in [
        (
            Turn::Gains,
            Words::part(
                "would be allowed and were refused",
                "nekades och skulle tillåtas",
            ),
        ),
        (
            Turn::Loses,
            Words::part(
                "would be refused and were allowed",
                "tilläts och skulle nekas",
            ),
        ),
        (
            Turn::Obligations,
            Words::part(
                "would ask the asker for something else",
                "skulle kräva något annat av den som frågar",
            ),
        ),
        (
            Turn::List,
            Words::part(
                "lists would show other rows",
                "listor skulle visa andra rader",
            ),
        ),
    ] {
        tell(&title, diff.turned.get(&turn))?;
    }
    Ok(())
}

fn tell(title: &Words, turned: Option<&Turned>) -> Result<(), CommandError> {
    let Some(turned) = turned else {
        return output::print(&words!("0 {title}", "0 {title}", title));
    };
    output::print(&words!(
        "{decisions} {title}, of {whom}",
        "{decisions} {title}, av {whom}",
        decisions = turned.decisions,
        title,
        whom = people_and_machines(turned.principals.len())
    ))?;
    for (policy, count) in &turned.because {
        output::print(&words!(
            "  {count:>8} by {policy}",
            "  {count:>8} genom {policy}",
            count,
            policy = verbatim(policy)
        ))?;
    }
    for example in &turned.examples {
        output::print(&words!(
            "  event {seq} {principal} {permission} {target}: {because}",
            "  händelse {seq} {principal} {permission} {target}: {because}",
            seq = example.seq,
            principal = verbatim(&example.principal),
            permission = verbatim(&example.permission),
            target = verbatim(&example.target),
            because = verbatim(example.because.join(", "))
        ))?;
    }
    Ok(())
}

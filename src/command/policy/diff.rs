//! `behorig policy diff`: what other policies would have answered, on record as a reading of the log.

use std::path::Path;
use std::sync::Arc;

use super::super::feed::Host;
use super::super::opening::Opened;
use super::super::{CommandError, opening, output, serve};
use super::people_and_machines;
use super::{Diff, policies};
use audit::Authorised as _;
use domain::Words;
use domain::clock::Clock;
use domain::speaks::{counted, verbatim, words};
use gate::PastPolicies;
use service::policy_diff::{PolicyDiff, Turn, Turned};
use service::replay::HostReader;

pub(super) async fn run(
    config: Option<&Path>,
    asked: Diff,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let next = policies(asked.folder.as_deref())?;
    let Opened { settings, db, log } = Opened::new(config, &asked.on, clock).await?;
    let in_force = serve::policies(&settings, &db).await?;
    let told = words!(
        "generation {generation} ({digest}) against {next}",
        "Generation {generation} ({digest}) mot {next}.",
        generation = in_force.generation,
        digest = verbatim(in_force.set.digest()),
        next = verbatim(next.digest())
    );
    let host = Host::new(&log, clock, in_force);
    let (leave, evidence) = host.permit("replay").await?.split();
    log.seal(vec![evidence.into_pending()])
        .await
        .map_err(|error| opening::unrecorded(&error))?;
    let since = clock.now().plus_days(-i64::from(asked.days));
    let next = PastPolicies::of(next);
    let mut diff = PolicyDiff::new(HostReader::new(leave), next, asked.examples);
    let moment = opening::snapshot(&db).await?;
    let last = i64::try_from(moment.log_size()).unwrap_or(i64::MAX) - 1;
    let mut from = diff.first_since(&moment, since).await?;
    drop(moment);
    while let Some(at) = from {
        let moment = opening::snapshot(&db).await?;
        from = diff.some(&moment, (at, last)).await?;
    }
    db.close().await;
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

//! `behorig policy diff`: what other policies would have answered, on record as a reading of the log.

use std::path::Path;
use std::sync::Arc;

use super::super::feed::Host;
use super::super::service::Opened;
use super::super::{CommandError, output, serve, service};
use super::people_and_machines;
use super::{Diff, policies};
use crate::audit::Authorised as _;
use crate::clock::Clock;
use crate::gate::PastPolicies;
use crate::service::policy_diff::{PolicyDiff, Turn, Turned};
use crate::service::replay::HostReader;

pub(super) async fn run(
    config: Option<&Path>,
    asked: Diff,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let next = policies(asked.folder.as_deref())?;
    let Opened { settings, db, log } = Opened::new(config, &asked.on, clock).await?;
    let in_force = serve::policies(&settings, &db).await?;
    let told = format!(
        "generation {} ({}) against {}",
        in_force.generation,
        in_force.set.digest(),
        next.digest()
    );
    let host = Host::new(&log, clock, in_force);
    let (leave, evidence) = host.permit("replay").await?.split();
    log.seal(vec![evidence.into_pending()])
        .await
        .map_err(|error| CommandError::Could(format!("the reading is not on record: {error}")))?;
    let since = clock.now().plus_days(-i64::from(asked.days));
    let next = PastPolicies::of(next);
    let mut diff = PolicyDiff::new(HostReader::new(leave), next, asked.examples);
    let moment = service::snapshot(&db).await?;
    let last = i64::try_from(moment.log_size()).unwrap_or(i64::MAX) - 1;
    let mut from = diff.first_since(moment.connection(), since).await?;
    drop(moment);
    while let Some(at) = from {
        let moment = service::snapshot(&db).await?;
        from = diff.some(moment.connection(), (at, last)).await?;
    }
    db.close().await;
    output::print(&format!(
        "{told}\n{} decisions of the last {} days were made again; {} cannot be{}",
        diff.made,
        asked.days,
        diff.impossible.0,
        diff.impossible
            .1
            .as_ref()
            .map_or_else(String::new, |why| format!(" (the first: {why})"))
    ))?;
    for (turn, title) in [
        (Turn::Gains, "would be allowed and were refused"),
        (Turn::Loses, "would be refused and were allowed"),
        (Turn::Obligations, "would ask the asker for something else"),
        (Turn::List, "lists would show other rows"),
    ] {
        tell(title, diff.turned.get(&turn))?;
    }
    Ok(())
}

fn tell(title: &str, turned: Option<&Turned>) -> Result<(), CommandError> {
    let Some(turned) = turned else {
        return output::print(&format!("0 {title}"));
    };
    output::print(&format!(
        "{} {title}, of {}",
        turned.decisions,
        people_and_machines(turned.principals.len())
    ))?;
    for (policy, count) in &turned.because {
        output::print(&format!("  {count:>8} by {policy}"))?;
    }
    for example in &turned.examples {
        output::print(&format!(
            "  event {} {} {} {}: {}",
            example.seq,
            example.principal,
            example.permission,
            example.target,
            example.because.join(", ")
        ))?;
    }
    Ok(())
}

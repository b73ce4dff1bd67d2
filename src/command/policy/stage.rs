//! `behorig policy stage` and `behorig policy impact`: whom a guardrail would stop, and from when it does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::super::counts::{people_and_machines, times};
use super::super::error::CommandError;
use super::super::opening::{OnDatabase, Opened};
use super::super::output;
use super::super::tokens::{Tokens, not_made};
use domain::Date;
use domain::Named;
use domain::Words;
use domain::clock::Clock;
use domain::speaks::{Speaks, counted, verbatim, words};
use domain::text::Identifier;
use domain::verdict;
use service::policy_impact::{Impact as Found, ImpactError};
use service::stages::{self, GAINING_DAYS, PlannedStage, StageError, StageOrder};

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
    #[arg(long = "stage", value_name = "STAGE")]
    pub at: StageName,

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

pub(super) async fn set(
    config: Option<&Path>,
    asked: Stage,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let [first, rest @ ..] = asked.token.as_slice() else {
        return Err(CommandError::NotRight(Words::new(
            "a `--token` is needed",
            "Det behövs en `--token`.",
        )));
    };
    if rest.len() > 1 {
        return Err(CommandError::NotRight(words!(
            "`--token` is given {times}: at most two, of two human beings; nothing was changed",
            "Du angav `--token` {times}. Ange högst två, från två personer. Inget har ändrats.",
            times = times(asked.token.len())
        )));
    }
    let opened = Opened::new(config, &asked.on, clock).await?;
    let desk = opened.desk().await?;
    let order = StageOrder {
        guardrail: asked.guardrail.clone(),
        stage: asked.at.into(),
        until: asked.until,
        system: asked.system,
        authority: asked.authority,
    };
    let planned = PlannedStage::new(&desk, order).await.map_err(unplanned)?;
    if let Some(found) = planned.gaining() {
        output::print(&words!(
            "Stopped by `{guardrail}` in what they hold, or were in the last {days} days: {whom}",
            "Stoppas av `{guardrail}` i något de har, eller stoppades de senaste {days} dagarna: {whom}.",
            guardrail = verbatim(&asked.guardrail),
            days = GAINING_DAYS,
            whom = people_and_machines(found.len())
        ))?;
        tell(found)?;
    }
    let tokens = Tokens::of(&opened).await?;
    let first = tokens.claimant(first).await?;
    let second = match rest.first() {
        Some(token) => Some(tokens.claimant(token).await?),
        None => None,
    };
    let decided = planned.decide(&first, second.as_ref(), asked.accept_unmanned);
    let changed = Box::pin(decided)
        .await
        .map_err(|error| not_made(error, &asked.token))?;
    opened.db.close().await;
    if !changed {
        return output::print(&words!(
            "`{guardrail}` is at that stage already; nothing was changed.",
            "`{guardrail}` var redan i det skedet. Inget har ändrats.",
            guardrail = verbatim(asked.guardrail)
        ));
    }
    let until = asked.until.map_or(verbatim(""), |day| {
        words!(
            " until {day}, then enforced",
            " till {day}, och stoppar därefter",
            day
        )
    });
    output::print(&words!(
        "`{guardrail}` is at the stage {stage}{until}.",
        "`{guardrail}` är i skedet `{stage}`{until}.",
        guardrail = verbatim(asked.guardrail),
        stage = verbatim(verdict::Stage::from(asked.at).name()),
        until
    ))
}

pub(super) async fn impact(
    config: Option<&Path>,
    asked: Impact,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let opened = Opened::new(config, &asked.on, clock).await?;
    let desk = opened.desk().await?;
    let report = stages::impact(&desk, asked.guardrail.clone(), asked.system, asked.days).await;
    let report = report.map_err(unplanned)?;
    opened.db.close().await;
    output::print(&words!(
        "Stopped by `{guardrail}`, or would be: {whom}",
        "Stoppas av `{guardrail}`, eller skulle stoppas: {whom}.",
        guardrail = asked.guardrail,
        whom = people_and_machines(report.impact.len())
    ))?;
    tell(&report.impact)?;
    output::print(&words!(
        "{segments} would have fewer than two administrators of their own: {names}",
        "{segments} skulle ha färre än två egna administratörer: {names}",
        segments = counted(
            report.unmanned.len(),
            ("segment", "segments"),
            ("segment", "segment")
        ),
        names = verbatim(report.unmanned.join(" "))
    ))
}

fn tell(found: &Found) -> Result<(), CommandError> {
    for (who, stopped) in found {
        let grants = stopped.grants.iter().map(ToString::to_string);
        let grants: Vec<String> = grants.collect();
        output::print(&words!(
            "  {who} grants {grants} refused {refused} would-refuse {would_refuse} {names}",
            "  {who} behörigheter {grants} nekade {refused} skulle ha nekats {would_refuse} {names}",
            who = verbatim(who),
            grants = grants.len(),
            refused = stopped.refused,
            would_refuse = stopped.would_refuse,
            names = verbatim(grants.join(" "))
        ))?;
    }
    Ok(())
}

fn unplanned(error: StageError) -> CommandError {
    match error {
        StageError::NoGuardrail(name) => CommandError::NotRight(words!(
            "there is no guardrail `{name}` in the policies in force: `behorig policy check` lists them",
            "Det finns ingen skyddsregel `{name}` bland de regler som gäller. `behorig policy check` visar dem.",
            name = verbatim(name)
        )),
        StageError::SameEverywhere(guardrail) => CommandError::NotRight(words!(
            "`{guardrail}` has a say about what lists show, so its stage is the same everywhere: leave out --system \
             and --authority; nothing was changed",
            "`{guardrail}` påverkar vad listor visar, så dess skede är detsamma överallt. Utelämna --system och \
             --authority. Inget har ändrats.",
            guardrail
        )),
        StageError::NoSystem(name) => CommandError::NotRight(words!(
            "there is no system `{name}`",
            "Det finns inget system `{name}`.",
            name = verbatim(name)
        )),
        StageError::NoAuthority(name) => CommandError::NotRight(words!(
            "there is no authority `{name}`",
            "Det finns ingen myndighet `{name}`.",
            name = verbatim(name)
        )),
        StageError::Unread(error) => error.into(),
        StageError::Impact(ImpactError::Database(error)) => error.into(),
        StageError::Impact(error @ (ImpactError::Facts(_) | ImpactError::Unasked { .. })) => {
            CommandError::Could(error.whole())
        }
    }
}

impl From<StageName> for verdict::Stage {
    fn from(name: StageName) -> Self {
        match name {
            StageName::Observe => Self::Observe,
            StageName::Warn => Self::Warn,
            StageName::Enforce => Self::Enforce,
        }
    }
}

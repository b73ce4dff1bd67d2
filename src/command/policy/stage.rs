//! `behorig policy stage` and `behorig policy impact`: whom a guardrail would stop, and from when it does.

use std::path::Path;
use std::sync::Arc;

use super::super::opening::Opened;
use super::super::{CommandError, opening, output, times};
use super::people_and_machines;
use super::{Impact, Stage, claims, failed};
use audit::{Authorised as _, Database, Snapshot};
use domain::Named;
use domain::Words;
use domain::action::SetStage;
use domain::clock::{Clock, fresh};
use domain::facts::{BestSignIn, PrincipalFacts};
use domain::id::{OrganisationId, SystemId};
use domain::speaks::{Speaks, counted, verbatim, words};
use domain::verdict::{self, StagedAt};
use domain::{Calendar, Instant};
use gate::Policies;
use service::policy_impact::{Impact as Found, ImpactError, Impacted};
use service::replay::HostReader;
use store::policies::{authority_named, system_named};
use store::write::{Deciding, set_stage};

/// Over how many days of the log it is counted who gains by a stage.
const GAINING_DAYS: u16 = 30;

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
    let policies = opened.policies().await?;
    let known = policies
        .set
        .guardrails()
        .find(|known| asked.guardrail == *known.id);
    let known = known.ok_or_else(|| no_such_guardrail(&asked.guardrail))?;
    if known.listed && (asked.system.is_some() || asked.authority.is_some()) {
        return Err(CommandError::NotRight(words!(
            "`{guardrail}` has a say about what lists show, so its stage is the same everywhere: leave out --system \
             and --authority; nothing was changed",
            "`{guardrail}` påverkar vad listor visar, så dess skede är detsamma överallt. Utelämna --system och \
             --authority. Inget har ändrats.",
            guardrail = asked.guardrail
        )));
    }
    let action = SetStage {
        guardrail: asked.guardrail.to_string(),
        written: known.stage,
        written_until: known.until,
        at: StagedAt {
            system: system(&opened.db, asked.system.as_deref()).await?,
            authority: authority(&opened.db, asked.authority.as_deref()).await?,
        },
        stage: asked.stage.into(),
        until: asked.until,
    };
    let gaining = gaining(&opened, clock, policies, &action).await?;
    let claims = claims(&opened).await?;
    let (first, evidence) = claims.permit(first, action.clone()).await?.split();
    let mut before = Vec::new();
    let mut second = None;
    if let Some(token) = rest.first() {
        let (leave, evidence) = claims.permit(token, action.clone()).await?.split();
        before.push(evidence.into_pending());
        second = Some(leave);
    }
    let (today, change, unmanned) = (
        clock.now().date(),
        fresh(clock.as_ref()),
        asked.accept_unmanned,
    );
    let effect = opened.log.transact(evidence, before, move |tx| {
        Box::pin(async move {
            let by = Deciding {
                first: &first,
                second: second.as_ref(),
                unmanned,
                gaining,
            };
            let changed = set_stage(tx, &by, today, change).await?;
            Ok((changed.is_some(), changed.into_iter().collect()))
        })
    });
    let (changed, _) = effect.await.map_err(failed)?;
    opened.db.close().await;
    if !changed {
        return output::print(&words!(
            "`{guardrail}` is at that stage already; nothing was changed.",
            "`{guardrail}` var redan i det skedet. Inget har ändrats.",
            guardrail = verbatim(action.guardrail)
        ));
    }
    let until = action.until.map_or(verbatim(""), |day| {
        words!(
            " until {day}, then enforced",
            " till {day}, och stoppar därefter",
            day
        )
    });
    output::print(&words!(
        "`{guardrail}` is at the stage {stage}{until}.",
        "`{guardrail}` är i skedet `{stage}`{until}.",
        guardrail = verbatim(action.guardrail),
        stage = verbatim(action.stage.name()),
        until
    ))
}

/// How many gain when the guardrail is not enforced: those whom it stops in what they hold, or lately did. They are told before
/// anything is decided, so that the second human being knows.
async fn gaining(
    opened: &Opened,
    clock: &Arc<dyn Clock>,
    policies: Policies,
    action: &SetStage,
) -> Result<u64, CommandError> {
    if action.stage == verdict::Stage::Enforce {
        return Ok(0);
    }
    let impacted = Impacted {
        guardrail: action.guardrail.clone(),
        system: action.at.system,
    };
    let mut found = Found::new();
    let measuring = Measuring::begin(opened, clock, policies, impacted).await?;
    measuring.by_register(&mut found).await?;
    measuring.by_log(GAINING_DAYS, &mut found).await?;
    output::print(&words!(
        "Stopped by `{guardrail}` in what they hold, or were in the last {days} days: {whom}",
        "Stoppas av `{guardrail}` i något de har, eller stoppades de senaste {days} dagarna: {whom}.",
        guardrail = verbatim(&action.guardrail),
        days = GAINING_DAYS,
        whom = people_and_machines(found.len())
    ))?;
    tell(&found)?;
    Ok(u64::try_from(found.len()).unwrap_or(u64::MAX))
}

/// Whom a guardrail stops, as of one moment; that it is read is on record.
struct Measuring {
    impacted: Impacted,
    policies: Policies,
    reader: HostReader,
    moment: Snapshot,
    calendar: Calendar,
    now: Instant,
}

impl Measuring {
    async fn begin(
        opened: &Opened,
        clock: &Arc<dyn Clock>,
        policies: Policies,
        impacted: Impacted,
    ) -> Result<Self, CommandError> {
        Ok(Self {
            impacted,
            policies,
            reader: opened.desk().await?.reader("policyImpact").await?,
            moment: opening::snapshot(&opened.db).await?,
            calendar: opened.calendar(),
            now: clock.now(),
        })
    }

    /// By what they hold.
    async fn by_register(&self, found: &mut Found) -> Result<(), CommandError> {
        let (snapshot, at) = (&self.moment, (self.calendar, self.now));
        let stopping = |holder: &PrincipalFacts, best: BestSignIn| {
            let set = &self.policies.set;
            set.stopping(holder, self.now, best)
        };
        let read = self
            .impacted
            .by_register(&self.reader, snapshot, stopping, at, found);
        read.await.map_err(unread)
    }

    /// By what was decided in the last days.
    async fn by_log(&self, days: u16, found: &mut Found) -> Result<(), CommandError> {
        let since = self.now.plus_days(-i64::from(days));
        let snapshot = &self.moment;
        let read = self.impacted.by_log(&self.reader, snapshot, since, found);
        read.await.map_err(unread)
    }

    async fn unmanned(&self, found: &Found) -> Result<Vec<String>, CommandError> {
        let snapshot = &self.moment;
        let unmanned = self.impacted.unmanned(snapshot, self.now, found);
        unmanned.await.map_err(unread)
    }
}

pub(super) async fn impact(
    config: Option<&Path>,
    asked: Impact,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let opened = Opened::new(config, &asked.on, clock).await?;
    let policies = opened.policies().await?;
    let mut guardrails = policies.set.guardrails();
    if !guardrails.any(|known| asked.guardrail == *known.id) {
        return Err(no_such_guardrail(&asked.guardrail));
    }
    let impacted = Impacted {
        guardrail: asked.guardrail.to_string(),
        system: system(&opened.db, asked.system.as_deref()).await?,
    };
    drop(guardrails);
    let measuring = Measuring::begin(&opened, clock, policies, impacted).await?;
    let mut found = Found::new();
    measuring.by_register(&mut found).await?;
    measuring.by_log(asked.days, &mut found).await?;
    let unmanned = measuring.unmanned(&found).await?;
    drop(measuring);
    opened.db.close().await;
    output::print(&words!(
        "Stopped by `{guardrail}`, or would be: {whom}",
        "Stoppas av `{guardrail}`, eller skulle stoppas: {whom}.",
        guardrail = asked.guardrail,
        whom = people_and_machines(found.len())
    ))?;
    tell(&found)?;
    output::print(&words!(
        "{segments} would have fewer than two administrators of their own: {names}",
        "{segments} skulle ha färre än två egna administratörer: {names}",
        segments = counted(
            unmanned.len(),
            ("segment", "segments"),
            ("segment", "segment")
        ),
        names = verbatim(unmanned.join(" "))
    ))
}

fn tell(found: &Found) -> Result<(), CommandError> {
    for (who, stopped) in found {
        let grants: Vec<&str> = stopped.grants.iter().map(String::as_str).collect();
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

async fn system(db: &Database, named: Option<&str>) -> Result<Option<SystemId>, CommandError> {
    let Some(name) = named else {
        return Ok(None);
    };
    let snapshot = opening::snapshot(db).await?;
    let found = system_named(snapshot.connection(), name).await?;
    found.map(Some).ok_or_else(|| {
        CommandError::NotRight(words!(
            "there is no system `{name}`",
            "Det finns inget system `{name}`.",
            name = verbatim(name)
        ))
    })
}

async fn authority(
    db: &Database,
    named: Option<&str>,
) -> Result<Option<OrganisationId>, CommandError> {
    let Some(name) = named else {
        return Ok(None);
    };
    let snapshot = opening::snapshot(db).await?;
    let found = authority_named(snapshot.connection(), name).await?;
    found.map(Some).ok_or_else(|| {
        CommandError::NotRight(words!(
            "there is no authority `{name}`",
            "Det finns ingen myndighet `{name}`.",
            name = verbatim(name)
        ))
    })
}

fn no_such_guardrail(name: &str) -> CommandError {
    CommandError::NotRight(words!(
        "there is no guardrail `{name}` in the policies in force: `behorig policy check` lists them",
        "Det finns ingen skyddsregel `{name}` bland de regler som gäller. `behorig policy check` visar dem.",
        name = verbatim(name)
    ))
}

fn unread(error: ImpactError) -> CommandError {
    match error {
        ImpactError::Database(error) => error.into(),
        ImpactError::Facts(_) | ImpactError::Unasked { .. } => CommandError::Could(error.whole()),
    }
}

impl From<super::StageName> for verdict::Stage {
    fn from(name: super::StageName) -> Self {
        match name {
            super::StageName::Observe => Self::Observe,
            super::StageName::Warn => Self::Warn,
            super::StageName::Enforce => Self::Enforce,
        }
    }
}

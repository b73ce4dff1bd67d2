//! At what stage a guardrail is, and whom it stops: for whoever decides it on the host.
//!
//! Whoever gains by a stage is counted before anything is decided, so that the second human being knows.

use std::sync::Arc;

use audit::{Authorised as _, Snapshot};
use authn::Claimant;
use domain::Date;
use domain::action::SetStage;
use domain::facts::{BestSignIn, PrincipalFacts};
use domain::id::{OrganisationId, SystemId};
use domain::text::Identifier;
use domain::verdict::{Stage, StagedAt};
use gate::RegisterAt;
use store::read::decisions::past::HostReader;
use store::write::{Deciding, Unmade, set_stage};

pub use store::write::StageConflict;

use super::host::{HostDesk, HostReadError, NotMade};
use super::policy_impact::{Impact, ImpactError, ImpactReport, Impacted};

/// Over how many days of the log it is counted who gains by a stage.
pub const GAINING_DAYS: u16 = 30;

/// A stage that somebody wants a guardrail to be at.
#[derive(Debug, Clone)]
pub struct StageOrder {
    /// The guardrail.
    pub guardrail: Identifier,
    /// The stage.
    pub stage: Stage,
    /// The last day of it; `None`: it has none.
    pub until: Option<Date>,
    /// Only in this system, by external id.
    pub system: Option<Identifier>,
    /// Only in this authority, by HSA-id.
    pub authority: Option<String>,
}

/// It cannot be said whom a guardrail stops, or be decided at what stage it is.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The policies in force have no such guardrail.
    #[error("there is no guardrail `{0}`")]
    NoGuardrail(Identifier),
    /// It has a say about what lists show, so its stage is the same everywhere.
    #[error("the stage of `{0}` is the same everywhere")]
    SameEverywhere(Identifier),
    /// There is no such system.
    #[error("there is no system `{0}`")]
    NoSystem(Identifier),
    /// There is no such authority.
    #[error("there is no authority `{0}`")]
    NoAuthority(String),
    /// The host could not read.
    #[error(transparent)]
    Unread(#[from] HostReadError),
    /// It could not be found whom it stops.
    #[error(transparent)]
    Impact(#[from] ImpactError),
}

/// A stage that can be decided on.
#[derive(Debug)]
pub struct PlannedStage<'a> {
    desk: &'a HostDesk,
    action: SetStage,
    gaining: Option<Impact>,
}

impl<'a> PlannedStage<'a> {
    /// Finds what the order names, and who gains by it.
    ///
    /// # Errors
    /// When there is no such thing, or it cannot be found who gains.
    pub async fn new(desk: &'a HostDesk, order: StageOrder) -> Result<Self, StageError> {
        let known = desk.policies().guardrail(&order.guardrail);
        let Some(known) = known else {
            return Err(StageError::NoGuardrail(order.guardrail));
        };
        if known.listed && (order.system.is_some() || order.authority.is_some()) {
            return Err(StageError::SameEverywhere(order.guardrail));
        }
        let action = SetStage {
            guardrail: known.id,
            written: known.stage,
            written_until: known.until,
            at: StagedAt {
                system: system(desk, order.system).await?,
                authority: authority(desk, order.authority).await?,
            },
            stage: order.stage,
            until: order.until,
        };
        let gaining = match action.stage {
            Stage::Enforce => None,
            Stage::Observe | Stage::Warn => Some(gaining(desk, &action).await?),
        };
        Ok(Self {
            desk,
            action,
            gaining,
        })
    }

    /// Who gains when the guardrail is not enforced: those whom it stops in what they hold, or lately did. `None`: it
    /// is to be enforced.
    #[must_use]
    pub const fn gaining(&self) -> Option<&Impact> {
        self.gaining.as_ref()
    }

    /// Decides the stage; whether it was another before. The first signs, where `unmanned` says so, for segments
    /// that are left with fewer than two administrators.
    ///
    /// # Errors
    /// When nothing was changed, or it is not known whether it was.
    pub async fn decide(
        self,
        first: &Claimant,
        second: Option<&Claimant>,
        unmanned: bool,
    ) -> Result<bool, NotMade<StageConflict>> {
        let Self {
            desk,
            action,
            gaining,
        } = self;
        let permitted = desk.permitted(first, action.clone()).await;
        let (operation, permit) = permitted.map_err(NotMade::first)?;
        let (first, evidence) = operation.weigh_stage(permit).split();
        let mut before = Vec::new();
        let mut seconded = None;
        if let Some(second) = second {
            let permit = desk.permit(second, action).await;
            let (leave, evidence) = permit.map_err(NotMade::second)?.split();
            before.push(evidence.into_pending());
            seconded = Some(leave);
        }
        let clock = desk.clock();
        let (today, clock) = (clock.now().date(), Arc::clone(clock));
        let gaining = gaining.map_or(0, |found| found.len() as u64);
        let effect = desk.log().transact(evidence, before, move |tx| {
            Box::pin(async move {
                let by = Deciding {
                    first: &first,
                    second: seconded.as_ref(),
                    unmanned,
                    gaining,
                };
                let changed = set_stage(tx, &by, today, clock.as_ref()).await?;
                Ok::<_, Unmade<StageConflict>>((changed.is_some(), changed.into_iter().collect()))
            })
        });
        Ok(effect.await?.0)
    }
}

/// Whom a guardrail stops by what they hold, and did or would have by what was decided in the last days, in a system
/// or everywhere.
///
/// # Errors
/// When there is no such thing, or it cannot be found whom it stops.
pub async fn impact(
    desk: &HostDesk,
    guardrail: Identifier,
    in_system: Option<Identifier>,
    days: u16,
) -> Result<ImpactReport, StageError> {
    if desk.policies().guardrail(&guardrail).is_none() {
        return Err(StageError::NoGuardrail(guardrail));
    }
    let impacted = Impacted {
        guardrail: guardrail.into(),
        system: system(desk, in_system).await?,
    };
    let measuring = Measuring::begin(desk).await?;
    let impact = measuring.stopped(desk, &impacted, days).await?;
    let unmanned = impacted.unmanned(&measuring.reader, &measuring.register, &impact);
    Ok(ImpactReport { impact, unmanned })
}

async fn gaining(desk: &HostDesk, action: &SetStage) -> Result<Impact, StageError> {
    let impacted = Impacted {
        guardrail: action.guardrail.clone(),
        system: action.at.system,
    };
    let measuring = Measuring::begin(desk).await?;
    measuring.stopped(desk, &impacted, GAINING_DAYS).await
}

/// The moment that it is measured at; that it is read is on record.
struct Measuring {
    reader: HostReader,
    moment: Arc<Snapshot>,
    register: RegisterAt,
}

impl Measuring {
    async fn begin(desk: &HostDesk) -> Result<Self, StageError> {
        let reader = desk.reader("policyImpact").await?;
        let (moment, register) = now(desk).await?;
        Ok(Self {
            reader,
            moment,
            register,
        })
    }

    async fn stopped(
        &self,
        desk: &HostDesk,
        impacted: &Impacted,
        days: u16,
    ) -> Result<Impact, StageError> {
        let (policies, now) = (desk.policies(), self.register.now());
        let stopping =
            |holder: &PrincipalFacts, best: BestSignIn| policies.set.stopping(holder, now, best);
        let moment = (&self.register, self.moment.as_ref());
        let stopped = impacted.stopped(&self.reader, moment, stopping, days);
        Ok(stopped.await?)
    }
}

async fn system(
    desk: &HostDesk,
    named: Option<Identifier>,
) -> Result<Option<SystemId>, StageError> {
    let Some(name) = named else {
        return Ok(None);
    };
    let (_, register) = now(desk).await?;
    let found = register.system_named(&name);
    found.map(Some).ok_or(StageError::NoSystem(name))
}

async fn authority(
    desk: &HostDesk,
    named: Option<String>,
) -> Result<Option<OrganisationId>, StageError> {
    let Some(name) = named else {
        return Ok(None);
    };
    let (_, register) = now(desk).await?;
    let found = register.authority_named(&name);
    found.map(Some).ok_or(StageError::NoAuthority(name))
}

/// The register as it is now, and the moment that it is of.
async fn now(desk: &HostDesk) -> Result<(Arc<Snapshot>, RegisterAt), StageError> {
    let moment = Arc::new(desk.snapshot().await.map_err(HostReadError::from)?);
    let register = desk.register(Arc::clone(&moment)).await;
    Ok((moment, register.map_err(ImpactError::from)?))
}

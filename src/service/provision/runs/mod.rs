//! Runs that take several calls: begun, received call by call, and completed or abandoned.
//!
//! Nothing is looked at but its form until the integration says that this is all, so that the order in which records come
//! does not matter, and what the source no longer has is known. A source has one open run at most; who brings it alone
//! adds to it, completes and abandons it, and each of these is decided anew.

pub(super) mod absent;
mod complete;
mod receive;

use std::collections::BTreeSet;

use futures_util::future::BoxFuture;

use audit::{TransactError, Tx};
use domain::action::Provision;
use domain::facts::PrincipalKind;
use domain::id::RunId;
use domain::problem::{AbandonRunProblem, BeginRunProblem};
use domain::{HsaId, Instant};
use feed::Kind;
use gate::Leave;
use store::import::{self as staging, ApplyError, OpenRun, Opened};

use super::outcome::Provisioned;
use super::{LeaveOfKinds, carry, failed, permits, undecided};
use crate::effect::{DecisionNote, Effect};
use crate::error::{Problem, ServiceError};
use crate::idempotency::Mutation;
use crate::session::Session;

pub use complete::{CompletedRun, Completing, complete_run};
pub(super) use receive::receive;

/// How many records a run may have.
const MOST_OF_RUN: u64 = 500_000;

/// A run to begin.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The organisation at or below which all of it lies; `None`: anywhere.
    pub place: Option<HsaId>,
    /// The kinds of record that it will have.
    pub kinds: BTreeSet<Kind>,
    /// Whether the source has nothing of those kinds there but what it brings.
    pub snapshot: bool,
    /// The instant that it tells of; `None`: that at which it is applied.
    pub as_of: Option<Instant>,
}

/// The run that was begun, or what stands against it.
pub type BegunRun = (Option<Provisioned>, Vec<Problem<BeginRunProblem>>);

/// The run that was abandoned, or what stands against it.
pub type AbandonedRun = (Option<Provisioned>, Vec<Problem<AbandonRunProblem>>);

/// Begins a run.
///
/// # Errors
/// A refusal, or an outage; what a form can show is in the answer.
pub async fn begin_run(session: &Session, input: Beginning) -> Result<BegunRun, ServiceError> {
    if let Some(effect) = session.effect(Mutation::BeginRun) {
        return Ok((effect.provisioned, Vec::new()));
    }
    let operation = session.operation();
    let now = operation.now();
    let against = |problem: BeginRunProblem| (None, vec![problem.into()]);
    let PrincipalKind::Service { .. } = operation.actor().kind() else {
        return Ok(against(BeginRunProblem::ServicesOnly));
    };
    if input.kinds.is_empty() {
        return Ok(against(BeginRunProblem::NoKinds));
    }
    let said = input.as_of.map_or(!input.snapshot, |as_of| as_of <= now);
    if !said {
        return Ok(against(BeginRunProblem::AsOf));
    }
    let leave = permits(session, input.kinds.clone(), input.place.as_ref()).await?;
    let open = OpenRun {
        run: carry::new_run(session.clock()),
        source: operation.actor().external().to_owned(),
        brought_by: *operation.actor().id(),
        place: input.place,
        kinds: input.kinds,
        snapshot: input.snapshot,
        as_of: input.as_of,
        received: 0,
        closed: None,
    };
    let run = open.run;
    let (opened, decisions) = committed(session, leave, move |tx, leave| {
        Box::pin(async move {
            staging::forget_received(tx, leave).await?;
            staging::open(tx, leave, &open, now).await
        })
    })
    .await?;
    let of = |run| Provisioned {
        run: Some(run),
        decisions,
        ..Provisioned::default()
    };
    match opened {
        Opened::Open => show(session, Mutation::BeginRun, run, of(run)).await,
        Opened::Beside(other) => Ok((Some(of(other)), vec![BeginRunProblem::RunOpen.into()])),
        Opened::Older => Ok(against(BeginRunProblem::Older)),
    }
}

/// Abandons a run, of which nothing is applied.
///
/// # Errors
/// A refusal, or an outage; what a form can show is in the answer.
pub async fn abandon_run(session: &Session, run: RunId) -> Result<AbandonedRun, ServiceError> {
    if let Some(effect) = session.effect(Mutation::AbandonRun) {
        return Ok((effect.provisioned, Vec::new()));
    }
    let against = || (None, vec![AbandonRunProblem::NotFound.into()]);
    let open = own(session, run).await?;
    let Some(open) = open.filter(|open| open.closed.is_none()) else {
        return Ok(against());
    };
    let leave = permits(session, open.kinds, open.place.as_ref()).await?;
    let now = session.operation().now();
    let (closed, decisions) = committed(session, leave, move |tx, leave| {
        Box::pin(async move {
            let closed = staging::close(tx, leave, run, None, now).await?;
            staging::forget_received(tx, leave).await?;
            Ok(closed)
        })
    })
    .await?;
    if !closed {
        return Ok(against());
    }
    let abandoned = Provisioned {
        run: Some(run),
        decisions,
        ..Provisioned::default()
    };
    show(session, Mutation::AbandonRun, run, abandoned).await
}

/// A run that the caller has begun; `None`: there is none of that id.
async fn own(session: &Session, run: RunId) -> Result<Option<OpenRun>, ServiceError> {
    let snapshot = session.snapshot().await?;
    let open = staging::open_run(snapshot.connection(), run).await;
    let open = open.map_err(|error| failed(error.into()))?;
    Ok(open.filter(|open| open.brought_by == *session.operation().actor().id()))
}

/// Has what was done shown, by a run of the request that does nothing twice.
async fn show<T>(
    session: &Session,
    mutation: Mutation,
    run: RunId,
    provisioned: Provisioned,
) -> Result<T, ServiceError> {
    let decision = provisioned.decisions.first().cloned();
    let effect = Effect {
        mutation,
        subject: run.into(),
        decision: decision.ok_or_else(undecided)?,
        provisioned: Some(provisioned),
    };
    match session.rerun_to_show(effect).await {}
}

/// Commits the decisions together with what is done by them.
async fn committed<T, F>(
    session: &Session,
    leave: LeaveOfKinds,
    effect: F,
) -> Result<(T, Vec<DecisionNote>), ServiceError>
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a Tx, &'a Leave<Provision>) -> BoxFuture<'a, Result<T, ApplyError>>
        + Send
        + 'static,
{
    let operation = session.operation();
    let mut permits = leave.permits.into_iter();
    let (Some(first), Some(given)) = (permits.next(), leave.leaves.into_iter().next()) else {
        return Err(undecided());
    };
    for other in permits {
        operation.record(other.permit);
    }
    let before = operation.take_docket();
    let log = session.log();
    let done = log.transact(first.permit, before, move |tx| {
        Box::pin(async move { Ok((effect(tx, &given).await?, Vec::new())) })
    });
    match Box::pin(done).await {
        Ok((value, receipt)) => {
            session.charge(receipt.seqs().len());
            Ok((value, leave.decisions))
        }
        Err(TransactError::Effect(error)) => Err(failed(ApplyError::into(error))),
        Err(TransactError::Stale) => match session.rerun().await {},
        Err(TransactError::Unavailable) => Err(ServiceError::Unavailable(
            "the log cannot be written in time".into(),
        )),
        Err(TransactError::Fatal(error)) => Err(ServiceError::Unavailable(error.into())),
        Err(TransactError::Invalid(error)) => Err(ServiceError::Broken(error.into())),
    }
}

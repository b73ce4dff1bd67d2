//! Confirming what of a call was halted, because it would take from many at once.
//!
//! Whoever confirms may manage such records where they lie, is a human being, and answers for the service that brought them
//! neither as its owner nor in the owner's stead. What waits is looked at anew: as the register is now, and without the
//! brake.

use std::collections::BTreeSet;

use domain::Words;
use domain::facts::PrincipalKind;
use domain::id::RunId;
use domain::problem::ConfirmProblem;
use domain::text::{Digest, Identifier};
use feed::Kind;
use store::import::{self as staging, HaltedCall};

use super::carry::{self, Errand};
use super::known::planned;
use super::outcome::{Became, Provisioned, RecordProblem, Waiting};
use super::plan::KnownThings;
use super::runs::absent::left;
use super::{LeaveOfKinds, PATIENCE, failed, permits, stands, undecided};
use crate::effect::Effect;
use crate::error::{Problem, ServiceError};
use crate::idempotency::Mutation;
use crate::import::ImportError;
use crate::session::Session;

/// What is confirmed.
#[derive(Debug, Clone)]
pub struct Confirming {
    /// The run of which something waits.
    pub run: RunId,
    /// The digest of what was seen; `None`: nothing was, and it is only looked.
    pub seen: Option<Digest>,
    /// Whether it is only looked what it would come to.
    pub dry_run: bool,
}

/// What was confirmed, or what stands against it.
pub type Confirmed = (Option<Provisioned>, Vec<Problem<ConfirmProblem>>);

/// Confirms what waits, which is applied; or looks what it would come to.
///
/// # Errors
/// An outage; what a form can show is in the answer.
pub async fn confirm_run(session: &Session, input: Confirming) -> Result<Confirmed, ServiceError> {
    if let Some(effect) = session.effect(Mutation::ConfirmRun) {
        return Ok((effect.provisioned, Vec::new()));
    }
    let PrincipalKind::Person { individual, .. } = session.operation().actor().kind() else {
        return Ok(against(ConfirmProblem::SecondIndividual));
    };
    let individual = *individual;
    let snapshot = session.snapshot().await?;
    let call = staging::halted(snapshot.connection(), input.run).await;
    let Some(call) = call.map_err(|error| failed(error.into()))? else {
        return Ok(against(ConfirmProblem::NotFound));
    };
    // What it was of is not known any more where it has been confirmed.
    let mut kinds: BTreeSet<Kind> = call.records.iter().map(|one| one.draft.kind).collect();
    if kinds.is_empty() {
        kinds.insert(Kind::Engagement);
    }
    let leave = match permits(session, kinds, call.place.as_ref()).await {
        Ok(leave) => leave,
        // Whoever may not confirm it is told nothing of it; the refusal is on record.
        Err(ServiceError::NotFound { .. } | ServiceError::Forbidden { .. }) => {
            return Ok(against(ConfirmProblem::NotFound));
        }
        Err(error) => return Err(error),
    };
    let mut territories = leave.territories.values();
    if territories.any(|place| place.answers_for(call.brought_by).contains(&individual)) {
        return Ok(against(ConfirmProblem::SecondIndividual));
    }
    if call.is_confirmed {
        return Ok(against(ConfirmProblem::NothingWaits));
    }
    let seen = input.seen.map(String::from);
    if !input.dry_run && seen.as_ref() != Some(&call.digest) {
        return Ok(against(ConfirmProblem::NotSeen));
    }
    let errand = errand(session, call, leave, input.dry_run).await?;
    match session
        .taking(PATIENCE, Box::pin(carry::carry(errand)))
        .await
    {
        Ok(ended) => Ok(match stands(session, ended).await? {
            Some(provisioned) if provisioned.has_rejected() => {
                let problem = ConfirmProblem::RejectedRecords.into();
                (Some(provisioned), vec![problem])
            }
            provisioned => (provisioned, Vec::new()),
        }),
        Err(ImportError::Busy { .. }) => Ok(against(ConfirmProblem::RunUnderway)),
        Err(error) => Err(failed(error)),
    }
}

fn against(problem: ConfirmProblem) -> Confirmed {
    (None, vec![problem.into()])
}

/// All that waits, in one run of the source that brought it.
async fn errand(
    session: &Session,
    call: HaltedCall,
    leave: LeaveOfKinds,
    dry_run: bool,
) -> Result<Errand, ServiceError> {
    let source = Identifier::recorded(call.source.clone());
    let waiting = Waiting::of(&call.records);
    let seen: Vec<i64> = call.records.iter().map(|one| one.seen).collect();
    let drafts = call.records.into_iter().map(|one| one.draft).collect();
    let mut planned = planned(
        session,
        &source,
        drafts,
        &leave.territories,
        KnownThings::new(),
    )
    .await?;
    for (index, (one, seen)) in planned.iter_mut().zip(seen).enumerate() {
        let is_same = one.staged.as_ref().and_then(|staged| staged.seen) == Some(seen);
        let kind = Kind::named(&one.outcome.kind).filter(|_| !is_same);
        if let Some(kind) = kind {
            let changed = vec![RecordProblem::at(index, kind, "", changed())];
            left(one, Became::Rejected, changed);
        }
    }
    let run = carry::new_run(session.clock());
    let decision = leave.decisions.first().cloned();
    let decision = decision.ok_or_else(undecided)?;
    Ok(Errand {
        log: session.running_log(),
        clock: session.shared_clock(),
        run,
        source,
        by: *session.operation().actor().id(),
        permits: leave.permits,
        staged: planned
            .iter()
            .filter_map(|one| one.staged.clone())
            .collect(),
        // What something else was said of meanwhile is left out and named.
        each: true,
        dry_run,
        key: None,
        today: session.operation().now().date(),
        halted: None,
        confirms: Some(call.run),
        completes: None,
        effect: Effect {
            mutation: Mutation::ConfirmRun,
            subject: run.into(),
            decision,
            provisioned: Some(Provisioned {
                run: Some(run),
                applied: false,
                records: planned.into_iter().map(|one| one.outcome).collect(),
                decisions: leave.decisions,
                waiting: waiting.filter(|_| dry_run),
                ..Provisioned::default()
            }),
        },
    })
}

fn changed() -> (Words, Words) {
    (
        Words::part(
            "has changed since it was halted",
            "har ändrats sedan den stannade",
        ),
        Words::part(
            "the record once more, from its source",
            "posten en gång till, från källan",
        ),
    )
}

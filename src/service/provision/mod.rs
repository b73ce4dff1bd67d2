//! What integrations provision: up to a thousand records in a call, of any kinds but grants.
//!
//! One decision a kind allows it, for a place that all records have to lie in. A record belongs to the integration that
//! brought it, by its client id; what is another source's it cannot touch. A field that is not given stays as it is. What
//! would widen what somebody reaches is held (see `held`); the rest is applied as a run, as an import is, so that a crash
//! in the middle leaves nothing half done.
//!
//! To add a kind of record: what it takes, in [`domain::action::Provision`]; where it lies, in `plan`; what of it is not an
//! integration's to say, in `held`; and its input in the schema.

mod brake;
mod carry;
mod confirm;
mod held;
mod kept;
mod known;
mod outcome;
mod place;
mod plan;
mod runs;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::action::Provision;
use domain::facts::PrincipalKind;
use domain::id::RunId;
use domain::problem::ProvisionProblem;
use domain::text::{IdempotencyKey, Identifier};
use domain::{HsaId, Named as _};
use feed::Kind;
use gate::{Evidence, Leave, Territory};
use store::import::{ApplyError, HaltedCall};
use store::write::{self, Known};

use super::effect::{DecisionNote, Effect};
use super::error::{Problem, ServiceError};
use super::idempotency::{InputDigest, Key, Mutation};
use super::import::{ImportError, KindPermit};
use super::session::Session;
use carry::{Ended, Errand};
use known::{braked, planned};
use plan::KnownThings;

pub use confirm::{Confirmed, Confirming, confirm_run};
pub use feed::Kind as RecordKind;
pub use feed::draft::Draft;
pub use outcome::{Became, Provisioned, RecordCount, RecordOutcome, RecordProblem, Waiting};
pub use runs::{
    AbandonedRun, Beginning, BegunRun, CompletedRun, Completing, abandon_run, begin_run,
    complete_run,
};

/// How many records a call may have.
pub const MOST_RECORDS: usize = 1_000;

/// How long it may take, waiting for other runs included.
const PATIENCE: Duration = Duration::from_mins(5);

/// How many events a run is by itself.
const RUN: usize = 2;

/// Which records are applied where some cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// None.
    AllOrNothing,
    /// The others.
    Each,
}

/// Records to provision.
#[derive(Debug, Clone)]
pub struct Provisioning {
    /// The run that they are part of, by which they are not applied before it is completed; `None`: they are applied.
    pub run: Option<RunId>,
    /// The organisation at or below which all of them lie; `None`: anywhere.
    pub place: Option<HsaId>,
    /// The records.
    pub records: Vec<Draft>,
    /// What becomes of all where some cannot be used.
    pub mode: Mode,
    /// Whether it is only looked what they would come to.
    pub dry_run: bool,
    /// The caller's key for retries.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// What was provisioned, or what stands against it.
pub type Outcome = (Option<Provisioned>, Vec<Problem<ProvisionProblem>>);

/// Provisions the records, or looks what they would come to.
///
/// # Errors
/// A refusal, a key that was used for something else, or an outage; what a form can show is in the answer.
pub async fn provision(session: &Session, input: Provisioning) -> Result<Outcome, ServiceError> {
    if let Some(effect) = session.effect(Mutation::Provision) {
        return Ok((effect.provisioned, Vec::new()));
    }
    if input.records.is_empty() || input.records.len() > MOST_RECORDS {
        return Ok(against(ProvisionProblem::NumberOfRecords));
    }
    if let Some(misread) = misread(&input).filter(|_| input.run.is_none()) {
        return Ok(looked(misread));
    }
    let PrincipalKind::Service { .. } = session.operation().actor().kind() else {
        return Ok(against(ProvisionProblem::ServicesOnly));
    };
    if let Some(run) = input.run {
        return runs::receive(session, run, input).await;
    }
    // Of what is only looked at nothing is kept.
    let key = Key::new(input.idempotency_key.clone(), input.digest()).filter(|_| !input.dry_run);
    let kinds = input.records.iter().map(|draft| draft.kind).collect();
    let leave = permits(session, kinds, input.place.as_ref()).await?;
    if let Some(key) = &key
        && let Some(before) = answered(session, key).await?
    {
        leave.recorded(session);
        return Ok(before);
    }
    let source = Identifier::recorded(session.operation().actor().external().to_owned());
    let mut planned = planned(
        session,
        &source,
        input.records,
        &leave.territories,
        KnownThings::new(),
    )
    .await?;
    braked(session, &mut planned, &leave.territories).await?;
    let run = carry::new_run(session.clock());
    let staged: Vec<_> = planned
        .iter()
        .filter_map(|one| one.staged.clone())
        .collect();
    let waiting: Vec<_> = planned.iter().filter_map(|one| one.waits.clone()).collect();
    let mut provisioned = Provisioned {
        run: Some(run),
        applied: false,
        records: planned.into_iter().map(|one| one.outcome).collect(),
        decisions: leave.decisions.clone(),
        waiting: Waiting::of(&waiting),
        ..Provisioned::default()
    };
    let halted = provisioned.waiting.as_ref().map(|it| HaltedCall {
        run,
        source: source.to_string(),
        brought_by: *session.operation().actor().id(),
        place: input.place.clone(),
        digest: it.digest.clone(),
        is_confirmed: false,
        records: waiting,
    });
    let decision = leave.decisions.first().cloned().ok_or_else(undecided)?;
    if staged.is_empty() && halted.is_none() {
        provisioned.run = None;
        leave.recorded(session);
        return Ok(looked(provisioned));
    }
    let errand = Errand {
        log: session.running_log(),
        clock: session.shared_clock(),
        run,
        source,
        by: *session.operation().actor().id(),
        permits: leave.permits,
        staged,
        each: input.mode == Mode::Each,
        dry_run: input.dry_run,
        key,
        today: session.operation().now().date(),
        halted,
        confirms: None,
        completes: None,
        effect: Effect {
            mutation: Mutation::Provision,
            subject: run.into(),
            decision,
            provisioned: Some(provisioned),
        },
    };
    // Whoever waits for the answer may hang up; a change goes on all the same.
    match session
        .taking(PATIENCE, Box::pin(carry::carry(errand)))
        .await
    {
        Ok(ended) => shown(session, ended).await,
        Err(ImportError::Busy { .. }) => Ok(against(ProvisionProblem::RunUnderway)),
        Err(error) => Err(failed(error)),
    }
}

/// What was answered to the same before.
async fn answered(session: &Session, key: &Key) -> Result<Option<Outcome>, ServiceError> {
    let operation = session.operation();
    let used = (Mutation::Provision.name(), key.key.as_str());
    let (by, now) = (*operation.actor().id(), operation.now());
    let snapshot = session.snapshot().await?;
    let known = write::read_answer(snapshot.connection(), &by, used, &key.digest, now);
    match known.await? {
        Known::Nothing => Ok(None),
        Known::OtherInput => Err(ServiceError::KeyReused),
        Known::Answer(answer) => {
            let effect: Effect = serde_json::from_str(&answer)
                .map_err(|error| ServiceError::Broken(Box::new(error)))?;
            // It may be on its way still.
            match carry::wait(&session.running_log(), &session.shared_clock()).await {
                Ok(()) => Ok(Some((effect.provisioned, Vec::new()))),
                Err(ImportError::Busy { .. }) => Ok(Some(against(ProvisionProblem::RunUnderway))),
                Err(error) => Err(failed(error)),
            }
        }
    }
}

fn undecided() -> ServiceError {
    ServiceError::Broken("nothing was decided".into())
}

fn against(problem: ProvisionProblem) -> Outcome {
    (None, vec![problem.into()])
}

/// What was only looked at, or of which nothing was applied.
fn looked(provisioned: Provisioned) -> Outcome {
    let rejected = provisioned.has_rejected();
    let problems = rejected.then(|| ProvisionProblem::RejectedRecords.into());
    (Some(provisioned), problems.into_iter().collect())
}

/// That records are of a form that cannot be used, where that alone stands against all of them: it is told before
/// anything is decided or read.
fn misread(input: &Provisioning) -> Option<Provisioned> {
    let examined = input.records.iter().enumerate().map(|(index, draft)| {
        let problems = draft.misread(plan::line(index)).into_iter();
        let problems: Vec<_> = problems
            .map(|problem| RecordProblem::of_form(index, draft.kind, problem))
            .collect();
        let became = if problems.is_empty() {
            Became::NotExamined
        } else {
            Became::Rejected
        };
        RecordOutcome {
            problems,
            ..RecordOutcome::of(draft.kind, became)
        }
    });
    let provisioned = Provisioned {
        records: examined.collect(),
        ..Provisioned::default()
    };
    let all = provisioned.records.iter();
    let mut usable = all.filter(|record| record.became == Became::NotExamined);
    let none = usable.next().is_none();
    let stands = input.mode == Mode::AllOrNothing || none;
    (stands && provisioned.has_rejected()).then_some(provisioned)
}

async fn shown(session: &Session, ended: Ended) -> Result<Outcome, ServiceError> {
    Ok(match stands(session, ended).await? {
        Some(provisioned) => looked(provisioned),
        None => (None, Vec::new()),
    })
}

/// What was only looked at; what was done is shown by the register as it is then.
async fn stands(session: &Session, ended: Ended) -> Result<Option<Provisioned>, ServiceError> {
    match ended {
        Ended::Done(effect) => {
            let provisioned = effect.provisioned.as_ref();
            session.charge(provisioned.map_or(0, |it| it.records.len()) + RUN);
            match session.rerun_to_show(effect).await {}
        }
        Ended::Before(effect) => match session.rerun_to_show(effect).await {},
        Ended::Looked(effect) => {
            session.charge(
                effect
                    .provisioned
                    .as_ref()
                    .map_or(0, |it| it.decisions.len())
                    + RUN,
            );
            Ok(effect.provisioned)
        }
        Ended::KeyReused => Err(ServiceError::KeyReused),
        Ended::Stale => match session.rerun().await {},
    }
}

fn failed(error: ImportError) -> ServiceError {
    match error {
        ImportError::Unavailable
        | ImportError::Fatal(_)
        | ImportError::Snapshot(_)
        | ImportError::Busy { .. }
        | ImportError::Apply(ApplyError::Database(_) | ApplyError::Lost) => {
            ServiceError::Unavailable(Box::new(error))
        }
        ImportError::Read(_)
        | ImportError::Refused(_)
        | ImportError::Permit(_)
        | ImportError::Event(_)
        | ImportError::Apply(_)
        | ImportError::Rejects(_) => ServiceError::Broken(Box::new(error)),
    }
}

/// Leave to provision the kinds of records that there are.
struct LeaveOfKinds {
    permits: Vec<KindPermit<Evidence>>,
    leaves: Vec<Leave<Provision>>,
    territories: BTreeMap<Kind, Territory>,
    decisions: Vec<DecisionNote>,
}

impl LeaveOfKinds {
    /// Has the decisions recorded with the answer, where nothing is done by them.
    fn recorded(self, session: &Session) {
        for permit in self.permits {
            session.operation().record(permit.permit);
        }
    }
}

async fn permits(
    session: &Session,
    kinds: BTreeSet<Kind>,
    place: Option<&HsaId>,
) -> Result<LeaveOfKinds, ServiceError> {
    let operation = session.operation();
    let mut leave = LeaveOfKinds {
        permits: Vec::new(),
        leaves: Vec::new(),
        territories: BTreeMap::new(),
        decisions: Vec::new(),
    };
    for kind in kinds {
        let action = Provision::of(kind.entity(), place.cloned());
        let action = action.ok_or_else(|| {
            ServiceError::Broken("a kind that nobody provisions is in the schema".into())
        })?;
        let permit = operation.write(action).await?;
        let target = *permit.target();
        leave
            .decisions
            .push(DecisionNote::of(operation, &permit, &target));
        let (permit, territory) = operation.territory(permit);
        let (given, evidence) = permit.split();
        leave.permits.push(KindPermit {
            kind,
            decision: given.decision(),
            permit: evidence,
        });
        leave.leaves.push(given);
        leave.territories.insert(kind, territory);
    }
    Ok(leave)
}

impl Provisioning {
    fn digest(&self) -> InputDigest {
        let mut digest = InputDigest::default()
            .with("place", self.place.as_ref())
            .with("mode", Some(self.mode == Mode::Each));
        for draft in &self.records {
            let given = serde_json::Value::Object(draft.given.clone());
            digest = digest.with(draft.kind.name(), Some(given));
        }
        digest
    }
}

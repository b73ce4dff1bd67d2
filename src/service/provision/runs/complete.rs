//! Completing a run: everything that was received is looked at as the register is now, and applied each by itself.
//!
//! With a snapshot it is concluded what the source no longer has. What would take from many waits, as it does of a single
//! call; what was said of a thing after the instant that the run tells of stands. A run is completed once: asked again, it
//! is answered as before.

use std::collections::{BTreeMap, BTreeSet};

use domain::Instant;
use domain::Words;
use domain::id::RunId;
use domain::problem::CompleteRunProblem;
use domain::text::Identifier;
use feed::Kind;
use feed::draft::Draft;
use store::import::{self as staging, Closed, Halted, HaltedCall, OpenRun, Received, Staged};

use super::super::carry::{self, Errand};
use super::super::known::{braked, planned, read};
use super::super::outcome::{Became, Provisioned, RecordOutcome, RecordProblem, Waiting};
use super::super::plan::{KnownThings, Planned, line};
use super::super::{LeaveOfKinds, PATIENCE, failed, permits, stands, undecided};
use super::{absent, own};
use crate::effect::Effect;
use crate::error::{Problem, ServiceError};
use crate::idempotency::Mutation;
use crate::import::ImportError;
use crate::session::Session;

/// For how long what ended by a snapshot counts with what ends by the next.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// A run to complete.
#[derive(Debug, Clone)]
pub struct Completing {
    /// Which.
    pub run: RunId,
    /// How many records the source has for it.
    pub records: u64,
    /// Whether it is only looked what it would come to.
    pub dry_run: bool,
    /// Of what outcomes records are shown; `None`: of those that somebody should look at.
    pub show: Option<Vec<Became>>,
    /// How many of them are passed over.
    pub after: usize,
}

/// What was completed, or what stands against it.
pub type CompletedRun = (Option<Provisioned>, Vec<Problem<CompleteRunProblem>>);

/// Completes a run, whose records are applied; or looks what they would come to.
///
/// # Errors
/// A refusal, or an outage; what a form can show is in the answer.
pub async fn complete_run(
    session: &Session,
    input: Completing,
) -> Result<CompletedRun, ServiceError> {
    let shown = |provisioned: Provisioned| provisioned.shown(input.show.as_deref(), input.after);
    if let Some(effect) = session.effect(Mutation::CompleteRun) {
        return Ok((effect.provisioned.map(shown), Vec::new()));
    }
    let Some(open) = own(session, input.run).await? else {
        return Ok(against(CompleteRunProblem::NotFound));
    };
    if matches!(open.closed, Some(Closed::Abandoned)) {
        return Ok(against(CompleteRunProblem::NotFound));
    }
    let leave = permits(session, open.kinds.clone(), open.place.as_ref()).await?;
    if let Some(Closed::Completed(answer)) = &open.closed {
        leave.recorded(session);
        let (all, problems) = Box::pin(answered(session, answer)).await?;
        return Ok((all.map(shown), problems));
    }
    if open.received != input.records {
        leave.recorded(session);
        return Ok(against(CompleteRunProblem::OtherNumber {
            received: open.received,
        }));
    }
    let Some(_alone) = session.alone_with(open.run) else {
        leave.recorded(session);
        return Ok(against(CompleteRunProblem::RunUnderway));
    };
    let carried = session.taking(
        PATIENCE,
        Box::pin(carried(session, open, leave, input.dry_run)),
    );
    match carried.await? {
        Ok(ended) => Ok(match stands(session, ended).await? {
            Some(all) if !input.dry_run => {
                let problem = CompleteRunProblem::NothingUsable.into();
                (Some(shown(all)), vec![problem])
            }
            all => (all.map(shown), Vec::new()),
        }),
        Err(ImportError::Busy { .. }) => Ok(against(CompleteRunProblem::RunUnderway)),
        Err(error) => Err(failed(error)),
    }
}

fn against(problem: CompleteRunProblem) -> CompletedRun {
    (None, vec![problem.into()])
}

/// What was answered when the run was completed.
async fn answered(session: &Session, answer: &str) -> Result<CompletedRun, ServiceError> {
    let effect: Effect =
        serde_json::from_str(answer).map_err(|error| ServiceError::Broken(Box::new(error)))?;
    // It may be on its way still.
    let (log, clock) = (session.running_log(), session.shared_clock());
    let wait = Box::pin(carry::wait(&log, &clock));
    match session.taking(PATIENCE, wait).await {
        Ok(()) => Ok((effect.provisioned, Vec::new())),
        Err(ImportError::Busy { .. }) => Ok(against(CompleteRunProblem::RunUnderway)),
        Err(error) => Err(failed(error)),
    }
}

async fn carried(
    session: &Session,
    open: OpenRun,
    leave: LeaveOfKinds,
    dry_run: bool,
) -> Result<Result<carry::Ended, ImportError>, ServiceError> {
    let plan = plan(session, &open, &leave).await?;
    let run = carry::new_run(session.clock());
    let mut provisioned = Provisioned {
        run: Some(open.run),
        decisions: leave.decisions.clone(),
        waiting: Waiting::of(&plan.waiting),
        ..Provisioned::default()
    };
    let halted = provisioned.waiting.as_ref().map(|it| HaltedCall {
        run: open.run,
        source: open.source.clone(),
        brought_by: open.brought_by,
        place: open.place.clone(),
        digest: it.digest.clone(),
        is_confirmed: false,
        records: plan.waiting,
    });
    provisioned.records = plan.outcomes;
    let errand = Errand {
        log: session.running_log(),
        clock: session.shared_clock(),
        run,
        source: Identifier::recorded(open.source.clone()),
        by: *session.operation().actor().id(),
        permits: leave.permits,
        staged: plan.staged,
        each: true,
        dry_run,
        key: None,
        today: session.operation().now().date(),
        halted,
        confirms: None,
        completes: Some((open.run, open.received)),
        effect: Effect {
            mutation: Mutation::CompleteRun,
            subject: open.run.into(),
            decision: leave.decisions.into_iter().next().ok_or_else(undecided)?,
            provisioned: Some(provisioned),
        },
    };
    Ok(carry::carry(errand).await)
}

/// What a run would come to.
struct RunPlan {
    outcomes: Vec<RecordOutcome>,
    staged: Vec<Staged>,
    /// What waits for somebody.
    waiting: Vec<Halted>,
}

/// The things that are there already, by kind.
struct There {
    /// Those that something was told of since the instant that the run tells of.
    newer: BTreeSet<(Kind, String)>,
    /// The drafts of those that a snapshot does not have.
    absent: Vec<Draft>,
    known: KnownThings,
}

async fn plan(
    session: &Session,
    open: &OpenRun,
    leave: &LeaveOfKinds,
) -> Result<RunPlan, ServiceError> {
    let snapshot = session.snapshot().await?;
    let received = staging::received(snapshot.connection(), open.run).await;
    let received = received.map_err(|error| failed(error.into()))?;
    let source = Identifier::recorded(open.source.clone());
    let there = there(session, open, &source, &received).await?;
    let (drafts, unread): (Vec<_>, Vec<_>) =
        received.into_iter().partition(|one| one.draft.is_some());
    let names: Vec<_> = (drafts.iter())
        .map(|one| (one.kind, one.external_id.clone()))
        .collect();
    let mut drafts: Vec<Draft> = drafts.into_iter().filter_map(|one| one.draft).collect();
    let brought = drafts.len();
    drafts.extend(there.absent);
    let known = there.known;
    let mut planned = planned(session, &source, drafts.clone(), &leave.territories, known).await?;
    for (index, name) in names.iter().enumerate() {
        let Some(one) = planned.get_mut(index) else {
            continue;
        };
        if there.newer.contains(name) && one.outcome.became == Became::Changed {
            let said = RecordProblem::at(index, name.0, "", superseded());
            absent::left(one, Became::Superseded, vec![said]);
        }
    }
    let pairs = planned.iter_mut().zip(&drafts).enumerate().skip(brought);
    for (index, (one, draft)) in pairs {
        absent::concluded(index, draft.kind, one);
    }
    braked(session, &mut planned, &leave.territories).await?;
    let weighed = absent::Weighed {
        present: present(&planned, &drafts, brought),
        before: ended_lately(session, &source).await?,
        unnamed: unread
            .iter()
            .filter(|one| one.is_unnamed())
            .map(|one| one.kind)
            .collect(),
    };
    let ends = planned.iter_mut().zip(&drafts).enumerate().skip(brought);
    let mut ends: Vec<_> = ends
        .map(|(index, (one, draft))| (index, one, draft))
        .collect();
    absent::brake(&mut ends, &weighed);
    Ok(RunPlan::of(planned, unread))
}

/// How many things of each kind the run has that were there.
fn present(planned: &[Planned], drafts: &[Draft], brought: usize) -> BTreeMap<Kind, usize> {
    let mut present = BTreeMap::new();
    let there = planned.iter().zip(drafts).take(brought);
    for (one, draft) in there.filter(|(one, _)| one.in_force) {
        match one.outcome.became {
            Became::Changed | Became::Unchanged | Became::Held | Became::Superseded => {
                *present.entry(draft.kind).or_insert(0) += 1;
            }
            Became::Created
            | Became::Rejected
            | Became::NotExamined
            | Became::Received
            | Became::Ended
            | Became::Absent => {}
        }
    }
    present
}

async fn there(
    session: &Session,
    open: &OpenRun,
    source: &Identifier,
    received: &[Received],
) -> Result<There, ServiceError> {
    let mut there = There {
        newer: BTreeSet::new(),
        absent: Vec::new(),
        known: KnownThings::new(),
    };
    let Some(as_of) = open.as_of else {
        return Ok(there);
    };
    let mut absent = BTreeSet::new();
    for kind in &open.kinds {
        let newer = names(session, *kind, source, Some(as_of)).await?;
        there.newer.extend(newer.into_iter().map(|id| (*kind, id)));
        if open.snapshot {
            let all = names(session, *kind, source, None).await?;
            absent.extend(all.into_iter().map(|id| (*kind, id)));
        }
    }
    for one in received {
        absent.remove(&(one.kind, one.external_id.clone()));
    }
    absent.retain(|name| !there.newer.contains(name));
    read(session, source, absent.clone(), &mut there.known).await?;
    for (kind, id) in absent {
        let known = there.known.get(&(kind, id));
        let draft = known.and_then(|told| absent::draft(kind, told, as_of.date()));
        there.absent.extend(draft);
    }
    Ok(there)
}

/// How many things of each kind ended by the source's snapshots of the last day.
async fn ended_lately(
    session: &Session,
    source: &Identifier,
) -> Result<BTreeMap<Kind, usize>, ServiceError> {
    let snapshot = session.snapshot().await?;
    let since = session.operation().now().plus_seconds(-DAY_SECONDS);
    let answers = staging::answers(snapshot.connection(), source, since).await;
    let mut ended = BTreeMap::new();
    for answer in answers.map_err(|error| failed(error.into()))? {
        let effect: Effect =
            serde_json::from_str(&answer).map_err(|error| ServiceError::Broken(Box::new(error)))?;
        let counts = effect.provisioned.map(|all| all.counts).unwrap_or_default();
        for count in counts.iter().filter(|count| count.became == Became::Ended) {
            let kind = Kind::named(&count.kind);
            let records = usize::try_from(count.records).unwrap_or(usize::MAX);
            if let Some(kind) = kind {
                *ended.entry(kind).or_insert(0_usize) += records;
            }
        }
    }
    Ok(ended)
}

async fn names(
    session: &Session,
    kind: Kind,
    source: &Identifier,
    since: Option<Instant>,
) -> Result<BTreeSet<String>, ServiceError> {
    let snapshot = session.snapshot().await?;
    let names = staging::names(snapshot.connection(), kind, source, since).await;
    names.map_err(|error| failed(error.into()))
}

impl RunPlan {
    /// Of what was planned, and of the records that could not be read when they came.
    fn of(planned: Vec<Planned>, unread: Vec<Received>) -> Self {
        let mut plan = Self {
            outcomes: Vec::with_capacity(planned.len() + unread.len()),
            staged: Vec::new(),
            waiting: Vec::new(),
        };
        for one in planned {
            plan.outcomes.push(one.outcome);
            plan.staged.extend(one.staged);
            plan.waiting.extend(one.waits);
        }
        for one in unread {
            let index = plan.outcomes.len();
            let said = RecordProblem::at(index, one.kind, "", unreadable());
            plan.outcomes.push(RecordOutcome {
                external_id: (!one.is_unnamed()).then(|| one.external_id.clone()),
                problems: vec![said],
                ..RecordOutcome::of(one.kind, Became::Rejected)
            });
            // What refers to it is left out with it.
            plan.staged.push(Staged {
                line: line(index),
                kind: one.kind,
                external_id: one.external_id,
                body: "{}".to_owned(),
                text: None,
                rejected: true,
                seen: None,
            });
        }
        plan
    }
}

fn superseded() -> (Words, Words) {
    (
        Words::part(
            "was changed after the instant that the run tells of",
            "ändrades efter den tidpunkt som körningen gäller",
        ),
        Words::part(
            "a later run, or a call of its own",
            "en senare körning, eller ett eget anrop",
        ),
    )
}

fn unreadable() -> (Words, Words) {
    (
        Words::part(
            "could not be read when it was received",
            "gick inte att läsa när den togs emot",
        ),
        Words::part(
            "the record put right, in another run or by itself",
            "posten rättad, i en annan körning eller för sig",
        ),
    )
}

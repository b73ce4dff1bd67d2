//! Carries out what was planned, as a run: staged, checked, and applied kind by kind.
//!
//! Apart from the request that asked for it, which may be given up at any time: a run that has begun to apply is always
//! finished, by this process or by the next one, and until then nothing of the register is touched. The answer is kept
//! with the step by which applying begins, so that a retry is told of what stands, or will.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use audit::{Log, TransactError};
use domain::clock::{Clock, fresh};
use domain::id::{self, RunId};
use domain::speaks::misread;
use domain::text::Identifier;
use domain::{Date, EntityRef, Named as _};
use gate::{Evidence, RunAuthority};
use store::import::{self as staging, HaltedCall, NewRun, Scope, Staged, StagedProblem, Step};
use store::write::{self, Known, WriteError};
use transparency::canonical::Object;

use super::kept::Kept;
use super::outcome::{Became, RecordProblem};
use crate::effect::Effect;
use crate::idempotency::{Key, Mutation};
use crate::import::checking::find_problems;
use crate::import::standing::{Standing, discarding};
use crate::import::summary::{details_of_standing, number};
use crate::import::worker::{Outcome, Worker};
use crate::import::{ImportError, KindPermit, Unwatched, applying, refuse, settling};

/// How long another run is waited for: shorter than a caller waits for an answer.
const WAIT: Duration = Duration::from_secs(5);
/// How many lines are staged at once.
const CHUNK: usize = 500;
/// How many problems are told: each record has a few at most.
const MOST_PROBLEMS: u64 = 1_000_000;
/// What is told of where the records came from.
const CAME_BY: &str = "provision";

/// Everything that a run needs.
pub(super) struct Errand {
    pub(super) log: Log,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) run: RunId,
    /// Whose records they are.
    pub(super) source: Identifier,
    /// Who brings them.
    pub(super) by: EntityRef,
    pub(super) permits: Vec<KindPermit<Evidence>>,
    pub(super) staged: Vec<Staged>,
    /// Whether records that cannot be used are left out, and the others applied.
    pub(super) each: bool,
    pub(super) dry_run: bool,
    pub(super) key: Option<Key>,
    pub(super) today: Date,
    /// What waits for somebody, and is kept; `None`: nothing does.
    pub(super) halted: Option<HaltedCall>,
    /// The run of which this is what waited; `None`: it is a call of its own.
    pub(super) confirms: Option<RunId>,
    /// The run of several calls that it completes, and of how many records; `None`: it is a call of its own.
    pub(super) completes: Option<(RunId, u64)>,
    /// What it would come to, which the checks may still make less.
    pub(super) effect: Effect,
}

/// What came of a run.
pub(super) enum Ended {
    /// What stands.
    Done(Effect),
    /// Nothing was applied: a record cannot be used, or nothing was to be.
    Looked(Effect),
    /// The same was asked for before.
    Before(Effect),
    /// The key was used for something else.
    KeyReused,
    /// What it rests on has changed, or somebody else has just used the key.
    Stale,
}

/// Why a run did not begin.
enum Unbegun {
    Before(String),
    KeyReused,
    Failed(WriteError),
}

impl From<WriteError> for Unbegun {
    fn from(error: WriteError) -> Self {
        Self::Failed(error)
    }
}

/// Waits for other runs, but not for long.
pub(super) async fn wait(log: &Log, clock: &Arc<dyn Clock>) -> Result<(), ImportError> {
    settling::wait_for_others(log, clock, WAIT).await
}

/// Carries it out.
pub(super) async fn carry(mut errand: Errand) -> Result<Ended, ImportError> {
    wait(&errand.log, &errand.clock).await?;
    let log = errand.log.clone();
    let (worker, mut standing) = match begin(&mut errand, &log).await? {
        Begun::Run(worker, standing) => (*worker, standing),
        Begun::Not(ended) => return Ok(ended),
    };
    let prepared = prepare(&worker, &mut errand, &standing).await;
    let bad = match prepared {
        Ok(bad) => bad,
        Err(error) => return Err(refuse(worker, &standing, error).await),
    };
    let waits = errand.halted.is_some();
    if bad && (!errand.each || !(waits || has_usable(&errand.effect))) {
        worker.discard().await?;
        forget(&worker).await?;
        let details = Object::new().with("reason", "badRecords");
        worker.finish(Outcome::Refused, &standing, details).await?;
        // Nothing of it is kept, so nothing waits.
        if let Some(provisioned) = &mut errand.effect.provisioned {
            provisioned.waiting = None;
        }
        return Ok(Ended::Looked(errand.effect));
    }
    if errand.dry_run {
        standing.phase = discarding();
    } else if !begin_to_apply(&worker, &mut errand, &standing).await? {
        worker.discard().await?;
        let details = Object::new().with("reason", "keyTaken");
        worker.finish(Outcome::Refused, &standing, details).await?;
        return Ok(Ended::Stale);
    }
    applying::carry_out(&worker, &errand.source, &mut standing, None, &Unwatched).await?;
    if set_aside(&worker, &mut errand).await? {
        keep_again(&worker, &errand).await?;
    }
    forget(&worker).await?;
    forget_received(&worker).await?;
    let gained = worker.gained().await?;
    let details = details_of_standing(&errand.source, &standing, &gained)
        .with("dryRun", errand.dry_run)
        .with("held", number(count(&errand.effect, Became::Held)))
        .with("rejected", number(count(&errand.effect, Became::Rejected)));
    worker
        .finish(Outcome::Completed, &standing, details)
        .await?;
    Ok(if errand.dry_run {
        Ended::Looked(errand.effect)
    } else {
        Ended::Done(errand.effect)
    })
}

/// Forgets what was wrong, which stands in the answer.
async fn forget(worker: &Worker<'_>) -> Result<(), ImportError> {
    let run = worker.run().to_string();
    worker
        .stage(move |tx, by| Box::pin(async move { staging::forget_problems(tx, &by, &run).await }))
        .await
}

/// Forgets what was received of runs that are closed, some at a time.
async fn forget_received(worker: &Worker<'_>) -> Result<(), ImportError> {
    let some =
        || worker.stage(|tx, by| Box::pin(async move { staging::forget_received(tx, &by).await }));
    while some().await? {}
    Ok(())
}

/// Whether there is anything to apply, or to leave as it is.
fn has_usable(effect: &Effect) -> bool {
    let records = effect.provisioned.iter().flat_map(|it| &it.records);
    let mut usable = records.filter(|record| match record.became {
        Became::Created
        | Became::Changed
        | Became::Unchanged
        | Became::Ended
        | Became::Superseded => true,
        Became::Held
        | Became::Rejected
        | Became::NotExamined
        | Became::Received
        | Became::Absent => false,
    });
    usable.next().is_some()
}

fn count(effect: &Effect, became: Became) -> u64 {
    let records = effect.provisioned.iter().flat_map(|it| &it.records);
    records.filter(|record| record.became == became).count() as u64
}

enum Begun<'a> {
    Run(Box<Worker<'a>>, Standing),
    Not(Ended),
}

/// Begins the run, unless the same was asked for before.
async fn begin<'a>(errand: &mut Errand, log: &'a Log) -> Result<Begun<'a>, ImportError> {
    let permits = std::mem::take(&mut errand.permits);
    let decisions: BTreeMap<_, _> = (permits.iter())
        .map(|permit| (permit.kind.name().to_owned(), permit.decision))
        .collect();
    let permits: Vec<_> = permits.into_iter().map(|permit| permit.permit).collect();
    let mut standing = Standing::new(decisions, None);
    standing.today = errand.today.to_string();
    standing.lines = errand
        .staged
        .iter()
        .map(|line| line.line)
        .max()
        .unwrap_or(0);
    standing.cascade = errand.each;
    standing.provisioned = true;
    let token = errand.clock.uuid().simple().to_string();
    let now = errand.clock.now();
    let new = NewRun {
        id: errand.run,
        source: errand.source.to_string(),
        file_name: CAME_BY.to_owned(),
        dry_run: errand.dry_run,
        token: token.clone(),
        now,
        standing: standing.to_text(),
    };
    let details = Object::new()
        .with("source", errand.source.as_str())
        .with("file", CAME_BY)
        .with("dryRun", errand.dry_run)
        .with("by", errand.by.to_string());
    let details = match errand.completes {
        Some((of, _)) => details.with("completes", of.to_string()),
        None => details,
    };
    let (by, key) = (errand.by, errand.key.clone());
    let begun = RunAuthority::begin(log, permits, (errand.run, details), move |tx, authority| {
        Box::pin(async move {
            if let Some(key) = key {
                let used = (Mutation::Provision.name(), key.key.as_str());
                let found = write::find_answer(tx, &authority, &by, used, &key.digest, now);
                match found.await? {
                    Known::Nothing => {}
                    Known::Answer(answer) => return Err(Unbegun::Before(answer)),
                    Known::OtherInput => return Err(Unbegun::KeyReused),
                }
            }
            let begun = staging::begin(tx, &authority, &new).await;
            begun.map_err(|error| Unbegun::Failed(error.into()))
        })
    });
    match begun.await {
        Ok(lease) => {
            let worker = Worker::new(log, lease, token, Arc::clone(&errand.clock));
            Ok(Begun::Run(Box::new(worker), standing))
        }
        Err(TransactError::Effect(Unbegun::Before(answer))) => {
            let effect = serde_json::from_str(&answer).map_err(|error| unreadable(&error))?;
            Ok(Begun::Not(Ended::Before(effect)))
        }
        Err(TransactError::Effect(Unbegun::KeyReused)) => Ok(Begun::Not(Ended::KeyReused)),
        Err(TransactError::Effect(Unbegun::Failed(error))) => Err(ImportError::Apply(error.into())),
        Err(TransactError::Stale) => Ok(Begun::Not(Ended::Stale)),
        Err(TransactError::Unavailable) => Err(ImportError::Unavailable),
        Err(TransactError::Fatal(fatal)) => Err(ImportError::Fatal(fatal)),
        Err(TransactError::Invalid(error)) => Err(ImportError::Event(error)),
    }
}

pub(super) fn unreadable(error: &serde_json::Error) -> ImportError {
    ImportError::Apply(staging::ApplyError::Corrupt(misread(error)))
}

/// Stages the records and finds out what is wrong with them; whether anything is.
async fn prepare(
    worker: &Worker<'_>,
    errand: &mut Errand,
    standing: &Standing,
) -> Result<bool, ImportError> {
    let run = worker.run().to_string();
    for lines in errand.staged.chunks(CHUNK) {
        let (run, lines) = (run.clone(), lines.to_vec());
        worker
            .stage(move |tx, by| {
                Box::pin(async move { Ok(staging::stage_lines(tx, &by, &run, &lines).await?) })
            })
            .await?;
    }
    let scope = Scope {
        run: &run,
        source: &errand.source,
        take_over: None,
        cascade: errand.each,
    };
    find_problems(worker, scope, standing.lines, &Unwatched).await?;
    set_aside(worker, errand).await?;
    let provisioned = errand.effect.provisioned.as_ref();
    Ok(provisioned.is_some_and(super::Provisioned::has_rejected))
}

/// Tells of the records that have been found wrong since they were planned; whether there are any that had not been told of.
async fn set_aside(worker: &Worker<'_>, errand: &mut Errand) -> Result<bool, ImportError> {
    let run = worker.run().to_string();
    let snapshot = worker.snapshot().await?;
    let (problems, ..) = staging::problems(snapshot.connection(), &run, MOST_PROBLEMS).await?;
    drop(snapshot);
    let Some(provisioned) = &mut errand.effect.provisioned else {
        return Ok(false);
    };
    let mut told = false;
    for StagedProblem {
        line,
        field,
        wrong,
        right,
        ..
    } in problems
    {
        let index = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(record) = provisioned.records.get_mut(index) else {
            continue;
        };
        let Some(kind) = feed::Kind::named(&record.kind) else {
            continue;
        };
        let problem = RecordProblem::at(index, kind, &field, (wrong, right));
        if record.problems.contains(&problem) {
            continue;
        }
        record.became = Became::Rejected;
        record.fields.clear();
        record.problems.push(problem);
        told = true;
    }
    Ok(told)
}

/// Has applying begin, and keeps the answer with it; `false`: somebody else has just used the key.
async fn begin_to_apply(
    worker: &Worker<'_>,
    errand: &mut Errand,
    standing: &Standing,
) -> Result<bool, ImportError> {
    if let Some(provisioned) = &mut errand.effect.provisioned {
        provisioned.applied = true;
    }
    let (halted, confirms) = (errand.halted.clone(), errand.confirms);
    let (by_whom, now) = (errand.by, errand.clock.now());
    let step = Step {
        state: "applying",
        done: 0,
        standing: standing.to_text(),
        finished_at: None,
        digest: None,
    };
    let run = worker.run().to_string();
    let kept = Kept::of(errand)?;
    worker
        .stage(move |tx, by| {
            Box::pin(async move {
                // The step may be carried out twice, and was done if it was done once.
                if staging::is_applying(tx, &run).await? {
                    return Ok(true);
                }
                // What is confirmed waits no longer, and is not moot by itself.
                if let Some(waited) = confirms
                    && !staging::confirm(tx, &by, waited, &by_whom, now).await?
                {
                    return Ok(false);
                }
                if !kept.keep(tx, &by).await? {
                    return Ok(false);
                }
                if let Some(call) = halted {
                    staging::halt(tx, &by, &call, now).await?;
                }
                staging::write_step(tx, &by, &run, &step).await?;
                Ok(true)
            })
        })
        .await
}

/// Keeps what the answer has become.
async fn keep_again(worker: &Worker<'_>, errand: &Errand) -> Result<(), ImportError> {
    let kept = Kept::of(errand)?;
    worker
        .stage(move |tx, by| Box::pin(async move { kept.keep_again(tx, &by).await }))
        .await
}

/// An id for a run.
pub(super) fn new_run(clock: &dyn Clock) -> RunId {
    fresh::<id::Run>(clock)
}

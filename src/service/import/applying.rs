//! Carries a checked run out, chunk by chunk, from wherever it stands.

use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use domain::speaks::{verbatim, words};

use super::checking::parse_today;
use super::refusing::{Chunk, Underway, refused};
use super::standing::{Phase, Standing, phases};
use super::worker::Worker;
use super::{Activity, ImportError, ImportOptions, Progress, RejectSink};
use feed::record::Segment;
use feed::{Kind, Record};
use store::import::{self as staging, ApplyError, Applying, FLAGS, Raised, Scope, ToApply};

/// How many records the first chunk has; later ones have as many as take about [`GOAL`].
const FIRST_CHUNK: usize = 100;
const CHUNKS: std::ops::RangeInclusive<usize> = 25..=400;
/// How long a chunk should hold the head of the log: half of what it may.
const GOAL: Duration = Duration::from_millis(50);
/// How many records are read at once when nothing is written.
const PAGE: usize = 500;

/// Carries out what is left of the run.
pub(crate) async fn carry_out(
    worker: &Worker<'_>,
    source: &str,
    standing: &mut Standing,
    rejects: Option<&mut RejectSink>,
    progress: &dyn Progress,
) -> Result<(), ImportError> {
    progress.begin(Activity::Applying, Some(standing.lines));
    let mut underway = Underway {
        size: FIRST_CHUNK,
        rejects,
    };
    while let Some(phase) = phases().nth(standing.phase) {
        match step(worker, source, phase, standing, &mut underway).await {
            Err(ImportError::Unavailable) => {
                tracing::warn!("a chunk of the import was not acknowledged; looking for it");
                *standing = worker.stored_standing().await?;
            }
            carried => carried?,
        }
        progress.advance(standing.done);
    }
    Ok(())
}

/// One chunk of a phase, or its end.
async fn step(
    worker: &Worker<'_>,
    source: &str,
    phase: Phase,
    standing: &mut Standing,
    underway: &mut Underway<'_>,
) -> Result<(), ImportError> {
    match phase {
        Phase::Records(kind) => records(worker, source, kind, standing, underway).await,
        Phase::Controls => controls(worker, source, standing, underway).await,
        Phase::Flags if standing.provisioned => {
            standing.next_phase();
            Ok(())
        }
        Phase::Flags => flags(worker, source, standing).await,
        Phase::Discard => {
            worker.discard().await?;
            standing.next_phase();
            Ok(())
        }
    }
}

/// Carries out so many chunks and then stops, as a process does that is killed.
#[cfg(test)]
pub(super) async fn carry_out_steps(
    worker: &Worker<'_>,
    source: &str,
    standing: &mut Standing,
    steps: usize,
) -> Result<(), ImportError> {
    let mut underway = Underway {
        size: FIRST_CHUNK,
        rejects: None,
    };
    for _ in 0..steps {
        let Some(phase) = phases().nth(standing.phase) else {
            break;
        };
        step(worker, source, phase, standing, &mut underway).await?;
    }
    Ok(())
}

/// The lines of organisations in the order of the tree, other kinds in the order of their ids.
async fn next_records(
    worker: &Worker<'_>,
    kind: Kind,
    after: &str,
    most: usize,
) -> Result<(Vec<ToApply>, String), ImportError> {
    let run = worker.run().to_string();
    let snapshot = worker.snapshot().await?;
    let db = snapshot.connection();
    if kind == Kind::Organisation {
        let lines = staging::order_of_organisations(db, &run).await?;
        let from = after.parse().unwrap_or(0);
        let lines: Vec<i64> = lines.into_iter().skip(from).take(most).collect();
        if lines.is_empty() {
            return Ok((Vec::new(), after.to_owned()));
        }
        let records = staging::records_of_lines(db, &run, &lines).await?;
        return Ok((records, (from + lines.len()).to_string()));
    }
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    let records = staging::records(db, &run, kind, after, most).await?;
    let last = records.last().map_or(after, |one| one.record.external_id());
    let last = last.to_owned();
    Ok((records, last))
}

fn applying(
    worker: &Worker<'_>,
    source: &str,
    kind: Kind,
    standing: &Standing,
) -> Result<Applying, ApplyError> {
    let decision = standing.decisions.get(kind.name()).copied();
    Ok(Applying {
        run: worker.run(),
        source: source.to_owned(),
        take_over: standing.take_over.clone(),
        decision: decision.ok_or_else(|| {
            ApplyError::Corrupt(words!(
                "no decision for {kind}",
                "Det finns inget beslut för `{kind}`.",
                kind = verbatim(kind)
            ))
        })?,
        today: parse_today(standing)?,
        clock: Arc::clone(&worker.clock),
    })
}

async fn records(
    worker: &Worker<'_>,
    source: &str,
    kind: Kind,
    standing: &mut Standing,
    underway: &mut Underway<'_>,
) -> Result<(), ImportError> {
    let (records, last) = next_records(worker, kind, &standing.after, underway.size).await?;
    let Some(first) = records
        .first()
        .map(|first| first.record.external_id().to_owned())
    else {
        standing.next_phase();
        return Ok(());
    };
    let how = applying(worker, source, kind, standing)?;
    let (count, after) = (records.len(), last.clone());
    let mut next = standing.clone();
    let applied = worker
        .apply(move |tx, by| {
            Box::pin(async move {
                let before = Stopwatch::now();
                let (applied, events) =
                    staging::apply_records(tx, by, &how, kind, &records).await?;
                next.passed(kind, &applied, last);
                // PostgreSQL locks the head only now, to append; SQLite did when it began.
                let began = if tx.held_the_head_when_it_began() {
                    before
                } else {
                    Stopwatch::now()
                };
                Ok(((next.clone(), began), next, events))
            })
        })
        .await;
    match applied {
        Ok((next, began)) => {
            *standing = next;
            underway.size = next_size(underway.size, began.elapsed());
            Ok(())
        }
        Err(error) => {
            let chunk = Chunk {
                kind,
                field: "",
                count,
                first: &first,
                after,
            };
            refused(worker, standing, underway, chunk, error).await
        }
    }
}

/// As many records as would have taken about the goal, changing by at most a half at a time. What was
/// halved to find a refused record grows again by doubling: such records often stand together.
fn next_size(size: usize, took: Duration) -> usize {
    if size < *CHUNKS.start() {
        return size.saturating_mul(2).min(*CHUNKS.start());
    }
    let size = if took > GOAL {
        size / 2
    } else if took < GOAL / 2 {
        size + size / 2
    } else {
        size
    };
    size.clamp(*CHUNKS.start(), *CHUNKS.end())
}

async fn controls(
    worker: &Worker<'_>,
    source: &str,
    standing: &mut Standing,
    underway: &mut Underway<'_>,
) -> Result<(), ImportError> {
    let (segments, last) = next_segments(worker, &standing.after, underway.size).await?;
    let Some(first) = segments.first().map(|first| first.external_id.clone()) else {
        standing.next_phase();
        return Ok(());
    };
    let how = applying(worker, source, Kind::Segment, standing)?;
    let (count, after) = (segments.len(), last.clone());
    let mut next = standing.clone();
    next.after = last;
    let applied = worker
        .apply(move |tx, by| {
            Box::pin(async move {
                let (changed, events) = staging::apply_controls(tx, by, &how, &segments).await?;
                next.controls_changed(changed.len() as u64);
                Ok((next.clone(), next, events))
            })
        })
        .await;
    match applied {
        Ok(next) => {
            *standing = next;
            Ok(())
        }
        Err(error) => {
            let chunk = Chunk {
                kind: Kind::Segment,
                field: "controls",
                count,
                first: &first,
                after,
            };
            refused(worker, standing, underway, chunk, error).await
        }
    }
}

async fn next_segments(
    worker: &Worker<'_>,
    after: &str,
    most: usize,
) -> Result<(Vec<Segment>, String), ImportError> {
    let (records, last) = next_records(worker, Kind::Segment, after, most).await?;
    let segments = records.into_iter().filter_map(|one| {
        if let Record::Segment(segment) = one.record {
            Some(segment)
        } else {
            None
        }
    });
    Ok((segments.collect(), last))
}

/// Replaces what the source's earlier runs flagged by what is flagged now.
async fn flags(
    worker: &Worker<'_>,
    source: &str,
    standing: &mut Standing,
) -> Result<(), ImportError> {
    let run = worker.run().to_string();
    let today = parse_today(standing)?;
    let scope = Scope {
        run: &run,
        source,
        take_over: standing.take_over.as_deref(),
        cascade: standing.cascade,
    };
    let (dropped_for, dropped_of) = (run.clone(), source.to_owned());
    worker
        .stage(move |tx, by| {
            Box::pin(async move {
                Ok(staging::drop_earlier_flags(tx, &by, &dropped_for, &dropped_of).await?)
            })
        })
        .await?;
    for flag in FLAGS {
        let mut after = String::new();
        loop {
            let snapshot = worker.snapshot().await?;
            let page = flag
                .page(snapshot.connection(), scope, today, &after)
                .await?;
            drop(snapshot);
            let (flagged, more) = page;
            if let Some(last) = flagged.last() {
                after.clone_from(&last.external_id);
            }
            let raised: Vec<Raised> = flagged
                .into_iter()
                .filter_map(|flagged| {
                    Some(Raised {
                        entity_id: flagged.entity_id?,
                        detail: flagged.detail,
                    })
                })
                .collect();
            let (run, name) = (run.clone(), flag.name);
            worker
                .stage(move |tx, by| {
                    Box::pin(async move { Ok(staging::raise(tx, &by, &run, name, &raised).await?) })
                })
                .await?;
            if !more {
                break;
            }
        }
    }
    standing.next_phase();
    Ok(())
}

/// Counts what applying would come to.
pub(super) async fn compare(
    worker: &Worker<'_>,
    options: &ImportOptions,
    standing: &mut Standing,
    progress: &dyn Progress,
) -> Result<(), ImportError> {
    progress.begin(Activity::Applying, Some(standing.lines));
    for phase in phases() {
        standing.after.clear();
        match phase {
            Phase::Records(kind) => loop {
                let after = standing.after.clone();
                let (records, last) = next_records(worker, kind, &after, PAGE).await?;
                if records.is_empty() {
                    break;
                }
                let how = applying(worker, &options.source, kind, standing)?;
                let snapshot = worker.snapshot().await?;
                let db = snapshot.connection();
                let applied = staging::compare_records(db, &how, kind, &records).await?;
                standing.passed(kind, &applied, last);
                progress.advance(standing.done);
                worker.say_alive().await?;
            },
            Phase::Controls => compare_controls(worker, options, standing).await?,
            Phase::Flags | Phase::Discard => {}
        }
    }
    Ok(())
}

/// A segment that would be made, or changed in other ways too, is counted already.
async fn compare_controls(
    worker: &Worker<'_>,
    options: &ImportOptions,
    standing: &mut Standing,
) -> Result<(), ImportError> {
    let how = applying(worker, &options.source, Kind::Segment, standing)?;
    let mut differing = 0;
    loop {
        let (segments, last) = next_segments(worker, &standing.after, PAGE).await?;
        if segments.is_empty() {
            break;
        }
        standing.after = last;
        let snapshot = worker.snapshot().await?;
        let db = snapshot.connection();
        let changed = staging::differing_controls(db, &how, &segments).await?;
        differing += changed.len() as u64;
    }
    standing.controls_changed(differing);
    Ok(())
}

//! Checks what was staged against itself and the register, and counts what is flagged.

use super::standing::Standing;
use super::worker::Worker;
use super::{ImportError, ImportOptions, Progress};
use domain::Date;
use domain::Words;
use feed::Problem;
use store::import::{self as staging, ApplyError, Check, FLAGS, KNOWN, Known, Over, Scope};

/// How many lines are looked at when rejected ones are marked.
const LINES: u64 = 5_000;

/// Records every problem, rejects the lines that have one, and counts flags over the others.
pub(super) async fn check(
    worker: &Worker<'_>,
    options: &ImportOptions,
    standing: &mut Standing,
    progress: &dyn Progress,
) -> Result<(), ImportError> {
    let run = worker.run().to_string();
    let scope = Scope {
        run: &run,
        source: &options.source,
        take_over: options.take_over.as_deref(),
        cascade: standing.cascade,
    };
    let mut done = find_problems(worker, scope, standing.lines, progress).await?;
    let known = stage_known(worker, scope).await?;
    worker
        .stage({
            let run = run.clone();
            move |tx, by| {
                Box::pin(async move { Ok(staging::stage_look_alikes(tx, &by, &run).await?) })
            }
        })
        .await?;
    let snapshot = worker.snapshot().await?;
    for (kind, count) in staging::rejected_counts(snapshot.connection(), &run).await? {
        standing.rejected.insert(kind.name().to_owned(), count);
    }
    drop(snapshot);
    let today = parse_today(standing)?;
    for flag in FLAGS {
        let snapshot = worker.snapshot().await?;
        let db = snapshot.connection();
        let count = flag.count(db, scope, today, Over::Everything).await?;
        let told = match known {
            0 => count,
            _ => flag.count(db, scope, today, Over::FeedAlone).await?,
        };
        drop(snapshot);
        standing.flags.insert(flag.name.as_str().to_owned(), count);
        standing.told.insert(flag.name.as_str().to_owned(), told);
        worker.say_alive().await?;
        done += 1;
        progress.advance(done);
    }
    worker.reach("validated", standing).await
}

/// Records every problem of so many lines and rejects those that have one; in how many steps.
pub(crate) async fn find_problems(
    worker: &Worker<'_>,
    scope: Scope<'_>,
    lines: u64,
    progress: &dyn Progress,
) -> Result<u64, ImportError> {
    worker
        .stage(|tx, by| Box::pin(async move { Ok(staging::know_sizes(tx, &by).await?) }))
        .await?;
    let mut done = 0;
    loop {
        for check in staging::checks(scope) {
            carry_out(worker, &check, scope).await?;
            done += 1;
            progress.advance(done);
        }
        // A rejected record may leave others without what they refer to.
        if reject(worker, lines).await? == 0 || !scope.cascade {
            return Ok(done);
        }
    }
}

/// Stages what the register knows besides the feed; how many rows that are.
async fn stage_known(worker: &Worker<'_>, scope: Scope<'_>) -> Result<u64, ImportError> {
    let mut staged = 0;
    for known in KNOWN {
        let mut after = String::new();
        loop {
            let snapshot = worker.snapshot().await?;
            let next = known.next(snapshot.connection(), scope, &after).await?;
            drop(snapshot);
            let Some(to) = next else {
                break;
            };
            staged += stage_rows(worker, scope, *known, (&after, &to), staged).await?;
            after = to;
        }
    }
    if staged > 0 {
        worker
            .stage(|tx, by| Box::pin(async move { Ok(staging::know_sizes(tx, &by).await?) }))
            .await?;
    }
    Ok(staged)
}

async fn stage_rows(
    worker: &Worker<'_>,
    scope: Scope<'_>,
    known: Known,
    (after, to): (&str, &str),
    staged: u64,
) -> Result<u64, ImportError> {
    let (run, source) = (scope.run.to_owned(), scope.source.to_owned());
    let (after, to) = (after.to_owned(), to.to_owned());
    worker
        .stage(move |tx, by| {
            Box::pin(async move {
                let scope = Scope {
                    run: &run,
                    source: &source,
                    take_over: None,
                    cascade: false,
                };
                Ok(known.stage(tx, &by, scope, (&after, &to), staged).await?)
            })
        })
        .await
}

pub(super) fn parse_today(standing: &Standing) -> Result<Date, ApplyError> {
    let today = standing.today.parse();
    today.map_err(|_| {
        ApplyError::Corrupt(Words::new(
            "the run's day is no date",
            "Körningens dag är inget datum.",
        ))
    })
}

async fn carry_out(
    worker: &Worker<'_>,
    check: &Check,
    scope: Scope<'_>,
) -> Result<(), ImportError> {
    let mut after = 0;
    loop {
        let snapshot = worker.snapshot().await?;
        let (problems, more) = check.page(snapshot.connection(), scope, after).await?;
        drop(snapshot);
        after = problems.last().map_or(after, |problem| problem.line);
        record(worker, problems).await?;
        if !more {
            return Ok(());
        }
    }
}

async fn record(worker: &Worker<'_>, problems: Vec<Problem>) -> Result<(), ImportError> {
    if problems.is_empty() {
        return Ok(());
    }
    let run = worker.run().to_string();
    worker
        .stage(move |tx, by| {
            Box::pin(async move { Ok(staging::stage_problems(tx, &by, &run, &problems).await?) })
        })
        .await
}

/// Rejects the lines that have a problem; how many there were that had not been.
async fn reject(worker: &Worker<'_>, lines: u64) -> Result<u64, ImportError> {
    let mut rejected = 0;
    for from in (0..=lines).step_by(usize::try_from(LINES).unwrap_or(usize::MAX)) {
        let run = worker.run().to_string();
        let marked = worker.stage(move |tx, by| {
            Box::pin(async move { Ok(staging::reject(tx, &by, &run, from, from + LINES).await?) })
        });
        rejected += marked.await?;
    }
    Ok(rejected)
}

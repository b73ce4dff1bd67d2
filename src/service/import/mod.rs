//! Imports a feed: read, staged, checked, flagged, and then applied chunk by chunk as one run.
//!
//! Until everything has been checked nothing of the register is touched, so a bad feed changes
//! nothing. From the first applied chunk on a run is always finished: by this process, or by the next
//! one that serves or imports ([`settle_unfinished`]). Between chunks the log is free, so decisions go
//! on meanwhile. An import ends nothing that is missing from the feed.
//!
//! To add a step: a phase in `standing`, what it does in `applying`. Each must come to the same when it
//! is carried out twice, for a process can die between carrying it out and knowing that it has.

pub(crate) mod applying;
pub(crate) mod checking;
mod error;
mod reading;
mod refusing;
pub(crate) mod settling;
pub(crate) mod standing;
pub(crate) mod summary;
pub(crate) mod worker;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::future::Future;
use std::io::{BufRead, Write};
use std::sync::Arc;

use audit::{Authorised, Log, TransactError};
use domain::clock::{Clock, fresh};
use domain::id::{self, EventId};
use domain::text::{Identifier, Reference};
use domain::{Date, Instant};
use feed::{Ending, Kind};
use gate::RunAuthority;
use store::import as store;
use transparency::canonical::Object;

use standing::Standing;
use worker::{Outcome, Worker};

pub use error::ImportError;
pub use settling::{LEASE, Settled, settle_unfinished};
pub use summary::{FlagDifference, KindSummary, Summary};

/// How often permits are asked for when what they rest on keeps changing.
const PERMIT_TRIES: u32 = 5;

/// Leave to change records of one kind.
#[derive(Debug)]
pub struct KindPermit<P> {
    /// The kind.
    pub kind: Kind,
    /// The decision behind the permit, which every change of that kind names.
    pub decision: EventId,
    /// The permit.
    pub permit: P,
}

/// Where the permits of a run come from: the gate, asked whether the host may import.
pub trait Permits: Send + Sync {
    /// What the log takes.
    type Permit: Authorised + Send;

    /// A fresh permit for each of the kinds.
    fn permits(
        &self,
        kinds: &[Kind],
    ) -> impl Future<Output = Result<Vec<KindPermit<Self::Permit>>, ImportError>> + Send;
}

/// What an import works with.
#[derive(Debug)]
pub struct ImportContext<'a, P> {
    /// The log, open for appending.
    pub log: &'a Log,
    /// Time and ids.
    pub clock: Arc<dyn Clock>,
    /// Who allows it.
    pub permits: &'a P,
}

/// What is asked of an import.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Whose external ids these are.
    pub source: Identifier,
    /// The source whose records it takes over; `None`: what another source has brought is refused.
    pub take_over: Option<Identifier>,
    /// The name of the file, for people.
    pub file_name: Reference,
    /// Whether everything is done except applying.
    pub dry_run: bool,
    /// Whether the feed may lack its last line.
    pub no_trailer: bool,
    /// The day that flags are counted for; `None`: the last line's, else the clock's.
    pub today: Option<Date>,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            source: Identifier::recorded("region".to_owned()),
            take_over: None,
            file_name: Reference::recorded("-".to_owned()),
            dry_run: false,
            no_trailer: false,
            today: None,
        }
    }
}

/// Where the lines that are not applied go, as they were.
pub type RejectSink = dyn Write + Send;

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// Waiting for another import, or settling what one left behind.
    Waiting,
    /// Reading and staging lines; how many there are is not known.
    Reading,
    /// Checking what was staged, in so many steps.
    Checking,
    /// Applying so many records.
    Applying,
}

/// Somebody who watches.
pub trait Progress: Send + Sync {
    /// Something else is being done now; `total`: how many steps it has, when that is known.
    fn begin(&self, activity: Activity, total: Option<u64>);

    /// So many of its steps have been done.
    fn advance(&self, done: u64);
}

/// Nobody watches.
#[derive(Debug, Clone, Copy)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn begin(&self, _: Activity, _: Option<u64>) {}

    fn advance(&self, _: u64) {}
}

/// Imports the feed in `source`. Bad records go to `rejects` where there is one and the rest is
/// applied; where there is none, one bad record means that nothing is applied.
///
/// # Errors
/// When nothing was applied; or, with [`ImportError::Unavailable`] and the like after the first chunk,
/// when the rest is left to [`settle_unfinished`].
pub async fn import<P: Permits, R: BufRead + Send>(
    context: &ImportContext<'_, P>,
    source: R,
    options: &ImportOptions,
    mut rejects: Option<&mut RejectSink>,
    progress: &dyn Progress,
) -> Result<Summary, ImportError> {
    progress.begin(Activity::Waiting, None);
    settling::wait_for_others(context.log, &context.clock, settling::PATIENCE).await?;
    let (worker, mut standing) = begin(context, options).await?;
    standing.cascade = rejects.is_some();
    let prepared = async {
        progress.begin(Activity::Reading, None);
        let read =
            reading::read(&worker, source, options, rejects.as_deref_mut(), progress).await?;
        let today = today(options, &read.ending, context.clock.now());
        standing.today = today.to_string();
        standing.lines = read.ending.lines;
        standing.digest = Some(read.digest);
        let trailer = read.ending.trailer;
        let announced = trailer.map(|trailer| trailer.flags);
        progress.begin(Activity::Checking, None);
        checking::check(&worker, options, &mut standing, progress).await?;
        let summary = summary::of_checks(&worker, options, &standing, announced.as_ref()).await?;
        if summary.problem_count > 0 && rejects.is_none() {
            return Err(ImportError::Refused(Box::new(summary)));
        }
        if let Some(rejects) = rejects.as_deref_mut() {
            reading::hand_back(&worker, rejects).await?;
        }
        Ok(announced)
    };
    let announced = match prepared.await {
        Ok(announced) => announced,
        Err(error) => return Err(refuse(worker, &standing, error).await),
    };
    if options.dry_run {
        applying::compare(&worker, options, &mut standing, progress).await?;
        standing.phase = standing::discarding();
    }
    let source = &options.source;
    applying::carry_out(&worker, source, &mut standing, rejects, progress).await?;
    let mut summary = summary::of_checks(&worker, options, &standing, announced.as_ref()).await?;
    summary.complete(&standing);
    let gained = worker.gained().await?;
    let details = summary::details_of_standing(&options.source, &standing, &gained)
        .with("dryRun", options.dry_run)
        .with("rejected", summary::number(summary.bad_lines));
    worker
        .finish(Outcome::Completed, &standing, details)
        .await?;
    Ok(summary)
}

fn today(options: &ImportOptions, ending: &Ending, now: Instant) -> Date {
    let trailer = ending.trailer.as_ref().map(|trailer| trailer.today);
    options.today.or(trailer).unwrap_or_else(|| now.date())
}

/// Begins the run, anew when what its permits rest on has changed meanwhile.
async fn begin<'a, P: Permits>(
    context: &ImportContext<'a, P>,
    options: &ImportOptions,
) -> Result<(Worker<'a>, Standing), ImportError> {
    let mut tries = 0;
    loop {
        let run = fresh::<id::Run>(context.clock.as_ref());
        let token = context.clock.uuid().simple().to_string();
        let mut permits = Vec::new();
        let mut decisions = BTreeMap::new();
        for permit in context.permits.permits(Kind::ALL).await? {
            decisions.insert(permit.kind.name().to_owned(), permit.decision);
            permits.push(permit.permit);
        }
        let standing = Standing::new(decisions, options.take_over.clone().map(String::from));
        let new = store::NewRun {
            id: run,
            source: options.source.to_string(),
            file_name: options.file_name.to_string(),
            dry_run: options.dry_run,
            token: token.clone(),
            now: context.clock.now(),
            standing: standing.to_text(),
        };
        let details = Object::new()
            .with("source", options.source.as_str())
            .with("file", options.file_name.as_str())
            .with("dryRun", options.dry_run)
            .with_some("takeOverFrom", options.take_over.as_deref());
        let begun = RunAuthority::begin(context.log, permits, (run, details), move |tx, by| {
            Box::pin(async move { store::begin(tx, &by, &new).await })
        });
        tries += 1;
        match begun.await {
            Ok(lease) => {
                let worker = Worker::new(context.log, lease, token, Arc::clone(&context.clock));
                return Ok((worker, standing));
            }
            Err(TransactError::Stale) if tries < PERMIT_TRIES => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Ends the run before anything was applied. What stopped it is what is told.
pub(crate) async fn refuse(
    worker: Worker<'_>,
    standing: &Standing,
    error: ImportError,
) -> ImportError {
    if matches!(error, ImportError::Apply(store::ApplyError::Lost)) {
        return error;
    }
    let details = Object::new().with("reason", error.word());
    if let Err(second) = worker.discard().await {
        tracing::warn!(error = %second, "what was staged is left to the next import");
        return error;
    }
    let refused = worker.finish(Outcome::Refused, standing, details).await;
    if let Err(second) = refused {
        tracing::warn!(error = %second, "the run is left to the next import");
    }
    error
}

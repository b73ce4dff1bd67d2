//! `behorig import`: a feed from a file or a pipe, as the bootstrap service on the host.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Cursor, Write as _};
use std::path::Path;
use std::sync::Arc;

use audit::Log;
use authn::Claimant;
use domain::Calendar;
use domain::Words;
use domain::action::ImportRegister;
use domain::clock::Clock;
use domain::speaks::{Speaks, counted, words};
use domain::text::{Reference, TextError};
use feed::Kind;
use gate::{Evidence, Policies, WritePermit};
use service::import::{
    self, ImportContext, ImportError, ImportOptions, KindPermit, Permits, Summary, Unwatched,
};

use super::arguments::Import;
use super::host::{Decider, NotPermitted};
use super::{CommandError, opening, output, serve, watch};

pub(super) async fn run(
    config: Option<&Path>,
    import: Import,
    clock: Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let settings = opening::settings(config, &import.on)?;
    let db = opening::open(&settings).await?;
    let log = opening::open_log(&db, &settings, &clock).await?;
    let host = Host::new(&log, &clock, serve::policies(&settings, &db).await?);
    let options = ImportOptions {
        source: import.source.clone(),
        take_over: import.take_over_from.clone(),
        file_name: name_of(&import.file)?,
        dry_run: import.dry_run,
        no_trailer: import.no_trailer,
        today: import.today,
    };
    let mut rejects = import.rejects.as_deref().map(reject_file).transpose()?;
    let sink = rejects.as_mut().map(|file| file as &mut import::RejectSink);
    let context = ImportContext {
        log: &log,
        clock: Arc::clone(&clock),
        permits: &host,
    };
    let watching = watch::Watching::new();
    let imported = import::import(&context, source(&import.file)?, &options, sink, &watching).await;
    watching.finish();
    if let Some(mut file) = rejects {
        file.flush()
            .map_err(|error| CommandError::Could(error.words()))?;
    }
    let told = match &imported {
        Ok(summary) => Some(summary),
        Err(ImportError::Refused(summary)) => Some(summary.as_ref()),
        Err(_) => None,
    };
    if let Some(summary) = told {
        output::print(&watch::told(summary))?;
    }
    db.close().await;
    match imported?.refused {
        0 => Ok(()),
        refused => Err(CommandError::NotRight(words!(
            "{refused} passed every check and could not be applied, because the register has changed \
             meanwhile; the rest was applied",
            "{refused} klarade varje kontroll men gick inte att föra in, för registret har ändrats under tiden. \
             Resten är infört.",
            refused = counted(refused, ("record", "records"), ("post", "poster"))
        ))),
    }
}

/// Finishes what an import that was killed has begun.
pub(super) async fn settle(log: &Log, clock: &Arc<dyn Clock>) -> Result<(), CommandError> {
    for settled in import::settle_unfinished(log, clock).await? {
        tracing::warn!(run.id = %settled.run, run.finished = settled.finished, "settled an import");
    }
    Ok(())
}

/// Imports a feed that is in memory, with nobody watching.
pub(super) async fn apply(
    log: &Log,
    clock: &Arc<dyn Clock>,
    policies: Policies,
    feed: Vec<u8>,
) -> Result<Summary, CommandError> {
    let host = Host::new(log, clock, policies);
    let context = ImportContext {
        log,
        clock: Arc::clone(clock),
        permits: &host,
    };
    let options = ImportOptions {
        file_name: Reference::recorded("demo".to_owned()),
        ..ImportOptions::default()
    };
    Ok(import::import(&context, Cursor::new(feed), &options, None, &Unwatched).await?)
}

/// The path as it will stand in the log; each part of it is a name of its own.
fn name_of(file: &Path) -> Result<Reference, CommandError> {
    let wrong = |wrong: TextError| {
        CommandError::Could(words!(
            "the name of the feed will stand in the log: {wrong}",
            "Filens namn kommer att stå i loggen. {wrong}",
            wrong
        ))
    };
    for part in file.components() {
        let part = part.as_os_str().to_string_lossy();
        part.parse::<Reference>().map_err(wrong)?;
    }
    Ok(Reference::recorded(file.display().to_string()))
}

fn source(file: &Path) -> Result<Box<dyn BufRead + Send>, CommandError> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let opened = File::open(file).map_err(|error| {
        CommandError::Could(words!(
            "`{file}` cannot be read: {error}",
            "`{file}` går inte att läsa. Orsak: {error}",
            file,
            error
        ))
    })?;
    Ok(Box::new(BufReader::new(opened)))
}

fn reject_file(path: &Path) -> Result<BufWriter<File>, CommandError> {
    let created = File::create(path).map_err(|error| {
        CommandError::Could(words!(
            "`{path}` cannot be written: {error}",
            "`{path}` går inte att skriva. Orsak: {error}",
            path,
            error
        ))
    })?;
    Ok(BufWriter::new(created))
}

/// Whoever holds the host, as the bootstrap service.
#[derive(Debug)]
pub(super) struct Host<'a>(Decider<'a>);

impl<'a> Host<'a> {
    pub(super) fn new(log: &'a Log, clock: &Arc<dyn Clock>, policies: Policies) -> Self {
        Self(Decider::new(log, clock, policies, Calendar::default()))
    }

    /// Leave to do one thing with the register from the host.
    pub(super) async fn permit(
        &self,
        kind: &'static str,
    ) -> Result<WritePermit<ImportRegister>, ImportError> {
        let action = ImportRegister { kind };
        let permit = self.0.permit(&Claimant::bootstrap(), action).await;
        permit.map_err(|error| match error {
            NotPermitted::Snapshot(error) => error.into(),
            NotPermitted::Turned => ImportError::Permit(Words::new(
                "the bootstrap service is not in force",
                "Den inbyggda tjänsten för import gäller inte.",
            )),
            NotPermitted::Undecided(_) | NotPermitted::Unsealed(_) | NotPermitted::Refused(_) => {
                ImportError::Permit(error.whole())
            }
        })
    }
}

impl Permits for Host<'_> {
    type Permit = Evidence;

    async fn permits(&self, kinds: &[Kind]) -> Result<Vec<KindPermit<Evidence>>, ImportError> {
        let mut permits = Vec::with_capacity(kinds.len());
        for kind in kinds {
            let (leave, permit) = self.permit(kind.name()).await?.split();
            permits.push(KindPermit {
                kind: *kind,
                decision: leave.decision(),
                permit,
            });
        }
        Ok(permits)
    }
}

//! `behorig import`: a feed from a file or a pipe, as the bootstrap service on the host.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Cursor, Write as _};
use std::path::Path;
use std::sync::Arc;

use domain::clock::Clock;
use domain::speaks::{Speaks, counted, words};
use domain::text::{Reference, TextError};
use service::import::{self, ImportError, ImportOptions, Summary, Unwatched};

use super::arguments::Import;
use super::error::CommandError;
use super::opening::Opened;
use super::{output, watch};

pub(super) async fn run(
    config: Option<&Path>,
    import: Import,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let opened = Opened::new(config, &import.on, clock).await?;
    let desk = opened.desk().await?;
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
    let watching = watch::Watching::new();
    let feed = source(&import.file)?;
    let imported = import::import(&desk.importing(), feed, &options, sink, &watching).await;
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
    opened.db.close().await;
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

/// Imports a feed that is in memory, with nobody watching.
pub(super) async fn apply(opened: &Opened, feed: Vec<u8>) -> Result<Summary, CommandError> {
    let desk = opened.desk().await?;
    let options = ImportOptions {
        file_name: Reference::recorded("demo".to_owned()),
        ..ImportOptions::default()
    };
    let feed = Cursor::new(feed);
    Ok(import::import(&desk.importing(), feed, &options, None, &Unwatched).await?)
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

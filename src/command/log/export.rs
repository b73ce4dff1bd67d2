//! `behorig log export`: a part of the log as one file that anybody can verify.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::super::error::CommandError;
use super::super::opening::{OnDatabase, Opened};
use super::super::output;
use super::{checking, report};
use audit::export::{Export, ExportError, Part};
use audit::{DatabaseError, Snapshot};
use domain::Words;
use domain::clock::Clock;
use domain::speaks::{Speaks, words};
use service::export::{NotExported, export};
use transparency::bundle::{Header, KnownKey, Question, Source, verify};

/// `behorig log export`
#[derive(Debug, Args)]
pub struct Command {
    /// Where to write the bundle; never overwritten.
    pub out: PathBuf,

    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// The first event.
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    pub from: u64,

    /// The event before which to end; without it, as far as the newest checkpoint goes.
    #[arg(long, value_name = "SEQ")]
    pub to: Option<u64>,

    /// With the personal values that the events commit to, as far as they are not erased.
    #[arg(long)]
    pub values: bool,

    /// As text, not compressed.
    #[arg(long)]
    pub plain: bool,
}

pub(super) async fn run(
    config: Option<&Path>,
    asked: Command,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    if asked.out.exists() {
        return Err(CommandError::Could(words!(
            "`{out}` is there already, and is not overwritten: name another file",
            "`{out}` finns redan och skrivs inte över. Ange en annan fil.",
            out = asked.out
        )));
    }
    let Opened { db, log, .. } = Opened::new(config, &asked.on, clock).await?;
    let snapshot = db
        .snapshot()
        .await
        .map_err(|error| CommandError::Could(error.whole()))?;
    let part = Part {
        from: asked.from,
        to: asked.to,
        values: asked.values,
    };
    let (export, event) = export(&log, &snapshot, part).await.map_err(not_exported)?;
    let file = Unfinished::new(&asked.out)?;
    let Header { from, to, .. } = *export.header();
    file.fill(export, &snapshot, asked.plain).await?;
    file.finish()?;
    drop(snapshot);
    db.close().await;
    output::print(&words!(
        "Wrote the events {range} to `{out}` and verified them; the export is event {event}.",
        "Skrev händelserna {range} till `{out}` och verifierade dem. Exporten är händelse {event}.",
        range = report::range(from, to),
        out = asked.out,
        event
    ))
}

fn not_exported(error: NotExported) -> CommandError {
    match error {
        NotExported::Export(error) => failed(error),
        NotExported::Transact(error) => error.into(),
    }
}

fn failed(error: ExportError) -> CommandError {
    match error {
        ExportError::Tampered(tampered) => CommandError::NotRight(words!(
            "{tampered}; nothing was exported",
            "{tampered} Inget har exporterats.",
            tampered = checking::tampered(&tampered)
        )),
        ExportError::NotCovered { .. } => CommandError::Incomplete(error.words()),
        ExportError::Database(error) => DatabaseError::from(error).into(),
        ExportError::Part(_)
        | ExportError::Nothing(_)
        | ExportError::Pruned(_)
        | ExportError::Write(_) => CommandError::Could(error.whole()),
    }
}

/// A file under another name, which is gone unless it is finished.
struct Unfinished<'a> {
    out: &'a Path,
    path: PathBuf,
}

impl<'a> Unfinished<'a> {
    fn new(out: &'a Path) -> Result<Self, CommandError> {
        let mut name = out.as_os_str().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let path = PathBuf::from(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // What is in it may be personal.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let opened = options.open(&path);
        opened.map_err(|error| unusable(&path, &error))?;
        Ok(Self { out, path })
    }

    /// Writes the bundle and reads it again: what does not verify here does nowhere.
    async fn fill(
        &self,
        export: Export,
        snapshot: &Snapshot,
        plain: bool,
    ) -> Result<(), CommandError> {
        let could_not = |error: std::io::Error| failed(error.into());
        let file = OpenOptions::new()
            .write(true)
            .open(&self.path)
            .map_err(could_not)?;
        let mut file = BufWriter::with_capacity(1 << 17, file);
        let keys = export.keys().map_err(failed)?;
        if plain {
            write(export, snapshot, &mut file).await?;
        } else {
            let mut packed = zstd::Encoder::new(&mut file, 3).map_err(could_not)?;
            packed.include_checksum(true).map_err(could_not)?;
            write(export, snapshot, &mut packed).await?;
            packed.finish().map_err(could_not)?;
        }
        file.flush().map_err(could_not)?;
        file.get_ref().sync_all().map_err(could_not)?;
        let bar = checking::bar(&checking::VERIFYING);
        let opened = File::open(&self.path).map_err(could_not)?;
        let source = Source::new(opened).map_err(|error| CommandError::Could(error.words()));
        let question = Question {
            keys: keys.iter().map(KnownKey::from).collect(),
            ..Question::default()
        };
        let (verdict, _) = verify(&mut source?, &question, &mut |checked| {
            checking::advance(&bar, checked);
        });
        bar.finish_and_clear();
        checking::told(verdict)
    }

    fn finish(self) -> Result<(), CommandError> {
        std::fs::rename(&self.path, self.out).map_err(|error| unusable(self.out, &error))
    }
}

/// Writes the pieces one after the other.
async fn write(
    export: Export,
    snapshot: &Snapshot,
    out: &mut (impl Write + Send),
) -> Result<(), CommandError> {
    let bar = checking::bar(&Words::part("exporting", "exporterar"));
    bar.set_length(export.header().to - export.header().from);
    let mut pieces = export.pieces();
    while let Some(piece) = pieces.next(snapshot).await.map_err(failed)? {
        out.write_all(&piece)
            .map_err(|error| failed(error.into()))?;
        bar.set_position(pieces.events());
    }
    bar.finish_and_clear();
    Ok(())
}

fn unusable(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::Could(words!(
        "`{path}`: {error}",
        "`{path}`: {error}",
        path,
        error
    ))
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        // After it was renamed there is nothing by that name.
        let _ = std::fs::remove_file(&self.path);
    }
}

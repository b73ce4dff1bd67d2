//! `behorig log verify`: whether a bundle, a proof about the register, or a database holds what was recorded.
//!
//! A file is verified without settings, database or network. The page goes to standard output, so that it
//! can be kept; the exit code says the same to a script.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::error::CommandError;
use super::super::output;
use super::{checking, database, register_report, report};
use domain::speaks::{Speaks, words};
use transparency::bundle::{KnownKey, Question, Source, verify};
use transparency::checkpoint::SignedCheckpoint;
use transparency::note::{MAX_NOTE, NoteError, VerifierKey};
use transparency::register_proof;

/// `behorig log verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// The bundle, plain or zstd, or the proof about the register; `-` reads standard input.
    #[arg(
        value_name = "FILE",
        required_unless_present = "database",
        conflicts_with = "database"
    )]
    pub file: Option<PathBuf>,

    /// Instead of a file, everything in a database: `sqlite:FILE` or `postgres://…`.
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,

    /// The notary's file of leaf hashes, to name altered events one by one.
    #[arg(long, value_name = "FILE", requires = "database")]
    pub leaves: Option<PathBuf>,

    /// A checkpoint that was kept outside; can be given several times.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Vec<PathBuf>,

    /// A key that is known to be the log's, as `name+id+key`; can be given several times.
    #[arg(long, value_name = "KEY", conflicts_with = "database")]
    pub key: Vec<VerifierKey>,
}

pub(super) async fn run(config: Option<&Path>, asked: Verify) -> Result<(), CommandError> {
    if let Some(file) = &asked.file {
        return of_file(file, &asked);
    }
    let kept = kept(&asked.checkpoint)?;
    database::run(config, asked.database, asked.leaves.as_deref(), kept).await
}

fn of_file(file: &Path, asked: &Verify) -> Result<(), CommandError> {
    let question = Question {
        kept: kept(&asked.checkpoint)?,
        keys: asked.key.iter().cloned().map(on_paper).collect(),
    };
    let bytes = open(file)?;
    let mut source = Source::new(bytes).map_err(|error| {
        CommandError::Could(words!("{file}: {error}", "{file}: {error}", file, error))
    })?;
    if source.peek().is_some_and(register_proof::is_one) {
        let (verdict, found) = register_proof::verify(&mut source, &question);
        output::print(&register_report::page(&verdict, &found))?;
        return checking::told(verdict).map_err(CommandError::on_page);
    }
    let bar = checking::bar(&checking::VERIFYING);
    let (verdict, checked) = verify(&mut source, &question, &mut |checked| {
        checking::advance(&bar, checked);
    });
    bar.finish_and_clear();
    output::print(&report::page(&verdict, &checked))?;
    checking::told(verdict).map_err(CommandError::on_page)
}

/// A key that somebody has handed over: when the log introduced it is not known.
const fn on_paper(key: VerifierKey) -> KnownKey {
    KnownKey { key, since: None }
}

/// The checkpoints in those files.
fn kept(files: &[PathBuf]) -> Result<Vec<SignedCheckpoint>, CommandError> {
    files.iter().map(|file| checkpoint(file)).collect()
}

fn checkpoint(file: &Path) -> Result<SignedCheckpoint, CommandError> {
    let failed = |error: &dyn Speaks| {
        CommandError::Could(words!(
            "the checkpoint `{file}`: {error}",
            "Kontrollpunkten `{file}`: {error}",
            file,
            error
        ))
    };
    let opened = File::open(file).map_err(|error| failed(&error))?;
    let most = u64::try_from(MAX_NOTE + 1).unwrap_or(u64::MAX);
    let mut text = String::new();
    let read = opened.take(most).read_to_string(&mut text);
    read.map_err(|error| failed(&error))?;
    text.parse().map_err(|error: NoteError| failed(&error))
}

fn open(file: &Path) -> Result<Box<dyn Read + Send>, CommandError> {
    if file == Path::new("-") {
        return Ok(Box::new(std::io::stdin()));
    }
    let opened = File::open(file).map_err(|error| {
        CommandError::Could(words!(
            "`{file}` cannot be read: {error}",
            "`{file}` går inte att läsa. Orsak: {error}",
            file,
            error
        ))
    })?;
    Ok(Box::new(opened))
}

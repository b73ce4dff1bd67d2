//! `behorig log erase` and `behorig log prune`: what a disposal decision says goes, and the log accounts for it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use sha2::{Digest as _, Sha256};

use super::super::error::{CommandError, unchanged};
use super::super::opening::{OnDatabase, Opened};
use super::super::output;
use super::{checking, database};
use audit::retain::{RetainError, Unprunable};
use domain::Words;
use domain::clock::Clock;
use domain::speaks::{Speaks, counted, joined, verbatim, words};
use domain::text::{Identifier, Reference};
use domain::{Date, HsaId};
use service::retention::{
    self, Archive, Before, Erasure, Pruning, RetentionError, resume_erasure, resume_pruning,
};
use transparency::bundle::{Checked, Question, Source, verify};
use transparency::tree::Hash;

/// A disposal decision (gallringsbeslut).
#[derive(Debug, Clone, Args)]
pub struct Decision {
    /// HSA-id of the authority that decided it, whose archive it is about; `installation` for what is
    /// nobody's: values of the register that were imported.
    #[arg(long, value_name = "HSA-ID", required_unless_present = "resume")]
    pub authority: Option<String>,

    /// The retention class that is disposed of: `decision`, `grant`, `register` or, of events, any name that
    /// the authority has for them.
    #[arg(long, value_name = "NAME", required_unless_present = "resume")]
    pub class: Option<Identifier>,

    /// The decision's number in the authority's own records.
    #[arg(long, value_name = "TEXT", required_unless_present = "resume")]
    pub number: Option<Reference>,
}

/// `behorig log erase`
#[derive(Debug, Args)]
pub struct Erase {
    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// The decision.
    #[command(flatten)]
    pub decision: Decision,

    /// Values of events that were recorded before this day.
    #[arg(long, value_name = "YYYY-MM-DD", required_unless_present = "resume")]
    pub before: Option<Date>,

    /// Say what would go, and leave it.
    #[arg(long, conflicts_with = "resume")]
    pub dry_run: bool,

    /// Finish an erasure that was cut off.
    #[arg(long, conflicts_with_all = ["authority", "class", "number", "before"])]
    pub resume: bool,
}

/// `behorig log prune`
#[derive(Debug, Args)]
pub struct Prune {
    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// The decision.
    #[command(flatten)]
    pub decision: Decision,

    /// The first event that stays: a multiple of 256.
    #[arg(long, value_name = "SEQ", required_unless_present_any = ["resume", "before"])]
    pub below: Option<u64>,

    /// Instead, as many whole blocks as were recorded before this day.
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with = "below")]
    pub before: Option<Date>,

    /// A bundle that holds what goes; can be given several times, in the order of the log.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["resume", "dry_run"])]
    pub bundle: Vec<PathBuf>,

    /// Say what would go, and leave it.
    #[arg(long, conflicts_with = "resume")]
    pub dry_run: bool,

    /// Finish a pruning that was cut off.
    #[arg(long, conflicts_with_all = ["authority", "class", "number", "before", "below", "bundle"])]
    pub resume: bool,
}

/// What a disposal cannot reach, on either database, as whoever ran it has to know.
const COPIES: Words = Words::new(
    "Copies that were made before hold it still: backups, images of the disk.",
    "Kopior som gjordes tidigare har det kvar: säkerhetskopior, avbilder av disken.",
);
const POSTGRES: Words = Words::new(
    "What the server has written on the way holds it still, until it is removed there: the write-ahead log \
     (`pg_wal`, what is archived of it, standbys).",
    "Det som servern har skrivit på vägen har det kvar tills det tas bort där: transaktionsloggen (`pg_wal`, det som är \
     arkiverat av den, reservservrar).",
);
const EVENTS: Words = Words::new(
    "The space of the events in `audit_event`, `audit_listed` and their indexes is free and not overwritten: \
     `VACUUM FULL audit_event, audit_listed` does that, and nothing can be decided meanwhile.",
    "Utrymmet efter händelserna i `audit_event`, `audit_listed` och deras index är fritt men inte överskrivet. \
     `VACUUM FULL audit_event, audit_listed` gör det, och under tiden kan inget avgöras.",
);

/// Where what went is gone from, and where it is not.
fn whereabouts(sqlite: bool, of_events: bool) -> Words {
    if sqlite {
        let gone = Words::new(
            "It is gone from the database's file and its write-ahead log.",
            "Det är borta ur databasens fil och dess transaktionslogg.",
        );
        return joined([gone, COPIES], " ");
    }
    let gone = Words::new(
        "The values are gone from the tables' files.",
        "Värdena är borta ur tabellernas filer.",
    );
    let events = of_events.then_some(EVENTS);
    joined([gone, POSTGRES, COPIES].into_iter().chain(events), " ")
}

/// Everything is looked at after something was taken away.
async fn accounted(opened: Opened, event: u64, of_events: bool) -> Result<(), CommandError> {
    let whereabouts = whereabouts(opened.db.is_sqlite(), of_events);
    output::print(&words!(
        "Done; event {event} accounts for it.\n{whereabouts}",
        "Klart. Händelse {event} redovisar det.\n{whereabouts}",
        event,
        whereabouts
    ))?;
    output::data("")?;
    database::inspected(&opened.db, database::Known::default()).await?;
    opened.db.close().await;
    Ok(())
}

pub(super) async fn erase(
    config: Option<&Path>,
    asked: Erase,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let opened = Opened::new(config, &asked.on, clock).await?;
    let Some(before) = asked.before.filter(|_| !asked.resume) else {
        let event = resume_erasure(&opened.log).await.map_err(failed)?;
        return accounted(opened, event, false).await;
    };
    let (decision, now) = (decision(asked.decision)?, clock.now());
    let class = decision.class.clone();
    let erasure = Erasure::plan(&opened.log, decision, before, now).await;
    let erasure = erasure.map_err(failed)?;
    output::print(&words!(
        "{values} of the class `{class}`, of events below {below}",
        "{values} i klassen `{class}`, i händelser före {below}.",
        values = counted(erasure.values(), ("value", "values"), ("värde", "värden")),
        class = verbatim(&class),
        below = erasure.below()
    ))?;
    if asked.dry_run {
        return output::print(&UNCHANGED);
    }
    let event = erasure.carry_out().await.map_err(failed)?;
    accounted(opened, event, false).await
}

pub(super) async fn prune(
    config: Option<&Path>,
    asked: Prune,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let opened = Opened::new(config, &asked.on, clock).await?;
    if asked.resume {
        let event = resume_pruning(&opened.log).await.map_err(failed)?;
        return accounted(opened, event, true).await;
    }
    let before = match (asked.below, asked.before) {
        (None, Some(day)) => Before::Day(day),
        (below, _) => Before::Event(below.unwrap_or_default()),
    };
    let kept = (opened.settings.retention.event_days, clock.now());
    let decision = decision(asked.decision)?;
    let pruning = Pruning::plan(&opened.log, decision, before, kept).await;
    let mut pruning = pruning.map_err(failed)?;
    let events = pruning.events();
    output::print(&words!(
        "the events {first} to {last}",
        "Händelserna {first} till {last}.",
        first = events.start,
        last = events.end - 1
    ))?;
    for bundle in &asked.bundle {
        rest_on(&mut pruning, bundle).await?;
    }
    if asked.dry_run {
        return output::print(&UNCHANGED);
    }
    let event = pruning.carry_out().await.map_err(failed)?;
    accounted(opened, event, true).await
}

/// What a trial ends with.
const UNCHANGED: Words = Words::new("Nothing was changed.", "Inget har ändrats.");

fn failed(error: RetentionError) -> CommandError {
    match error {
        RetentionError::NoAuthority(hsa_id) => CommandError::Could(words!(
            "the register has no organisation `{hsa_id}`",
            "Registret har ingen organisation `{hsa_id}`.",
            hsa_id
        )),
        RetentionError::ToCome { last } => CommandError::Could(words!(
            "`--before` is a day to come: expected {last}, for everything until now, or an earlier day; nothing \
             was changed",
            "`--before` är en dag som inte har kommit. Ange {last}, för allt hittills, eller en tidigare dag. Inget \
             har ändrats.",
            last
        )),
        RetentionError::Nothing {
            before,
            class,
            classes,
        } => nothing_to_erase(before, &class, &classes),
        RetentionError::Snapshot(error) => CommandError::unread_log(&error),
        RetentionError::Database(error) => error.into(),
        RetentionError::Prove(error) | RetentionError::Unprunable(Unprunable::Prove(error)) => {
            error.into()
        }
        RetentionError::Unprunable(error) => CommandError::Could(unchanged(&error)),
        RetentionError::Retain(error) => match error {
            RetainError::Altered(_) => CommandError::NotRight(checking::tampered(&error)),
            RetainError::NotCovered(_) => CommandError::Incomplete(error.words()),
            RetainError::Transact(_)
            | RetainError::Snapshot(_)
            | RetainError::Database(_)
            | RetainError::Rewrite(_)
            | RetainError::NothingOpen
            | RetainError::Open(_) => CommandError::Could(error.whole()),
        },
    }
}

fn decision(said: Decision) -> Result<retention::Decision, CommandError> {
    let missing = |option: &str| {
        CommandError::Could(words!(
            "`--{option}` is missing",
            "`--{option}` saknas.",
            option = verbatim(option)
        ))
    };
    Ok(retention::Decision {
        archive: archive(said.authority.unwrap_or_default())?,
        class: said.class.ok_or_else(|| missing("class"))?,
        number: said.number.ok_or_else(|| missing("number"))?,
    })
}

fn archive(named: String) -> Result<Archive, CommandError> {
    if named == "installation" {
        return Ok(Archive::Installation);
    }
    let hsa_id = named.parse::<HsaId>().map_err(|_| {
        CommandError::Could(words!(
            "`--authority {named}` is neither an HSA-id nor `installation`",
            "`--authority {named}` är varken ett HSA-id eller `installation`.",
            named = verbatim(named)
        ))
    })?;
    Ok(Archive::Of(hsa_id))
}

/// Nothing of the class is old enough, or it is no class that values are kept under.
fn nothing_to_erase(before: Date, class: &str, classes: &[String]) -> CommandError {
    let why = if classes.iter().any(|known| known == class) {
        words!(
            "no event recorded before {before} has a value of the class `{class}` in that archive",
            "Ingen händelse före {before} har ett värde i klassen `{class}` i det arkivet.",
            before,
            class = verbatim(class)
        )
    } else if classes.is_empty() {
        Words::new("the log keeps no values", "Loggen har inga värden.")
    } else {
        words!(
            "`--class` is none that values are kept under: expected {classes}",
            "Inga värden finns i den klassen. `--class` ska vara en av {classes}.",
            classes = joined(
                classes.iter().map(|class| words!(
                    "`{class}`",
                    "`{class}`",
                    class = verbatim(class)
                )),
                ", "
            )
        )
    };
    CommandError::Could(words!(
        "there is nothing to erase: {why}; nothing was changed",
        "Det finns inget att radera. {why} Inget har ändrats.",
        why
    ))
}

/// Verifies a bundle and has the pruning rest on it.
async fn rest_on(pruning: &mut Pruning<'_>, path: &Path) -> Result<(), CommandError> {
    let (checked, digest) = verified(pruning, path).await?;
    let held = pruning.rest_on(&checked, digest).await;
    held.map_err(|error| {
        if let RetentionError::Unprunable(Unprunable::NotCovered(why)) = error {
            CommandError::Could(of_bundle(path, &unchanged(&why)))
        } else {
            failed(error)
        }
    })
}

fn of_bundle(path: &Path, what: &dyn Speaks) -> Words {
    words!(
        "the bundle `{path}`: {what}",
        "Bevisfilen `{path}`: {what}",
        path,
        what
    )
}

async fn verified(pruning: &Pruning<'_>, path: &Path) -> Result<(Checked, Hash), CommandError> {
    let unreadable = |error: &dyn Speaks| CommandError::Could(of_bundle(path, error));
    let question = Question {
        keys: pruning.keys().await.map_err(failed)?,
        ..Question::default()
    };
    let digest = digest(path).map_err(|error| unreadable(&error))?;
    let mut source = Source::new(File::open(path).map_err(|error| unreadable(&error))?)
        .map_err(|error| unreadable(&error))?;
    let bar = checking::bar(&checking::VERIFYING);
    let (verdict, checked) = verify(&mut source, &question, &mut |checked| {
        checking::advance(&bar, checked);
    });
    bar.finish_and_clear();
    checking::told(verdict)?;
    Ok((checked, digest))
}

/// The SHA-256 of a file.
fn digest(path: &Path) -> io::Result<Hash> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut bytes = vec![0; 1 << 16];
    loop {
        match file.read(&mut bytes)? {
            0 => return Ok(hasher.finalize().into()),
            read => hasher.update(bytes.get(..read).unwrap_or_default()),
        }
    }
}

//! `behorig log erase` and `behorig log prune`: what a disposal decision says goes, and the log accounts for it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use sha2::{Digest as _, Sha256};

use super::super::opening::OnDatabase;
use super::super::opening::Opened;
use super::super::{CommandError, opening, output, unchanged};
use super::{checking, database};
use audit::retain::{Disposal, PrunePlan, RetainError, Unprunable, classes_of_values};
use audit::{Snapshot, prove};
use domain::Words;
use domain::clock::Clock;
use domain::id::{INSTALLATION, OrganisationId};
use domain::speaks::{Speaks, counted, joined, verbatim, words};
use domain::text::{Identifier, Reference};
use domain::{Calendar, Date, HsaId};
use store::founding;
use transparency::bundle::{Checked, KnownKey, Question, Source, verify as verify_bundle};
use transparency::tree::{BLOCK, Hash};

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
        let event = opened
            .log
            .resume_erasure()
            .await
            .map_err(|error| failed(&error))?;
        return accounted(opened, event, false).await;
    };
    past(before, clock)?;
    let snapshot = opening::snapshot(&opened.db).await?;
    let disposal = disposal(&snapshot, asked.decision).await?;
    let below = first_at(&snapshot, before).await?;
    let classes = classes_of_values(&snapshot).await?;
    drop(snapshot);
    let values = opened.log.values_to_erase(&disposal, below).await;
    let values = values.map_err(|error| failed(&error))?;
    if values == 0 {
        return Err(nothing_to_erase(before, &disposal.class, &classes));
    }
    output::print(&words!(
        "{values} of the class `{class}`, of events below {below}",
        "{values} i klassen `{class}`, i händelser före {below}.",
        values = counted(values, ("value", "values"), ("värde", "värden")),
        class = verbatim(&disposal.class),
        below
    ))?;
    if asked.dry_run {
        return output::print(&UNCHANGED);
    }
    let event = opened
        .log
        .erase(&disposal, below)
        .await
        .map_err(|error| failed(&error))?;
    accounted(opened, event, false).await
}

pub(super) async fn prune(
    config: Option<&Path>,
    asked: Prune,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let opened = Opened::new(config, &asked.on, clock).await?;
    if asked.resume {
        let event = opened
            .log
            .resume_pruning()
            .await
            .map_err(|error| failed(&error))?;
        return accounted(opened, event, true).await;
    }
    let snapshot = opening::snapshot(&opened.db).await?;
    let disposal = disposal(&snapshot, asked.decision).await?;
    let below = match (asked.below, asked.before) {
        (Some(below), _) => below,
        (None, Some(before)) => {
            past(before, clock)?;
            first_at(&snapshot, before).await? / BLOCK * BLOCK
        }
        (None, None) => 0,
    };
    let days = opened.settings.retention.event_days;
    let plan = PrunePlan::new(&snapshot, below, days, clock.now()).await;
    let mut plan = plan.map_err(unprunable)?;
    let events = plan.events();
    output::print(&words!(
        "the events {first} to {last}",
        "Händelserna {first} till {last}.",
        first = events.start,
        last = events.end - 1
    ))?;
    for bundle in &asked.bundle {
        hold(&mut plan, &snapshot, bundle).await?;
    }
    drop(snapshot);
    if asked.dry_run {
        return output::print(&UNCHANGED);
    }
    let event = opened
        .log
        .prune(plan, &disposal)
        .await
        .map_err(|error| failed(&error))?;
    accounted(opened, event, true).await
}

/// What a trial ends with.
const UNCHANGED: Words = Words::new("Nothing was changed.", "Inget har ändrats.");

fn failed(error: &RetainError) -> CommandError {
    match error {
        RetainError::Altered(_) => CommandError::NotRight(checking::tampered(error)),
        RetainError::NotCovered(_) => CommandError::Incomplete(error.words()),
        RetainError::Transact(_)
        | RetainError::Snapshot(_)
        | RetainError::Database(_)
        | RetainError::Rewrite(_)
        | RetainError::NothingOpen
        | RetainError::Open(_) => CommandError::Could(error.whole()),
    }
}

fn unprunable(error: Unprunable) -> CommandError {
    match error {
        Unprunable::Prove(error) => error.into(),
        Unprunable::NoBlock(..)
        | Unprunable::Gone(_)
        | Unprunable::NotSigned(_)
        | Unprunable::TooYoung { .. }
        | Unprunable::ReviewDue(_)
        | Unprunable::Open(_)
        | Unprunable::NotCovered(_)
        | Unprunable::Snapshot(_)
        | Unprunable::Database(_) => CommandError::Could(unchanged(&error)),
    }
}

async fn disposal(snapshot: &Snapshot, decision: Decision) -> Result<Disposal, CommandError> {
    let missing = |option: &str| {
        CommandError::Could(words!(
            "`--{option}` is missing",
            "`--{option}` saknas.",
            option = verbatim(option)
        ))
    };
    let named = decision.authority.unwrap_or_default();
    Ok(Disposal {
        authority: authority(snapshot, &named).await?,
        class: decision.class.ok_or_else(|| missing("class"))?.into(),
        number: decision.number.ok_or_else(|| missing("number"))?.into(),
    })
}

async fn authority(snapshot: &Snapshot, named: &str) -> Result<OrganisationId, CommandError> {
    if named == "installation" {
        return Ok(INSTALLATION);
    }
    let hsa_id: HsaId = named.parse().map_err(|_| {
        CommandError::Could(words!(
            "`--authority {named}` is neither an HSA-id nor `installation`",
            "`--authority {named}` är varken ett HSA-id eller `installation`.",
            named = verbatim(named)
        ))
    })?;
    let found = founding::organisation(snapshot.connection(), &hsa_id).await?;
    found.ok_or_else(|| {
        CommandError::Could(words!(
            "the register has no organisation `{hsa_id}`",
            "Registret har ingen organisation `{hsa_id}`.",
            hsa_id
        ))
    })
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

/// A decision is about what has been recorded, at most everything until now: a later day is a slip of the pen.
fn past(before: Date, clock: &Arc<dyn Clock>) -> Result<(), CommandError> {
    let tomorrow = clock.now().date().plus_days(1).unwrap_or(Date::LAST);
    if before > tomorrow {
        return Err(CommandError::Could(words!(
            "`--before` is a day to come: expected {tomorrow}, for everything until now, or an earlier day; nothing \
             was changed",
            "`--before` är en dag som inte har kommit. Ange {tomorrow}, för allt hittills, eller en tidigare dag. Inget \
             har ändrats.",
            tomorrow
        )));
    }
    Ok(())
}

/// The first event that was recorded on that day or later.
async fn first_at(snapshot: &Snapshot, day: Date) -> Result<u64, CommandError> {
    let begins = Calendar::default().starts(day);
    let first = prove::first_at(snapshot.connection(), begins).await?;
    Ok(first.unwrap_or_else(|| snapshot.log_size()))
}

/// Verifies a bundle and has the plan rest on it.
async fn hold(plan: &mut PrunePlan, snapshot: &Snapshot, path: &Path) -> Result<(), CommandError> {
    let (checked, digest) = verified(snapshot, path).await?;
    let held = plan.hold(snapshot, &checked, digest).await;
    held.map_err(|error| {
        if let Unprunable::NotCovered(why) = error {
            CommandError::Could(of_bundle(path, &unchanged(&why)))
        } else {
            unprunable(error)
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

async fn verified(snapshot: &Snapshot, path: &Path) -> Result<(Checked, Hash), CommandError> {
    let failed = |error: &dyn Speaks| CommandError::Could(of_bundle(path, error));
    let keys = prove::keys(snapshot.connection()).await?;
    let question = Question {
        keys: keys.iter().map(KnownKey::from).collect(),
        ..Question::default()
    };
    let digest = digest(path).map_err(|error| failed(&error))?;
    let mut source = Source::new(File::open(path).map_err(|error| failed(&error))?)
        .map_err(|error| failed(&error))?;
    let bar = checking::bar(&checking::VERIFYING);
    let (verdict, checked) = verify_bundle(&mut source, &question, &mut |checked| {
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

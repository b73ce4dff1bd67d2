//! Beginning, migrating and recovering an installation.

use std::path::Path;
use std::sync::Arc;

use crate::config::Settings;
use audit::connection::{Database, MigrationState, OpenOptions};
use audit::{AddressError, Log, LogOptions, SealError, Snapshot, SnapshotError};
use domain::Words;
use domain::clock::Clock;
use domain::speaks::{Speaks, verbatim, words};
use service::founding;
use store::founding::Administrator;

use super::arguments::{FirstAdministrator, Init, OnDatabase, Recover};
use super::{CommandError, found, output};

/// The settings, with the database that the command line names.
pub(super) fn settings(config: Option<&Path>, on: &OnDatabase) -> Result<Settings, CommandError> {
    let mut settings =
        Settings::load(config).map_err(|errors| CommandError::Settings(errors.words()))?;
    if let Some(url) = &on.database {
        settings.database.url = url.parse().map_err(|error: AddressError| {
            CommandError::Settings(words!(
                "`--database`: {error}",
                "`--database`: {error}",
                error
            ))
        })?;
    }
    Ok(settings)
}

/// The database as the settings say; with `create`, a file that is not there is made.
pub(super) async fn reached(settings: &Settings, create: bool) -> Result<Database, CommandError> {
    let address = settings.database.address();
    let address = address.map_err(|errors| CommandError::Settings(errors.words()))?;
    if !create && address.file().is_some_and(|path| !path.exists()) {
        return Err(CommandError::NoFile(address.to_string()));
    }
    let options = OpenOptions {
        create,
        readers: settings.database.connections,
        trust_the_network: settings.database.trust_the_network,
        ..OpenOptions::default()
    };
    Ok(Database::open(&address, options).await?)
}

/// The database, opened and fit for this version.
pub(super) async fn open(settings: &Settings) -> Result<Database, CommandError> {
    let db = reached(settings, false).await?;
    match db.migration_state().await? {
        MigrationState::Current => Ok(db),
        MigrationState::Empty => Err(CommandError::Empty),
        MigrationState::Pending(names) => Err(CommandError::NotMigrated(names)),
        MigrationState::Newer(names) => Err(CommandError::Newer(names)),
    }
}

/// The log as it is now.
pub(super) async fn snapshot(db: &Database) -> Result<Snapshot, CommandError> {
    db.snapshot()
        .await
        .map_err(|error| CommandError::Could(unread(&error)))
}

/// What is said when a moment of the log cannot be looked at.
fn unread(error: &SnapshotError) -> Words {
    words!(
        "the log could not be read: {error}",
        "Loggen gick inte att läsa. {error}",
        error = error.whole()
    )
}

/// A moment of the database, to read the register in.
pub(super) async fn register(db: &Database) -> Result<Snapshot, CommandError> {
    let snapshot = db.snapshot().await;
    snapshot.map_err(|error| {
        CommandError::Could(words!(
            "the register could not be read: {error}",
            "Registret gick inte att läsa. {error}",
            error = error.whole()
        ))
    })
}

/// What is said when a reading cannot be recorded, and so not be done.
pub(super) fn unrecorded(error: &SealError) -> CommandError {
    CommandError::Could(words!(
        "the reading is not on record: {error}",
        "Läsningen är inte loggad. {error}",
        error = error.whole()
    ))
}

/// The log, opened by the settings' deadline, where something can be recorded now as far as clocks and the
/// server's settings go.
pub(super) async fn open_log(
    db: &Database,
    settings: &Settings,
    clock: &Arc<dyn Clock>,
) -> Result<Log, CommandError> {
    let log = open_any_log(db, settings, clock).await?;
    log.is_fit().await?;
    Ok(log)
}

/// The log, whatever clocks say.
pub(super) async fn open_any_log(
    db: &Database,
    settings: &Settings,
    clock: &Arc<dyn Clock>,
) -> Result<Log, CommandError> {
    let options = LogOptions {
        deadline: settings.deadline,
        clock_tolerance: settings.clock_tolerance,
        ..LogOptions::default()
    };
    Ok(Log::open(db.clone(), Arc::clone(clock), options).await?)
}

/// An opened database, and the log in it.
pub(super) struct Opened {
    pub(super) settings: Settings,
    pub(super) db: Database,
    pub(super) log: Log,
}

impl Opened {
    pub(super) async fn new(
        config: Option<&Path>,
        on: &OnDatabase,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, CommandError> {
        let settings = settings(config, on)?;
        let db = open(&settings).await?;
        let log = open_log(&db, &settings, clock).await?;
        Ok(Self { settings, db, log })
    }
}

pub(super) async fn init(
    config: Option<&Path>,
    init: Init,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let settings = settings(config, &init.on)?;
    let db = reached(&settings, true).await?;
    let first = administrator(init.administrator);
    let founded = found::found(&db, clock, &init.origin, &init.key, first).await?;
    db.close().await;
    output::print(&words!(
        "The log `{origin}` has begun in {place}.\n\
         public key     {public}\n\
         policy digest  {digest}\n\
         Keep the public key where an auditor finds it, and `{key}` where nobody else does.",
        "Loggen `{origin}` har börjat i {place}.\n\
         publik nyckel        {public}\n\
         reglernas kontrollsumma  {digest}\n\
         Spara den publika nyckeln där en granskare hittar den, och `{key}` där ingen annan gör det.",
        origin = verbatim(init.origin),
        place = verbatim(&settings.database.url),
        public = verbatim(founded.public_key),
        digest = verbatim(founded.policy_digest),
        key = init.key
    ))
}

fn administrator(named: FirstAdministrator) -> Option<Administrator> {
    Some(Administrator {
        hsa_id: named.administrator?,
        individual: named.individual?,
        given_name: named.given_name?,
        family_name: named.family_name?,
    })
}

pub(super) async fn migrate(config: Option<&Path>, on: &OnDatabase) -> Result<(), CommandError> {
    let settings = settings(config, on)?;
    let db = reached(&settings, false).await?;
    match db.migration_state().await? {
        MigrationState::Newer(names) => return Err(CommandError::Newer(names)),
        MigrationState::Empty => return Err(CommandError::Empty),
        MigrationState::Current => {
            return output::print(&Words::new(
                "The database is up to date; nothing was changed.",
                "Databasen är aktuell. Inget har ändrats.",
            ));
        }
        MigrationState::Pending(_) => db.migrate().await?,
    }
    db.close().await;
    output::print(&Words::new(
        "The database is up to date now.",
        "Databasen är aktuell nu.",
    ))
}

pub(super) async fn recover(
    config: Option<&Path>,
    recover: Recover,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let settings = settings(config, &recover.on)?;
    let db = open(&settings).await?;
    let log = open_log(&db, &settings, clock).await?;
    let named = Administrator {
        hsa_id: recover.administrator,
        individual: recover.individual,
        given_name: recover.given_name,
        family_name: recover.family_name,
    };
    let event = founding::recover(&log, clock, named, &recover.reason).await?;
    output::print(&words!(
        "Recovered; everybody who reads the log will see event {event}.",
        "Återställt. Alla som läser loggen kommer att se händelsen {event}.",
        event
    ))
}

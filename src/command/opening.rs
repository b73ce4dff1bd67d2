//! What commands open: the settings, the database that they name and the log in it.

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::error::CommandError;
use crate::config::Settings;
use audit::connection::{Database, MigrationState, OpenOptions};
use audit::{AddressError, Log, LogOptions, SealError, Snapshot};
use domain::clock::Clock;
use domain::speaks::{Speaks, words};

/// Which database.
#[derive(Debug, Clone, Args)]
pub struct OnDatabase {
    /// `sqlite:FILE` or `postgres://…`; instead of the setting `database.url`.
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
}

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
        .map_err(|error| CommandError::unread_log(&error))
}

/// A moment of the database, to read the register in.
pub(super) async fn register(db: &Database) -> Result<Snapshot, CommandError> {
    let snapshot = db.snapshot().await;
    snapshot.map_err(|error| CommandError::unread_register(&error))
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

/// What is said when a reading cannot be recorded, and so not be done.
pub(super) fn unrecorded(error: &SealError) -> CommandError {
    CommandError::Could(words!(
        "the reading is not on record: {error}",
        "Läsningen är inte loggad. {error}",
        error = error.whole()
    ))
}

//! What commands open: the settings, the database that they name, the log in it, and what decides by it.

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::error::CommandError;
use crate::config::Settings;
use audit::connection::{Database, MigrationState, OpenOptions};
use audit::{AddressError, Log, LogOptions, Snapshot};
use authn::Verifier;
use domain::Calendar;
use domain::clock::Clock;
use domain::speaks::{Speaks, words};
use gate::{Policies, UnusablePolicies};
use service::host::HostDesk;
use service::installation::{self, NoPolicies};

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
        MigrationState::OlderLog => Err(CommandError::OlderLog),
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

/// An opened database, and the log in it.
pub(super) struct Opened {
    pub(super) settings: Settings,
    pub(super) db: Database,
    pub(super) log: Log,
    pub(super) clock: Arc<dyn Clock>,
}

impl Opened {
    pub(super) async fn new(
        config: Option<&Path>,
        on: &OnDatabase,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, CommandError> {
        let settings = settings(config, on)?;
        let db = open(&settings).await?;
        Self::of(settings, db, clock).await
    }

    /// The log in that database, by the settings' deadline, where something can be recorded now as far as clocks and
    /// the server's settings go.
    pub(super) async fn of(
        settings: Settings,
        db: Database,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, CommandError> {
        let log = open_any_log(&db, &settings, clock).await?;
        log.is_fit().await?;
        Ok(Self {
            settings,
            db,
            log,
            clock: Arc::clone(clock),
        })
    }

    /// Where it is decided what is ordered here.
    pub(super) async fn desk(&self) -> Result<HostDesk, CommandError> {
        let policies = self.policies().await?;
        let (log, clock) = (self.log.clone(), Arc::clone(&self.clock));
        Ok(HostDesk::new(log, clock, policies, self.calendar()))
    }

    /// The policy set that is in force in the register, built from the texts that were released.
    pub(super) async fn policies(&self) -> Result<Policies, CommandError> {
        let snapshot = register(&self.db).await?;
        let fresh_seconds = self.settings.decisions.recent_sign_in_seconds;
        let policies = installation::policies(&snapshot, fresh_seconds).await;
        policies.map_err(|error| match error {
            NoPolicies::NotBegun => CommandError::Empty,
            NoPolicies::Database(error) => error.into(),
            NoPolicies::Unusable { generation, why } => match why {
                UnusablePolicies::Invalid(error) => error.into(),
                UnusablePolicies::Altered => CommandError::NotRight(words!(
                    "the released policies of generation {generation} do not have the digest that was recorded: \
                     somebody has changed them in the database",
                    "Reglerna i generation {generation} har inte den kontrollsumma som sparades. Någon har ändrat dem i \
                     databasen.",
                    generation
                )),
            },
        })
    }

    /// How days begin and end, by the settings.
    pub(super) const fn calendar(&self) -> Calendar {
        Calendar {
            grace_hours: self.settings.decisions.grace_hours,
        }
    }

    /// Who tells whom a token names, by the settings' issuers.
    pub(super) async fn verifier(&self) -> Result<Arc<Verifier>, CommandError> {
        let verifier = Verifier::start(self.settings.tokens.clone()).await;
        let verifier = verifier.map_err(|error| {
            CommandError::Could(words!(
                "the issuers' keys: {error}",
                "Utfärdarnas nycklar: {error}",
                error
            ))
        })?;
        Ok(Arc::new(verifier))
    }
}

//! Beginning, migrating and recovering an installation.

use std::path::Path;
use std::sync::Arc;

use audit::connection::MigrationState;
use domain::Words;
use domain::clock::Clock;
use domain::speaks::{verbatim, words};
use service::founding::{self, Administrator};

use super::arguments::{FirstAdministrator, Init, Recover};
use super::error::CommandError;
use super::opening::{OnDatabase, Opened, reached, settings};
use super::{found, output};

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
        MigrationState::OlderLog => return Err(CommandError::OlderLog),
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
    let opened = Opened::new(config, &recover.on, clock).await?;
    let named = Administrator {
        hsa_id: recover.administrator,
        individual: recover.individual,
        given_name: recover.given_name,
        family_name: recover.family_name,
    };
    let event = founding::recover(&opened.log, clock, named, &recover.reason).await?;
    output::print(&words!(
        "Recovered; everybody who reads the log will see event {event}.",
        "Återställt. Alla som läser loggen kommer att se händelsen {event}.",
        event
    ))
}

//! `behorig init`: an empty database, a new key and the policies that are built in become an installation.

use std::path::Path;
use std::sync::Arc;

use audit::connection::{Database, MigrationState};
use audit::{Log, LogError, LogOptions, key_file};
use domain::clock::Clock;
use policy::PolicySet;
use service::founding::{self, Administrator, Beginning};

use super::error::CommandError;

/// What `init` has made.
#[derive(Debug)]
pub(super) struct Founded {
    /// The public half of the log's key, as a verifier key.
    pub(super) public_key: String,
    /// The digest of the policy set.
    pub(super) policy_digest: String,
}

/// Begins an installation on an empty database.
///
/// # Errors
/// When there is a log already, or anything cannot be written; a key file that was written stays.
pub(super) async fn found(
    db: &Database,
    clock: &Arc<dyn Clock>,
    origin: &str,
    key_file: &Path,
    first: Option<Administrator>,
) -> Result<Founded, CommandError> {
    match db.migration_state().await? {
        MigrationState::Newer(names) => return Err(CommandError::Newer(names)),
        MigrationState::OlderLog => return Err(CommandError::OlderLog),
        MigrationState::Empty | MigrationState::Pending(_) => db.migrate().await?,
        MigrationState::Current => {}
    }
    match Log::open(db.clone(), Arc::clone(clock), LogOptions::default()).await {
        Err(LogError::NoLog) => {}
        Ok(_) => return Err(CommandError::Founded),
        Err(other) => return Err(other.into()),
    }
    let policies = PolicySet::embedded()?;
    let public_key = key_file::generate(origin, key_file)?.to_string();
    let policy_digest = policies.digest().to_owned();
    let beginning = Beginning {
        origin: origin.to_owned(),
        public_key: public_key.clone(),
        digest: policy_digest.clone(),
        files: policies.files().to_vec(),
        first,
    };
    founding::found(db, clock, beginning).await?;
    Ok(Founded {
        public_key,
        policy_digest,
    })
}

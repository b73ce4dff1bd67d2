//! `behorig init` and `behorig recover`: how the first right comes about, and the only way back.

use std::path::Path;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use audit::canonical::{Object, Value};
use audit::connection::{Database, MigrationState};
use audit::{
    ChangeEvent, DatabaseError, Genesis, Log, LogError, LogOptions, OperationEvent, PolicyEvent,
    SlotValue, Tx, key,
};
use domain::Date;
use domain::clock::{Clock, fresh};
use domain::id::{Event, EventId};
use domain::text::Reference;
use policy::PolicySet;
use store::founding::{self, Administrator, Release, Written};

use super::{CommandError, setup};

/// How long the names of an administrator are kept, by the name of a class.
const RETENTION: &str = "register";

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
        MigrationState::Empty | MigrationState::Pending(_) => db.migrate().await?,
        MigrationState::Current => {}
    }
    match Log::open(db.clone(), Arc::clone(clock), LogOptions::default()).await {
        Err(LogError::NoLog) => {}
        Ok(_) => return Err(CommandError::Founded),
        Err(other) => return Err(other.into()),
    }
    let policies = PolicySet::embedded()?;
    let public_key = key::generate(origin, key_file)?.to_string();
    let id: EventId = fresh::<Event>(clock.as_ref());
    let policy = PolicyEvent {
        id: fresh::<Event>(clock.as_ref()),
        change: "release",
        generation: 1,
        digest: policies.digest().to_owned(),
        decision: None,
    };
    let genesis = Genesis {
        id,
        origin: origin.to_owned(),
        public_key: public_key.clone(),
        policy: policy.clone(),
    };
    let beginning = Beginning {
        clock: Arc::clone(clock),
        id,
        first,
    };
    let policy_digest = policies.digest().to_owned();
    Log::genesis(db, clock.as_ref(), genesis, |tx| {
        Box::pin(async move { beginning.write(tx, &policies, policy.id).await })
            as BoxFuture<'_, Result<((), Vec<ChangeEvent>), DatabaseError>>
    })
    .await?;
    Ok(Founded {
        public_key,
        policy_digest,
    })
}

/// Gives a person the administrator's rights by the authority of whoever holds the host.
///
/// # Errors
/// When nothing could be committed.
pub(super) async fn recover(
    log: &Log,
    clock: &Arc<dyn Clock>,
    named: Administrator,
    reason: &Reference,
) -> Result<EventId, CommandError> {
    let id: EventId = fresh::<Event>(clock.as_ref());
    let details = Object::new()
        .with("administrator", named.hsa_id.as_str())
        .with("reason", reason.as_str());
    let operation = OperationEvent {
        id,
        name: "recover",
        decision: None,
        run: None,
        details,
    };
    let clock = Arc::clone(clock);
    let today = clock.now().date();
    log.by_host(&operation, None, |tx| {
        Box::pin(async move {
            let written = founding::administrator(tx, clock.as_ref(), today, &named).await?;
            Ok(((), told(written, id, clock.as_ref())))
        }) as BoxFuture<'_, Result<((), Vec<ChangeEvent>), DatabaseError>>
    })
    .await?;
    Ok(id)
}

struct Beginning {
    clock: Arc<dyn Clock>,
    id: EventId,
    first: Option<Administrator>,
}

impl Beginning {
    async fn write(
        &self,
        tx: &Tx,
        policies: &PolicySet,
        event: EventId,
    ) -> Result<((), Vec<ChangeEvent>), DatabaseError> {
        let now = self.clock.now();
        let today: Date = now.date();
        let release = Release {
            generation: 1,
            digest: policies.digest(),
            files: policies.files(),
            at: now.as_micros(),
            event,
        };
        founding::release(tx, release).await?;
        let mut written = founding::bootstrap(tx, self.clock.as_ref(), today).await?;
        if let Some(first) = &self.first {
            written.extend(founding::administrator(tx, self.clock.as_ref(), today, first).await?);
        }
        Ok(((), told(written, self.id, self.clock.as_ref())))
    }
}

/// The events of what was written.
fn told(written: Vec<Written>, decision: EventId, clock: &dyn Clock) -> Vec<ChangeEvent> {
    let told = |row: Written| ChangeEvent {
        id: fresh::<Event>(clock),
        entity: row.entity,
        change: row.change,
        fields: row.fields.into_iter().map(str::to_owned).collect(),
        clear: row
            .clear
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .collect(),
        slots: row
            .personal
            .into_iter()
            .map(|(name, value)| SlotValue {
                name,
                value,
                retention_class: RETENTION.to_owned(),
                authority: None,
            })
            .collect(),
        decision,
        run: None,
        touches: row.touches.into_iter().collect(),
    };
    written.into_iter().map(told).collect()
}

/// Takes a service's word about how people signed in, by the authority of whoever holds the host.
///
/// # Errors
/// When nothing could be committed.
pub(super) async fn trust(
    log: &Log,
    clock: &Arc<dyn Clock>,
    client: &'static str,
) -> Result<(), CommandError> {
    let id: EventId = fresh::<Event>(clock.as_ref());
    let details = Object::new()
        .with("client", client)
        .with("trustedToAssert", true);
    let operation = OperationEvent {
        id,
        name: "trust",
        decision: None,
        run: None,
        details,
    };
    let clock = Arc::clone(clock);
    log.by_host(&operation, None, |tx| {
        Box::pin(async move {
            let written = founding::trust(tx, client).await?;
            Ok(((), told(written, id, clock.as_ref())))
        }) as BoxFuture<'_, Result<((), Vec<ChangeEvent>), DatabaseError>>
    })
    .await?;
    Ok(())
}

/// Whether a service's word about how people signed in is taken.
///
/// # Errors
/// When the register cannot be read.
pub(super) async fn is_trusted(db: &Database, client: &str) -> Result<bool, CommandError> {
    let snapshot = setup::register(db).await?;
    Ok(founding::is_trusted(snapshot.connection(), client).await?)
}

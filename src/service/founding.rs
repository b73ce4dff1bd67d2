//! How the first right comes about, and the only way back: by the authority of whoever runs the host.

use std::sync::Arc;

use audit::{Database, DatabaseError, Genesis, GenesisError, Log, Snapshot, TransactError};
use domain::clock::{Clock, fresh};
use domain::id::{Event, EventId};
use domain::text::Reference;
use gate::HostAuthority;
pub use store::founding::Administrator;
use store::founding::{self, ByHost, Release};
use transparency::canonical::Object;
use transparency::event::{OperationEvent, PolicyEvent};

/// What an installation begins with.
#[derive(Debug)]
pub struct Beginning {
    /// What its log is called.
    pub origin: String,
    /// The public half of the log's key, as a verifier key.
    pub public_key: String,
    /// The digest of its policies.
    pub digest: String,
    /// Its policies: each file's path and text.
    pub files: Vec<(String, String)>,
    /// Who is its administrator; `None`: nobody yet.
    pub first: Option<Administrator>,
}

/// Begins an installation in a database that has its tables and no log.
///
/// # Errors
/// When there is a log already, or nothing could be committed.
pub async fn found(
    database: &Database,
    clock: &Arc<dyn Clock>,
    beginning: Beginning,
) -> Result<(), GenesisError<DatabaseError>> {
    let Beginning {
        origin,
        public_key,
        digest,
        files,
        first,
    } = beginning;
    let id = fresh::<Event>(clock.as_ref());
    let policy = PolicyEvent {
        id: fresh::<Event>(clock.as_ref()),
        change: "release",
        generation: 1,
        digest,
        decision: None,
    };
    let genesis = Genesis {
        id,
        origin,
        public_key,
        policy: policy.clone(),
    };
    let of = Arc::clone(clock);
    HostAuthority::found(database, clock, genesis, |tx, host| {
        Box::pin(async move {
            let (by, now) = (by_host(id, of.as_ref()), of.now());
            let release = Release {
                generation: policy.generation,
                digest: &policy.digest,
                files: &files,
                at: now.as_micros(),
                event: policy.id,
            };
            let mut changes = founding::built_in(tx, &host, by).await?;
            changes.push(founding::release(tx, &host, by, release).await?);
            changes.extend(founding::bootstrap(tx, &host, by).await?);
            if let Some(first) = &first {
                changes.extend(founding::administrator(tx, &host, by, first).await?);
            }
            Ok(changes)
        })
    })
    .await
}

/// Gives a person the administrator's rights. The event that says so.
///
/// # Errors
/// When nothing was changed, or it is not known whether it was.
pub async fn recover(
    log: &Log,
    clock: &Arc<dyn Clock>,
    named: Administrator,
    reason: &Reference,
) -> Result<EventId, TransactError<DatabaseError>> {
    let details = Object::new()
        .with("administrator", named.hsa_id.as_str())
        .with("reason", reason.as_str());
    let operation = operation("recover", details, clock.as_ref());
    let (id, clock) = (operation.id, Arc::clone(clock));
    HostAuthority::change(log, &operation, |tx, host| {
        Box::pin(async move {
            let by = by_host(id, clock.as_ref());
            Ok(founding::administrator(tx, &host, by, &named).await?)
        })
    })
    .await?;
    Ok(id)
}

/// Takes a service's word about how people signed in.
///
/// # Errors
/// When nothing was changed, or it is not known whether it was.
pub async fn trust(
    log: &Log,
    clock: &Arc<dyn Clock>,
    client: &'static str,
) -> Result<(), TransactError<DatabaseError>> {
    let details = Object::new()
        .with("client", client)
        .with("trustedToAssert", true);
    let operation = operation("trust", details, clock.as_ref());
    let (id, clock) = (operation.id, Arc::clone(clock));
    HostAuthority::change(log, &operation, |tx, host| {
        Box::pin(async move {
            let by = by_host(id, clock.as_ref());
            Ok(vec![founding::trust(tx, &host, by, client).await?])
        })
    })
    .await
}

/// Whether a service's word about how people signed in is taken.
///
/// # Errors
/// When the register cannot be read.
pub async fn is_trusted(snapshot: &Snapshot, client: &str) -> Result<bool, DatabaseError> {
    founding::is_trusted(snapshot.connection(), client).await
}

fn operation(name: &'static str, details: Object, clock: &dyn Clock) -> OperationEvent {
    OperationEvent {
        id: fresh::<Event>(clock),
        name,
        decision: None,
        run: None,
        details,
    }
}

fn by_host(operation: EventId, clock: &dyn Clock) -> ByHost<'_> {
    let today = clock.now().date();
    ByHost {
        operation,
        today,
        clock,
    }
}

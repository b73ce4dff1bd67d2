//! What a process has to know of its installation before it can decide or serve anything.
//!
//! No permit stands behind it: nothing can be decided before the policies are read.

use audit::{DatabaseError, Snapshot};
use gate::{Policies, UnusablePolicies};
use store::policies::{active_policies, installation_secret};

/// There are no policies to decide by.
#[derive(Debug, thiserror::Error)]
pub enum NoPolicies {
    /// The installation has not begun.
    #[error("the installation has not begun")]
    NotBegun,
    /// Those that were released cannot be used.
    #[error("the policies of generation {generation} cannot be used")]
    Unusable {
        /// Their generation.
        generation: u64,
        /// Why.
        #[source]
        why: UnusablePolicies,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// The policies in force, made of the texts that were released; `fresh_seconds`: how old a recent sign-in may be.
///
/// # Errors
/// When there are none, or those that there are cannot be used or read.
pub async fn policies(snapshot: &Snapshot, fresh_seconds: u32) -> Result<Policies, NoPolicies> {
    let released = active_policies(snapshot.connection()).await?;
    let released = released.ok_or(NoPolicies::NotBegun)?;
    let generation = released.generation;
    let texts = (released.digest.as_str(), released.files.as_slice());
    let policies = Policies::released(generation, texts, fresh_seconds);
    policies.map_err(|why| NoPolicies::Unusable { generation, why })
}

/// Whether there are policies to decide by.
pub async fn has_policies(snapshot: &Snapshot) -> bool {
    let released = active_policies(snapshot.connection()).await;
    released.is_ok_and(|released| released.is_some())
}

/// What is authenticated with what only this installation can: the same on every instance of it, told to nobody.
/// `None`: the installation has not begun.
///
/// # Errors
/// When the database fails.
pub async fn secret(snapshot: &Snapshot) -> Result<Option<[u8; 32]>, DatabaseError> {
    installation_secret(snapshot.connection()).await
}

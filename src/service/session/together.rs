//! What many rows of a page ask for at the same moment, found out at once.
//!
//! Apart from the session because it is about time: rows are resolved side by side, so whoever asks lets the
//! others ask too before anything is read. Who comes later has a round of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::Session;
use crate::domain::id::GrantId;
use crate::gate::HeldGrant;
use crate::service::error::ServiceError;

/// The round that can still be joined.
#[derive(Debug, Default)]
pub(super) struct Together(Mutex<Arc<Round>>);

/// Grants that are judged together.
#[derive(Debug, Default)]
struct Round {
    grants: Mutex<BTreeSet<GrantId>>,
    judged: OnceCell<BTreeMap<GrantId, HeldGrant>>,
}

impl Together {
    fn join(&self, grant: GrantId) -> Arc<Round> {
        let round = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut grants = round.grants.lock().unwrap_or_else(PoisonError::into_inner);
        grants.insert(grant);
        Arc::clone(&round)
    }

    /// Lets nobody else join that round. What is asked about in it.
    fn close(&self, round: &Arc<Round>) -> BTreeSet<GrantId> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&open, round) {
            *open = Arc::default();
        }
        let grants = round.grants.lock().unwrap_or_else(PoisonError::into_inner);
        grants.clone()
    }
}

impl Session {
    /// A grant, judged for its holder, with all that are asked about at the same moment; `None`: it is not there, or
    /// the caller may not see it.
    ///
    /// # Errors
    /// It could not be decided or read.
    pub async fn judged(&self, grant: GrantId) -> Result<Option<HeldGrant>, ServiceError> {
        let round = self.together.join(grant);
        tokio::task::yield_now().await;
        let judged = round.judged.get_or_try_init(|| async {
            let grants = self.together.close(&round);
            Ok::<_, ServiceError>(self.operation.held_each(grants).await?)
        });
        Ok(judged.await?.get(&grant).cloned())
    }
}

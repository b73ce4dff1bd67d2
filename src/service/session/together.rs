//! What many rows of a page ask for at the same moment, found out at once.
//!
//! Apart from the session because it is about time: rows are resolved side by side, so whoever asks lets the
//! others ask too before anything is read. Who comes later has a round of its own. What a round comes to is one
//! answer or one failure, for all who are in it: what has failed for one is not tried again for the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::error::ServiceError;
use domain::id::GrantId;
use gate::HeldGrant;

/// The round that can still be joined.
#[derive(Debug, Default)]
pub(super) struct Together(Mutex<Arc<Round>>);

/// Grants that are judged together.
#[derive(Debug, Default)]
struct Round {
    grants: Mutex<BTreeSet<GrantId>>,
    judged: OnceCell<Result<Judged, Arc<ServiceError>>>,
}

type Judged = BTreeMap<GrantId, HeldGrant>;

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

    /// What `judge` says of the grant, asked once for all that join meanwhile.
    pub(super) async fn judged(
        &self,
        grant: GrantId,
        judge: impl AsyncFnOnce(BTreeSet<GrantId>) -> Result<Judged, ServiceError>,
    ) -> Result<Option<HeldGrant>, Arc<ServiceError>> {
        let round = self.join(grant);
        tokio::task::yield_now().await;
        let judged = round.judged.get_or_init(|| async {
            let judged = judge(self.close(&round)).await;
            judged.map_err(Arc::new)
        });
        match judged.await {
            Ok(judged) => Ok(judged.get(&grant).cloned()),
            Err(failure) => Err(Arc::clone(failure)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    fn grant(number: u128) -> GrantId {
        GrantId::from_uuid(uuid::Uuid::from_u128(number))
    }

    /// How often somebody was asked while all these rows wait, and what they were told.
    async fn all_ask(
        rows: u128,
        answer: fn() -> Result<Judged, ServiceError>,
    ) -> (usize, Vec<Result<bool, String>>) {
        let (together, asked) = (Together::default(), AtomicUsize::new(0));
        let told = (1..=rows).map(|row| {
            together.judged(grant(row), async |_| {
                asked.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                answer()
            })
        });
        let told = join_all(told).await.into_iter();
        let told = told.map(|told| {
            let found = told.map(|found| found.is_some());
            found.map_err(|failure| format!("{failure:?}"))
        });
        let told = told.collect();
        (asked.into_inner(), told)
    }

    #[tokio::test]
    async fn what_fails_for_one_row_fails_for_all_that_wait_and_is_tried_once() {
        let failing: fn() -> _ = || Err(ServiceError::Unavailable("the connection is lost".into()));
        let (asked, told) = all_ask(50, failing).await;
        assert_eq!(asked, 1);
        let failure = "Unavailable(\"the connection is lost\")".to_owned();
        assert_eq!(told, vec![Err(failure); 50]);
        let (asked, told) = all_ask(50, || Ok(Judged::new())).await;
        assert_eq!((asked, told), (1, vec![Ok(false); 50]));
    }

    #[tokio::test]
    async fn who_asks_after_a_failure_has_a_round_of_its_own() {
        let together = Together::default();
        let [first, second] = [1, 2].map(grant);
        let failed = together.judged(first, async |_| Err(ServiceError::Timeout));
        assert!(matches!(*failed.await.unwrap_err(), ServiceError::Timeout));
        let asked = async |asked: BTreeSet<GrantId>| {
            assert_eq!(asked, BTreeSet::from([second]));
            Ok(Judged::new())
        };
        assert!(together.judged(second, asked).await.unwrap().is_none());
    }
}

//! What takes long to work out: a few such things at a time, off everybody else's way.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::{Desk, Report, Session};
use crate::error::ServiceError;

impl Session {
    /// Works out what takes long: a few such things at a time, for each caller and in all, and only as long as
    /// somebody waits for it.
    ///
    /// # Errors
    /// What the work fails with, or nobody waits any more.
    pub(crate) async fn heavy<T>(
        &self,
        work: impl Future<Output = Result<T, ServiceError>> + Send,
    ) -> Result<T, ServiceError> {
        let work = async {
            let _turn = self.desk.heavy.take(self.course.caller.clone()).await;
            work.await
        };
        tokio::select! {
            biased;
            () = self.course.waiting.ended() => Err(ServiceError::Timeout),
            done = work => done,
        }
    }

    /// Works out a report as [`Session::heavy`] does, once for whatever asks for the same in this run: `what`
    /// names the report and everything that it depends on besides the snapshot. Leave to have it is asked
    /// for before.
    ///
    /// # Errors
    /// As [`Session::heavy`].
    pub(crate) async fn report<T: Send + Sync + 'static>(
        &self,
        what: String,
        work: impl Future<Output = Result<T, ServiceError>> + Send,
    ) -> Result<Arc<T>, ServiceError> {
        let made = {
            let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(reports.entry(what).or_default())
        };
        let made = made.get_or_try_init(|| async move {
            let report: Report = Arc::new(self.heavy(work).await?);
            self.desk.reports.fetch_add(1, Ordering::Relaxed);
            Ok::<_, ServiceError>(report)
        });
        let made = Arc::clone(made.await?);
        let other = |_| ServiceError::Broken("two reports have one name".into());
        made.downcast().map_err(other)
    }
}

impl Desk {
    /// Takes the caller's turn at reports, until it is dropped.
    #[cfg(feature = "testing")]
    pub async fn hold_report(&self, claimant: &authn::Claimant) -> impl Sized + use<> {
        let caller = crate::budget::Caller::of(claimant);
        self.heavy.take(caller).await
    }

    /// How many reports this process has worked out.
    #[must_use]
    pub fn reports(&self) -> u64 {
        self.reports.load(Ordering::Relaxed)
    }
}

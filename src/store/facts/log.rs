//! What the gate reads of the log itself, as of the moment of a snapshot.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use audit::Snapshot;
use domain::EntityRef;
use domain::id::EventId;
use gate::{EarlierAnswer, EventPlace, FactError, LogSource, PolicyFiles};

use super::earlier;
use super::opening::Opening;
use crate::policies::policies_of;
use crate::rows::{Row, row_of, unavailable};

/// The log, up to the moment of the region at least: what is read of it is never changed.
#[derive(Debug)]
pub(super) struct LogAt {
    pub(super) opening: Arc<Opening>,
    /// The number of the last change that the region includes.
    pub(super) facts_at: u64,
}

impl LogAt {
    async fn snapshot(&self) -> Result<&Arc<Snapshot>, FactError> {
        let opened = self.opening.snapshot().await;
        opened.map_err(|error| FactError::Unavailable(error.into()))
    }

    async fn place(&self, event: EntityRef) -> Result<Option<EventPlace>, FactError> {
        let sql =
            "SELECT event_id AS id, path, system, individual FROM audit_event WHERE event_id = $1";
        let snapshot = self.snapshot().await?;
        let Some(row) = row_of(snapshot.connection(), sql, &event).await? else {
            return Ok(None);
        };
        let row = Row::of("audit_event", &row);
        let path: Option<String> = row.get("path")?;
        let path = path.unwrap_or_default();
        Ok(Some(EventPlace {
            path: path
                .split('/')
                .filter_map(|text| text.parse().ok())
                .collect(),
            system: row.id_if("system")?,
            individual: row.id_if("individual")?,
        }))
    }
}

impl LogSource for LogAt {
    fn facts_at(&self) -> u64 {
        self.facts_at
    }

    fn earlier(&self, id: EventId) -> BoxFuture<'_, Result<Option<EarlierAnswer>, FactError>> {
        Box::pin(async move {
            let snapshot = self.snapshot().await?;
            earlier::earlier(snapshot.connection(), id).await
        })
    }

    fn place(&self, event: EntityRef) -> BoxFuture<'_, Result<Option<EventPlace>, FactError>> {
        Box::pin(self.place(event))
    }

    fn policies(&self, generation: u64) -> BoxFuture<'_, Result<Option<PolicyFiles>, FactError>> {
        Box::pin(async move {
            let snapshot = self.snapshot().await?;
            let kept = policies_of(snapshot.connection(), generation).await;
            let kept = kept.map_err(|error| unavailable(error.into()))?;
            Ok(kept.map(|released| released.files))
        })
    }
}

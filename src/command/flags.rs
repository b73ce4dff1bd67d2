//! `behorig flags`: what imports have flagged, read by whoever holds the host, on record like any reading.

use std::path::Path;
use std::sync::Arc;

use crate::audit::Authorised as _;
use crate::clock::Clock;
use crate::domain::Words;
use crate::store::import::flagged;

use super::arguments::Flags;
use super::feed::Host;
use super::{CommandError, output, serve, service};

pub(super) async fn run(
    config: Option<&Path>,
    flags: Flags,
    clock: Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let settings = service::settings(config, &flags.on)?;
    let db = service::open(&settings).await?;
    let log = service::open_log(&db, &settings, &clock).await?;
    let host = Host::new(&log, &clock, serve::policies(&settings, &db).await?);
    let (leave, evidence) = host.permit("flags").await?.split();
    let snapshot = service::register(&db).await?;
    let found = flagged(snapshot.connection(), leave, flags.flag.as_deref()).await?;
    drop(snapshot);
    log.seal(vec![evidence.into_pending()])
        .await
        .map_err(|error| service::unrecorded(&error))?;
    for row in &found {
        let detail = row.detail.as_deref().unwrap_or_default();
        output::data(format!("{:<30} {} {detail}", row.flag, row.entity).trim_end())?;
    }
    if found.is_empty() {
        output::print(&Words::new("Nothing is flagged.", "Inget är flaggat."))?;
    }
    db.close().await;
    Ok(())
}

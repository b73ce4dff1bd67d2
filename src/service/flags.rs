//! What imports have flagged, read by whoever holds the host, on record like any reading.

use audit::Authorised as _;
use domain::FlagName;
use store::import::flagged;

pub use store::import::FlaggedRow;

use super::host::{HostDesk, HostReadError};

/// Everything that carries the flag, or any flag, in the order of the flags.
///
/// # Errors
/// When it could not be read, or that it was is not on record.
pub async fn flags(
    desk: &HostDesk,
    flag: Option<FlagName>,
) -> Result<Vec<FlaggedRow>, HostReadError> {
    let (leave, evidence) = desk.permit_host("flags").await?.split();
    let snapshot = desk.snapshot().await?;
    let found = flagged(snapshot.connection(), leave, flag).await?;
    drop(snapshot);
    desk.log().seal(vec![evidence.into_pending()]).await?;
    Ok(found)
}

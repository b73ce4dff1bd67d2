//! The register's rows, compared with what the log tells: what somebody has written there decides nothing, is named, and
//! is written anew as it was told.

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use audit::Log;
use audit::connection::Database;
use audit::inspect::{Differences, register_told};
use audit::repair::{Because, Repaired};
use domain::speaks::Speaks as _;

/// How long after a start it is compared: what starts with many others has passed by then.
const FIRST: Duration = Duration::from_mins(1);
/// How often it is compared from then on.
const AGAIN: Duration = Duration::from_hours(1);

/// Compares once.
pub(super) async fn differences(
    db: &Database,
) -> Result<Differences, Box<dyn Error + Send + Sync>> {
    let snapshot = db.snapshot().await?;
    Ok(register_told(&snapshot).await?)
}

/// Compares for as long as the process lives: names every row that is not what the log tells in the alarm, has it
/// written anew by whoever may write, and says in `differs` until the next comparison whether there was one.
pub(super) async fn compare(
    db: Database,
    writing: Option<Log>,
    differs: Arc<AtomicBool>,
) -> Infallible {
    tokio::time::sleep(FIRST).await;
    loop {
        match differences(&db).await {
            Ok(found) => {
                differs.store(!found.is_empty(), Ordering::Release);
                for difference in found.named() {
                    tracing::error!(row = %difference.words(), "the register is not what the log tells");
                }
                if let Some(log) = &writing {
                    repair(log, &found).await;
                }
            }
            Err(error) => tracing::warn!(%error, "the register could not be compared with the log"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn repair(log: &Log, found: &Differences) {
    match log.repair(found.rows(), Because::Comparison).await {
        Ok(Repaired { left, .. }) => {
            for row in left {
                tracing::error!(row = %row.words(), "this row cannot be written anew");
            }
        }
        Err(error) => tracing::warn!(%error, "the register could not be written anew"),
    }
}

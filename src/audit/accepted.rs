//! Which recorded time, not yet come, somebody has accepted: asked before anything is appended at it.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};

use domain::Instant;

/// The operation by which the log goes on at a recorded time that has not come yet.
pub(super) const ACCEPTED: &str = "timeAccepted";

/// Whether an event has accepted that the log goes on at that time.
pub(super) async fn is_accepted(tx: &DatabaseTransaction, newest: Instant) -> Result<bool, DbErr> {
    let statement = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "SELECT 1 FROM audit_event WHERE t_us = $1 AND kind = 'operation' AND action = $2 LIMIT 1",
        [newest.as_micros().into(), ACCEPTED.into()],
    );
    Ok(tx.query_one_raw(statement).await?.is_some())
}

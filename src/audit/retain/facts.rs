//! Facts go by whole months: when they are erased, and when the last event of their month is pruned.

use futures_util::FutureExt as _;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};

use super::super::connection::DatabaseError;
use super::super::head::stored;
use super::super::log::Log;
use super::super::transact::TransactError;
use domain::Instant;
use transparency::fact::month;

/// How many facts one commit takes.
const CHUNK: u64 = 1_024;

impl Log {
    /// Takes the facts of the months before that one.
    pub(super) async fn take_facts(
        &self,
        before: &str,
    ) -> Result<(), TransactError<DatabaseError>> {
        let mut taken = CHUNK;
        while taken == CHUNK {
            let before = before.to_owned();
            taken = self
                .chunk(move |tx| async move { take_some(tx, &before).await }.boxed())
                .await?;
        }
        Ok(())
    }
}

/// Deletes some of them; how many.
async fn take_some(tx: &DatabaseTransaction, before: &str) -> Result<u64, DbErr> {
    let sql = "DELETE FROM audit_fact WHERE (month, commitment) IN \
        (SELECT month, commitment FROM audit_fact WHERE month < $1 ORDER BY month, commitment LIMIT $2)";
    let values = [before.into(), stored(CHUNK).into()];
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    Ok(tx.execute_raw(statement).await?.rows_affected())
}

/// The month in which the event of that seq was recorded, or the last one where it is still to come.
pub(super) async fn month_at(db: &DatabaseTransaction, seq: u64) -> Result<String, DbErr> {
    let sql = "SELECT COALESCE((SELECT t_us FROM audit_event WHERE seq >= $1 ORDER BY seq LIMIT 1), \
        (SELECT last_t FROM audit_head WHERE log_id = 1))";
    let statement =
        Statement::from_sql_and_values(db.get_database_backend(), sql, [stored(seq).into()]);
    let row = db.query_one_raw(statement).await?;
    let recorded = row.map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(month(Instant::from_micros(recorded.unwrap_or_default())))
}

//! What was done to the log itself, as its stored events account for it.

use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::head::number;
use transparency::account::{Account, ERASE, ERASED, PRUNE, PRUNED, RESTORED};

/// Reads the events that give account.
///
/// # Errors
/// When the database fails.
pub(super) async fn read(db: &impl ConnectionTrait) -> Result<Account, DbErr> {
    // The condition is spelled as in the partial index.
    let sql = format!(
        "SELECT seq, envelope FROM audit_event WHERE kind = 'operation' AND action IN \
         ('{ERASE}', '{ERASED}', '{PRUNE}', '{PRUNED}', '{RESTORED}') ORDER BY seq"
    );
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let mut account = Account::default();
    for row in db.query_all_raw(statement).await? {
        let envelope: Vec<u8> = row.try_get_by_index(1)?;
        account.add(number(&row, 0)?, &envelope);
    }
    Ok(account)
}

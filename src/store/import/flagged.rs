//! What imports have flagged, for whoever holds the host.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};

use crate::domain::action::ImportRegister;
use crate::gate::Leave;

/// Something that is flagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlaggedRow {
    /// The flag.
    pub flag: String,
    /// What it stands on.
    pub entity: String,
    /// What makes it true; `None`: the flag says it all.
    pub detail: Option<String>,
}

/// Everything that carries the flag, or any flag.
///
/// # Errors
/// When the database fails.
pub async fn flagged(
    connection: &DatabaseTransaction,
    leave: Leave<ImportRegister>,
    flag: Option<&str>,
) -> Result<Vec<FlaggedRow>, DbErr> {
    tracing::debug!(decision = %leave.decision(), "listing flags");
    let sql = "SELECT flag, entity_id, detail FROM import_flag \
        WHERE $1 = '' OR flag = $1 ORDER BY flag, entity_id";
    let flag = flag.unwrap_or_default();
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [flag.into()]);
    let rows = connection.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            Ok(FlaggedRow {
                flag: row.try_get("", "flag")?,
                entity: row.try_get("", "entity_id")?,
                detail: row.try_get("", "detail")?,
            })
        })
        .collect()
}

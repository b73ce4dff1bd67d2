//! Statements by hand where a query builder would hide them: numbered parameters, typed columns.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Statement, TryGetable, Value,
};

use audit::write_exactly;
use domain::speaks::{verbatim, words};
use domain::{EntityRef, Id, Kind};
use gate::FactError;

/// That the role `r` confers something privileged, as [`domain::permission::is_privileged`] says of a
/// permission.
pub(crate) const CONFERS_PRIVILEGED: &str = "EXISTS (\
    SELECT 1 FROM role_permission rp JOIN permission q ON q.id = rp.permission_id \
    WHERE rp.role_id = r.id \
    AND (q.privileged OR q.category IS NULL OR q.category = 'administer'))";

/// The rows of a statement whose parameters are `$1`, `$2` … on both databases.
pub(crate) async fn rows(
    connection: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<QueryResult>, FactError> {
    tracing::trace!(sql, "rows are read");
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, values);
    connection
        .query_all_raw(statement)
        .await
        .map_err(unavailable)
}

/// The row of a statement whose only parameter is that id; `None`: there is none.
pub(crate) async fn row_of(
    connection: &DatabaseTransaction,
    sql: &str,
    id: &EntityRef,
) -> Result<Option<QueryResult>, FactError> {
    let found = rows(connection, sql, [Value::from(id.to_string())]).await?;
    Ok(found.into_iter().next())
}

/// Runs a statement that writes one row, and sees to it that it did.
pub(crate) async fn execute(
    tx: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<(), DbErr> {
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    write_exactly(tx, statement, 1).await
}

/// `$from, $from+1 …` for that many parameters.
pub(crate) fn places(from: usize, count: usize) -> String {
    (from..from + count)
        .map(|n| format!("${n}"))
        .collect::<Vec<_>>()
        .join(", ")
}

pub(crate) fn unavailable(error: DbErr) -> FactError {
    FactError::Unavailable(Box::new(error))
}

/// One row of one table, read by column.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    table: &'static str,
    row: &'a QueryResult,
}

impl<'a> Row<'a> {
    pub(crate) const fn of(table: &'static str, row: &'a QueryResult) -> Self {
        Self { table, row }
    }
}

impl Row<'_> {
    pub(crate) fn get<T: TryGetable>(&self, column: &str) -> Result<T, FactError> {
        self.row.try_get("", column).map_err(unavailable)
    }

    pub(crate) fn id_if<K: Kind>(&self, column: &str) -> Result<Option<Id<K>>, FactError> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| {
            text.parse()
                .map_err(|_| self.corrupt(column, "not an id of its kind"))
        })
        .transpose()
    }

    pub(crate) fn corrupt(&self, column: &str, problem: &str) -> FactError {
        FactError::Corrupt {
            table: self.table,
            id: self.row.try_get::<String>("", "id").unwrap_or_default(),
            problem: words!(
                "column {column} is {problem}",
                "Kolumnen `{column}` är fel (`{problem}`).",
                column = verbatim(column),
                problem = verbatim(problem)
            ),
        }
    }
}

//! Changes of the register that callers order: each takes the leave to make exactly that change, and
//! returns what became of which things: what each of them is from then on, the log reads from the rows.
//!
//! Apart from reading, because a change also needs the transaction that only the log opens, and may
//! fail for reasons a form can show. What is checked here holds at the moment of the change, whatever
//! was true when the form was sent.
//!
//! To add a change: an action in [`domain::action`], a function here that takes its
//! [`gate::Leave`], and a use case in `service`.

mod edits;
mod fit;
mod grant;
mod key;
mod policies;
mod review;
mod stages;

pub use edits::{
    accept_edit, decline_edit, edit_register, fail_acceptance, fail_edit, leave_as_is,
};
pub use grant::{create_grant, revoke_grant};
pub use key::{Committing, Known, change_answer, find_answer, keep_answer, read_answer};
pub use policies::{
    Activation, ReleaseConflict, propose_policies, release_policies, roll_back_policies,
};
pub use review::review_decision;
pub use stages::{Deciding, StageConflict, set_stage};

use std::sync::Arc;

use futures_util::future::BoxFuture;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, QueryResult, Statement, Value,
};

use crate::cell::{Sort, Written};
use domain::Words;
use domain::clock::{Clock, fresh};
use domain::id::OrganisationId;
use domain::speaks::{Speaks, foreign, verbatim, words};
use domain::text::ErasableText;
use domain::{ChangeKind, EntityRef, Instant};
use gate::Leave;
use transparency::event::Change;
use transparency::slot::SlotValue;

/// The register could not be changed.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum WriteError {
    /// The database did not do it.
    Database(#[from] DbErr),
    /// A row is not as it was read, although it was locked; nothing was written over it.
    Overtaken {
        /// The table.
        table: &'static str,
        /// The row.
        id: String,
    },
    /// A row that has just been found is not there, or holds what it cannot hold.
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row.
        id: String,
    },
}

impl From<WriteError> for crate::import::ApplyError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Database(error) => Self::Database(error),
            error @ (WriteError::Overtaken { .. } | WriteError::Corrupt { .. }) => {
                Self::Corrupt(error.words())
            }
        }
    }
}

impl Speaks for WriteError {
    fn words(&self) -> Words {
        match self {
            Self::Database(_) => Words::new(
                "the register could not be changed",
                "Registret gick inte att ändra.",
            ),
            Self::Overtaken { table, id } => words!(
                "the row `{id}` of `{table}` was changed after it was read",
                "Raden `{id}` i `{table}` ändrades efter att den lästes.",
                id = verbatim(id),
                table = verbatim(table)
            ),
            Self::Corrupt { table, id } => words!(
                "the row `{id}` of `{table}` cannot be right",
                "Raden `{id}` i `{table}` kan inte vara rätt.",
                id = verbatim(id),
                table = verbatim(table)
            ),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Database(error) => Some(foreign(error)),
            Self::Overtaken { .. } | Self::Corrupt { .. } => None,
        }
    }
}

/// A change that was not made.
#[derive(Debug, thiserror::Error)]
pub enum Unmade<C> {
    /// The register as it is now does not admit it.
    #[error("the register does not admit it")]
    Conflict(C),
    /// It could not be tried.
    #[error(transparent)]
    Failed(#[from] WriteError),
}

impl<C> From<DbErr> for Unmade<C> {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

/// Who makes a change, when, and what it is called in the log.
#[derive(Debug, Clone)]
pub struct Making {
    /// Where the ids of the events that tell of it come from.
    pub clock: Arc<dyn Clock>,
    /// Who makes it.
    pub by: EntityRef,
    /// The instant of the decision.
    pub now: Instant,
    /// Why, in the caller's own words.
    pub reason: Option<ErasableText>,
    /// Whose archive the reason belongs to.
    pub authority: Option<OrganisationId>,
    /// The version that the caller saw, if it must not have changed.
    pub expected_version: Option<i64>,
}

impl Making {
    /// What becomes of a thing by it.
    fn change<A>(&self, leave: &Leave<A>, entity: EntityRef, kind: ChangeKind) -> Change {
        Change::new(fresh(self.clock.as_ref()), entity, kind, leave.decision())
    }

    fn reason_slot(&self, name: &'static str) -> Vec<SlotValue> {
        self.slot(name, RETENTION)
    }

    /// The reason under that name, kept as long as others of the class.
    fn slot(&self, name: &'static str, class: &str) -> Vec<SlotValue> {
        let slot = |value: ErasableText| SlotValue {
            name,
            value: value.into(),
            retention_class: class.to_owned(),
            authority: self.authority,
        };
        self.reason.clone().map(slot).into_iter().collect()
    }
}

/// What becomes of the register by a change; nothing: it was so already.
pub type Made<'a, C> = BoxFuture<'a, Result<Vec<Change>, Unmade<C>>>;

/// A change in the transaction that only the log opens.
pub type Apply<A, C> = for<'a> fn(&'a DatabaseTransaction, &'a Leave<A>, &'a Making) -> Made<'a, C>;

/// The class that reasons for changes of grants are kept by.
const RETENTION: &str = "grant";

/// Runs a statement that writes as many rows as there are to be written; how many it did.
async fn execute_any(
    tx: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, DbErr> {
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    tx.execute_raw(statement)
        .await
        .map(|result| result.rows_affected())
}

/// A row of the register as it was read, by whose version it is changed.
struct Seen {
    table: &'static str,
    id: String,
    version: i64,
}

impl Seen {
    /// The row that `found` is, which has to hold its version.
    fn of(table: &'static str, id: &str, found: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            table,
            id: id.to_owned(),
            version: found.try_get("", "version")?,
        })
    }

    /// Gives it a new version and those values; none: what hangs on the row in a table of its own has changed. It is
    /// written only as it was read.
    async fn change(
        &self,
        tx: &DatabaseTransaction,
        columns: &[Written],
    ) -> Result<(), WriteError> {
        let Self { table, id, version } = self;
        let mut set = vec!["version = version + 1".to_owned()];
        let places = columns.iter().zip(3..);
        set.extend(places.map(|((column, _), at)| format!("{column} = ${at}")));
        let set = set.join(", ");
        let sql = format!("UPDATE {table} SET {set} WHERE id = $1 AND version = $2");
        let own: [Value; 2] = [id.as_str().into(), (*version).into()];
        let values = columns.iter().map(|(_, cell)| cell.bound(Sort::Text));
        match execute_any(tx, &sql, own.into_iter().chain(values)).await? {
            1 => Ok(()),
            _ => Err(WriteError::Overtaken {
                table,
                id: id.clone(),
            }),
        }
    }
}

async fn rows(
    connection: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<QueryResult>, DbErr> {
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    connection.query_all_raw(statement).await
}

/// The row that a statement finds by that id, which has to be there.
async fn found(
    tx: &DatabaseTransaction,
    table: &'static str,
    sql: &str,
    id: impl ToString,
) -> Result<QueryResult, WriteError> {
    let id = id.to_string();
    let row = rows(tx, sql, [id.as_str().into()]).await?.pop();
    row.ok_or(WriteError::Corrupt { table, id })
}

/// Those columns of the row of a table with that id, which has to be there; others who want to change it wait.
async fn locked(
    tx: &DatabaseTransaction,
    table: &'static str,
    columns: &str,
    id: impl ToString,
) -> Result<QueryResult, WriteError> {
    let lock = for_change(tx);
    let sql = format!("SELECT {columns} FROM {table} WHERE id = $1{lock}");
    found(tx, table, &sql, id).await
}

/// A clause that makes others wait who want to change the same row; where there is one writer at a
/// time, none is needed.
fn for_change(tx: &DatabaseTransaction) -> &'static str {
    if tx.get_database_backend() == DbBackend::Postgres {
        " FOR NO KEY UPDATE"
    } else {
        ""
    }
}

//! Events as they are stored, with the policies of then: what a decision is made from again.
//!
//! Whoever may read a decision may have it made again; whoever holds the host may have that done with the
//! whole log. Neither shows the texts of the policies.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};
use serde_json::Value;

use crate::policies::{Released, released};
use crate::read::Reader;
use crate::{StoreError, column};
use audit::{DatabaseError, WantedFacts};
use domain::Instant;
use domain::action::Read;
use domain::id::{self, EventId};
use gate::{Overview, Permit};
use transparency::fact::{self, Texts};

/// The event of a decision, as it is stored.
#[derive(Debug, Clone)]
pub struct PastDecision {
    /// Its number in the log.
    pub seq: i64,
    /// Its id.
    pub id: EventId,
    /// The bytes.
    pub envelope: Vec<u8>,
}

impl Reader {
    /// The event of the decision that the permit is for; `None`: it is an event of another kind.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn past(
        &self,
        permit: Permit<Read<id::Event>>,
    ) -> Result<Option<PastDecision>, StoreError> {
        let sql = "SELECT seq, event_id, envelope FROM audit_event \
            WHERE event_id = $1 AND kind = 'decision'";
        let id = permit.target();
        let found = decisions(self.transaction(), sql, [id.to_string().into()]).await?;
        Ok(found.into_iter().next())
    }

    /// The facts that the decision was made from, as far as they are still there.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn facts(&self, past: &PastDecision) -> Result<Texts, StoreError> {
        Ok(wanted([past]).texts(self.transaction()).await?)
    }

    /// The policies of that digest as they were released; `None`: they are not kept.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn released(
        &self,
        _: &PastDecision,
        digest: &str,
    ) -> Result<Option<Released>, StoreError> {
        Ok(released(self.transaction(), digest).await?)
    }
}

/// The whole log: for whoever holds the host, and for a report of whom a guardrail stops.
#[derive(Debug)]
pub struct HostReader {
    overview: Overview,
}

impl HostReader {
    /// A reader by that leave, which has to be on record before anything is read.
    #[must_use]
    pub fn new(overview: impl Into<Overview>) -> Self {
        let overview = overview.into();
        Self { overview }
    }

    /// The leave that it reads by.
    #[must_use]
    pub const fn overview(&self) -> &Overview {
        &self.overview
    }

    /// The decisions from one seq up to and including another, at most so many, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decisions(
        &self,
        connection: &DatabaseTransaction,
        (from, to): (i64, i64),
        most: u64,
    ) -> Result<Vec<PastDecision>, DatabaseError> {
        let sql = "SELECT seq, event_id, envelope FROM audit_event \
            WHERE seq >= $1 AND seq <= $2 AND kind = 'decision' ORDER BY seq LIMIT $3";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let range = [from.into(), to.into(), most.into()];
        Ok(decisions(connection, sql, range).await?)
    }

    /// The facts that those decisions were made from, as far as they are still there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn facts(
        &self,
        connection: &DatabaseTransaction,
        decisions: &[PastDecision],
    ) -> Result<Texts, DatabaseError> {
        Ok(wanted(decisions).texts(connection).await?)
    }

    /// The seq of the first event recorded at that instant or later; `None`: there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn first_since(
        &self,
        connection: &DatabaseTransaction,
        since: Instant,
    ) -> Result<Option<i64>, DatabaseError> {
        let sql = "SELECT seq FROM audit_event WHERE t_us >= $1 ORDER BY t_us, seq LIMIT 1";
        let backend = connection.get_database_backend();
        let since = sea_orm::Value::from(since.as_micros());
        let statement = Statement::from_sql_and_values(backend, sql, [since]);
        let row = connection.query_one_raw(statement).await?;
        Ok(row.map(|row| row.try_get("", "seq")).transpose()?)
    }

    /// The policies of that digest as they were released; `None`: they are not kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn released(
        &self,
        connection: &DatabaseTransaction,
        digest: &str,
    ) -> Result<Option<Released>, DatabaseError> {
        Ok(released(connection, digest).await?)
    }
}

async fn decisions(
    connection: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = sea_orm::Value>,
) -> Result<Vec<PastDecision>, DbErr> {
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let rows = connection.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            Ok(PastDecision {
                seq: row.try_get("", "seq")?,
                id: column::read(row, "", "event_id")?,
                envelope: row.try_get("", "envelope")?,
            })
        })
        .collect()
}

/// The facts that those decisions were made from.
fn wanted<'a>(decisions: impl IntoIterator<Item = &'a PastDecision>) -> WantedFacts {
    let mut wanted = WantedFacts::default();
    for past in decisions {
        // What cannot be read is told by whoever makes the decision again.
        let envelope: Value = serde_json::from_slice(&past.envelope).unwrap_or_default();
        let recorded = envelope.get("recordedAt").and_then(Value::as_i64);
        let recorded = Instant::from_micros(recorded.unwrap_or_default());
        wanted.add(recorded, fact::of_envelope(&envelope));
    }
    wanted
}

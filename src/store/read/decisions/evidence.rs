//! What belongs to a decision but stands outside its event: what it brought about, and personal values.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use serde::Deserialize;

use crate::policies::{Released, released};
use crate::read::Reader;
use crate::{StoreError, column};
use domain::EntityRef;
use domain::action::{Read, Readable};
use domain::id::{self, EventId};
use gate::Permit;

/// The most events that are told of what a decision brought about.
pub const MAX_CAUSED: usize = 200;

/// An event that names a decision as what allowed it.
#[derive(Debug, Clone)]
pub struct CausedRecord {
    /// Its number in the log.
    pub seq: i64,
    /// Its id.
    pub id: EventId,
    /// Its kind: `change`, `operation` or `policy`.
    pub kind: String,
    /// What happened: `created`, `revoked`, `runStarted` …
    pub action: String,
    /// What changed; `None`: nothing in the register.
    pub entity: Option<EntityRef>,
    /// The names of the fields that changed.
    pub fields: Vec<String>,
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    fields: Vec<String>,
}

impl Reader {
    /// The first events that name the decision as what allowed them, at most [`MAX_CAUSED`].
    ///
    /// # Errors
    /// The database does not answer, or a row cannot be right.
    pub async fn caused(
        &self,
        permit: Permit<Read<id::Event>>,
    ) -> Result<Vec<CausedRecord>, StoreError> {
        let sql = "SELECT seq, event_id, kind, action, resource_id, envelope FROM audit_event \
            WHERE decision = $1 ORDER BY seq LIMIT $2";
        let most = i64::try_from(MAX_CAUSED).unwrap_or(i64::MAX);
        let rows = self.rows(sql, [permit.target().to_string().into(), most.into()]);
        let caused: Result<_, DbErr> = rows.await?.iter().map(caused).collect();
        Ok(caused?)
    }

    /// The names of the decision's personal values that have not been erased.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn slots(&self, permit: Permit<Read<id::Event>>) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT s.slot FROM audit_slot s JOIN audit_event e ON e.seq = s.seq \
            WHERE e.event_id = $1 ORDER BY s.slot";
        let rows = self.rows(sql, [permit.target().to_string().into()]).await?;
        let names: Result<_, DbErr> = rows.iter().map(|row| row.try_get("", "slot")).collect();
        Ok(names?)
    }

    /// The decision's personal values and the finding of its review, for whoever may also read whom it is about.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn slot_values<K: Readable>(
        &self,
        permit: Permit<Read<id::Event>>,
        about: Permit<Read<K>>,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        tracing::debug!(decision = %about.decision(), "showing personal values of an event");
        let sql = "SELECT s.slot, s.value FROM audit_slot s JOIN audit_event e ON e.seq = s.seq \
            WHERE e.event_id = $1 \
            UNION ALL SELECT s.slot, s.value FROM decision_review r \
            JOIN audit_event e ON e.decision = r.decision_id JOIN audit_slot s ON s.seq = e.seq \
            WHERE r.event_id = $1 AND s.slot = 'finding'";
        let rows = self.rows(sql, [permit.target().to_string().into()]).await?;
        let values: Result<_, DbErr> = rows
            .iter()
            .map(|row| Ok((row.try_get("", "slot")?, row.try_get("", "value")?)))
            .collect();
        Ok(values?)
    }

    /// The policies of that digest as they were released; `None`: they are not kept.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn policy_set(
        &self,
        permit: Permit<Read<id::PolicySet>>,
        digest: &str,
    ) -> Result<Option<Released>, StoreError> {
        tracing::debug!(decision = %permit.decision(), "showing released policies");
        Ok(released(self.transaction(), digest).await?)
    }

    async fn rows(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = sea_orm::Value>,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let connection = self.transaction();
        let backend = connection.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        connection.query_all_raw(statement).await
    }
}

fn caused(row: &QueryResult) -> Result<CausedRecord, DbErr> {
    let envelope: Vec<u8> = row.try_get("", "envelope")?;
    let unreadable = |_| DbErr::Type("an envelope cannot be read".to_owned());
    let Fields { fields } = serde_json::from_slice(&envelope).map_err(unreadable)?;
    let action: Option<String> = row.try_get("", "action")?;
    Ok(CausedRecord {
        seq: row.try_get("", "seq")?,
        id: column::read(row, "", "event_id")?,
        kind: row.try_get("", "kind")?,
        action: action.unwrap_or_default(),
        entity: column::read(row, "", "resource_id")?,
        fields,
    })
}

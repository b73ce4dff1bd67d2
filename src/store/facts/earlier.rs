//! An earlier answer about somebody else, as far as a question that goes on from it has to know.

use sea_orm::{DatabaseTransaction, Value};
use serde::Deserialize;

use crate::rows::{Row, rows};
use domain::EntityRef;
use domain::id::{EventId, SystemId};
use domain::verdict::Obligation;
use gate::{EarlierAnswer, FactError};
use policy::BLOCKED_RECORD;

const EARLIER: &str = "\
    SELECT e.event_id AS id, e.asker, e.envelope, s.value AS subject FROM audit_event e \
    LEFT JOIN audit_slot s ON s.seq = e.seq AND s.slot = 'subject' \
    WHERE e.event_id = $1 AND e.kind = 'decision'";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    principal: Party,
    permission: String,
    target: Target,
    #[serde(default)]
    obligations: Vec<String>,
    #[serde(default)]
    reasons: Vec<String>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize)]
struct Party {
    external: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    id: EntityRef,
    record_kind: Option<String>,
    system: Option<SystemId>,
}

/// The answer of that id; `None`: there is none, it was about somebody who was not known, or a dry run.
pub(super) async fn earlier(
    connection: &DatabaseTransaction,
    id: EventId,
) -> Result<Option<EarlierAnswer>, FactError> {
    let found = rows(connection, EARLIER, [Value::from(id.to_string())]).await?;
    let Some(row) = found.first() else {
        return Ok(None);
    };
    let row = Row::of("audit_event", row);
    let bytes: Vec<u8> = row.get("envelope")?;
    let envelope: Envelope = serde_json::from_slice(&bytes)
        .map_err(|_| row.corrupt("envelope", "not the envelope of a decision"))?;
    let Some(principal) = envelope.principal.external.filter(|_| !envelope.dry_run) else {
        return Ok(None);
    };
    let asker: Option<String> = row.get("asker")?;
    let demands = |one: &String| one == Obligation::ActiveChoice.name();
    let is_blocked = |one: &String| one == BLOCKED_RECORD;
    let asked_for_choice =
        envelope.obligations.iter().any(demands) || envelope.reasons.iter().any(is_blocked);
    Ok(Some(EarlierAnswer {
        asker: asker.and_then(|id| id.parse().ok()),
        principal,
        permission: envelope.permission,
        target: envelope.target.id,
        record_kind: envelope.target.record_kind,
        system: envelope.target.system,
        subject: row.get("subject")?,
        asked_for_choice,
        decided_at: id.made_at(),
    }))
}

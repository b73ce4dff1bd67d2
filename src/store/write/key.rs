//! Answers already given, by the caller's own key, so that a retry does nothing twice.
//!
//! Written and read in the transaction of the effect, or a retry could come between the two.

use sea_orm::{DatabaseTransaction, Value};

use domain::{EntityRef, Instant};
use gate::{Leave, RunAuthority};

use super::{WriteError, execute_any, rows};

/// For how long an answer is kept.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// That something is being committed by whoever may have an answer kept.
pub trait Committing: sealed::Sealed + Sync {}

impl<A: Sync> Committing for Leave<A> {}
impl Committing for RunAuthority {}

mod sealed {
    /// Of this room.
    pub trait Sealed {}

    impl<A> Sealed for gate::Leave<A> {}
    impl Sealed for gate::RunAuthority {}
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It has not been used, or long ago.
    Nothing,
    /// It was used for the same input: the answer.
    Answer(String),
    /// It was used for another input.
    OtherInput,
}

/// What was answered when the caller used the key before.
///
/// # Errors
/// When the database does not answer.
pub async fn find_answer(
    tx: &DatabaseTransaction,
    _by: &impl Committing,
    caller: &EntityRef,
    used: (&str, &str),
    digest: &str,
    now: Instant,
) -> Result<Known, WriteError> {
    let oldest = now.plus_seconds(-KEPT_SECONDS).as_micros();
    execute_any(
        tx,
        "DELETE FROM idempotency_key WHERE created_at < $1",
        [oldest.into()],
    )
    .await?;
    read_answer(tx, caller, used, digest, now).await
}

/// What was answered when the caller used the key before, as it is read on a moment of the database.
///
/// # Errors
/// When the database does not answer.
pub async fn read_answer(
    db: &DatabaseTransaction,
    caller: &EntityRef,
    used: (&str, &str),
    digest: &str,
    now: Instant,
) -> Result<Known, WriteError> {
    let oldest = now.plus_seconds(-KEPT_SECONDS).as_micros();
    let sql = "SELECT input_digest, answer FROM idempotency_key \
        WHERE caller = $1 AND mutation = $2 AND key = $3 AND created_at >= $4";
    let (mutation, key) = used;
    let values: [Value; 4] = [
        caller.to_string().into(),
        mutation.into(),
        key.into(),
        oldest.into(),
    ];
    let found = rows(db, sql, values).await?;
    let Some(row) = found.first() else {
        return Ok(Known::Nothing);
    };
    let before: String = row.try_get("", "input_digest")?;
    if before == digest {
        Ok(Known::Answer(row.try_get("", "answer")?))
    } else {
        Ok(Known::OtherInput)
    }
}

/// Keeps the answer; `false`: somebody else has just used the key.
///
/// # Errors
/// When the database does not answer.
pub async fn keep_answer(
    tx: &DatabaseTransaction,
    _by: &impl Committing,
    caller: &EntityRef,
    used: (&str, &str),
    digest: &str,
    answer: &str,
    now: Instant,
) -> Result<bool, WriteError> {
    let sql = "INSERT INTO idempotency_key (caller, mutation, key, input_digest, answer, \
        created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let (mutation, key) = used;
    let values: [Value; 6] = [
        caller.to_string().into(),
        mutation.into(),
        key.into(),
        digest.into(),
        answer.into(),
        now.as_micros().into(),
    ];
    Ok(execute_any(tx, sql, values).await? == 1)
}

/// Keeps another answer under a key that has one.
///
/// # Errors
/// When the database does not answer.
pub async fn change_answer(
    tx: &DatabaseTransaction,
    _by: &impl Committing,
    caller: &EntityRef,
    used: (&str, &str),
    answer: &str,
) -> Result<(), WriteError> {
    let sql =
        "UPDATE idempotency_key SET answer = $1 WHERE caller = $2 AND mutation = $3 AND key = $4";
    let (mutation, key) = used;
    let values: [Value; 4] = [
        answer.into(),
        caller.to_string().into(),
        mutation.into(),
        key.into(),
    ];
    execute_any(tx, sql, values).await?;
    Ok(())
}

//! What a process needs before it can decide anything: the released policies and the installation's secret.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Statement};
use sha2::{Digest, Sha256};

use audit::DatabaseError;

/// A policy set as it was released.
#[derive(Debug, Clone)]
pub struct Released {
    /// Its generation.
    pub generation: u64,
    /// Its digest as it was recorded.
    pub digest: String,
    /// Path and text of every file, by path.
    pub files: Vec<(String, String)>,
}

/// The set that is in force; `None`: the installation has not begun.
///
/// No permit stands behind it: nothing can be decided before the policies are read.
///
/// # Errors
/// When the database fails.
pub async fn active_policies(
    connection: &DatabaseTransaction,
) -> Result<Option<Released>, DatabaseError> {
    let backend = connection.get_database_backend();
    let set = "SELECT generation, digest FROM policy_set WHERE active";
    let found = connection.query_one_raw(Statement::from_string(backend, set));
    match found.await? {
        Some(row) => Ok(Some(with_texts(connection, &row).await?)),
        None => Ok(None),
    }
}

/// The set of that generation, in force or not; `None`: there is none.
///
/// # Errors
/// When the database fails.
pub async fn policies_of(
    connection: &DatabaseTransaction,
    generation: u64,
) -> Result<Option<Released>, DatabaseError> {
    let backend = connection.get_database_backend();
    let set = "SELECT generation, digest FROM policy_set WHERE generation = $1";
    let generation = i64::try_from(generation).unwrap_or(i64::MAX);
    let set = Statement::from_sql_and_values(backend, set, [generation.into()]);
    match connection.query_one_raw(set).await? {
        Some(row) => Ok(Some(with_texts(connection, &row).await?)),
        None => Ok(None),
    }
}

/// The generation that was in force before the one that is; `None`: there was none.
///
/// # Errors
/// When the database fails.
pub async fn previous_generation(
    connection: &DatabaseTransaction,
) -> Result<Option<u64>, DatabaseError> {
    let backend = connection.get_database_backend();
    let set = "SELECT generation FROM policy_set WHERE NOT active AND activated_at IS NOT NULL \
        ORDER BY activated_at DESC, generation DESC LIMIT 1";
    let found = connection.query_one_raw(Statement::from_string(backend, set));
    let generation: Option<i64> = match found.await? {
        Some(row) => Some(row.try_get("", "generation")?),
        None => None,
    };
    Ok(generation.and_then(|generation| u64::try_from(generation).ok()))
}

/// The set of that digest as it was released; `None`: there is none.
pub(crate) async fn released(
    connection: &DatabaseTransaction,
    digest: &str,
) -> Result<Option<Released>, DbErr> {
    let backend = connection.get_database_backend();
    let set = "SELECT generation, digest FROM policy_set WHERE digest = $1 \
        ORDER BY generation LIMIT 1";
    let set = Statement::from_sql_and_values(backend, set, [digest.into()]);
    match connection.query_one_raw(set).await? {
        Some(row) => Ok(Some(with_texts(connection, &row).await?)),
        None => Ok(None),
    }
}

async fn with_texts(
    connection: &DatabaseTransaction,
    row: &QueryResult,
) -> Result<Released, DbErr> {
    let backend = connection.get_database_backend();
    let generation: i64 = row.try_get("", "generation")?;
    let texts = "SELECT path, text FROM policy_text WHERE generation = $1 ORDER BY path";
    let texts = Statement::from_sql_and_values(backend, texts, [generation.into()]);
    let files = connection.query_all_raw(texts).await?;
    let files = files
        .iter()
        .map(|row| Ok((row.try_get("", "path")?, row.try_get("", "text")?)))
        .collect::<Result<Vec<(String, String)>, DbErr>>()?;
    Ok(Released {
        generation: u64::try_from(generation).unwrap_or(0),
        digest: row.try_get("", "digest")?,
        files,
    })
}

/// A secret that every instance of the installation derives alike from the log's first event, which holds
/// random ids; `None`: the installation has not begun.
///
/// # Errors
/// When the database fails.
pub async fn installation_secret(
    connection: &DatabaseTransaction,
) -> Result<Option<[u8; 32]>, DatabaseError> {
    let backend = connection.get_database_backend();
    let first = "SELECT envelope FROM audit_event WHERE seq = 0";
    let Some(row) = connection
        .query_one_raw(Statement::from_string(backend, first))
        .await?
    else {
        return Ok(None);
    };
    let envelope: Vec<u8> = row.try_get("", "envelope")?;
    let mut hasher = Sha256::new();
    hasher.update(b"behorig cursors");
    hasher.update(envelope);
    Ok(Some(hasher.finalize().into()))
}

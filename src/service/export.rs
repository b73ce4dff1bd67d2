//! A part of the log that leaves the host as a bundle: that it leaves is recorded before it does.
//!
//! Apart from [`super::bundle`], which whoever may read the whole log asks for from elsewhere: whoever holds the host
//! has the database, and gets the values of slots too.

use audit::export::{Export, ExportError, Part};
use audit::{DatabaseError, Log, Snapshot, TransactError};
use domain::id::EventId;
use transparency::canonical::{Object, Value};
use transparency::event::EventError;

/// Nothing leaves.
#[derive(Debug, thiserror::Error)]
pub enum NotExported {
    /// There is no bundle of that part.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// That it leaves could not be recorded.
    #[error(transparent)]
    Transact(#[from] TransactError<DatabaseError>),
}

/// Prepares a bundle of the part as of that moment, and the event that says that it leaves.
///
/// # Errors
/// When there is no such bundle, or it could not be recorded.
pub async fn export(
    log: &Log,
    snapshot: &Snapshot,
    part: Part,
) -> Result<(Export, EventId), NotExported> {
    let export = Export::prepare(snapshot, part).await?;
    let count = |number| {
        let number = Value::integer(number).map_err(EventError::from);
        number.map_err(TransactError::from)
    };
    let header = export.header();
    let details = Object::new()
        .with("from", count(header.from)?)
        .with("to", count(header.to)?)
        .with("values", header.values);
    let (event, _) = log.record("exported", details).await?;
    Ok((export, event))
}

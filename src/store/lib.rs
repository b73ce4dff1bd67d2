//! The register in the database: what has been allowed is read and changed here, and nothing else is.
//!
//! A method takes the permit of its own action, so nothing that was not decided can be reached. Where no decision of its
//! own stands behind what is written, it takes a witness that the gate hands out while the log commits it: what founds
//! and recovers the host's authority, the steps of an import that of their run. Nothing is written without one of the
//! three. Without any are only readings: of what decisions are made from (`facts`, `policies`), of what the host is told
//! by name, and of what an import compares. Apart from `audit`, which alone opens transactions: reading happens on its
//! snapshot, writing in its transactions.
#![warn(missing_docs)]

mod cell;
mod column;
pub mod facts;
mod filter;
pub mod founding;
pub mod import;
mod new_row;
pub mod policies;
pub mod read;
mod rows;
pub mod write;

pub use filter::Moment;
pub use read::Reader;

use audit::OutOfLog;
use audit::export::ExportError;
use audit::prove::ProveError;
use audit::register_proof::NotProved;
use audit::tail::PageError;
use domain::EntityRef;

/// The register could not be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer, or holds what it cannot.
    #[error("the register could not be read")]
    Database(#[from] sea_orm::DbErr),
    /// The log does not prove what it should.
    #[error("the log could not be proved")]
    Proof(#[from] ProveError),
    /// What the register had of something is not proved.
    #[error(transparent)]
    NotProved(#[from] NotProved),
    /// The log does not hold what is asked for.
    #[error(transparent)]
    OutOfLog(#[from] OutOfLog),
    /// There is no such bundle, or it cannot be read.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// What the permit names is not there on the snapshot that it was decided on.
    #[error("the row `{id}` is not there")]
    Gone {
        /// The row.
        id: EntityRef,
    },
}

impl StoreError {
    /// Whether what is stored is at fault, and not the way to it.
    #[must_use]
    pub fn is_corruption(&self) -> bool {
        match self {
            Self::Gone { .. } | Self::Database(sea_orm::DbErr::Type(_)) => true,
            Self::Proof(error) | Self::NotProved(NotProved::Log(error)) => error.is_contradiction(),
            Self::Export(error) => matches!(error, ExportError::Tampered(_)),
            Self::Database(_) | Self::OutOfLog(_) | Self::NotProved(_) => false,
        }
    }
}

impl From<PageError> for StoreError {
    fn from(error: PageError) -> Self {
        match error {
            PageError::OutOfLog(error) => Self::OutOfLog(error),
            PageError::Proof(error) => Self::Proof(error),
        }
    }
}

//! The decision log in its database: every decision and every change, committed before anything is answered.
//!
//! Apart from the rest because it alone opens databases for writing: whatever it commits is an entry
//! of the log, or an effect together with the entries that allow and describe it. What an entry is to
//! the byte, and how it is proved, is [`transparency`]'s. It never reads for display.
//!
//! To add a kind of event: what [`transparency`] says, then its columns in `columns.rs`, and once more in
//! `inspect/column.rs`.
#![warn(missing_docs)]

mod accept;
mod accepted;
mod accounted;
mod append;
mod columns;
mod commit;
pub mod connection;
pub mod doctor;
mod entry;
pub mod export;
mod facts;
mod failing;
mod fit;
mod genesis;
mod head;
mod health;
pub mod inspect;
pub mod key_file;
mod lane;
pub mod leaves;
mod log;
pub mod notary;
mod pending;
pub mod prove;
mod receipt;
mod recording;
pub mod register_proof;
pub mod repair;
pub mod restore;
pub mod retain;
mod rows;
mod run;
mod sets;
mod shared;
mod stale;
mod state;
mod stored_event;
mod subtree;
pub mod tail;
#[cfg(feature = "testing")]
mod testing;
mod transact;
mod unrecorded;
mod writer;

#[cfg(test)]
mod tests;

pub use accept::AcceptError;
pub use connection::{
    Address, AddressError, Database, DatabaseError, MigrationState, OpenError, OpenOptions,
    OutOfLog, Snapshot, SnapshotError, Tx, UnsafeSetting,
};
pub use entry::EntryError;
pub use facts::WantedFacts;
pub use fit::Unfit;
pub use genesis::{Genesis, GenesisError};
pub use head::Fatal;
pub use health::Health;
pub use lane::Lane;
pub use log::{Log, LogError};
pub use pending::{Authorised, Depends, Pending};
pub use receipt::Receipt;
pub use rows::write_exactly;
pub use run::RunLease;
pub use shared::LogOptions;
pub use stale::EVERYTHING;
pub use state::{Astray, Registers, Telling};
pub use transact::{Effected, TransactError};
pub use unrecorded::SealError;

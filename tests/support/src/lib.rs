//! What the tests stand on: fresh databases of both kinds, the real binary as a process, tokens of a
//! test issuer, and a client that asserts.
//!
//! A crate of its own so that the unit tests of `src/`, the black-box tests of `tests/api` and those
//! of the member crates share it. It knows nothing of the service but its binary, its wire format and
//! its database URLs: whatever is under test is never also the judge.
//!
//! To run one test on both databases, write it once and list it:
//!
//! ```no_run
//! use test_support::{Backend, TestDatabase, both_backends};
//!
//! async fn an_empty_database_has_no_events(backend: Backend) {
//!     let database = TestDatabase::empty(backend);
//!     assert!(!database.url().is_empty());
//! }
//!
//! both_backends! {
//!     async an_empty_database_has_no_events;
//! }
//! # fn main() {}
//! ```
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

mod backend;
mod certificate;
mod client;
mod cluster;
mod database;
mod front;
mod issuer;
mod key_server;
mod own_postgres;
mod policies;
mod program;
mod region;
mod shape;
mod stream;
mod wire;

pub use backend::{Backend, block_on};
pub use client::{Client, Response};
pub use database::TestDatabase;
pub use front::{Front, configuration, free_address};
pub use issuer::Issuer;
pub use key_server::KeyServer;
pub use own_postgres::OwnPostgres;
pub use policies::{CLOSED, CLOSED_CASES, PolicyFolder};
pub use program::{Outcome, Program, Serving};
pub use region::{Holding, Region};
pub use shape::Shapes;
pub use stream::{Event, Stream};
pub use wire::{Proxy, Wire};

/// The maintenance database of the private PostgreSQL, for tests that make their databases themselves.
#[must_use]
pub fn postgres_url() -> String {
    cluster::Cluster::shared().url("postgres")
}

/// Whether long trials were asked for (`tests/run --soak`).
#[must_use]
pub fn soaking() -> bool {
    std::env::var_os("BEHORIG_SOAK").is_some_and(|value| value == "1")
}

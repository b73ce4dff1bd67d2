//! What the decision log is to the byte, and how anybody proves what it holds.
//!
//! A transparency log: events in canonical form, a Merkle tree over their bytes, checkpoints that are signed, proofs
//! between them, and bundles that are verified without a database, settings or trust in us. `FORMAT.md` beside this
//! says all of it to whoever writes another; `tests/verifier` has such another. Apart from `audit`, which keeps the
//! log in a database, so that what has to be read to check us can be read in an hour: nothing here knows of
//! databases, and nothing is read but the bytes that a caller hands in.
//!
//! From the ground up: [`canonical`] values and the [`slot`]s of what is personal; the [`fact`]s of decisions; the [`event`]s made of them and
//! the [`envelope`] that is hashed; the [`tree`] and its [`proof`]s; signed [`note`]s, the [`key`] that signs one, the
//! [`checkpoint`] that is one, and the [`keys`] that the log has introduced; the [`account`] that it gives of what was
//! done to it; [`bundle`]s, and [`register_proof`]s.
//!
//! To add a kind of event: describe its members in `FORMAT.md`, give it a struct in [`event`] and an encoding in
//! [`envelope`], a vector in `tests/format.rs`, and its columns in `audit`.
#![warn(missing_docs)]

pub mod account;
pub mod bundle;
pub mod canonical;
pub mod checkpoint;
pub mod envelope;
pub mod event;
pub mod fact;
#[cfg(any(test, feature = "testing"))]
pub mod fixture;
pub mod fold;
#[cfg(any(test, feature = "testing"))]
pub mod history;
pub mod key;
pub mod keys;
pub mod note;
pub mod proof;
pub mod register_proof;
pub mod slot;
pub mod state_root;
pub mod tree;
mod unproved;

#[cfg(test)]
mod tests;

//! Use cases: ask the gate, then the store.
#![warn(missing_docs)]

pub mod authorize;
mod budget;
pub mod bundle;
pub mod call;
pub mod change;
pub mod decisions;
pub mod edits;
pub mod effect;
pub mod error;
pub mod evidence;
pub mod export;
pub mod flags;
pub mod follow;
pub mod founding;
pub mod grants;
pub mod guardrails;
mod heads;
pub mod host;
pub mod idempotency;
pub mod import;
pub mod installation;
pub mod policies;
pub mod policy_diff;
pub mod policy_impact;
pub mod proofs;
pub mod register;
pub mod replay;
pub mod retention;
pub mod review;
pub mod rotation;
pub mod session;
pub mod sign_in;
pub mod stages;
pub mod trust;
pub mod turned;
mod turns;

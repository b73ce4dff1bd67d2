//! The types of the schema: each wraps what a use case returned and says what its fields mean.
//!
//! A field that crosses to another thing asks the gate again and is null where the caller may not see
//! that thing, just as where it is not there. How to add the type of a kind of thing stands with the kinds, in
//! [`domain::kind`].

pub mod decision;
pub mod evidence;
pub mod flag;
pub mod grant;
pub mod guardrail;
pub mod held;
pub mod impact;
pub mod log;
pub mod node;
pub mod organisation;
pub mod person;
pub mod proposal;
pub mod reason;
pub mod recorded;
pub mod register_proof;
pub mod replay;
pub mod review;
pub mod role;
pub mod server;
pub mod service;
pub mod system;
pub mod thing;
pub mod turned;
pub mod viewer;

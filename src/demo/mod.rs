//! What the demo shows: a small region, and the commands that show what the service does with it.
//!
//! Apart from the service, which knows nothing of it: the demo is a client with a feed and an issuer of
//! its own.

mod cast;
pub mod script;

pub use cast::{Cast, Clinician, Region, RegionError};

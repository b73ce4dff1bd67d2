//! Reads a provisioning feed: one JSON object a line, every line either a record or named problems.
//!
//! Pure and apart from the database, so that what a well-formed feed is can be read and tested in one
//! place. What needs the rest of the feed or the register (do the references lead anywhere?) is
//! checked in staging. Memory does not grow with the feed: one line is held at a time.
//!
//! How to add a kind of record stands with the kinds of things, in [`domain::kind`].
#![warn(missing_docs)]

pub mod draft;
mod fields;
mod form;
mod json;
mod kind;
mod mask;
mod parse;
mod problem;
mod reader;
pub mod record;

pub use kind::{Key, Kind};
pub use mask::shown;
pub use parse::parse;
pub use problem::{Bad, Problem, Told, said};
pub use reader::{Ending, Feed, Line, MAX_LINE, ReadError};
pub use record::{Content, Record, Trailer};

//! Black-box tests of the service over HTTP and its command line, and of what is checked in.
//!
//! One binary, so that it links once and shares its people and places. To add tests of a part: a
//! file named after it, listed below; databases, processes, tokens and clients are in the
//! `test-support` crate, what belongs to this service in [`support`].
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a panic is how a test fails, also outside a test function"
)]
#![expect(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::wildcard_enum_match_arm,
    reason = "tables and documents are put together from text; what is not expected is one arm"
)]

mod access_matrix;
mod auditor;
mod authentication;
mod authorize;
mod beside;
mod bundles;
mod checked_in;
mod choices;
mod command_line;
mod dates;
mod documents;
mod edits;
mod events;
mod evidence;
mod flood;
mod follow;
mod forms;
mod grants;
mod guardrails;
mod http;
mod import;
mod in_vain;
mod keys;
mod languages;
mod layers;
mod locale;
mod log;
mod network_zones;
mod next_step;
mod outage;
mod outside;
mod piped;
mod policies;
mod policy_cases;
mod proofs;
mod protected;
mod provision;
mod provisioning;
mod proxies;
mod readme;
mod refusals;
mod register;
mod register_proofs;
mod remote;
mod replay;
mod reviews;
mod schema;
mod search;
mod sign_in;
mod stages;
mod stopping;
mod support;
mod texts;
mod turned;
mod untold;
mod wire;

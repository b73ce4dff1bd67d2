//! Proof under pressure: the real binary killed, raced and overtaken, with the log as the judge.
//!
//! A test program of its own because it is slow and busies the machine: each test runs servers of its
//! own and pulls at them with many clients. `BEHORIG_SOAK=1` multiplies the tries. What happened is
//! read from the database's bytes, by a verifier that shares nothing with the service.
//!
//! To add a trial: a file here, an [`support::Installation`] to pull at, and [`support::Evidence`] to
//! look at afterwards.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::string_slice,
    reason = "a panic is how a test fails, and what was tried is shown to whoever asks"
)]

mod acceptance;
mod bundle;
mod crash;
mod import;
mod notary;
mod outage;
mod policies;
mod power;
mod processes;
mod races;
mod register;
mod restarts;
mod retention;
mod support;
mod tamper;

//! Behörig decides who may do what in a healthcare region's systems, and can prove every decision
//! it ever made.
//!
//! Nothing reaches the register without a permit; a permit exists only where the policies allowed;
//! and no answer leaves the process before the decision behind it is on disk.
#![warn(missing_docs)]

pub mod audit;
pub mod authn;
pub mod clock;
pub mod command;
pub mod config;
pub mod demo;
pub mod domain;
pub mod feed;
pub mod gate;
pub mod graphql;
pub mod http;
pub mod policy;
pub mod service;
pub mod store;
pub mod telemetry;

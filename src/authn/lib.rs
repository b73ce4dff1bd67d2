//! Who is calling: a bearer token becomes a [`Claimant`], or a typed refusal.
//!
//! Apart from everything that knows the register or the wire, so that what a token proves can be read
//! and tested by itself: no database, no HTTP server, time as an input. Only this module makes a
//! [`Claimant`]; whether the one it names may do anything is for others to find out.
//!
//! To accept another kind of claim: a field of [`IssuerSettings`], read in `claims`, and a test with a
//! signed token for each way in which it can be wrong.
#![warn(missing_docs)]

mod claimant;
mod claims;
mod discovery;
mod fetch;
mod issuer;
mod key_error;
mod keys;
mod members;
mod refused;
mod settings;
mod verifier;

pub use claimant::{Claimant, Fingerprint, Subject};
pub use claims::is_multi_factor;
pub use fetch::check_authorities;
pub use issuer::{DEMO_LEVELS, DemoIssuer, DemoIssuerError, TokenOrder};
pub use key_error::KeyError;
pub use keys::check_key_set;
pub use refused::TokenError;
pub use settings::{
    Algorithm, BUILT_IN_LEVELS, BUILT_IN_METHODS, ClientAuthentication, IssuerSettings, KeySource,
    KeySourceError, Method, ServiceMarker, TokenSettings,
};
pub use verifier::Verifier;

#[cfg(test)]
mod tests;

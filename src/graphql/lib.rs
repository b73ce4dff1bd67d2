//! GraphQL: translation between the schema and the use cases.
//!
//! A resolver is about three lines: call the use case with the session and typed values, wrap what it
//! returns. Apart from `http`, which knows nothing of types, and from `service`, which knows nothing of
//! fields. To add a type: `object`; a list: `filter` and `list`; a change: `mutation`; what is told as it
//! happens: `subscription`.
#![warn(missing_docs)]

pub mod document;
pub mod errors;
pub mod execute;
pub mod executor;
pub mod failure;
pub mod filter;
pub mod kinds;
pub mod limits;
mod line_index;
pub mod list;
pub mod mutation;
pub mod object;
pub mod page;
pub mod query;
mod reach;
pub mod scalar;
pub mod spoken;
pub mod subscription;
pub mod surroundings;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_graphql::{Schema, ValidationMode};

use document::{Documents, SchemaError};
use executor::Runnable;
use limits::Limits;
use mutation::MutationRoot;
use page::Cursors;
use query::QueryRoot;
use subscription::SubscriptionRoot;

/// A schema that is served: what resolves, and what prepares requests to it.
#[derive(Clone)]
pub struct Api {
    pub(crate) runs: Arc<dyn Runnable>,
    pub(crate) documents: Arc<Documents>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

fn served(cursors: Cursors) -> Schema<QueryRoot, MutationRoot, SubscriptionRoot> {
    // Requests come prepared: valid, within the limits.
    Schema::build(QueryRoot::default(), MutationRoot, SubscriptionRoot)
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(usize::MAX)
        .data(cursors)
        .finish()
}

/// The schema within limits, with cursors under a key; without introspection it does not tell what it is.
///
/// # Errors
/// When the schema is not valid.
pub fn schema(limits: Limits, cursors: Cursors, introspection: bool) -> Result<Api, SchemaError> {
    let served = served(cursors);
    let documents = Documents::new(&Runnable::sdl(&served), limits, introspection)?;
    Ok(Api {
        runs: Arc::new(served),
        documents: Arc::new(documents),
    })
}

/// The schema's text.
#[must_use]
pub fn sdl() -> String {
    Runnable::sdl(&served(Cursors::new([0; 32])))
}

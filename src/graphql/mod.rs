//! GraphQL: translation between the schema and the use cases.
//!
//! A resolver is about three lines: call the use case with the session and typed values, wrap what it
//! returns. Apart from `http`, which knows nothing of types, and from `service`, which knows nothing of
//! fields. To add a type: `object`; a list: `list`; a change: `mutation`; what is told as it
//! happens: `subscription`.

pub mod errors;
pub mod execute;
pub mod executor;
pub mod failure;
pub mod language;
pub mod limits;
pub mod list;
pub mod mutation;
pub mod node;
pub mod object;
pub mod page;
pub mod query;
mod reach;
pub mod scalar;
pub mod subscription;

#[cfg(test)]
mod tests;

use async_graphql::Schema;

use errors::Coded;
use executor::Runnable;
use limits::{Limited, Limits};
use mutation::MutationRoot;
use page::Cursors;
use query::QueryRoot;
use subscription::SubscriptionRoot;

/// The schema.
pub type ApiSchema = Schema<QueryRoot, MutationRoot, SubscriptionRoot>;

/// The schema within limits, with cursors under a key; without introspection it does not tell what it is.
#[must_use]
pub fn schema(limits: Limits, cursors: Cursors, introspection: bool) -> ApiSchema {
    let builder = Schema::build(QueryRoot::default(), MutationRoot, SubscriptionRoot)
        .extension(Coded)
        .extension(Limited(limits))
        .limit_depth(limits.depth)
        .limit_directives(limits.directives)
        .disable_suggestions()
        .data(cursors);
    if introspection {
        builder
    } else {
        builder.disable_introspection()
    }
    .finish()
}

/// The schema's text.
#[must_use]
pub fn sdl() -> String {
    Runnable::sdl(&schema(Limits::default(), Cursors::new([0; 32]), true))
}

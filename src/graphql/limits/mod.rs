//! No document costs more than the published limits, whatever it looks like, and finding out is linear.
//!
//! Apart because the library's own limits walk a document as it would be expanded: a thousand bytes of
//! fragments that spread each other twice keep them busy for seconds. Here the text is measured before
//! it is parsed, and every fragment is measured once. To add a limit: a field of [`Limits`], a check
//! here, an attack in the tests, and its line in what `http` publishes.

mod document;
mod price;
mod text;

use async_graphql::{Name, Pos, ServerError, Value};
use serde::Serialize;

use super::errors::{ErrorCode, says};
pub(super) use document::measure;
pub(super) use price::price;
pub(super) use text::measure_text;

use domain::Words;

/// How big and how dear a document may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Words and signs in the text.
    pub tokens: usize,
    /// How deep brackets may stand in each other, and selection sets with their fragments.
    pub nesting: usize,
    /// Selections, with every fragment counted where it is spread.
    pub selections: usize,
    /// Fields of the root, with fragments counted where they are spread.
    pub root_fields: usize,
    /// Fields in fields.
    pub depth: usize,
    /// Directives of one field, spread, fragment or operation.
    pub directives: usize,
    /// What the fields' prices may add up to.
    pub complexity: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tokens: 20_000,
            nesting: 48,
            selections: 2_000,
            root_fields: 50,
            depth: 16,
            directives: 5,
            complexity: 5_000,
        }
    }
}

fn too_large(said: Words, at: Option<Pos>) -> ServerError {
    says(ErrorCode::QueryTooLarge, said, at)
}

fn too_complex(said: Words, at: Option<Pos>) -> ServerError {
    says(ErrorCode::QueryTooComplex, said, at)
}

/// What a document comes to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Selections, with every fragment counted where it is spread.
    pub selections: usize,
    /// Fields in fields.
    pub depth: usize,
    /// What its fields have the service do.
    pub complexity: usize,
}

impl Cost {
    /// What was used, and how much there may be.
    #[must_use]
    pub fn told(&self, limits: &Limits) -> Value {
        let entry = |name: &str, used: usize, limit: usize| {
            let pair = [
                (Name::new("used"), Value::from(used)),
                (Name::new("limit"), Value::from(limit)),
            ];
            (Name::new(name), Value::Object(pair.into()))
        };
        let entries = [
            entry("selections", self.selections, limits.selections),
            entry("depth", self.depth, limits.depth),
            entry("complexity", self.complexity, limits.complexity),
        ];
        Value::Object(entries.into())
    }
}

#[cfg(test)]
mod tests;

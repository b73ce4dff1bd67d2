//! No document costs more than the published limits, whatever it looks like, and finding out is linear.
//!
//! Apart because the library's own limits walk a document as it would be expanded: a thousand bytes of
//! fragments that spread each other twice keep them busy for seconds. Here the text is measured before
//! it is parsed, and every fragment is measured once. To add a limit: a field of [`Limits`], a check
//! here, an attack in the tests, and its line in what `http` publishes.

mod document;
mod price;
mod text;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::async_trait::async_trait;
use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextPrepareRequest, NextRequest, NextValidation,
};
use async_graphql::parser::types::{OperationType, Selection};
use async_graphql::{
    Name, Pos, Positioned, Request, Response, ServerError, ServerResult, ValidationResult, Value,
};
use serde::Serialize;

use super::errors::{ErrorCode, error, parse_failed};
use document::measure;
use price::price;
use text::measure_text;

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

fn too_large(message: String, at: Option<Pos>) -> ServerError {
    error(ErrorCode::QueryTooLarge, message, at)
}

fn too_complex(message: String, at: Option<Pos>) -> ServerError {
    error(ErrorCode::QueryTooComplex, message, at)
}

/// What kind of operation a request asks for; `None` when its document has none of that name.
///
/// # Errors
/// When the text is too big or too deep to be parsed, or is not GraphQL.
pub fn operation_type(
    request: &mut Request,
    limits: &Limits,
) -> ServerResult<Option<OperationType>> {
    measure_text(&request.query, limits)?;
    let wanted = request.operation_name.clone();
    let document = request.parsed_query().map_err(parse_failed)?;
    let mut found = document
        .operations
        .iter()
        .filter(|(name, _)| wanted.is_none() || name.map(Name::as_str) == wanted.as_deref())
        .map(|(_, operation)| operation.node.ty);
    Ok(match (found.next(), found.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    })
}

/// Whether the operation that a request asks for only asks for decisions about others.
pub fn only_asks(request: &mut Request) -> bool {
    let wanted = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else {
        return false;
    };
    let mut operations = document.operations.iter();
    let found = operations
        .find(|(name, _)| wanted.is_none() || name.map(Name::as_str) == wanted.as_deref());
    let Some((_, operation)) = found else {
        return false;
    };
    let asks = |selection: &Positioned<Selection>| match &selection.node {
        Selection::Field(field) => ASKING.contains(&field.node.name.node.as_str()),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
    };
    let root = &operation.node.selection_set.node.items;
    operation.node.ty == OperationType::Mutation && root.iter().all(asks)
}

/// What governed systems ask by.
const ASKING: [&str; 2] = ["authorize", "authorizeMany"];

/// The schema extension that refuses a document beyond the limits before the library looks at it, and
/// says in `extensions.cost` what was used. Register it after [`super::errors::Coded`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Limited(pub Limits);

impl ExtensionFactory for Limited {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Meter {
            limits: self.0,
            selections: AtomicUsize::new(0),
            complexity: AtomicUsize::new(0),
            depth: AtomicUsize::new(0),
        })
    }
}

struct Meter {
    limits: Limits,
    selections: AtomicUsize,
    complexity: AtomicUsize,
    depth: AtomicUsize,
}

impl Meter {
    fn cost(&self) -> Value {
        let entry = |name: &str, used: &AtomicUsize, limit: usize| {
            let pair = [
                (Name::new("used"), Value::from(used.load(Ordering::Relaxed))),
                (Name::new("limit"), Value::from(limit)),
            ];
            (Name::new(name), Value::Object(pair.into_iter().collect()))
        };
        Value::Object(
            [
                entry("selections", &self.selections, self.limits.selections),
                entry("depth", &self.depth, self.limits.depth),
                entry("complexity", &self.complexity, self.limits.complexity),
            ]
            .into_iter()
            .collect(),
        )
    }
}

#[async_trait]
impl Extension for Meter {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let response = next.run(ctx).await;
        if self.selections.load(Ordering::Relaxed) == 0 {
            return response;
        }
        response.extension("cost", self.cost())
    }

    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let mut request = next.run(ctx, request).await?;
        measure_text(&request.query, &self.limits)?;
        let operation = request.operation_name.clone();
        let variables = std::mem::take(&mut request.variables);
        let document = request.parsed_query().map_err(parse_failed)?;
        let selections = measure(document, &self.limits)?;
        self.selections.store(selections, Ordering::Relaxed);
        let registry = &ctx.schema_env.registry;
        let price = price(document, operation.as_deref(), &variables, registry);
        self.complexity.store(price.total, Ordering::Relaxed);
        if price.total > self.limits.complexity {
            return Err(price.refusal(self.limits.complexity));
        }
        request.variables = variables;
        Ok(request)
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(ctx).await?;
        self.depth.store(result.depth, Ordering::Relaxed);
        Ok(result)
    }
}

#[cfg(test)]
mod tests;

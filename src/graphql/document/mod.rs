//! What a request asks for, once it is known to be valid: parsed, measured, validated and coerced as the
//! specification says (September 2025, sections 5 and 6), before anything is decided.
//!
//! Apart from what resolves, whose library takes much that the specification refuses, and answers in
//! another form. A library that follows the specification judges the document and its variables; here is
//! what it does not know: limits, `@oneOf`, keys that stand twice, scalars of our own, and where in the
//! input something is wrong. Nothing is resolved but a [`Prepared`], and every answer is built by it. What
//! is found out from the text alone is kept, for the texts that are asked most.

mod found;
mod reading;
mod spelled;
mod turned;
mod uses;
mod values;
mod wanted;

use std::sync::Arc;

use apollo_compiler::ast;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Node, Schema, executable::Operation};
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types as run;
use async_graphql::{Name, Positioned, Request, Response, ServerError, Value};
use serde::Deserialize as _;

use super::errors::{ErrorCode, says, told};
use super::limits::{Cost, Limits, price};
use super::line_index::LineIndex;
use domain::Words;
use domain::speaks::{Speaks, verbatim, words};
use reading::{Read, Readings};
use turned::Turner;
use values::{CoercionError, Given, Reader};
use wanted::{Builder, Wanted};

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The document.
    pub query: String,
    /// Which of its operations; `None`: the only one.
    pub operation_name: Option<String>,
    /// The values of its variables.
    pub variables: serde_json::Map<String, serde_json::Value>,
}

#[cfg(test)]
impl Asked {
    /// The only operation of a document, with variables.
    pub(crate) fn of(query: &str, variables: serde_json::Value) -> Self {
        let serde_json::Value::Object(variables) = variables else {
            panic!("variables are an object")
        };
        Self {
            query: query.to_owned(),
            operation_name: None,
            variables,
        }
    }
}

/// Why a schema cannot be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", self.words())]
pub struct SchemaError(String);

impl Speaks for SchemaError {
    fn words(&self) -> Words {
        words!(
            "the schema is not valid: {what}",
            "Schemat är inte giltigt. Orsak: {what}",
            what = verbatim(&self.0)
        )
    }
}

/// Prepares requests to one schema.
#[derive(Debug)]
pub struct Documents {
    schema: Arc<Valid<Schema>>,
    limits: Limits,
    readings: Readings,
}

/// The library's schema of the schema is of October 2021.
const SINCE_2021: &str = "extend type __Type { isOneOf: Boolean }";

impl Documents {
    /// What prepares requests to the schema of that text; without introspection, none about the schema.
    ///
    /// # Errors
    /// When the schema is not valid.
    pub fn new(sdl: &str, limits: Limits, introspection: bool) -> Result<Self, SchemaError> {
        let text = format!("{sdl}\n{SINCE_2021}\n");
        let schema = Schema::parse_and_validate(text, "schema.graphql");
        let schema = schema.map_err(|invalid| SchemaError(invalid.errors.to_string()))?;
        let schema = Arc::new(schema);
        Ok(Self {
            readings: Readings::new(Arc::clone(&schema), limits, introspection),
            schema,
            limits,
        })
    }

    /// The operation that is asked for, ready to be carried out.
    ///
    /// # Errors
    /// What is wrong with it; nothing of it is carried out.
    pub fn prepare(&self, asked: &Asked) -> Result<Prepared, Vec<ServerError>> {
        let read = self.readings.read(&asked.query)?;
        let operation = read.operation(asked.operation_name.as_deref())?;
        let values = self.variables(&read, operation, asked)?;
        let given = Given {
            defined: &operation.variables,
            values: &values,
        };
        let turner = Turner::new(&self.schema, &read.document, &read.lines, given);
        let root = &operation.selection_set;
        let (set, wanted) = turner
            .root(root)
            .map_err(|problems| read.refused(&problems))?;
        let at = read.lines.at(operation.location());
        let price = price(&set, &root.ty, &self.schema);
        if price.total > self.limits.complexity {
            return Err(vec![price.refusal(self.limits.complexity)]);
        }
        let kind = match operation.operation_type {
            ast::OperationType::Query => run::OperationType::Query,
            ast::OperationType::Mutation => run::OperationType::Mutation,
            ast::OperationType::Subscription => run::OperationType::Subscription,
        };
        Ok(Prepared {
            schema: Arc::clone(&self.schema),
            kind,
            root: root.ty.to_string(),
            operation: Positioned::new(
                run::OperationDefinition {
                    ty: kind,
                    variable_definitions: Vec::new(),
                    directives: Vec::new(),
                    selection_set: Positioned::new(set, at),
                },
                at,
            ),
            wanted,
            cost: Cost {
                complexity: price.total,
                ..read.cost
            },
            limits: self.limits,
        })
    }

    fn variables(
        &self,
        read: &Read,
        operation: &Node<Operation>,
        asked: &Asked,
    ) -> Result<IndexMap<Name, Value>, Vec<ServerError>> {
        let mut reader = Reader::new(&self.schema, None);
        let mut values = IndexMap::with_capacity(operation.variables.len());
        for defined in &operation.variables {
            let given = asked.variables.get(defined.name.as_str());
            if let Some(value) = reader.variable(defined, given) {
                values.insert(Name::new(&defined.name), value);
            }
        }
        if !reader.problems.is_empty() {
            let problems = reader.problems.into_iter();
            let placed = problems.map(|problem| uses::placed(problem, read, operation));
            return Err(read.refused(&placed.collect::<Vec<_>>()));
        }
        let judged = JsonMap::deserialize(&asked.variables)
            .is_ok_and(|sent| coerce_variable_values(&self.schema, operation, &sent).is_ok());
        if judged {
            Ok(values)
        } else {
            tracing::warn!("the variables of a request are judged in two ways");
            let said = Words::new(
                "the variables do not fit the operation",
                "Variablerna passar inte åtgärden.",
            );
            Err(vec![says(ErrorCode::BadUserInput, said, None)])
        }
    }
}

/// An operation that is valid, with its values.
#[derive(Debug)]
pub struct Prepared {
    schema: Arc<Valid<Schema>>,
    kind: run::OperationType,
    root: String,
    operation: Positioned<run::OperationDefinition>,
    wanted: Wanted,
    cost: Cost,
    limits: Limits,
}

/// What governed systems ask by.
const ASKING: [&str; 2] = ["authorize", "authorizeMany"];

impl Prepared {
    /// What kind of operation it is.
    #[must_use]
    pub fn kind(&self) -> run::OperationType {
        self.kind
    }

    /// Whether it only asks for decisions about others.
    #[must_use]
    pub fn only_asks(&self) -> bool {
        let root = &self.operation.node.selection_set.node;
        let asks = |selection: &Positioned<run::Selection>| match &selection.node {
            run::Selection::Field(field) => ASKING.contains(&field.node.name.node.as_str()),
            run::Selection::FragmentSpread(_) | run::Selection::InlineFragment(_) => false,
        };
        self.kind == run::OperationType::Mutation && root.items.iter().all(asks)
    }

    /// What it comes to.
    #[must_use]
    pub const fn cost(&self) -> Cost {
        self.cost
    }

    /// The request that carries it out.
    #[must_use]
    pub fn request(&self) -> Request {
        let mut request = Request::new("");
        request.set_parsed_query(run::ExecutableDocument {
            operations: run::DocumentOperations::Single(self.operation.clone()),
            fragments: std::collections::HashMap::new(),
        });
        request
    }

    /// The answer, of the form that was asked for, from what was resolved.
    #[must_use]
    pub fn answer(&self, resolved: Response) -> Response {
        let mut response = resolved;
        let ran = response.errors.is_empty()
            || response.data != Value::Null
            || response.errors.iter().any(|error| !error.path.is_empty());
        if ran {
            let mut builder = Builder::new(&self.schema, &response.errors);
            let data = std::mem::take(&mut response.data);
            response.data = builder.data(data, &self.wanted, &self.root);
            response.errors.append(&mut builder.unsaid);
        }
        let set = &self.operation.node.selection_set.node;
        let response = told(response, |error, value| uses::argument(set, error, value));
        match self.kind {
            // What is followed is paid for once, not by each answer.
            run::OperationType::Subscription => response,
            run::OperationType::Query | run::OperationType::Mutation => {
                response.extension("cost", self.cost.told(&self.limits))
            }
        }
    }
}

/// Problems with values as errors.
fn refusals(problems: &[CoercionError], lines: &LineIndex) -> Vec<ServerError> {
    let refusal = |problem: &CoercionError| {
        let said = problem.said.clone();
        let mut refusal = says(ErrorCode::BadUserInput, said, Some(lines.at(problem.at)));
        let extensions = refusal.extensions.get_or_insert_default();
        extensions.set("inputPath", problem.path.clone());
        refusal
    };
    problems.iter().map(refusal).collect()
}

#[cfg(test)]
mod tests;

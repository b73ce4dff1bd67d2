//! Texts that are read: within the limits, GraphQL, and valid in this schema. What was found out is kept
//! for texts that come again.

use std::sync::{Arc, Mutex, PoisonError};

use apollo_compiler::ast::Document;
use apollo_compiler::diagnostic::ToCliReport as _;
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::{DiagnosticList, Valid, WithErrors};
use apollo_compiler::{Node, Schema};
use async_graphql::{Pos, ServerError};
use hashlink::LruCache;

use super::found;
use super::refusals;
use super::values::{CoercionError, Reader};
use crate::errors::{ErrorCode, MAX_ERRORS, says};
use crate::limits::{Cost, Limits, measure, measure_text};
use crate::line_index::LineIndex;
use domain::Words;

/// How many texts are kept.
const KEPT: usize = 512;
/// The longest that is kept, in bytes.
const LONGEST: usize = 16 * 1024;

/// A text that was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) document: Valid<ExecutableDocument>,
    pub(super) lines: LineIndex,
    /// What is known of its cost without its variables.
    pub(super) cost: Cost,
}

impl Read {
    /// The operation of that name, or the only one.
    pub(super) fn operation(
        &self,
        name: Option<&str>,
    ) -> Result<&Node<Operation>, Vec<ServerError>> {
        self.document.operations.get(name).map_err(|_| {
            let said = if name.is_some() {
                Words::new(
                    "the document has no operation of the name that was asked for",
                    "Dokumentet har ingen åtgärd med det namn som angavs.",
                )
            } else if self.document.operations.is_empty() {
                Words::new(
                    "the document has no operation",
                    "Dokumentet har ingen åtgärd.",
                )
            } else {
                Words::new(
                    "the document has several operations: say which with `operationName`",
                    "Dokumentet har flera åtgärder. Ange vilken med `operationName`.",
                )
            };
            vec![says(ErrorCode::BadRequest, said, None)]
        })
    }

    pub(super) fn refused(&self, problems: &[CoercionError]) -> Vec<ServerError> {
        refusals(problems, &self.lines)
    }
}

/// Reads texts, and keeps what it has read.
#[derive(Debug)]
pub(super) struct Readings {
    schema: Arc<Valid<Schema>>,
    limits: Limits,
    introspection: bool,
    kept: Mutex<LruCache<Box<str>, Arc<Read>>>,
}

impl Readings {
    pub(super) fn new(schema: Arc<Valid<Schema>>, limits: Limits, introspection: bool) -> Self {
        Self {
            schema,
            limits,
            introspection,
            kept: Mutex::new(LruCache::new(KEPT)),
        }
    }

    pub(super) fn read(&self, text: &str) -> Result<Arc<Read>, Vec<ServerError>> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = kept().get(text) {
            return Ok(Arc::clone(read));
        }
        let read = Arc::new(self.read_anew(text)?);
        if text.len() <= LONGEST {
            kept().insert(text.into(), Arc::clone(&read));
        }
        Ok(read)
    }

    fn read_anew(&self, text: &str) -> Result<Read, Vec<ServerError>> {
        let limits = &self.limits;
        measure_text(text, limits).map_err(|error| vec![error])?;
        let lines = LineIndex::of(text);
        // What nests deeper has just been refused; its own limits are so wide that they are never met.
        let mut parser = Parser::new()
            .recursion_limit(limits.nesting.saturating_mul(8))
            .token_limit(usize::MAX);
        let parsed = parser.parse_ast(text, "document.graphql");
        let parsed = parsed.map_err(|failed| not_graphql(&failed.errors, &lines))?;
        let measured = measure(&parsed, limits, &lines).map_err(|error| vec![error])?;
        let document = self.valid(&parsed, &lines)?;
        Ok(Read {
            document,
            lines,
            cost: Cost {
                selections: measured.selections,
                depth: measured.depth,
                complexity: 0,
            },
        })
    }

    fn valid(
        &self,
        parsed: &Document,
        lines: &LineIndex,
    ) -> Result<Valid<ExecutableDocument>, Vec<ServerError>> {
        let built = parsed.to_executable(&self.schema);
        let document = built.map_err(|failed| invalid(&failed, lines))?;
        let mut looking = Looking {
            reader: Reader::new(&self.schema, None),
            lines,
            introspection: Vec::new(),
        };
        for operation in document.operations.iter() {
            for defined in &operation.variables {
                if defined.default_value.is_some() {
                    looking.reader.variable(defined, None);
                }
            }
            looking.set(&operation.selection_set);
        }
        for fragment in document.fragments.values() {
            looking.set(&fragment.selection_set);
        }
        if let (false, Some(at)) = (self.introspection, looking.introspection.first()) {
            let said = Words::new("the schema is not told here", "Schemat visas inte här.");
            let at = Some(*at);
            return Err(vec![says(ErrorCode::GraphqlValidationFailed, said, at)]);
        }
        if !looking.reader.problems.is_empty() {
            return Err(refusals(&looking.reader.problems, lines));
        }
        let judged = document.validate(&self.schema);
        judged.map_err(|failed| invalid(&failed, lines))
    }
}

/// Looks at everything that is selected, wherever it is spread.
struct Looking<'a> {
    reader: Reader<'a>,
    /// Where the schema is asked about.
    introspection: Vec<Pos>,
    lines: &'a LineIndex,
}

impl Looking<'_> {
    fn set(&mut self, set: &SelectionSet) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    let definition = &field.definition;
                    self.reader
                        .arguments(&definition.arguments, &field.arguments);
                    if matches!(field.name.as_str(), "__schema" | "__type") {
                        let at = self.lines.at(field.location());
                        self.introspection.push(at);
                    }
                    self.set(&field.selection_set);
                }
                Selection::InlineFragment(inline) => self.set(&inline.selection_set),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}

/// Where a text stops being GraphQL. What the library says of it repeats words of the text, so it is not told.
fn not_graphql(errors: &DiagnosticList, lines: &LineIndex) -> Vec<ServerError> {
    let first = errors.iter().next();
    let at = lines.at(first.and_then(|first| first.error.location()));
    let Pos { line, column } = at;
    let said = Words::made(
        format!(
            "the document is not GraphQL: it cannot be read from line {line}, column {column} on"
        ),
        format!(
            "Dokumentet är inte GraphQL: det går inte att läsa från rad {line}, tecken {column}."
        ),
    );
    vec![says(ErrorCode::GraphqlParseFailed, said, Some(at))]
}

/// What does not fit the schema, each with its place.
fn invalid(failed: &WithErrors<ExecutableDocument>, lines: &LineIndex) -> Vec<ServerError> {
    let found = failed.errors.iter().take(MAX_ERRORS).map(|found| {
        let span = found.error.location();
        let said = found::said(&found, span, &failed.partial);
        let at = Some(lines.at(span));
        says(ErrorCode::GraphqlValidationFailed, said, at)
    });
    found.collect()
}

//! The measure of a parsed document: every fragment once, wherever it is spread.

use std::collections::HashMap;

use apollo_compiler::Node;
use apollo_compiler::ast::{
    Definition, DirectiveList, Document, Field, FragmentDefinition, OperationDefinition,
    OperationType, Selection,
};
use apollo_compiler::parser::SourceSpan;
use async_graphql::ServerError;

use super::{Limits, too_complex, too_large};
use crate::errors::{ErrorCode, says};
use crate::line_index::LineIndex;
use domain::Words;
use domain::speaks::words;

/// What a selection set comes to when every spread in it is expanded.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    selections: usize,
    root_fields: usize,
    depth: usize,
    nesting: usize,
}

impl Size {
    fn beside(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            root_fields: self.root_fields.saturating_add(other.root_fields),
            depth: self.depth.max(other.depth),
            nesting: self.nesting.max(other.nesting),
        }
    }
}

/// What a whole document comes to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Measured {
    pub(crate) selections: usize,
    pub(crate) depth: usize,
}

enum Known {
    Open,
    Done(Size),
}

type At = Option<SourceSpan>;

struct Ruler<'a> {
    fragments: HashMap<&'a str, &'a Node<FragmentDefinition>>,
    limits: &'a Limits,
    lines: &'a LineIndex,
    known: HashMap<&'a str, Known>,
}

impl<'a> Ruler<'a> {
    fn set(&mut self, set: &'a [Selection], level: usize, at: At) -> Result<Size, ServerError> {
        if level > self.limits.nesting {
            return Err(self.nested(at));
        }
        let mut total = Size::default();
        for selection in set {
            total = total.beside(self.selection(selection, level)?);
            if total.selections > self.limits.selections {
                return Err(self.selections(selection.location()));
            }
        }
        total.nesting += 1;
        if level + total.nesting > self.limits.nesting + 1 {
            return Err(self.nested(at));
        }
        Ok(total)
    }

    fn selection(&mut self, selection: &'a Selection, level: usize) -> Result<Size, ServerError> {
        let at = selection.location();
        let inner = match selection {
            Selection::Field(field) => {
                self.directives(&field.directives, at)?;
                return self.field(field, at, level);
            }
            Selection::InlineFragment(inline) => {
                self.directives(&inline.directives, at)?;
                self.set(&inline.selection_set, level + 1, at)?
            }
            Selection::FragmentSpread(spread) => {
                self.directives(&spread.directives, at)?;
                self.fragment(&spread.fragment_name, level + 1, at)?
            }
        };
        Ok(Size {
            selections: inner.selections.saturating_add(1),
            ..inner
        })
    }

    fn field(&mut self, field: &'a Field, at: At, level: usize) -> Result<Size, ServerError> {
        let inner = if field.selection_set.is_empty() {
            Size::default()
        } else {
            self.set(&field.selection_set, level + 1, at)?
        };
        Ok(Size {
            selections: inner.selections.saturating_add(1),
            root_fields: usize::from(!field.name.starts_with("__")),
            depth: inner.depth + 1,
            nesting: inner.nesting,
        })
    }

    fn fragment(&mut self, name: &'a str, level: usize, at: At) -> Result<Size, ServerError> {
        match self.known.get(name) {
            Some(Known::Open) => {
                let said = Words::new(
                    "the fragment spreads itself, by itself or by others: break the ring",
                    "Fragmentet använder sig självt, direkt eller genom andra. Bryt ringen.",
                );
                return Err(self.invalid(said, at));
            }
            Some(Known::Done(size)) if level + size.nesting > self.limits.nesting + 1 => {
                return Err(self.nested(at));
            }
            Some(Known::Done(size)) => return Ok(*size),
            None => {}
        }
        // A spread of what is not defined is the validator's to refuse.
        let Some(fragment) = self.fragments.get(name).copied() else {
            return Ok(Size::default());
        };
        self.directives(&fragment.directives, fragment.location())?;
        self.known.insert(name, Known::Open);
        let size = self.set(&fragment.selection_set, level, fragment.location())?;
        self.known.insert(name, Known::Done(size));
        Ok(size)
    }

    fn operation(&mut self, operation: &'a Node<OperationDefinition>) -> Result<Size, ServerError> {
        let at = operation.location();
        self.directives(&operation.directives, at)?;
        for variable in &operation.variables {
            self.directives(&variable.directives, variable.location())?;
        }
        let size = self.set(&operation.selection_set, 1, at)?;
        if size.root_fields > self.limits.root_fields {
            let most = self.limits.root_fields;
            let said = words!(
                "the operation has more than {most} root fields: ask in several requests",
                "Åtgärden har fler än {most} fält i roten. Fråga i flera anrop.",
                most
            );
            return Err(too_large(said, Some(self.lines.at(at))));
        }
        if size.depth > self.limits.depth {
            let most = self.limits.depth;
            let said = words!(
                "fields are nested deeper than {most}: ask in several requests",
                "Fälten har fler nivåer än {most}. Fråga i flera anrop.",
                most
            );
            return Err(too_complex(said, Some(self.lines.at(at))));
        }
        if operation.operation_type == OperationType::Mutation && size.root_fields > 1 {
            let said = Words::new(
                "a mutation has exactly one root field, as each effect is recorded by itself: send the others by themselves",
                "En mutation har exakt ett fält i roten, eftersom varje ändring loggas för sig. Skicka de andra för sig.",
            );
            return Err(self.invalid(said, at));
        }
        if operation.operation_type == OperationType::Subscription
            && !is_one_plain_field(&operation.selection_set)
        {
            let said = Words::new(
                "a subscription has exactly one root field, named in it and without directives: leave the rest out",
                "En prenumeration har exakt ett fält i roten, med eget namn och utan direktiv. Ta bort resten.",
            );
            return Err(self.invalid(said, at));
        }
        Ok(size)
    }

    fn directives(&self, directives: &DirectiveList, at: At) -> Result<(), ServerError> {
        let most = self.limits.directives;
        if directives.len() <= most {
            return Ok(());
        }
        let said = words!(
            "more than {most} directives stand in one place: leave some out",
            "Fler än {most} direktiv står på ett ställe. Ta bort några.",
            most
        );
        Err(too_complex(said, Some(self.lines.at(at))))
    }

    fn invalid(&self, said: Words, at: At) -> ServerError {
        let at = Some(self.lines.at(at));
        says(ErrorCode::GraphqlValidationFailed, said, at)
    }

    fn nested(&self, at: At) -> ServerError {
        let most = self.limits.nesting;
        let said = words!(
            "selections and fragments are nested deeper than {most}: ask in several requests",
            "Urval och fragment har fler nivåer än {most}. Fråga i flera anrop.",
            most
        );
        too_complex(said, Some(self.lines.at(at)))
    }

    fn selections(&self, at: At) -> ServerError {
        let most = self.limits.selections;
        let said = words!(
            "the document expands to more than {most} selections: ask for less",
            "Dokumentet blir fler än {most} fält när fragmenten räknas in. Fråga efter mindre.",
            most
        );
        too_large(said, Some(self.lines.at(at)))
    }
}

/// Whether a subscription is one, and says which where everybody looks.
fn is_one_plain_field(root: &[Selection]) -> bool {
    match root {
        [Selection::Field(field)] => !field.name.starts_with("__") && field.directives.is_empty(),
        _ => false,
    }
}

/// What a document within the limits comes to.
pub(crate) fn measure(
    document: &Document,
    limits: &Limits,
    lines: &LineIndex,
) -> Result<Measured, ServerError> {
    let fragments = document.definitions.iter().filter_map(|definition| {
        let fragment = definition.as_fragment_definition()?;
        Some((fragment.name.as_str(), fragment))
    });
    let mut ruler = Ruler {
        fragments: fragments.collect(),
        limits,
        lines,
        known: HashMap::new(),
    };
    let mut measured = Measured::default();
    let operations = document.definitions.iter();
    for operation in operations.filter_map(Definition::as_operation_definition) {
        let size = ruler.operation(operation)?;
        measured.selections = measured.selections.saturating_add(size.selections);
        measured.depth = measured.depth.max(size.depth);
        if measured.selections > limits.selections {
            return Err(ruler.selections(operation.location()));
        }
    }
    // Fragments that nothing spreads are still walked by the validator.
    let names: Vec<_> = ruler.fragments.keys().copied().collect();
    for name in names {
        let unused = !ruler.known.contains_key(name);
        let size = ruler.fragment(name, 1, None)?;
        if unused {
            measured.selections = measured.selections.saturating_add(size.selections);
        }
    }
    if measured.selections > limits.selections {
        return Err(ruler.selections(None));
    }
    Ok(measured)
}

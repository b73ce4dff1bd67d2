//! The measure of a parsed document: every fragment once, wherever it is spread.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationType, Selection, SelectionSet,
};
use async_graphql::{Pos, Positioned, ServerError, ServerResult};

use super::{Limits, too_complex, too_large};
use crate::graphql::errors::{ErrorCode, error};

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

enum Measured {
    Open,
    Done(Size),
}

struct Ruler<'a> {
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    fragments: HashMap<&'a str, Measured>,
}

impl<'a> Ruler<'a> {
    fn set(&mut self, set: &'a Positioned<SelectionSet>, level: usize) -> ServerResult<Size> {
        if level > self.limits.nesting {
            return Err(self.nested(set.pos));
        }
        let mut total = Size::default();
        for selection in &set.node.items {
            total = total.beside(self.selection(selection, level)?);
            if total.selections > self.limits.selections {
                return Err(self.selections(selection.pos));
            }
        }
        total.nesting += 1;
        if level + total.nesting > self.limits.nesting + 1 {
            return Err(self.nested(set.pos));
        }
        Ok(total)
    }

    fn selection(
        &mut self,
        selection: &'a Positioned<Selection>,
        level: usize,
    ) -> ServerResult<Size> {
        self.directives(selection.node.directives(), selection.pos)?;
        let inner = match &selection.node {
            Selection::Field(field) => return self.field(&field.node, field.pos, level),
            Selection::InlineFragment(inline) => self.set(&inline.node.selection_set, level + 1)?,
            Selection::FragmentSpread(spread) => {
                self.fragment(&spread.node.fragment_name.node, level + 1, selection.pos)?
            }
        };
        Ok(Size {
            selections: inner.selections.saturating_add(1),
            ..inner
        })
    }

    fn field(&mut self, field: &'a Field, at: Pos, level: usize) -> ServerResult<Size> {
        if field.name.node == "__typename" {
            plain_typename(field, at)?;
        }
        let inner = if field.selection_set.node.items.is_empty() {
            Size::default()
        } else {
            self.set(&field.selection_set, level + 1)?
        };
        Ok(Size {
            selections: inner.selections.saturating_add(1),
            root_fields: usize::from(!field.name.node.starts_with("__")),
            depth: inner.depth + 1,
            nesting: inner.nesting,
        })
    }

    fn fragment(&mut self, name: &'a str, level: usize, at: Pos) -> ServerResult<Size> {
        let known = match self.fragments.get(name) {
            Some(Measured::Open) => {
                return Err(error(
                    ErrorCode::GraphqlValidationFailed,
                    "a fragment spreads itself",
                    Some(at),
                ));
            }
            Some(Measured::Done(size)) => Some(*size),
            None => None,
        };
        if let Some(size) = known {
            if level + size.nesting > self.limits.nesting + 1 {
                return Err(self.nested(at));
            }
            return Ok(size);
        }
        // A spread of what is not defined is the validator's to refuse.
        let document = self.document;
        let Some(fragment) = document.fragments.get(name) else {
            return Ok(Size::default());
        };
        self.directives(&fragment.node.directives, fragment.pos)?;
        self.fragments.insert(name, Measured::Open);
        let size = self.set(&fragment.node.selection_set, level)?;
        self.fragments.insert(name, Measured::Done(size));
        Ok(size)
    }

    fn directives(&self, directives: &[Positioned<Directive>], at: Pos) -> ServerResult<()> {
        if directives.len() > self.limits.directives {
            let most = self.limits.directives;
            return Err(too_complex(
                format!("more than {most} directives stand in one place"),
                Some(at),
            ));
        }
        Ok(())
    }

    fn nested(&self, at: Pos) -> ServerError {
        let most = self.limits.nesting;
        too_complex(
            format!("selections and fragments are nested deeper than {most}"),
            Some(at),
        )
    }

    fn selections(&self, at: Pos) -> ServerError {
        let most = self.limits.selections;
        too_large(
            format!("the document expands to more than {most} selections"),
            Some(at),
        )
    }
}

/// The library accepts anything on `__typename`.
fn plain_typename(field: &Field, at: Pos) -> ServerResult<()> {
    let wrong = if !field.selection_set.node.items.is_empty() {
        "`__typename` has no fields"
    } else if !field.arguments.is_empty() {
        "`__typename` has no arguments"
    } else if field
        .directives
        .iter()
        .any(|directive| !matches!(directive.node.name.node.as_str(), "skip" | "include"))
    {
        "`__typename` has a directive that does not exist"
    } else {
        return Ok(());
    };
    Err(error(ErrorCode::GraphqlValidationFailed, wrong, Some(at)))
}

/// The library passes over whatever else stands at the root of a subscription.
fn one_plain_field(root: &Positioned<SelectionSet>) -> ServerResult<()> {
    if let [one] = root.node.items.as_slice()
        && let Selection::Field(field) = &one.node
        && !field.node.name.node.starts_with("__")
        && field.node.directives.is_empty()
    {
        return Ok(());
    }
    Err(error(
        ErrorCode::GraphqlValidationFailed,
        "a subscription has exactly one root field, named in it and without directives",
        Some(root.pos),
    ))
}

/// The number of expanded selections of a document within the limits.
pub(super) fn measure(document: &ExecutableDocument, limits: &Limits) -> ServerResult<usize> {
    let mut ruler = Ruler {
        document,
        limits,
        fragments: HashMap::with_capacity(document.fragments.len()),
    };
    let mut total = 0_usize;
    for (_, operation) in document.operations.iter() {
        ruler.directives(&operation.node.directives, operation.pos)?;
        for variable in &operation.node.variable_definitions {
            ruler.directives(&variable.node.directives, variable.pos)?;
        }
        let size = ruler.set(&operation.node.selection_set, 1)?;
        total = total.saturating_add(size.selections);
        if total > limits.selections {
            return Err(ruler.selections(operation.pos));
        }
        if size.root_fields > limits.root_fields {
            let most = limits.root_fields;
            return Err(too_large(
                format!("the operation has more than {most} root fields"),
                Some(operation.pos),
            ));
        }
        if size.depth > limits.depth {
            let most = limits.depth;
            return Err(too_complex(
                format!("fields are nested deeper than {most}"),
                Some(operation.pos),
            ));
        }
        if operation.node.ty == OperationType::Mutation && size.root_fields > 1 {
            return Err(error(
                ErrorCode::GraphqlValidationFailed,
                "a mutation has exactly one root field: each effect is recorded by itself",
                Some(operation.pos),
            ));
        }
        if operation.node.ty == OperationType::Subscription {
            one_plain_field(&operation.node.selection_set)?;
        }
    }
    // Fragments that nothing spreads are still walked by the validator.
    for name in document.fragments.keys() {
        let unused = !ruler.fragments.contains_key(name.as_str());
        let size = ruler.fragment(name, 1, Pos::default())?;
        if unused {
            total = total.saturating_add(size.selections);
        }
    }
    if total > limits.selections {
        return Err(ruler.selections(Pos::default()));
    }
    Ok(total)
}

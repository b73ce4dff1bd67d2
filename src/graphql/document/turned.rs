//! A valid operation as it is carried out: with the values of its variables, without what is skipped, and
//! without fragments where the type is known, so that a field that stands in several places is resolved once.
//!
//! Apart from what reads documents, because it is done for each request; and beside it [`Wanted`], which
//! says what an answer holds.

use apollo_compiler::ast::DirectiveList;
use apollo_compiler::executable::{ExecutableDocument, Field, Selection, SelectionSet};
use apollo_compiler::{Node, Schema};
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types as run;
use async_graphql::{Name, Pos, Positioned, Value};

use super::values::{CoercionError, Given, Reader};
use super::wanted::{Entry, TYPE_KEY, Wanted};
use crate::line_index::LineIndex;

/// Turns one operation.
pub(super) struct Turner<'a> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
    lines: &'a LineIndex,
    given: Given<'a>,
    reader: Reader<'a>,
}

/// A field, with every selection set that stands below it.
struct Merged<'a> {
    field: &'a Node<Field>,
    below: Vec<&'a SelectionSet>,
}

impl<'a> Turner<'a> {
    pub(super) fn new(
        schema: &'a Schema,
        document: &'a ExecutableDocument,
        lines: &'a LineIndex,
        given: Given<'a>,
    ) -> Self {
        Self {
            schema,
            document,
            lines,
            given,
            reader: Reader::new(schema, Some(given)),
        }
    }

    /// The root of the operation, and what its answer holds.
    ///
    /// # Errors
    /// What of its values cannot be read.
    pub(super) fn root(
        mut self,
        root: &'a SelectionSet,
    ) -> Result<(run::SelectionSet, Wanted), Vec<CoercionError>> {
        let turned = self.set(&[root], &root.ty);
        if self.reader.problems.is_empty() {
            Ok(turned)
        } else {
            Err(self.reader.problems)
        }
    }

    fn set(&mut self, sets: &[&'a SelectionSet], on: &str) -> (run::SelectionSet, Wanted) {
        let mut turned = Turned::default();
        if self.schema.get_object(on).is_some() {
            let mut fields = IndexMap::new();
            for set in sets {
                self.collect(set, on, &mut fields);
            }
            for merged in fields.into_values() {
                self.field(&merged, &mut turned);
            }
            if turned.items.is_empty() {
                turned.items.push(told_type());
            }
        } else {
            turned.items.push(told_type());
            for set in sets {
                self.of_several(set, on, &mut turned);
            }
        }
        let set = run::SelectionSet {
            items: turned.items,
        };
        (set, Wanted(turned.entries))
    }

    /// The fields of an object of that type, each once, in the order of the specification (6.3.2).
    fn collect(&self, set: &'a SelectionSet, on: &str, fields: &mut IndexMap<&'a str, Merged<'a>>) {
        for selection in &set.selections {
            if !self.is_included(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    let merged = fields.entry(field.response_key().as_str());
                    let merged = merged.or_insert_with(|| Merged {
                        field,
                        below: Vec::new(),
                    });
                    merged.below.push(&field.selection_set);
                }
                Selection::InlineFragment(_) | Selection::FragmentSpread(_) => {
                    let inner = self.fragment(selection);
                    if let Some(inner) = inner.filter(|inner| self.is(on, &inner.ty)) {
                        self.collect(inner, on, fields);
                    }
                }
            }
        }
    }

    /// What is selected of something that may be of several types.
    fn of_several(&mut self, set: &'a SelectionSet, on: &str, turned: &mut Turned) {
        for selection in &set.selections {
            if !self.is_included(selection.directives()) {
                continue;
            }
            if let Selection::Field(field) = selection {
                let below = vec![&field.selection_set];
                self.field(&Merged { field, below }, turned);
            } else if let Some(inner) = self.fragment(selection) {
                if self.is(on, &inner.ty) {
                    self.of_several(inner, on, turned);
                } else {
                    let (set, wanted) = self.set(&[inner], &inner.ty);
                    turned.items.push(inline(&inner.ty, set));
                    turned.entries.push(Entry::On(Name::new(&inner.ty), wanted));
                }
            }
        }
    }

    fn field(&mut self, merged: &Merged<'a>, turned: &mut Turned) {
        let field = merged.field;
        let at = self.lines.at(field.location());
        let arguments = self
            .reader
            .arguments(&field.definition.arguments, &field.arguments);
        let argument = |(name, value): (Name, Value)| {
            (
                Positioned::new(name, at),
                Positioned::new(value.into_value(), at),
            )
        };
        let of = field.ty().inner_named_type();
        let has_fields = self.schema.types.get(of).is_some_and(|of| !of.is_leaf());
        let (set, below) = if has_fields {
            let (set, wanted) = self.set(&merged.below, of);
            (set, Some(wanted))
        } else {
            (run::SelectionSet::default(), None)
        };
        let alias = field.alias.as_ref();
        let alias = alias.map(|alias| Positioned::new(Name::new(alias), at));
        let run = run::Field {
            alias,
            name: Positioned::new(Name::new(&field.name), at),
            arguments: arguments.into_iter().map(argument).collect(),
            directives: Vec::new(),
            selection_set: Positioned::new(set, at),
        };
        let run = run::Selection::Field(Positioned::new(run, at));
        turned.items.push(Positioned::new(run, at));
        turned.entries.push(Entry::Field {
            key: Name::new(field.response_key()),
            ty: field.ty().clone(),
            below,
        });
    }

    fn fragment(&self, selection: &'a Selection) -> Option<&'a SelectionSet> {
        match selection {
            Selection::Field(_) => None,
            Selection::InlineFragment(inline) => Some(&inline.selection_set),
            Selection::FragmentSpread(spread) => {
                let found = self.document.fragments.get(&spread.fragment_name)?;
                Some(&found.selection_set)
            }
        }
    }

    /// Whether everything of one type is of the other.
    fn is(&self, one: &str, other: &str) -> bool {
        one == other || self.schema.is_subtype(other, one)
    }

    fn is_included(&self, directives: &DirectiveList) -> bool {
        let says = |name: &str| {
            let given = directives.get(name)?.specified_argument_by_name("if")?;
            let Some(name) = given.as_variable() else {
                return given.to_bool();
            };
            self.given
                .values
                .get(name.as_str())
                .map(|value| *value == Value::Boolean(true))
        };
        says("skip") != Some(true) && says("include") != Some(false)
    }
}

#[derive(Default)]
struct Turned {
    items: Vec<Positioned<run::Selection>>,
    entries: Vec<Entry>,
}

/// Asks for the type of an object, under a key that nobody else uses.
fn told_type() -> Positioned<run::Selection> {
    let at = Pos::default();
    let field = run::Field {
        alias: Some(Positioned::new(Name::new(TYPE_KEY), at)),
        name: Positioned::new(Name::new("__typename"), at),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::default(),
    };
    Positioned::new(run::Selection::Field(Positioned::new(field, at)), at)
}

fn inline(on: &str, set: run::SelectionSet) -> Positioned<run::Selection> {
    let at = Pos::default();
    let condition = run::TypeCondition {
        on: Positioned::new(Name::new(on), at),
    };
    let fragment = run::InlineFragment {
        type_condition: Some(Positioned::new(condition, at)),
        directives: Vec::new(),
        selection_set: Positioned::new(set, at),
    };
    let fragment = run::Selection::InlineFragment(Positioned::new(fragment, at));
    Positioned::new(fragment, at)
}

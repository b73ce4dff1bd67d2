//! What an answer holds, by its document and the schema: every selected field, in order, of its type.
//!
//! Apart from what resolves, which leaves out what failed, gives the rest in the order in which it was
//! ready, and does not always carry a null to where one may stand (specification, 6.4.4 and 7.1.1).

use std::collections::HashSet;

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, PathSegment, ServerError, Value};

use crate::errors::{ErrorCode, says};

/// The key by which the type of an object is told that may be of several: no name, so no document can have it.
pub(super) const TYPE_KEY: &str = "type of the object";

/// What is wanted of an object.
#[derive(Debug, Clone)]
pub(super) struct Wanted(pub(super) Vec<Entry>);

/// A part of it.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    /// A field.
    Field {
        key: Name,
        ty: Type,
        /// What is wanted of it; `None`: it is a single value.
        below: Option<Wanted>,
    },
    /// What is wanted if it is of that type.
    On(Name, Wanted),
}

/// A null that may not stand where it is.
struct Bubbles;

/// A field as it is wanted: its type, and all that is wanted below it.
struct Field<'w> {
    ty: &'w Type,
    below: Vec<&'w Wanted>,
}

/// Builds what an answer holds.
pub(super) struct Builder<'a> {
    schema: &'a Schema,
    /// The paths of everything that failed.
    failed: HashSet<Vec<Step>>,
    /// What they begin with, and where a null is accounted for.
    accounted: HashSet<Vec<Step>>,
    path: Vec<Step>,
    /// Nulls that nobody accounts for.
    pub(super) unsaid: Vec<ServerError>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Step {
    Field(String),
    Item(usize),
}

impl<'a> Builder<'a> {
    pub(super) fn new(schema: &'a Schema, errors: &[ServerError]) -> Self {
        let (mut failed, mut accounted) = (HashSet::new(), HashSet::new());
        for error in errors {
            let steps = error.path.iter().map(|step| match step {
                PathSegment::Field(name) => Step::Field(name.clone()),
                PathSegment::Index(n) => Step::Item(*n),
            });
            let steps: Vec<_> = steps.collect();
            accounted.extend((0..=steps.len()).filter_map(|n| steps.get(..n).map(<[_]>::to_vec)));
            failed.insert(steps);
        }
        Self {
            schema,
            failed,
            accounted,
            path: Vec::new(),
            unsaid: Vec::new(),
        }
    }

    /// The `data` of an answer to an operation on the root of that name.
    pub(super) fn data(&mut self, resolved: Value, wanted: &Wanted, root: &str) -> Value {
        let members = if let Value::Object(members) = resolved {
            members
        } else {
            // Every field of it has failed.
            IndexMap::new()
        };
        match self.object(members, &[wanted], root) {
            Ok(data) => data,
            Err(Bubbles) => Value::Null,
        }
    }

    fn object(
        &mut self,
        mut resolved: IndexMap<Name, Value>,
        wanted: &[&Wanted],
        on: &str,
    ) -> Result<Value, Bubbles> {
        let told = resolved.swap_remove(TYPE_KEY);
        let on = match &told {
            Some(Value::String(told)) => told.as_str(),
            _ => on,
        };
        let mut fields = IndexMap::new();
        for wanted in wanted {
            self.collect(wanted, on, &mut fields);
        }
        let mut built = IndexMap::with_capacity(fields.len());
        for (key, field) in fields {
            let value = resolved.swap_remove(key).unwrap_or_default();
            self.path.push(Step::Field(key.to_string()));
            let value = self.value(value, field.ty, &field.below);
            self.path.pop();
            built.insert(key.clone(), value?);
        }
        Ok(Value::Object(built))
    }

    fn collect<'w>(
        &self,
        wanted: &'w Wanted,
        on: &str,
        fields: &mut IndexMap<&'w Name, Field<'w>>,
    ) {
        for entry in &wanted.0 {
            match entry {
                Entry::Field { key, ty, below } => {
                    let field = fields.entry(key).or_insert_with(|| Field {
                        ty,
                        below: Vec::new(),
                    });
                    field.below.extend(below);
                }
                Entry::On(condition, inner) => {
                    if on == condition.as_str() || self.schema.is_subtype(condition, on) {
                        self.collect(inner, on, fields);
                    }
                }
            }
        }
    }

    fn value(&mut self, value: Value, ty: &Type, below: &[&Wanted]) -> Result<Value, Bubbles> {
        let built = match (value, ty) {
            // What failed is not answered in part.
            _ if self.failed.contains(&self.path) => Ok(Value::Null),
            (Value::Null, _) => Ok(Value::Null),
            (Value::List(items), Type::List(inner) | Type::NonNullList(inner)) => {
                self.list(items, inner, below)
            }
            (Value::Object(members), Type::Named(of) | Type::NonNullNamed(of))
                if !below.is_empty() =>
            {
                self.object(members, below, of)
            }
            (value, _) => Ok(value),
        };
        let built = built.unwrap_or(Value::Null);
        if built == Value::Null && ty.is_non_null() {
            self.account();
            return Err(Bubbles);
        }
        Ok(built)
    }

    fn list(
        &mut self,
        items: Vec<Value>,
        inner: &Type,
        below: &[&Wanted],
    ) -> Result<Value, Bubbles> {
        let mut built = Vec::with_capacity(items.len());
        for (n, item) in items.into_iter().enumerate() {
            self.path.push(Step::Item(n));
            let item = self.value(item, inner, below);
            self.path.pop();
            built.push(item?);
        }
        Ok(Value::List(built))
    }

    /// Sees to it that an error accounts for a null where none may stand.
    fn account(&mut self) {
        if !self.accounted.insert(self.path.clone()) {
            return;
        }
        let path = self.path.iter().map(|step| match step {
            Step::Field(name) => PathSegment::Field(name.clone()),
            Step::Item(n) => PathSegment::Index(*n),
        });
        let path = path.collect();
        tracing::error!(?path, "a resolver gave null where none may stand");
        let code = ErrorCode::InternalServerError;
        let unsaid = says(code, code.words(), None);
        self.unsaid.push(ServerError { path, ..unsaid });
        for n in 0..self.path.len() {
            self.accounted.extend(self.path.get(..n).map(<[_]>::to_vec));
        }
    }
}

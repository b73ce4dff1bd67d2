//! Documents that are made from the schema, so that a new field is tried without anybody thinking of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::schema::{Field, Named, Schema};

/// A field as it is spelled in lists of fields.
type Coordinate = (String, String);

/// How deep documents go.
const DEEP: usize = 7;

/// Makes documents that reach fields which none has reached before.
pub(crate) struct Documents<'a> {
    schema: &'a Schema,
    /// The arguments of fields that need some, by coordinate or by name.
    arguments: BTreeMap<&'static str, String>,
    tried: BTreeSet<Coordinate>,
}

impl<'a> Documents<'a> {
    /// Makes documents for that schema with those arguments.
    pub(crate) fn new(schema: &'a Schema, arguments: BTreeMap<&'static str, String>) -> Self {
        Self {
            schema,
            arguments,
            tried: BTreeSet::new(),
        }
    }

    /// A document for one field of a root; a second time it goes on where the first stopped.
    pub(crate) fn of(&mut self, root: &str, field: &str) -> String {
        let selected = self.field(root, field, DEEP, &mut Vec::new());
        let kind = root.to_ascii_lowercase();
        format!("{kind} {{ {} }}", selected.expect("a field to try"))
    }

    fn field(
        &mut self,
        on: &str,
        name: &str,
        depth: usize,
        path: &mut Vec<String>,
    ) -> Option<String> {
        let field = self.schema.fields(on)[name].clone();
        let arguments = self.spelled(on, name, &field);
        let gives = field.gives.name().to_owned();
        if self.schema.is_leaf(&gives) {
            self.tried.insert((on.to_owned(), name.to_owned()));
            return Some(format!("{name}{arguments}"));
        }
        // Not round in circles: a type within itself is looked at once.
        if depth == 0 || path.iter().filter(|other| **other == gives).count() > 1 {
            return None;
        }
        path.push(gives.clone());
        let below = self.selection(&gives, depth - 1, path);
        path.pop();
        self.tried.insert((on.to_owned(), name.to_owned()));
        Some(format!("{name}{arguments} {{ {below} }}"))
    }

    fn selection(&mut self, on: &str, depth: usize, path: &mut Vec<String>) -> String {
        let mut parts = vec!["__typename".to_owned()];
        match self.schema.named(on).clone() {
            Named::Object(_, fields) => {
                for (name, field) in &fields {
                    let gives = field.gives.name();
                    let new = !self.tried.contains(&(on.to_owned(), name.clone()));
                    if new || self.schema.is_leaf(gives) || self.unfinished(gives, 2) {
                        parts.extend(self.field(on, name, depth, path));
                    }
                }
            }
            Named::Interface(_) | Named::Union(_) => {
                let types: Vec<String> = self
                    .schema
                    .types()
                    .map(|(name, _)| name.to_owned())
                    .collect();
                for concrete in types {
                    let object = matches!(self.schema.named(&concrete), Named::Object(..));
                    if object && self.schema.fits(&concrete, on) {
                        let below = self.aliased(&concrete);
                        parts.push(format!("... on {concrete} {{ {below} }}"));
                    }
                }
            }
            other => panic!("nothing can be selected of {other:?}"),
        }
        parts.join(" ")
    }

    /// Whether a type has fields that no document has tried, itself or so far below it.
    fn unfinished(&self, name: &str, below: usize) -> bool {
        let Named::Object(_, fields) = self.schema.named(name) else {
            return false;
        };
        fields.iter().any(|(field, about)| {
            !self.tried.contains(&(name.to_owned(), field.clone()))
                || (below > 0 && self.unfinished(about.gives.name(), below - 1))
        })
    }

    /// The fields of one concrete type that need no selection, under names that cannot collide.
    fn aliased(&mut self, concrete: &str) -> String {
        let mut parts = vec!["__typename".to_owned()];
        for (name, field) in self.schema.fields(concrete).clone() {
            let leaf = self.schema.is_leaf(field.gives.name());
            if leaf {
                self.tried.insert((concrete.to_owned(), name.clone()));
                parts.push(format!("{concrete}_{name}: {name}"));
            }
        }
        parts.join(" ")
    }

    fn spelled(&self, on: &str, name: &str, field: &Field) -> String {
        let coordinate = format!("{on}.{name}");
        let given: Vec<String> = field
            .arguments
            .iter()
            .filter(|(_, ty)| !ty.nullable)
            .map(|(argument, _)| {
                let known = self.arguments.get(coordinate.as_str());
                let known = known.or_else(|| self.arguments.get(argument.as_str()));
                let known =
                    known.unwrap_or_else(|| panic!("no value for {coordinate}({argument}:)"));
                format!("{argument}: {known}")
            })
            .collect();
        // A page of two is as telling as one of fifty, and cheaper.
        let page = field
            .arguments
            .contains_key("first")
            .then(|| "first: 2".to_owned());
        let all: Vec<String> = given.into_iter().chain(page).collect();
        if all.is_empty() {
            String::new()
        } else {
            format!("({})", all.join(", "))
        }
    }

    /// How many fields have been tried.
    pub(crate) fn tried(&self) -> usize {
        self.tried.len()
    }

    /// The fields of objects that no document has selected.
    pub(crate) fn untried(&self) -> Vec<String> {
        let mut untried = Vec::new();
        for (name, named) in self.schema.types() {
            if let Named::Object(_, fields) = named {
                let missed = fields
                    .keys()
                    .filter(|field| !self.tried.contains(&(name.to_owned(), (*field).clone())));
                untried.extend(missed.map(|field| format!("{name}.{field}")));
            }
        }
        untried
    }
}

/// A JSON value as GraphQL spells it.
pub(crate) fn literal(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{name}: {}", literal(value)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
        Value::Array(items) => {
            format!(
                "[{}]",
                items.iter().map(literal).collect::<Vec<_>>().join(", ")
            )
        }
        plain => plain.to_string(),
    }
}

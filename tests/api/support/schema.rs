//! The schema as the tests read it, and whether an answer has the shape that it promises.

use std::collections::BTreeMap;

use async_graphql::parser::types::{
    BaseType, DocumentOperations, ExecutableDocument, FragmentDefinition, InputValueDefinition,
    OperationType, Selection, SelectionSet, Type as Spelled, TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{parse_query, parse_schema};
use async_graphql::{Name, Positioned};
use serde_json::{Map, Value};

/// What a schema says, as far as tests need it.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    types: BTreeMap<String, Named>,
}

/// A type with a name.
#[derive(Debug, Clone)]
pub(crate) enum Named {
    /// A scalar.
    Scalar,
    /// An enum with its values.
    Enum(Vec<String>),
    /// An object, and the interfaces it has.
    Object(Vec<String>, BTreeMap<String, Field>),
    /// An interface.
    Interface(BTreeMap<String, Field>),
    /// A union of objects.
    Union(Vec<String>),
    /// An input object with its fields, and whether exactly one of them is given.
    Input(BTreeMap<String, Type>, bool),
}

/// A field of an object or interface.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) arguments: BTreeMap<String, Type>,
    pub(crate) gives: Type,
}

/// A type as it is spelled, without its default value.
#[derive(Debug, Clone)]
pub(crate) struct Type {
    pub(crate) nullable: bool,
    pub(crate) of: Of,
}

/// What a type is of.
#[derive(Debug, Clone)]
pub(crate) enum Of {
    Named(String),
    List(Box<Type>),
}

impl Type {
    fn of(spelled: &Spelled, default: bool) -> Self {
        Self {
            nullable: spelled.nullable || default,
            of: match &spelled.base {
                BaseType::Named(name) => Of::Named(name.to_string()),
                BaseType::List(inner) => Of::List(Box::new(Self::of(inner, false))),
            },
        }
    }

    /// As documents spell it.
    pub(crate) fn spelled(&self) -> String {
        let of = match &self.of {
            Of::Named(name) => name.clone(),
            Of::List(inner) => format!("[{}]", inner.spelled()),
        };
        if self.nullable { of } else { of + "!" }
    }

    /// The name within all lists.
    pub(crate) fn name(&self) -> &str {
        match &self.of {
            Of::Named(name) => name,
            Of::List(inner) => inner.name(),
        }
    }
}

impl Schema {
    /// Reads a schema's text.
    pub(crate) fn of(text: &str) -> Self {
        let document = parse_schema(text).expect("a schema");
        let mut types: BTreeMap<String, Named> = ["Int", "Float", "String", "Boolean", "ID"]
            .map(|name| (name.to_owned(), Named::Scalar))
            .into();
        for definition in document.definitions {
            if let TypeSystemDefinition::Type(defined) = definition {
                let mut named = named(&defined.node.kind);
                if let Named::Input(_, one_of) = &mut named {
                    let mut directives = defined.node.directives.iter();
                    *one_of = directives.any(|one| one.node.name.node == "oneOf");
                }
                types.insert(defined.node.name.to_string(), named);
            }
        }
        Self { types }
    }

    /// A type by name.
    pub(crate) fn named(&self, name: &str) -> &Named {
        self.types
            .get(name)
            .unwrap_or_else(|| panic!("no type `{name}` in the schema"))
    }

    /// Every type with its name.
    pub(crate) fn types(&self) -> impl Iterator<Item = (&str, &Named)> {
        self.types
            .iter()
            .map(|(name, named)| (name.as_str(), named))
    }

    /// The fields of an object or interface.
    pub(crate) fn fields(&self, name: &str) -> &BTreeMap<String, Field> {
        match self.named(name) {
            Named::Object(_, fields) | Named::Interface(fields) => fields,
            other => panic!("`{name}` has no fields: {other:?}"),
        }
    }

    /// Whether values of the type have no selection.
    pub(crate) fn is_leaf(&self, name: &str) -> bool {
        matches!(self.named(name), Named::Scalar | Named::Enum(_))
    }

    /// Whether an object of that type may stand where `wanted` is spelled.
    pub(crate) fn fits(&self, object: &str, wanted: &str) -> bool {
        object == wanted
            || match self.named(wanted) {
                Named::Union(members) => members.iter().any(|member| member == object),
                Named::Interface(_) => matches!(self.named(object),
                    Named::Object(interfaces, _) if interfaces.iter().any(|one| one == wanted)),
                _ => false,
            }
    }

    /// What is wrong with the shape of an answer; a document that is not GraphQL has none.
    pub(crate) fn flaws(&self, document: &str, answer: &Value) -> Vec<String> {
        let mut flaws = Vec::new();
        let Ok(document) = parse_query(document) else {
            return flaws;
        };
        match (&answer["data"], answer.get("errors")) {
            (_, Some(Value::Array(errors))) if errors.is_empty() => {
                flaws.push("`errors` is there and empty".to_owned());
            }
            (Value::Null, None) => flaws.push("neither data nor errors".to_owned()),
            _ => {}
        }
        let Value::Object(data) = &answer["data"] else {
            return flaws;
        };
        let operation = match &document.operations {
            DocumentOperations::Single(operation) => &operation.node,
            DocumentOperations::Multiple(several) => match several.values().next() {
                Some(operation) => &operation.node,
                None => return flaws,
            },
        };
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        let walk = Walk {
            schema: self,
            document: &document,
        };
        walk.object(
            root,
            &[&operation.selection_set.node],
            data,
            "data",
            &mut flaws,
        );
        flaws
    }
}

fn named(kind: &TypeKind) -> Named {
    let fields = |fields: &[Positioned<async_graphql::parser::types::FieldDefinition>]| {
        let field = |field: &Positioned<async_graphql::parser::types::FieldDefinition>| {
            let arguments = field.node.arguments.iter().map(|argument| {
                let with_default = argument.node.default_value.is_some();
                (
                    argument.node.name.to_string(),
                    Type::of(&argument.node.ty.node, with_default),
                )
            });
            let arguments = arguments.collect();
            let gives = Type::of(&field.node.ty.node, false);
            (field.node.name.to_string(), Field { arguments, gives })
        };
        fields.iter().map(field).collect::<BTreeMap<_, _>>()
    };
    let names = |names: &[Positioned<Name>]| {
        names
            .iter()
            .map(|name| name.node.to_string())
            .collect::<Vec<_>>()
    };
    match kind {
        TypeKind::Scalar => Named::Scalar,
        TypeKind::Enum(defined) => Named::Enum(
            defined
                .values
                .iter()
                .map(|value| value.node.value.to_string())
                .collect(),
        ),
        TypeKind::Object(defined) => {
            Named::Object(names(&defined.implements), fields(&defined.fields))
        }
        TypeKind::Interface(defined) => Named::Interface(fields(&defined.fields)),
        TypeKind::Union(defined) => Named::Union(names(&defined.members)),
        TypeKind::InputObject(defined) => {
            let field = |field: &Positioned<InputValueDefinition>| {
                let with_default = field.node.default_value.is_some();
                (
                    field.node.name.to_string(),
                    Type::of(&field.node.ty.node, with_default),
                )
            };
            Named::Input(defined.fields.iter().map(field).collect(), false)
        }
    }
}

struct Walk<'a> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
}

/// A selected field: its name, and everything that is selected below it.
struct Selected<'a> {
    name: &'a str,
    below: Vec<&'a SelectionSet>,
    optional: bool,
}

impl<'a> Walk<'a> {
    /// Checks an object whose type is known.
    fn object(
        &self,
        name: &str,
        sets: &[&'a SelectionSet],
        value: &Map<String, Value>,
        at: &str,
        flaws: &mut Vec<String>,
    ) {
        let mut selected = BTreeMap::new();
        for set in sets {
            self.collect(name, set, false, &mut selected);
        }
        for key in value.keys() {
            if !selected.contains_key(key.as_str()) {
                flaws.push(format!("{at}.{key} was not asked for"));
            }
        }
        for (key, field) in selected {
            let at = format!("{at}.{key}");
            match value.get(key) {
                None if field.optional => {}
                None => flaws.push(format!("{at} is missing")),
                Some(_) if field.name.starts_with("__") => {}
                Some(value) => {
                    let defined = &self.schema.fields(name)[field.name];
                    self.value(&defined.gives, &field.below, value, &at, flaws);
                }
            }
        }
    }

    fn collect(
        &self,
        name: &str,
        set: &'a SelectionSet,
        optional: bool,
        into: &mut BTreeMap<&'a str, Selected<'a>>,
    ) {
        for selection in &set.items {
            let optional = optional || !selection.node.directives().is_empty();
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let entry = into.entry(field.response_key().node.as_str());
                    let entry = entry.or_insert_with(|| Selected {
                        name: field.name.node.as_str(),
                        below: Vec::new(),
                        optional,
                    });
                    entry.below.push(&field.selection_set.node);
                    entry.optional &= optional;
                }
                Selection::InlineFragment(fragment) => {
                    let wanted = fragment.node.type_condition.as_ref();
                    let wanted = wanted.map_or(name, |wanted| wanted.node.on.node.as_str());
                    if self.schema.fits(name, wanted) {
                        self.collect(name, &fragment.node.selection_set.node, optional, into);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let found = self.document.fragments.get(&spread.node.fragment_name.node);
                    let Some(found) = found else { continue };
                    let FragmentDefinition {
                        type_condition,
                        selection_set,
                        ..
                    } = &found.node;
                    if self.schema.fits(name, &type_condition.node.on.node) {
                        self.collect(name, &selection_set.node, optional, into);
                    }
                }
            }
        }
    }

    fn value(
        &self,
        ty: &Type,
        below: &[&'a SelectionSet],
        value: &Value,
        at: &str,
        flaws: &mut Vec<String>,
    ) {
        match (&ty.of, value) {
            (_, Value::Null) if ty.nullable => {}
            (_, Value::Null) => flaws.push(format!("{at} is null but must not be")),
            (Of::List(inner), Value::Array(items)) => {
                for (n, item) in items.iter().enumerate() {
                    self.value(inner, below, item, &format!("{at}[{n}]"), flaws);
                }
            }
            (Of::List(_), _) => flaws.push(format!("{at} is no list")),
            (Of::Named(name), value) => self.one(name, below, value, at, flaws),
        }
    }

    fn one(
        &self,
        name: &str,
        below: &[&'a SelectionSet],
        value: &Value,
        at: &str,
        flaws: &mut Vec<String>,
    ) {
        let fits = match (self.schema.named(name), value) {
            (Named::Object(..), Value::Object(object)) => {
                self.object(name, below, object, at, flaws);
                true
            }
            (Named::Interface(_) | Named::Union(_), Value::Object(object)) => {
                // Which object it is can only be told where the document asks for it.
                if let Some(Value::String(concrete)) = object.get("__typename") {
                    self.object(concrete, below, object, at, flaws);
                }
                true
            }
            (Named::Enum(values), Value::String(value)) => values.contains(value),
            (Named::Scalar, value) => match name {
                "Int" => value.is_i64(),
                "Float" => value.is_number(),
                "Boolean" => value.is_boolean(),
                _ => value.is_string() || value.is_number(),
            },
            _ => false,
        };
        if !fits {
            flaws.push(format!("{at} is no {name}: {value}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;
    use serde_json::{Value, json};

    const TEXT: &str = "
        interface Node { id: ID! }
        enum Kind { ONE TWO }
        type Query { node(id: ID!): Node things(kind: Kind = ONE): [Thing!]! }
        type Thing implements Node { id: ID! kind: Kind size: Int! parent: Thing }";

    #[track_caller]
    fn flaws(document: &str, data: &Value) -> Vec<String> {
        Schema::of(TEXT).flaws(document, &json!({ "data": data }))
    }

    #[test]
    fn an_answer_of_the_right_shape_has_no_flaws() {
        let document = "query Q { all: things { ...T parent { ...T } } node(id: 1) {
            __typename id ... on Thing { size @skip(if: true) } ... on Query { things { id } } } }
            fragment T on Thing { id kind size }";
        let thing = json!({ "id": "1", "kind": "TWO", "size": 3, "parent": null });
        let node = json!({ "__typename": "Thing", "id": "1" });
        assert_eq!(
            flaws(document, &json!({ "all": [thing], "node": node })),
            [""; 0]
        );
    }

    #[test]
    fn what_is_missing_null_wrong_or_too_much_is_found() {
        let document = "{ things { id kind size } }";
        let of = |thing: Value| flaws(document, &json!({ "things": [thing] }));
        assert_eq!(of(json!(null)), ["data.things[0] is null but must not be"]);
        assert_eq!(
            of(json!({ "id": "1", "kind": null })),
            ["data.things[0].size is missing"]
        );
        assert_eq!(
            of(json!({ "id": "1", "kind": "SIX", "size": "3", "x": 1 })),
            [
                "data.things[0].x was not asked for",
                "data.things[0].kind is no Kind: \"SIX\"",
                "data.things[0].size is no Int: \"3\"",
            ]
        );
        assert_eq!(
            flaws(document, &json!({ "things": {} })),
            ["data.things is no list"]
        );
        assert_eq!(
            Schema::of(TEXT).flaws(document, &json!({})),
            ["neither data nor errors"]
        );
    }
}

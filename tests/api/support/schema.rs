//! The schema as the tests read it.

use std::collections::BTreeMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, InputValueDefinition, Type as Spelled, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned};

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

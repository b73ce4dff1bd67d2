//! Values as the specification reads them (September 2025, sections 3 and 6.1.2): what was written in a
//! document or sent as a variable becomes a value of its type, or a problem with its place.
//!
//! Apart from the library that validates, because that names what was sent and not where it stood. It
//! judges every document and every variable all the same: a property of the tests is that both agree. To
//! add a scalar: its name in [`scalar::check`].

use apollo_compiler::ast;
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::schema::{ExtendedType, InputObjectType, InputValueDefinition};
use apollo_compiler::{Node, Schema};
use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Value};

use super::spelled::Spelled;
use crate::errors::MAX_ERRORS;
use crate::scalar;
use domain::Words;

/// Something that cannot be read, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CoercionError {
    /// The argument and what is in it, or the variable.
    pub(super) path: Vec<String>,
    /// What would be right; never what was sent.
    pub(super) said: Words,
    pub(super) at: Option<SourceSpan>,
}

/// The variables of one request, as its operation defines them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) defined: &'a [Node<ast::VariableDefinition>],
    /// Those that have a value, of the type that was defined.
    pub(super) values: &'a IndexMap<Name, Value>,
}

/// Reads values.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    schema: &'a Schema,
    /// `None`: they are not known yet, and fit wherever they stand.
    given: Option<Given<'a>>,
    path: Vec<String>,
    at: Option<SourceSpan>,
    /// The first [`MAX_ERRORS`] of them.
    pub(super) problems: Vec<CoercionError>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(schema: &'a Schema, given: Option<Given<'a>>) -> Self {
        Self {
            schema,
            given,
            path: Vec::new(),
            at: None,
            problems: Vec::new(),
        }
    }

    /// What a field is asked with.
    pub(super) fn arguments(
        &mut self,
        defined: &[Node<InputValueDefinition>],
        written: &[Node<ast::Argument>],
    ) -> Vec<(Name, Value)> {
        let read = defined.iter().filter_map(|definition| {
            let found = written.iter().find(|one| one.name == definition.name)?;
            self.at = found.value.location();
            let value = Spelled::Written(&found.value);
            let read = self.within(&definition.name, |it| it.place(Some(value), definition));
            read.map(|value| (Name::new(&definition.name), value))
        });
        read.collect()
    }

    /// A variable that is given, or what stands for it when it is not.
    pub(super) fn variable(
        &mut self,
        defined: &ast::VariableDefinition,
        given: Option<&serde_json::Value>,
    ) -> Option<Value> {
        self.at = defined.name.location();
        self.within(&defined.name, |it| match (given, &defined.default_value) {
            (Some(given), _) => it.value(Spelled::Sent(given), &defined.ty),
            (None, Some(default)) => it.value(Spelled::Written(default), &defined.ty),
            (None, None) if defined.ty.is_non_null() => it.wrong(MISSING),
            (None, None) => None,
        })
    }

    /// What stands where the schema wants it; `None`: nothing does, or what does is wrong.
    fn place(
        &mut self,
        given: Option<Spelled<'_>>,
        wanted: &InputValueDefinition,
    ) -> Option<Value> {
        match given.filter(|given| !self.is_absent(given)) {
            Some(given) if wanted.is_required() && self.is_null_by_default(given) => {
                self.wrong(NULL)
            }
            Some(given) => self.value(given, &wanted.ty),
            None if wanted.is_required() => self.wrong(MISSING),
            None => None,
        }
    }

    fn value(&mut self, given: Spelled<'_>, ty: &ast::Type) -> Option<Value> {
        if let Spelled::Written(ast::Value::Variable(name)) = given {
            // Its own type has been seen to, and that it fits here is what the library judges.
            return match self.given?.values.get(name.as_str()) {
                Some(Value::Null) | None if ty.is_non_null() => self.wrong(NULL),
                found => found.cloned(),
            };
        }
        if given.is_null() {
            return if ty.is_non_null() {
                self.wrong(NULL)
            } else {
                Some(Value::Null)
            };
        }
        match ty {
            ast::Type::List(inner) | ast::Type::NonNullList(inner) => self.list(given, inner),
            ast::Type::Named(name) | ast::Type::NonNullNamed(name) => self.named(given, name),
        }
    }

    /// A list, or what stands for one of one.
    fn list(&mut self, given: Spelled<'_>, inner: &ast::Type) -> Option<Value> {
        let Some(items) = given.items() else {
            return Some(Value::List(vec![self.value(given, inner)?]));
        };
        let items = items.into_iter().enumerate().map(|(n, item)| {
            let read = self.within(&n.to_string(), |it| it.value(item, inner));
            read.unwrap_or(Value::Null)
        });
        Some(Value::List(items.collect()))
    }

    fn named(&mut self, given: Spelled<'_>, name: &str) -> Option<Value> {
        match self.schema.types.get(name)? {
            ExtendedType::InputObject(defined) => self.object(given, defined),
            ExtendedType::Enum(defined) => {
                let named = given.name();
                match named.filter(|named| defined.values.contains_key(*named)) {
                    Some(named) => Some(Value::Enum(Name::new(named))),
                    None => self.wrong(expected(defined.values.keys(), "expected", "Ange", "")),
                }
            }
            ExtendedType::Scalar(_) => match leaf(name, given.leaf()) {
                Ok(read) => Some(read),
                Err(said) => self.wrong(said),
            },
            ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_) => None,
        }
    }

    fn object(&mut self, given: Spelled<'_>, defined: &InputObjectType) -> Option<Value> {
        let Some(members) = given.members() else {
            return self.wrong(Words::new("expected an object", "Ange ett objekt."));
        };
        if members
            .iter()
            .any(|(name, _)| !defined.fields.contains_key(*name))
        {
            let known = expected(
                defined.fields.keys(),
                "it has a field that is not known: expected",
                "Ett fält är okänt. Ange",
                "",
            );
            return self.wrong(known);
        }
        if defined.directives.has("oneOf") && !self.is_one(&members) {
            let one = expected(
                defined.fields.keys(),
                "expected exactly",
                "Ange precis",
                ", and not null",
            );
            return self.wrong(one);
        }
        let mut read = IndexMap::with_capacity(members.len());
        for (name, wanted) in &defined.fields {
            let mut found = members.iter().filter(|(given, _)| *given == name.as_str());
            let (first, second) = (found.next(), found.next());
            let value = self.within(name, |it| match second {
                Some(_) => it.wrong(Words::new("it stands twice", "Det står två gånger.")),
                None => it.place(first.map(|(_, value)| *value), wanted),
            });
            if let Some(value) = value {
                read.insert(Name::new(name), value);
            }
        }
        Some(Value::Object(read))
    }

    /// Whether exactly one member is there, and none of its values can be null.
    fn is_one(&self, members: &[(&str, Spelled<'_>)]) -> bool {
        let [(_, only)] = members else { return false };
        match (only, self.given) {
            (Spelled::Written(ast::Value::Variable(name)), Some(given)) => {
                let defined = given.defined.iter().find(|one| one.name == *name);
                defined.is_some_and(|defined| defined.ty.is_non_null())
            }
            _ => !only.is_null(),
        }
    }

    /// Whether it is a variable that is null unless it is given, which may not stand where null may not
    /// (5.8.5); the library takes it.
    fn is_null_by_default(&self, given: Spelled<'_>) -> bool {
        let (Spelled::Written(ast::Value::Variable(name)), Some(known)) = (given, self.given)
        else {
            return false;
        };
        let defined = known.defined.iter().find(|one| one.name == *name);
        let default = defined.and_then(|defined| defined.default_value.as_ref());
        default.is_some_and(|default| default.is_null())
    }

    fn is_absent(&self, given: &Spelled<'_>) -> bool {
        match (given, self.given) {
            (Spelled::Written(ast::Value::Variable(name)), Some(given)) => {
                !given.values.contains_key(name.as_str())
            }
            _ => false,
        }
    }

    fn within<T>(&mut self, step: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step.to_owned());
        let read = read(self);
        self.path.pop();
        read
    }

    /// Says that something is wrong, as long as whoever asks is still told: a list of a hundred thousand wrong
    /// values is refused by the first of them.
    fn wrong<T>(&mut self, said: Words) -> Option<T> {
        if self.problems.len() < MAX_ERRORS {
            self.problems.push(CoercionError {
                path: self.path.clone(),
                said,
                at: self.at,
            });
        }
        None
    }
}

const MISSING: Words = Words::new("a value is needed", "Ange ett värde.");
const NULL: Words = Words::new("expected a value, not null", "Ange ett värde, inte null.");

/// That one of the names is expected, after these beginnings and before that end.
fn expected<'n>(
    names: impl Iterator<Item = &'n apollo_compiler::Name>,
    english: &str,
    swedish: &str,
    end: &str,
) -> Words {
    let names: Vec<&str> = names.map(apollo_compiler::Name::as_str).collect();
    let end_swedish = if end.is_empty() {
        ""
    } else {
        ", och inte null"
    };
    match names.as_slice() {
        [only] => Words::made(
            format!("{english} `{only}`{end}"),
            format!("{swedish} `{only}`{end_swedish}."),
        ),
        several => {
            let names = several.join("`, `");
            Words::made(
                format!("{english} one of `{names}`{end}"),
                format!("{swedish} ett av `{names}`{end_swedish}."),
            )
        }
    }
}

/// A value of a scalar.
fn leaf(name: &str, given: Option<Value>) -> Result<Value, Words> {
    let Some(given) = given else {
        return Err(expected_of(name));
    };
    let fits = match (name, &given) {
        ("Int", Value::Number(number)) => {
            let whole = number.as_i64();
            whole.is_some_and(|whole| i32::try_from(whole).is_ok())
        }
        ("Float", Value::Number(_))
        | ("String" | "ID", Value::String(_))
        | ("Boolean", Value::Boolean(_)) => true,
        ("ID", Value::Number(number)) if number.is_i64() => {
            return Ok(Value::String(number.to_string()));
        }
        ("Int" | "Float" | "String" | "Boolean" | "ID", _) => false,
        _ => return scalar::check(name, &given).map(|()| given),
    };
    if fits {
        Ok(given)
    } else {
        Err(expected_of(name))
    }
}

const fn expected_of(scalar: &str) -> Words {
    match scalar.as_bytes() {
        b"Int" => Words::new(
            "expected a whole number of at most 32 bits",
            "Ange ett heltal på högst 32 bitar.",
        ),
        b"Float" => Words::new("expected a number", "Ange ett tal."),
        b"Boolean" => Words::new("expected `true` or `false`", "Ange `true` eller `false`."),
        b"ID" => Words::new("expected an id, as text", "Ange ett id, som text."),
        _ => scalar::TEXT,
    }
}

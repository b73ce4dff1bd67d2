//! A value as it was spelled, in a document or as JSON, before anybody asks what it should be.

use apollo_compiler::{Node, ast};
use async_graphql::{Number, Value};

/// A value as it was spelled.
#[derive(Debug, Clone, Copy)]
pub(super) enum Spelled<'v> {
    Written(&'v ast::Value),
    Sent(&'v serde_json::Value),
}

impl<'v> Spelled<'v> {
    pub(super) fn is_null(self) -> bool {
        match self {
            Self::Written(written) => written.is_null(),
            Self::Sent(sent) => sent.is_null(),
        }
    }

    /// What is in it, if it is a list.
    pub(super) fn items(self) -> Option<Vec<Self>> {
        match self {
            Self::Written(written) => {
                let items = written.as_list()?.iter();
                Some(items.map(|item| Self::Written(item)).collect())
            }
            Self::Sent(sent) => Some(sent.as_array()?.iter().map(Self::Sent).collect()),
        }
    }

    /// What is in it, if it is an object: also what stands twice.
    pub(super) fn members(self) -> Option<Vec<(&'v str, Self)>> {
        match self {
            Self::Written(written) => {
                let members = written.as_object()?.iter();
                let member = |(name, value): &'v (apollo_compiler::Name, Node<ast::Value>)| {
                    (name.as_str(), Self::Written(value))
                };
                Some(members.map(member).collect())
            }
            Self::Sent(sent) => {
                let members = sent.as_object()?.iter();
                Some(
                    members
                        .map(|(name, value)| (name.as_str(), Self::Sent(value)))
                        .collect(),
                )
            }
        }
    }

    /// The name of a value of an enum: a name in a document, a text in variables.
    pub(super) fn name(self) -> Option<&'v str> {
        match self {
            Self::Written(written) => written.as_enum().map(apollo_compiler::Name::as_str),
            Self::Sent(sent) => sent.as_str(),
        }
    }

    /// A single value that is no name.
    pub(super) fn leaf(self) -> Option<Value> {
        match self {
            Self::Written(written) => of_document(written),
            Self::Sent(sent) => of_variables(sent),
        }
    }
}

fn of_document(written: &ast::Value) -> Option<Value> {
    match written {
        ast::Value::String(text) => Some(Value::String(text.clone())),
        ast::Value::Boolean(yes) => Some(Value::Boolean(*yes)),
        ast::Value::Int(number) => {
            let whole = number.as_str().parse::<i64>().map(Number::from).ok();
            let number = whole.or_else(|| Number::from_f64(number.try_to_f64().ok()?));
            number.map(Value::Number)
        }
        ast::Value::Float(number) => {
            let number = Number::from_f64(number.try_to_f64().ok()?);
            number.map(Value::Number)
        }
        ast::Value::Null
        | ast::Value::Enum(_)
        | ast::Value::Variable(_)
        | ast::Value::List(_)
        | ast::Value::Object(_) => None,
    }
}

fn of_variables(sent: &serde_json::Value) -> Option<Value> {
    match sent {
        serde_json::Value::String(text) => Some(Value::String(text.clone())),
        serde_json::Value::Bool(yes) => Some(Value::Boolean(*yes)),
        serde_json::Value::Number(number) => Some(Value::Number(number.clone())),
        serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
            None
        }
    }
}

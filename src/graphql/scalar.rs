//! Scalars: text that follows a rule is read into its domain type before any resolver sees it.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use async_graphql::registry::Registry;
use async_graphql::{ID, InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::domain::{self, EntityRef, Id, Instant, Kind, PermissionName};

fn parsed<T, E>(value: &Value) -> Result<T, String>
where
    T: FromStr<Err = E>,
    E: Display,
{
    let Value::String(text) = value else {
        return Err("expected text".to_owned());
    };
    text.parse().map_err(|error: E| error.to_string())
}

/// An HSA-id: SE or TSTNMT, 10 or 12 digits, a hyphen, letters and digits; at most 31 characters,
/// compared byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HsaId(pub domain::HsaId);

/// An HSA-id: `SE` or `TSTNMT`, 10 or 12 digits, `-`, letters and digits; at most 31 characters, compared byte for
/// byte. White space at the ends is left out, and the letters and digits are no personal number.
#[Scalar(name = "HsaId")]
impl ScalarType for HsaId {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err("expected text".into());
        };
        Ok(Self(domain::HsaId::given(text.trim())?))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A day of the calendar in Europe/Stockholm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date(pub domain::Date);

/// A day of the calendar in Europe/Stockholm, as `2026-11-01`.
#[Scalar(
    name = "Date",
    specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html"
)]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(parsed(&value)?))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime(pub Instant);

/// An instant, given with any offset and always answered in UTC with six digits, as
/// `2026-11-01T08:30:00.000000Z`.
#[Scalar(
    name = "DateTime",
    specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html"
)]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(parsed(&value)?))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// The id of something of one kind, as an argument; what is not one is refused before it is used.
pub struct IdOf<K>(pub Id<K>);

impl<K: Kind> std::fmt::Debug for IdOf<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.0, f)
    }
}

impl<K> Clone for IdOf<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for IdOf<K> {}

impl<K: Kind> InputType for IdOf<K> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <ID as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        parsed(&value.unwrap_or_default())
            .map(Self)
            .map_err(InputValueError::custom)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// The id of anything, as an argument.
#[derive(Debug, Clone)]
pub struct AnyId(pub EntityRef);

impl InputType for AnyId {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <ID as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let known = match value {
            Some(Value::String(text)) => EntityRef::parse(&text),
            _ => None,
        };
        known
            .map(Self)
            .ok_or_else(|| InputValueError::custom("it is not an id"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// The name of a permission, as an argument.
#[derive(Debug, Clone)]
pub struct Permission(pub PermissionName);

impl InputType for Permission {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <String as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <String as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let Some(Value::String(text)) = &value else {
            return Err("expected text".into());
        };
        Ok(Self(PermissionName::given(text)?))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

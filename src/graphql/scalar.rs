//! Scalars: text that follows a rule is read into its domain type before any resolver sees it.

use std::borrow::Cow;
use std::fmt::Display;

use async_graphql::registry::Registry;
use async_graphql::{ID, InputType, InputValueResult, Scalar, ScalarType, Value};

use super::errors::unread;
use domain::text::HsaIdError;
use domain::time::{DateParseError, InstantParseError};
use domain::{self, EntityRef, Id, Instant, Kind, PermissionName, Words};

/// What is said where a text is wanted.
pub(super) const TEXT: Words = Words::new("expected text", "Ange en text.");

fn text(value: &Value) -> Result<&str, Words> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_)
        | Value::List(_)
        | Value::Object(_) => Err(TEXT),
    }
}

fn hsa_id(value: &Value) -> Result<domain::HsaId, Words> {
    domain::HsaId::given(text(value)?.trim()).map_err(HsaIdError::words)
}

fn date(value: &Value) -> Result<domain::Date, Words> {
    text(value)?.parse().map_err(DateParseError::words)
}

/// Whether a value is one of a scalar of our own.
///
/// # Errors
/// What would be right.
pub(super) fn check(scalar: &str, value: &Value) -> Result<(), Words> {
    match scalar {
        "HsaId" => hsa_id(value).map(drop),
        "Date" => date(value).map(drop),
        "DateTime" => instant(value).map(drop),
        "SequenceNumber" => number(value).map(drop),
        _ => Err(Words::new(
            "no values are known of this scalar",
            "Det finns inga värden av den här sorten.",
        )),
    }
}

/// An HSA-id: SE or TSTNMT, 10 or 12 digits, a hyphen, letters and digits; at most 31 characters,
/// compared byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HsaId(pub domain::HsaId);

/// An HSA-id: `SE` or `TSTNMT`, 10 or 12 digits, `-`, letters and digits; at most 31 characters, compared byte for
/// byte. White space at the ends is left out, and the letters and digits are no personal number.
#[Scalar(
    name = "HsaId",
    specified_by_url = "https://inera.atlassian.net/wiki/spaces/KINT/pages/468746902"
)]
impl ScalarType for HsaId {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(hsa_id(&value)?))
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
        Ok(Self(date(&value)?))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Only RFC 3339: what else there is of dates in ISO 8601 means something else to somebody.
fn instant(value: &Value) -> Result<Instant, Words> {
    let text = text(value)?;
    if !is_rfc_3339(text) {
        return Err(InstantParseError::Form.words());
    }
    text.parse().map_err(InstantParseError::words)
}

/// Whether a text has the form of RFC 3339, section 5.6.
fn is_rfc_3339(text: &str) -> bool {
    let digits = |text: &str, form: &str| {
        text.len() == form.len()
            && text
                .bytes()
                .zip(form.bytes())
                .all(|(byte, wanted)| match wanted {
                    b'0' => byte.is_ascii_digit(),
                    b'T' => matches!(byte, b'T' | b't'),
                    wanted => byte == wanted,
                })
    };
    let Some((whole, rest)) = text.split_at_checked("0000-00-00T00:00:00".len()) else {
        return false;
    };
    let at = rest.find(|c: char| !matches!(c, '.' | '0'..='9'));
    let Some((fraction, offset)) = at.and_then(|at| rest.split_at_checked(at)) else {
        return false;
    };
    let fraction = fraction.is_empty()
        || fraction.strip_prefix('.').is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
    let offset =
        matches!(offset, "Z" | "z") || digits(offset, "+00:00") || digits(offset, "-00:00");
    digits(whole, "0000-00-00T00:00:00") && fraction && offset
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
        Ok(Self(instant(&value)?))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// The number of an event in the log, or how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceNumber(pub u64);

/// The greatest whole number that every reader of JSON reads as it was written (RFC 8259, section 6).
const EXACT: u64 = (1 << 53) - 1;

fn number(value: &Value) -> Result<u64, Words> {
    if let Value::Number(number) = value
        && let Some(number) = number.as_u64().filter(|number| *number <= EXACT)
    {
        return Ok(number);
    }
    Err(Words::made(
        format!("expected a whole number from 0 to {EXACT}"),
        format!("Ange ett heltal från 0 till {EXACT}."),
    ))
}

/// The number of an event in the log, counted from 0, or how many events there are: a whole number from 0 to
/// 9007199254740991, as a number.
#[Scalar(
    name = "SequenceNumber",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259#section-6"
)]
impl ScalarType for SequenceNumber {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(number(&value)?))
    }

    fn to_value(&self) -> Value {
        Value::from(self.0)
    }
}

impl From<u64> for SequenceNumber {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl From<i64> for SequenceNumber {
    /// As databases keep it, which is never below 0.
    fn from(number: i64) -> Self {
        Self(number.max(0).unsigned_abs())
    }
}

/// What is given as a scalar of GraphQL's own and is more than that: it is read into its domain type.
pub trait Argument: Display + Send + Sync {
    /// The scalar.
    type Scalar: InputType;

    /// What the value is.
    ///
    /// # Errors
    /// What would be right.
    fn read(value: &Value) -> Result<Self, Words>
    where
        Self: Sized;
}

/// An argument; what is not one is refused before it is used.
#[derive(Debug, Clone, Copy)]
pub struct Given<T>(pub T);

/// The id of something of one kind, as an argument.
pub type IdOf<K> = Given<Id<K>>;

/// The id of anything, as an argument.
pub type AnyId = Given<EntityRef>;

/// The name of a permission, as an argument.
pub type Permission = Given<PermissionName>;

impl<T: Argument> InputType for Given<T> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        T::Scalar::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::Scalar::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let read = T::read(value.as_ref().unwrap_or(&Value::Null));
        read.map(Self).map_err(|said| unread(value, &said))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<K: Kind> Argument for Id<K> {
    type Scalar = ID;

    fn read(value: &Value) -> Result<Self, Words> {
        let known = text(value).ok().and_then(|text| text.parse().ok());
        known.ok_or_else(id_wanted::<K>)
    }
}

/// What is said where the id of something of that kind is wanted.
pub(super) fn id_wanted<K: Kind>() -> Words {
    let prefix = K::KIND.prefix();
    Words::made(
        format!("expected an id as it was answered: `{prefix}_` and 26 characters"),
        format!("Ange ett id som det står i svaren: `{prefix}_` och 26 tecken."),
    )
}

impl Argument for EntityRef {
    type Scalar = ID;

    fn read(value: &Value) -> Result<Self, Words> {
        let known = text(value).ok().and_then(|text| text.parse().ok());
        known.ok_or(Words::new(
            "expected an id, as it was answered",
            "Ange ett id som det står i svaren.",
        ))
    }
}

impl Argument for PermissionName {
    type Scalar = String;

    fn read(value: &Value) -> Result<Self, Words> {
        Self::given(text(value)?).map_err(|error| error.words())
    }
}

impl<K> From<Given<Self>> for Id<K> {
    fn from(given: Given<Self>) -> Self {
        given.0
    }
}

impl From<Given<Self>> for EntityRef {
    fn from(given: Given<Self>) -> Self {
        given.0
    }
}

impl From<Given<Self>> for PermissionName {
    fn from(given: Given<Self>) -> Self {
        given.0
    }
}

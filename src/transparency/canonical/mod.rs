//! Canonical JSON: one sequence of bytes for one value, so that a hash can stand for it.
//!
//! RFC 8785 in a strict profile: strings, booleans, integers of at most 53 bits, arrays and objects
//! with ASCII keys. No null and no fraction can be expressed, so no reader has to know how another
//! prints them. To admit another form, give `FORMAT.md` a new version first.

use domain::Words;
use domain::speaks::{Speaks, words};

mod object;
mod read;
mod scan;
mod spelled;
#[cfg(test)]
mod tests;
mod write;

pub use object::Object;
pub use scan::Members;
pub(crate) use scan::plain_text;
pub use spelled::Spelled;

/// The largest magnitude of an integer: every JSON reader holds it exactly.
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// A value that has exactly one canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Bool(bool),
    Integer(i64),
    Text(String),
    Array(Vec<Value>),
    Object(Object),
    Spelled(Spelled),
}

/// What cannot be written canonically.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum CanonicalError {
    /// A number that is a fraction or needs more than 53 bits.
    Number,
    /// A null; what is not there is left out.
    Null,
    /// A key outside ASCII.
    Key,
    /// The same key twice.
    Duplicate,
    /// More bytes than allowed.
    TooLong {
        /// How many there were.
        size: usize,
        /// How many there may be.
        most: usize,
    },
    /// Not JSON, or JSON that is spelled in another way than the canonical one.
    Spelling,
}

impl Speaks for CanonicalError {
    fn words(&self) -> Words {
        match self {
            Self::Number => Words::new(
                "a number is a fraction or needs more than 53 bits",
                "Ett tal är ett bråk eller behöver mer än 53 bitar.",
            ),
            Self::Null => Words::new(
                "null stands where a member should have been left out",
                "Ett fält är `null` i stället för att vara utelämnat.",
            ),
            Self::Key => Words::new(
                "a key is not printable ASCII",
                "En nyckel har andra tecken än skrivbar ASCII.",
            ),
            Self::Duplicate => Words::new(
                "a key stands twice in one object",
                "En nyckel står två gånger i samma objekt.",
            ),
            Self::TooLong { size, most } => words!(
                "{size} bytes where at most {most} are allowed",
                "Det är {size} byte där högst {most} är tillåtna.",
                size,
                most
            ),
            Self::Spelling => Words::new("not canonical JSON", "Det är inte kanonisk JSON."),
        }
    }
}

impl Value {
    /// An integer.
    ///
    /// # Errors
    /// When it needs more than 53 bits.
    pub fn integer(number: impl TryInto<i64>) -> Result<Self, CanonicalError> {
        let number = number.try_into().map_err(|_| CanonicalError::Number)?;
        checked(number).map(|number| Self(Form::Integer(number)))
    }

    /// An array of strings in the order given.
    pub fn texts<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::array(items.into_iter().map(|item| Self::from(item.into())))
    }

    /// An array in the order given.
    pub fn array(items: impl IntoIterator<Item = Self>) -> Self {
        Self(Form::Array(items.into_iter().collect()))
    }

    /// A set of strings: sorted, each once.
    pub fn set<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Self {
        let mut items: Vec<String> = items.into_iter().map(Into::into).collect();
        items.sort_unstable();
        items.dedup();
        Self::texts(items)
    }

    /// The one value that these bytes spell.
    ///
    /// # Errors
    /// When they are not JSON, not within the profile, or not spelled canonically.
    pub fn parse(bytes: &[u8]) -> Result<Self, CanonicalError> {
        let value: Self = serde_json::from_slice(bytes).map_err(|_| CanonicalError::Spelling)?;
        if value.to_text().as_bytes() == bytes {
            Ok(value)
        } else {
            Err(CanonicalError::Spelling)
        }
    }

    /// The canonical text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::with_capacity(256);
        self.write(&mut out);
        out
    }

    /// The boolean, if it is one.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        if let Form::Bool(value) = &self.0 {
            Some(*value)
        } else {
            None
        }
    }

    /// The integer, if it is one.
    #[must_use]
    pub const fn as_integer(&self) -> Option<i64> {
        if let Form::Integer(value) = &self.0 {
            Some(*value)
        } else {
            None
        }
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Form::Text(value) = &self.0 {
            Some(value)
        } else {
            None
        }
    }

    /// The items, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Form::Array(items) = &self.0 {
            Some(items)
        } else {
            None
        }
    }

    /// The members, if it is an object.
    #[must_use]
    pub const fn as_object(&self) -> Option<&Object> {
        if let Form::Object(members) = &self.0 {
            Some(members)
        } else {
            None
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self(Form::Bool(value))
    }
}

impl From<u8> for Value {
    fn from(value: u8) -> Self {
        Self(Form::Integer(value.into()))
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self(Form::Integer(value.into()))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self(Form::Text(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self(Form::Text(value))
    }
}

impl From<Object> for Value {
    fn from(members: Object) -> Self {
        Self(Form::Object(members))
    }
}

impl From<Spelled> for Value {
    fn from(spelled: Spelled) -> Self {
        Self(Form::Spelled(spelled))
    }
}

const fn checked(number: i64) -> Result<i64, CanonicalError> {
    if number > MAX_INTEGER || number < -MAX_INTEGER {
        return Err(CanonicalError::Number);
    }
    Ok(number)
}

fn checked_key(key: &str) -> Result<&str, CanonicalError> {
    if key.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        Ok(key)
    } else {
        Err(CanonicalError::Key)
    }
}

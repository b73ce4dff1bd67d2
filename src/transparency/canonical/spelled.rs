//! Values that are spelled at once, from anything that serialises.

use std::fmt;

use super::write::{write_bool, write_integer, write_text};
use super::{CanonicalError, checked, checked_key};

/// A value that was spelled canonically once and is kept as those bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Spelled(String);

impl fmt::Debug for Spelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spelled({} bytes)", self.0.len())
    }
}

impl Spelled {
    /// The canonical spelling of anything that serialises without nulls and fractions, if it is at
    /// most `most` bytes.
    ///
    /// # Errors
    /// When it holds what the profile does not admit, or is longer.
    pub fn of(value: &impl serde::Serialize, most: usize) -> Result<Self, CanonicalError> {
        let value = serde_json::to_value(value).map_err(|_| CanonicalError::Spelling)?;
        Self::of_json(&value, most)
    }

    /// As [`Spelled::of`], for a JSON value that is already there.
    ///
    /// # Errors
    /// When it holds what the profile does not admit, or is longer.
    pub fn of_json(value: &serde_json::Value, most: usize) -> Result<Self, CanonicalError> {
        let mut text = String::with_capacity(1_024);
        spell(value, &mut text)?;
        if text.len() > most {
            return Err(CanonicalError::TooLong {
                size: text.len(),
                most,
            });
        }
        Ok(Self(text))
    }

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn spell(value: &serde_json::Value, out: &mut String) -> Result<(), CanonicalError> {
    match value {
        serde_json::Value::Null => return Err(CanonicalError::Null),
        serde_json::Value::Bool(value) => write_bool(*value, out),
        serde_json::Value::Number(number) => {
            let number = number.as_i64().ok_or(CanonicalError::Number)?;
            write_integer(checked(number)?, out);
        }
        serde_json::Value::String(text) => write_text(text, out),
        serde_json::Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                spell(item, out)?;
            }
            out.push(']');
        }
        serde_json::Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, member)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_text(checked_key(key)?, out);
                out.push(':');
                spell(member, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

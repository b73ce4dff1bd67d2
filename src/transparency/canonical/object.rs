//! Objects: members in the order in which they are spelled.

use std::borrow::Cow;

use super::{CanonicalError, Value, checked_key};

/// The members of an object, sorted by key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Object(Vec<(Cow<'static, str>, Value)>);

impl Object {
    /// An object without members.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The object with one more member; a literal key that is in use is replaced.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.set(key, value);
        self
    }

    /// The object with one more member, if there is a value.
    #[must_use]
    pub fn with_some(self, key: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Sets a member whose key is known when the program is written.
    pub fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        debug_assert!(checked_key(key).is_ok());
        self.put(Cow::Borrowed(key), value.into());
    }

    /// Sets a member whose key is data.
    ///
    /// # Errors
    /// When the key is not printable ASCII.
    pub fn insert(&mut self, key: &str, value: impl Into<Value>) -> Result<(), CanonicalError> {
        checked_key(key)?;
        self.put(Cow::Owned(key.to_owned()), value.into());
        Ok(())
    }

    fn put(&mut self, key: Cow<'static, str>, value: Value) {
        match self.0.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(at) => {
                if let Some(member) = self.0.get_mut(at) {
                    member.1 = value;
                }
            }
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    /// The member of that key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        let at = self
            .0
            .binary_search_by(|(known, _)| known.as_ref().cmp(key))
            .ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_ref(), value))
    }

    /// Whether there are no members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

//! What may have more bytes than an event has room for.

use super::caps::MAX_FACTS;
use crate::canonical::{CanonicalError, Spelled};

/// What an event keeps of something that may have more bytes than there is room for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// All of it, at most [`MAX_FACTS`] bytes.
    Whole(Spelled),
    /// Nothing but that it was longer: the one reason why an event may lack it.
    TooLong,
}

impl Kept {
    /// What an event keeps of anything that serialises.
    ///
    /// # Errors
    /// When it holds what has no canonical form, as an instant of the year 9999.
    pub fn of(value: &impl serde::Serialize) -> Result<Self, CanonicalError> {
        match Spelled::of(value, MAX_FACTS) {
            Ok(spelled) => Ok(Self::Whole(spelled)),
            Err(CanonicalError::TooLong { .. }) => Ok(Self::TooLong),
            Err(other) => Err(other),
        }
    }

    /// The whole of it, if it is there.
    #[must_use]
    pub const fn whole(&self) -> Option<&Spelled> {
        match self {
            Self::Whole(spelled) => Some(spelled),
            Self::TooLong => None,
        }
    }
}

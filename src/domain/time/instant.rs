//! Instants.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::fmt::temporal::Pieces;

use super::{Date, STOCKHOLM};
use crate::Words;

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Instant(i64);

impl Instant {
    /// The first instant that is taken in: the year 1900 begins in UTC.
    pub const FIRST: Self = Self(-2_208_988_800_000_000);
    /// The last instant that is taken in: the year 2199 ends in UTC.
    pub const LAST: Self = Self(7_258_118_399_999_999);
    /// What does not come: after every instant that is taken in, and the last that an event can hold.
    pub const NEVER: Self = Self((1 << 53) - 1);

    /// The instant, if it is one that is taken in.
    #[must_use]
    pub fn in_range(self) -> Option<Self> {
        (Self::FIRST..=Self::LAST).contains(&self).then_some(self)
    }

    /// The instant that many microseconds after 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The instant that many seconds after 1970.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The instant that many seconds later.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// The instant that many days of 24 hours later.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days.saturating_mul(86_400))
    }

    /// The day it is in Europe/Stockholm; out of range, the nearest day within.
    #[must_use]
    pub fn date(self) -> Date {
        let within = self.clamp(Self::FIRST, Self::LAST);
        let at = Timestamp::from_microsecond(within.0).unwrap_or(Timestamp::UNIX_EPOCH);
        let day = at.to_zoned(STOCKHOLM.clone()).date();
        Date(day.clamp(Date::FIRST.0, Date::LAST.0))
    }
}

/// Always UTC, always six digits: `2026-11-01T08:30:00.000000Z`.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH);
        write!(f, "{at:.6}")
    }
}

/// The text is not an instant that is taken in. It is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum InstantParseError {
    /// It has another form.
    Form,
    /// It is too long ago or too far away.
    Range,
}

impl InstantParseError {
    /// What would be right.
    #[must_use]
    pub fn words(self) -> Words {
        let (first, last) = (Instant::FIRST, Instant::LAST);
        match self {
            Self::Form => Words::new(
                "it is not an instant: expected RFC 3339 with an offset, as 2026-11-01T08:30:00Z",
                "Ange en tidpunkt med tidszon enligt RFC 3339, som 2026-11-01T08:30:00Z.",
            ),
            Self::Range => Words::made(
                format!(
                    "the instant is out of range: expected one from {first} to {last}; what is open is null"
                ),
                format!(
                    "Ange en tidpunkt från {first} till {last}. Det som är öppet ska vara tomt."
                ),
            ),
        }
    }
}

impl FromStr for Instant {
    type Err = InstantParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let at = text.parse::<Timestamp>().map_err(|_| {
            // The last of all days is an instant, and beyond what a timestamp can be.
            let pieces = Pieces::parse(text);
            let whole = pieces.is_ok_and(|one| one.time().is_some() && one.offset().is_some());
            if whole {
                InstantParseError::Range
            } else {
                InstantParseError::Form
            }
        })?;
        Self(at.as_microsecond())
            .in_range()
            .ok_or(InstantParseError::Range)
    }
}

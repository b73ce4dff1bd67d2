//! Instants, dates, and when a date ends.
//!
//! Instants are whole microseconds since 1970 in UTC, in memory, in the database and in events. Dates
//! are days in Europe/Stockholm. An end date is the last day on which something holds.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::tz::TimeZone;

use super::Words;

mod instant;

pub use instant::{Instant, InstantParseError};

/// A day in Europe/Stockholm, from [`Date::FIRST`] to [`Date::LAST`].
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Date(jiff::civil::Date);

/// The text is not a date that is taken in. It is not repeated: nobody knows what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum DateParseError {
    /// It has another form, or the calendar has no such day.
    Form,
    /// Directories write such days for "always" and "no end".
    Range,
}

impl DateParseError {
    /// What would be right.
    #[must_use]
    pub fn words(self) -> Words {
        let (first, last) = (Date::FIRST, Date::LAST);
        match self {
            Self::Form => Words::new(
                "it is not a date: expected a day of the calendar as YYYY-MM-DD",
                "Ange en dag i kalendern, som ÅÅÅÅ-MM-DD.",
            ),
            Self::Range => Words::made(
                format!(
                    "the day is out of range: expected a day from {first} to {last}; what has no end is null, not a \
                     far day"
                ),
                format!(
                    "Ange en dag från {first} till {last}. Det som inte har något slut ska vara tomt, inte en dag långt \
                     fram."
                ),
            ),
        }
    }
}

impl FromStr for Date {
    type Err = DateParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        if !plain {
            return Err(DateParseError::Form);
        }
        let day = text.parse().map_err(|_| DateParseError::Form)?;
        Self::in_range(day).ok_or(DateParseError::Range)
    }
}

impl TryFrom<String> for Date {
    type Error = DateParseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Date {
    /// The first day that is taken in.
    pub const FIRST: Self = Self(jiff::civil::date(1900, 1, 1));
    /// The last day that is taken in.
    pub const LAST: Self = Self(jiff::civil::date(2199, 12, 31));

    fn in_range(day: jiff::civil::Date) -> Option<Self> {
        (Self::FIRST.0..=Self::LAST.0)
            .contains(&day)
            .then_some(Self(day))
    }

    /// The day that many days later (or earlier); `None` out of range.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Option<Self> {
        let day = self.0.checked_add(jiff::Span::new().days(days)).ok()?;
        Self::in_range(day)
    }

    /// How many days from `self` to `later`; negative when it is earlier.
    #[must_use]
    pub fn days_until(self, later: Self) -> i32 {
        self.0.until(later.0).map_or(0, |span| span.get_days())
    }
}

static STOCKHOLM: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/Stockholm").unwrap_or(TimeZone::UTC));

/// When days begin and end, in hours after local midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    /// Hours into the next day until which the last day of an engagement or a grant still holds.
    pub grace_hours: u8,
}

impl Default for Calendar {
    fn default() -> Self {
        Self { grace_hours: 12 }
    }
}

impl Calendar {
    /// The first instant of the day.
    #[must_use]
    pub fn starts(self, day: Date) -> Instant {
        at_hour(day.0, 0).unwrap_or(Instant::NEVER)
    }

    /// The first instant at which something with this last day no longer holds.
    #[must_use]
    pub fn ends(self, last_day: Date) -> Instant {
        end(last_day, 0)
    }

    /// The last instant up to then at which something of a day can have begun or ended: until the next one nothing does.
    #[must_use]
    pub fn last_turn(self, now: Instant) -> Instant {
        let today = now.date();
        let hours = at_hour(today.0, self.grace_hours).filter(|hour| *hour <= now);
        hours.unwrap_or_else(|| self.starts(today))
    }

    /// As [`Calendar::ends`], with the hours of grace that shift work needs.
    #[must_use]
    pub fn ends_with_grace(self, last_day: Date) -> Instant {
        end(last_day, self.grace_hours)
    }
}

/// The hour of the day after. Within the range there is always one; were there none, it has ended.
fn end(last_day: Date, hour: u8) -> Instant {
    let next = last_day.0.tomorrow().ok();
    next.and_then(|day| at_hour(day, hour))
        .unwrap_or(Instant::FIRST)
}

fn at_hour(day: jiff::civil::Date, hour: u8) -> Option<Instant> {
    let hour = i8::try_from(hour.min(23)).ok()?;
    let zoned = day.at(hour, 0, 0, 0).to_zoned(STOCKHOLM.clone()).ok()?;
    Some(Instant::from_micros(zoned.timestamp().as_microsecond()))
}

/// From a first day to a last day, or without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The last day; `None`: no end is set.
    pub until: Option<Date>,
}

#[cfg(test)]
mod tests;

//! Instants, dates, and when a date ends.
//!
//! Instants are whole microseconds since 1970 in UTC, in memory, in the database and in events. Dates
//! are days in Europe/Stockholm. An end date is the last day on which something holds.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A day in Europe/Stockholm.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Date(jiff::civil::Date);

/// The text is not a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date: expected a day of the calendar as YYYY-MM-DD")]
pub struct DateParseError(String);

impl FromStr for Date {
    type Err = DateParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || DateParseError(text.chars().take(32).collect());
        let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        if !plain {
            return Err(wrong());
        }
        text.parse().map(Self).map_err(|_| wrong())
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
    /// The day that many days later (or earlier); `None` outside the calendar.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Option<Self> {
        self.0
            .checked_add(jiff::Span::new().days(days))
            .ok()
            .map(Self)
    }

    /// How many days from `self` to `later`; negative when it is earlier.
    #[must_use]
    pub fn days_until(self, later: Self) -> i32 {
        self.0.until(later.0).map_or(0, |span| span.get_days())
    }
}

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Instant(i64);

impl Instant {
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

    /// The day it is in Europe/Stockholm.
    #[must_use]
    pub fn date(self) -> Date {
        let at = Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH);
        Date(at.to_zoned(STOCKHOLM.clone()).date())
    }
}

/// Always UTC, always six digits: `2026-11-01T08:30:00.000000Z`.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH);
        write!(f, "{at:.6}")
    }
}

/// The text is not an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an instant: expected RFC 3339 with an offset, as 2026-11-01T08:30:00Z")]
pub struct InstantParseError(String);

impl FromStr for Instant {
    type Err = InstantParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<Timestamp>()
            .map(|at| Self(at.as_microsecond()))
            .map_err(|_| InstantParseError(text.chars().take(40).collect()))
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
        at_hour(day, 0)
    }

    /// The first instant at which something with this last day no longer holds.
    #[must_use]
    pub fn ends(self, last_day: Date) -> Instant {
        at_hour(last_day.plus_days(1).unwrap_or(last_day), 0)
    }

    /// As [`Calendar::ends`], with the hours of grace that shift work needs.
    #[must_use]
    pub fn ends_with_grace(self, last_day: Date) -> Instant {
        at_hour(last_day.plus_days(1).unwrap_or(last_day), self.grace_hours)
    }
}

fn at_hour(day: Date, hour: u8) -> Instant {
    let hour = i8::try_from(hour.min(23)).unwrap_or(0);
    day.0
        .at(hour, 0, 0, 0)
        .to_zoned(STOCKHOLM.clone())
        .map_or(Instant(i64::MAX), |zoned| {
            Instant(zoned.timestamp().as_microsecond())
        })
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
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_day_of_an_engagement_holds_until_noon_the_next_day_in_stockholm() {
        let calendar = Calendar::default();
        let winter = calendar.ends_with_grace(date("2026-11-01"));
        assert_eq!(winter.to_string(), "2026-11-02T11:00:00.000000Z");
        let summer = calendar.ends_with_grace(date("2026-06-30"));
        assert_eq!(summer.to_string(), "2026-07-01T10:00:00.000000Z");
        assert_eq!(
            calendar.ends(date("2026-06-30")).to_string(),
            "2026-06-30T22:00:00.000000Z"
        );
    }

    #[test]
    fn instants_before_1970_round_down_and_any_offset_is_normalised() {
        assert_eq!(Instant::from_micros(-1).as_seconds(), -1);
        let parsed: Instant = "2026-11-01T09:30:00+01:00".parse().unwrap();
        assert_eq!(parsed.to_string(), "2026-11-01T08:30:00.000000Z");
        assert!("2026-11-01".parse::<Instant>().is_err());
    }

    #[test]
    fn only_whole_days_of_the_calendar_are_dates() {
        for text in [
            "2026-02-30",
            "2026-2-3",
            "20260203",
            "2026-02-03T00:00",
            "+002026-01-01",
            "",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }
}

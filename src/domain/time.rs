//! Instants, dates, and when a date ends.
//!
//! Instants are whole microseconds since 1970 in UTC, in memory, in the database and in events. Dates
//! are days in Europe/Stockholm. An end date is the last day on which something holds.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;

use super::Words;

/// A day in Europe/Stockholm, from [`Date::FIRST`] to [`Date::LAST`].
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Date(jiff::civil::Date);

/// The text is not a date that is taken in. It is not repeated: nobody knows what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl fmt::Display for DateParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words().fmt(f)
    }
}

impl std::error::Error for DateParseError {}

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl fmt::Display for InstantParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words().fmt(f)
    }
}

impl std::error::Error for InstantParseError {}

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
    Some(Instant(zoned.timestamp().as_microsecond()))
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

    #[test]
    fn far_days_are_refused_and_the_last_that_is_taken_in_still_ends() {
        for text in [
            "0001-01-01",
            "1899-12-31",
            "2200-01-01",
            "2299-12-31",
            "9999-12-31",
        ] {
            let refused = text.parse::<Date>().unwrap_err();
            assert_eq!(refused, DateParseError::Range, "{text}");
            let said = refused.to_string();
            assert!(
                said.contains("1900-01-01 to 2199-12-31") && said.contains("null"),
                "{said}"
            );
        }
        let calendar = Calendar::default();
        assert_eq!(
            calendar.ends_with_grace(date("2199-12-31")).to_string(),
            "2200-01-01T11:00:00.000000Z"
        );
        assert!(calendar.starts(date("1900-01-01")) < Instant::FIRST.plus_days(1));
        assert_eq!(date("2199-12-31").plus_days(1), None);
        assert!(calendar.ends_with_grace(Date::LAST) < Instant::NEVER);
        assert_eq!(Instant::NEVER.date(), Date::LAST);
    }

    #[test]
    fn far_instants_are_refused_whatever_their_offset() {
        for text in [
            "0001-01-01T00:00:00Z",
            "1899-12-31T23:59:59Z",
            "2200-01-01T00:00:00Z",
            "2199-12-31T23:59:59-01:00",
            "9999-12-30T00:00:00Z",
            "9999-12-31T00:00:00Z",
            "9999-12-31T23:59:59.999999+01:00",
        ] {
            let refused = text.parse::<Instant>().unwrap_err();
            assert_eq!(refused, InstantParseError::Range, "{text}");
        }
        assert_eq!("1900-01-01T00:00:00Z".parse(), Ok(Instant::FIRST));
        assert_eq!("2199-12-31T23:59:59.999999Z".parse(), Ok(Instant::LAST));
    }
}

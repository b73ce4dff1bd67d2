//! Whether a moment is fit to record something in: what the server has set, and whether clocks agree.
//!
//! Asked while the head is held, of what the server said when it was locked: a setting that was changed under a
//! running service, or a clock that jumped, is noticed before the next event and not at the next start. Recorded
//! time never goes back, so one event that was recorded an hour ahead would hold it still for an hour: an
//! instance whose clock is far off does not append.

use std::time::Duration;

use super::connection::{UnsafeSetting, judge_postgres};
use domain::Instant;
use domain::Words;
use domain::speaks::{Speaks, words};

/// Nothing can be recorded for now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum Unfit {
    /// The server could lose what it acknowledges.
    #[error(transparent)]
    Setting(#[from] UnsafeSetting),
    /// This host and the database disagree about the time.
    Clocks {
        /// How far this host's is ahead.
        seconds: i64,
    },
    /// The log's newest recorded time has not come yet.
    Ahead {
        /// By how much.
        seconds: i64,
    },
}

impl Speaks for Unfit {
    fn words(&self) -> Words {
        match self {
            Self::Setting(setting) => setting.words(),
            Self::Clocks { seconds } => words!(
                "this host's clock is {seconds} s {side} the database's, which is more than \
                 `clock_tolerance_seconds`: set the one that is wrong",
                "Värdens klocka går {seconds} s {side} databasens, mer än `clock_tolerance_seconds`. Ställ den \
                 som går fel.",
                seconds = seconds.unsigned_abs(),
                side = if *seconds > 0 {
                    Words::part("ahead of", "före")
                } else {
                    Words::part("behind", "efter")
                }
            ),
            Self::Ahead { seconds } => words!(
                "the log's newest event is recorded {seconds} s ahead of this host's clock, which is more than \
                 `clock_tolerance_seconds`: set the clock if it is wrong; if it is right, wait, or have it accepted \
                 with `behorig log accept-time`",
                "Loggens senaste händelse ligger {seconds} s före värdens klocka, mer än `clock_tolerance_seconds`. \
                 Ställ klockan om den går fel. Går den rätt, vänta eller godta tiden med `behorig log accept-time`.",
                seconds
            ),
        }
    }
}

/// What a PostgreSQL server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) now: Instant,
    pub(super) fsync: String,
    pub(super) full_page_writes: String,
}

impl Server {
    /// Whether it keeps what it acknowledges. (How a session commits is set with every transaction.)
    pub(super) fn is_safe(&self) -> Result<(), UnsafeSetting> {
        judge_postgres(&self.fsync, &self.full_page_writes, "on")
    }
}

/// The times that are compared: when the server was asked and when it had answered, by this host's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) from: Instant,
    pub(super) to: Instant,
}

impl Asked {
    /// Whether the server's clock shows a time between the two, or little outside.
    pub(super) fn agrees(self, server: Instant, tolerance: Duration) -> Result<(), Unfit> {
        let ahead = far(self.from, server, tolerance).map(|seconds| Unfit::Clocks { seconds });
        let behind =
            far(server, self.to, tolerance).map(|seconds| Unfit::Clocks { seconds: -seconds });
        ahead.or(behind).map_or(Ok(()), Err)
    }

    /// Whether the log's newest recorded time has come, or nearly.
    pub(super) fn has_reached(self, newest: Instant, tolerance: Duration) -> Result<(), Unfit> {
        let ahead = far(newest, self.to, tolerance).map(|seconds| Unfit::Ahead { seconds });
        ahead.map_or(Ok(()), Err)
    }
}

/// By how many seconds one is later than the other, if that is more than is tolerated.
fn far(later: Instant, earlier: Instant, tolerance: Duration) -> Option<i64> {
    let micros = later.as_micros().saturating_sub(earlier.as_micros());
    let tolerated = i64::try_from(tolerance.as_micros()).unwrap_or(i64::MAX);
    (micros > tolerated).then_some(micros / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLERANCE: Duration = Duration::from_secs(5);

    fn at(seconds: i64) -> Instant {
        Instant::from_seconds(100_000 + seconds)
    }

    #[test]
    fn clocks_may_differ_a_little_and_a_lock_may_be_waited_for() {
        let asked = Asked {
            from: at(0),
            to: at(8),
        };
        for server in [-5, 0, 4, 8, 13] {
            assert_eq!(asked.agrees(at(server), TOLERANCE), Ok(()), "{server}");
        }
        assert_eq!(
            asked.agrees(at(-6), TOLERANCE),
            Err(Unfit::Clocks { seconds: 6 })
        );
        assert_eq!(
            asked.agrees(at(14), TOLERANCE),
            Err(Unfit::Clocks { seconds: -6 })
        );
        let said = Unfit::Clocks { seconds: -3_600 }.to_string();
        assert!(said.contains("3600 s behind the database's"), "{said}");
    }

    #[test]
    fn a_server_that_stops_syncing_is_not_appended_to() {
        let server = |fsync: &str, full_page_writes: &str| Server {
            now: at(0),
            fsync: fsync.to_owned(),
            full_page_writes: full_page_writes.to_owned(),
        };
        assert_eq!(server("on", "on").is_safe(), Ok(()));
        for unsafe_one in [server("off", "on"), server("on", "off")] {
            let refused = unsafe_one.is_safe().unwrap_err().to_string();
            assert!(refused.contains("commits could be lost"), "{refused}");
        }
    }

    #[test]
    fn a_log_that_is_ahead_of_this_clock_waits() {
        let asked = Asked {
            from: at(0),
            to: at(0),
        };
        assert_eq!(asked.has_reached(at(5), TOLERANCE), Ok(()));
        assert_eq!(asked.has_reached(at(-9_999), TOLERANCE), Ok(()));
        assert_eq!(
            asked.has_reached(at(3_600), TOLERANCE),
            Err(Unfit::Ahead { seconds: 3_600 })
        );
    }
}

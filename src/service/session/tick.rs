//! When an answer is given by which something was looked for in vain: at whole ticks only.
//!
//! What is hidden and what is not there take the same reads, and yet not the same work: the facts of what is there
//! are larger, and the policies have more to look at. A tenth of a millisecond shows after some hundred questions,
//! so whoever asked waits for the next tick, which both answers meet.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Several times what such an answer takes.
const TICK: Duration = Duration::from_millis(25);

/// Waits for the next tick since then.
pub(super) async fn wait(since: Instant) {
    let elapsed = since.elapsed();
    sleep_until(since + after(elapsed)).await;
}

/// The end of the tick in which an answer is ready after so long.
fn after(elapsed: Duration) -> Duration {
    let ticks = elapsed.as_nanos() / TICK.as_nanos() + 1;
    TICK * u32::try_from(ticks).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_one_tick_are_given_together() {
        for (elapsed, given) in [
            (0, 25),
            (4, 25),
            (24, 25),
            (25, 50),
            (49, 50),
            (1_001, 1_025),
        ] {
            let elapsed = Duration::from_millis(elapsed);
            assert_eq!(after(elapsed), Duration::from_millis(given), "{elapsed:?}");
        }
    }

    #[tokio::test]
    async fn nothing_is_given_before_its_tick() {
        let asked = Instant::now();
        wait(asked).await;
        assert!(asked.elapsed() >= TICK);
    }
}

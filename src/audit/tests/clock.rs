//! An instance whose clock is wrong records nothing, and one wrong event does not stop the log for good.

use std::sync::Mutex;

use super::*;
use domain::clock::SystemClock;

/// A clock that is meant to be right, and so many seconds off.
#[derive(Debug)]
struct Off(Mutex<i64>);

impl Off {
    fn by(seconds: i64) -> Arc<Self> {
        Arc::new(Self(Mutex::new(seconds)))
    }

    fn set(&self, seconds: i64) {
        *self.0.lock().unwrap() = seconds;
    }
}

impl Clock for Off {
    fn now(&self) -> Instant {
        SystemClock.now().plus_seconds(*self.0.lock().unwrap())
    }

    fn uuid(&self) -> Uuid {
        SystemClock.uuid()
    }
}

async fn log_by(db: &TestDatabase, clock: &Arc<Off>) -> Log {
    let clock: Arc<dyn Clock> = clock.clone();
    let options = LogOptions {
        deadline: std::time::Duration::from_secs(30),
        ..LogOptions::default()
    };
    Log::open(db.database.clone(), clock, options)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_clock_that_is_far_from_the_servers_records_nothing() {
    for db in databases().await {
        if db.database.backend() == DbBackend::Sqlite {
            // There is no other clock there.
            continue;
        }
        for seconds in [-3_600, 3_600] {
            let clock = Off::by(seconds);
            let log = log_by(&db, &clock).await;
            let size = db.database.snapshot().await.unwrap().log_size();
            let refused = log.seal(vec![pending(decision(2))]).await;
            assert_eq!(refused, Err(SealError::Unavailable), "{seconds}");
            assert_eq!(log.health(), Health::Unable);
            assert_eq!(log.look().await.1, Health::Unable);
            assert_eq!(db.database.snapshot().await.unwrap().log_size(), size);
            clock.set(0);
            assert_eq!(
                log.look().await.1,
                Health::Recording,
                "it comes round by itself"
            );
            log.seal(vec![pending(decision(2))]).await.unwrap();
        }
        db.done().await;
    }
}

#[tokio::test]
async fn a_log_that_is_ahead_waits_until_somebody_accepts_it() {
    for db in databases().await {
        // As an instance leaves it that was an hour ahead, or a server that was.
        let ahead = SystemClock.now().plus_seconds(3_600);
        db.clock.set(ahead);
        db.patient_log()
            .await
            .seal(vec![pending(decision(2))])
            .await
            .unwrap();
        let clock = Off::by(0);
        let log = log_by(&db, &clock).await;
        let another = log_by(&db, &clock).await;
        for log in [&log, &another] {
            let refused = log.seal(vec![pending(decision(2))]).await;
            assert_eq!(refused, Err(SealError::Unavailable));
            assert_eq!(log.look().await.1, Health::Unable);
        }
        let (seconds, event, receipt) = log.accept_time("NTP was wrong").await.unwrap();
        assert!((3_500..=3_600).contains(&seconds), "{seconds}");
        assert_eq!(receipt.recorded_at(), ahead);
        assert!(receipt.seq(event).is_some());
        for log in [&log, &another] {
            assert_eq!(log.look().await.1, Health::Recording);
            let sealed = log.seal(vec![pending(decision(2))]).await.unwrap();
            assert_eq!(
                sealed.recorded_at(),
                ahead,
                "recorded time does not go back"
            );
        }
        // What is accepted is this one time, and no later one.
        db.clock.set(ahead.plus_seconds(60));
        db.patient_log()
            .await
            .seal(vec![pending(decision(2))])
            .await
            .unwrap();
        let refused = another.seal(vec![pending(decision(2))]).await;
        assert_eq!(refused, Err(SealError::Unavailable));
        clock.set(7_200);
        let nothing = log.accept_time("again").await;
        assert!(nothing.is_err(), "{nothing:?}");
        db.verified().await;
        db.done().await;
    }
}

//! When the log cannot be written the answer is an error, in time.

use std::time::{Duration, Instant as Moment};

use sea_orm::TransactionTrait;
use test_support::Wire;

use super::*;

#[tokio::test]
async fn a_head_that_somebody_keeps_locked_is_an_error_within_the_deadline_and_passes() {
    for db in databases().await {
        let deadline = Duration::from_millis(200);
        let log = db
            .log_with(LogOptions {
                deadline,
                ..LogOptions::default()
            })
            .await;
        let keeper = db.raw.begin().await.unwrap();
        keeper
            .execute_unprepared("UPDATE audit_head SET origin = origin")
            .await
            .unwrap();
        let begun = Moment::now();
        let sealed = log.seal(vec![pending(decision(2))]).await;
        assert_eq!(sealed, Err(SealError::Unavailable));
        let changed = log
            .transact(Permit(pending(decision(2))), Vec::new(), nothing)
            .await;
        assert!(matches!(changed, Err(TransactError::Unavailable)));
        assert!(begun.elapsed() < deadline * 5, "{:?}", begun.elapsed());
        assert_eq!(log.health(), Health::Unable);
        keeper.rollback().await.unwrap();

        let patient = db.patient_log().await;
        patient.seal(vec![pending(decision(2))]).await.unwrap();
        assert_eq!(db.verified().await.len(), 3);
        db.done().await;
    }
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    for db in databases().await {
        let log = db
            .log_with(LogOptions {
                deadline: Duration::from_secs(30),
                queue: 1,
                ..LogOptions::default()
            })
            .await;
        let sealed = futures_util::future::join_all((0..8).map(|_| {
            let log = log.clone();
            async move { log.seal(vec![pending(decision(2))]).await }
        }))
        .await;
        // All eight ask before the writer has its first turn, and one can wait.
        assert_eq!(sealed.iter().filter(|sealed| sealed.is_ok()).count(), 1);
        assert!(
            sealed[1..]
                .iter()
                .all(|sealed| sealed == &Err(SealError::Unavailable))
        );
        assert_eq!(db.verified().await.len(), 3);
        db.done().await;
    }
}

/// A server that takes connections and never says a word.
#[tokio::test]
async fn a_server_that_never_answers_is_an_error_within_the_deadline() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let options = OpenOptions {
        deadline: Duration::from_millis(200),
        ..OpenOptions::default()
    };
    let begun = Moment::now();
    let url = format!("postgres://anna:hemlig@{address}/behorig");
    let error = Database::open(&url.parse().unwrap(), options)
        .await
        .unwrap_err();
    assert!(matches!(error, OpenError::Silent { .. }));
    assert!(!format!("{error} {error:?}").contains("hemlig"));
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_found_and_one_that_was_lost_is_not() {
    for db in databases().await {
        let options = LogOptions {
            deadline: Duration::from_secs(20),
            ..LogOptions::default()
        };
        let Some((log, wire)) = db.log_by_wire(options).await else {
            continue;
        };
        wire.set(Wire::BreakAfterCommit);
        let sealed = log.seal(vec![pending(decision(2))]).await;
        assert!(sealed.unwrap().seqs().values().eq(&[2]));

        wire.set(Wire::BreakBeforeCommit);
        let sealed = log.seal(vec![pending(decision(2))]).await;
        assert_eq!(sealed, Err(SealError::Unavailable));

        wire.set(Wire::BreakAfterCommit);
        let event = decision(2);
        let id = event.id;
        let changed = log
            .transact(Permit(pending(event)), Vec::new(), |_| {
                Box::pin(async move {
                    Ok::<_, Infallible>(((), vec![change(id, GRANT, ChangeKind::Created)]))
                })
            })
            .await;
        assert_eq!(changed.unwrap().1.seq(id), Some(3));
        assert_eq!(db.verified().await.len(), 5);
        log.database().close().await;
        db.done().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_falls_silent_is_an_error_in_time_and_used_again_when_it_is_back() {
    for db in databases().await {
        let deadline = Duration::from_millis(400);
        let options = LogOptions {
            deadline,
            ..LogOptions::default()
        };
        let Some((log, wire)) = db.log_by_wire(options).await else {
            continue;
        };
        log.seal(vec![pending(decision(2))]).await.unwrap();
        wire.set(Wire::Silent);
        for _ in 0..4 {
            let begun = Moment::now();
            let sealed = log.seal(vec![pending(decision(2))]).await;
            assert_eq!(sealed, Err(SealError::Unavailable));
            assert!(log.database().snapshot().await.is_err());
            assert!(begun.elapsed() < deadline * 4, "{:?}", begun.elapsed());
        }
        wire.set(Wire::Sound);
        let back = Moment::now();
        while log.seal(vec![pending(decision(2))]).await.is_err() {
            assert!(
                back.elapsed() < Duration::from_secs(2),
                "not back after two seconds"
            );
        }
        assert!(log.database().snapshot().await.is_ok());
        assert!(db.verified().await.len() >= 4);
        db.done().await;
    }
}

/// Chunks of an import follow each other without a pause, in another process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_are_recorded_in_time_while_another_process_imports() {
    for db in databases().await {
        let serving = db.another_log(LogOptions::default()).await;
        let importing = db.another_log(LogOptions::default()).await;
        let event = decision(2);
        let id = event.id;
        let run = domain::clock::fresh(db.clock.as_ref());
        let none = canonical::Object::new();
        let begun = importing
            .begin_run(vec![Permit(pending(event))], run, none.clone(), |_| {
                Box::pin(async { Ok::<_, Infallible>(()) })
            })
            .await;
        let mut lease = begun.unwrap();
        let elsewhere = GrantId::from_uuid(Uuid::from_u128(0xc1));
        let import = async {
            for _ in 0..40 {
                let changes = (0..200).map(|_| change(id, elsewhere, ChangeKind::Created));
                let changes = changes.collect();
                let applied = importing.apply(&mut lease, |_| {
                    Box::pin(async move { Ok::<_, Infallible>(((), changes)) })
                });
                applied.await.unwrap();
            }
        };
        let (mut recorded, mut again) = (0, 0);
        tokio::pin!(import);
        loop {
            let serve = async {
                let at = serving.database().snapshot().await.unwrap().facts_at();
                serving.seal(vec![pending(decision(at))]).await
            };
            let done = tokio::select! {
                biased;
                () = &mut import => break,
                sealed = serve => sealed,
            };
            match done {
                Ok(_) => recorded += 1,
                Err(error) => {
                    assert_eq!(error, SealError::Stale, "after {recorded} decisions");
                    again += 1;
                }
            }
        }
        // One may have been taken whose caller is gone; this one comes after it.
        let after = pending(decision(db.facts_at().await));
        serving.seal(vec![after]).await.unwrap();
        assert!(
            recorded > 10 && again * 10 < recorded,
            "{recorded} recorded, {again} again"
        );
        db.verified().await;
        for log in [&serving, &importing] {
            log.database().close().await;
        }
        db.done().await;
    }
}

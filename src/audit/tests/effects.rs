//! An effect, its decision and its changes are there together or not at all.

use super::*;
use domain::clock::fresh;
use domain::id::RunId;

const FLAG: &str = "INSERT INTO import_flag (flag, entity_id) VALUES ('x', 'y')";

fn text<'a>(event: &'a canonical::Value, key: &str) -> Option<&'a str> {
    event.as_object().unwrap().get(key)?.as_text()
}

#[tokio::test]
async fn decision_effect_and_change_are_committed_together() {
    for db in databases().await {
        let log = db.log().await;
        let event = decision(2);
        let id = event.id;
        let (rows, receipt) = log
            .transact(Permit(pending(event)), Vec::new(), |tx| {
                Box::pin(async move {
                    let done = tx.execute_unprepared(FLAG).await?;
                    let change = change(id, GRANT, ChangeKind::Created);
                    Ok::<_, sea_orm::DbErr>((done.rows_affected(), vec![change]))
                })
            })
            .await
            .unwrap();
        assert_eq!((rows, receipt.seq(id)), (1, Some(2)));
        let events = db.verified().await;
        assert_eq!(text(&events[2], "effect"), Some("done"));
        assert_eq!(text(&events[3], "decision"), Some(id.to_string().as_str()));
        assert_eq!(db.facts_at().await, 4);
        db.done().await;
    }
}

/// An effect of which nothing is to be seen but that it was reached.
async fn flag_after(
    log: &Log,
    read: DecisionEvent,
    write: DecisionEvent,
    fails: bool,
) -> Result<Receipt, TransactError<&'static str>> {
    let id = write.id;
    let done = log.transact(Permit(pending(write)), vec![pending(read)], move |tx| {
        Box::pin(async move {
            tx.execute_unprepared(FLAG).await.unwrap();
            let done = ((), vec![change(id, GRANT, ChangeKind::Created)]);
            if fails {
                Err("granted already")
            } else {
                Ok(done)
            }
        })
    });
    done.await.map(|((), receipt)| receipt)
}

#[tokio::test]
async fn what_was_read_before_an_effect_is_committed_with_it_whether_it_succeeds_or_fails() {
    for (fails, effect) in [(false, "done"), (true, "failed")] {
        for db in databases().await {
            let log = db.log().await;
            let (read, write) = (decision(2), decision(2));
            let (first, second) = (read.id.to_string(), write.id.to_string());
            let done = Box::pin(flag_after(&log, read, write, fails)).await;
            assert_eq!(done.is_err(), fails);
            let events = db.verified().await;
            assert_eq!(text(&events[2], "id"), Some(first.as_str()));
            assert_eq!(text(&events[3], "id"), Some(second.as_str()));
            assert_eq!(text(&events[3], "effect"), Some(effect));
            assert_eq!(events.len(), if fails { 4 } else { 5 });
            db.done().await;
        }
    }
}

#[tokio::test]
async fn an_effect_does_not_stand_on_what_was_read_before_and_is_stale() {
    for db in databases().await {
        let log = db.log().await;
        let read = decision(db.facts_at().await);
        touch(&log, &db, GRANT.into()).await;
        let write = decision(db.facts_at().await);
        let size = db.verified().await.len();
        let done = Box::pin(flag_after(&log, read, write, false)).await;
        assert!(matches!(done, Err(TransactError::Stale)));
        assert_eq!(db.number("SELECT COUNT(*) FROM import_flag").await, 0);
        assert_eq!(db.verified().await.len(), size);
        db.done().await;
    }
}

#[tokio::test]
async fn a_failed_effect_leaves_nothing_but_its_decision() {
    for db in databases().await {
        let log = db.log().await;
        let event = decision(2);
        let id = event.id;
        let failed = log
            .transact(Permit(pending(event)), Vec::new(), |tx| {
                Box::pin(async move {
                    tx.execute_unprepared(FLAG).await.unwrap();
                    Err::<((), Vec<Change>), _>("granted already")
                })
            })
            .await;
        assert!(matches!(
            failed,
            Err(TransactError::Effect("granted already"))
        ));
        assert_eq!(db.number("SELECT COUNT(*) FROM import_flag").await, 0);
        let events = db.verified().await;
        assert_eq!(events.len(), 3);
        assert_eq!(text(&events[2], "id"), Some(id.to_string().as_str()));
        assert_eq!(text(&events[2], "outcome"), Some("allow"));
        assert_eq!(text(&events[2], "effect"), Some("failed"));
        db.done().await;
    }
}

#[tokio::test]
async fn a_change_without_its_own_decision_and_an_effect_without_an_allow_are_refused() {
    for db in databases().await {
        let log = db.log().await;
        let foreign = log
            .transact(Permit(pending(decision(2))), Vec::new(), |tx| {
                Box::pin(async move {
                    tx.execute_unprepared(FLAG).await.unwrap();
                    let elsewhere = event_id();
                    Ok::<_, Infallible>(((), vec![change(elsewhere, GRANT, ChangeKind::Created)]))
                })
            })
            .await;
        assert!(matches!(
            foreign,
            Err(TransactError::Invalid(EntryError::ForeignDecision(_)))
        ));
        let mut denied = decision(2);
        denied.outcome = Outcome::Deny;
        let denied = log
            .transact(Permit(pending(denied)), Vec::new(), nothing)
            .await;
        assert!(matches!(
            denied,
            Err(TransactError::Invalid(EntryError::NotAllowed(_)))
        ));
        assert_eq!(db.number("SELECT COUNT(*) FROM import_flag").await, 0);
        assert_eq!(db.verified().await.len(), 2);
        db.done().await;
    }
}

#[tokio::test]
async fn a_run_is_one_decision_and_many_commits_and_a_successor_can_finish_it() {
    for db in databases().await {
        let log = db.log().await;
        let run: RunId = fresh(db.clock.as_ref());
        let event = decision(2);
        let id = event.id;
        let lease = log
            .begin_run(
                vec![Permit(pending(event))],
                run,
                canonical::Object::new().with("source", "region"),
                |tx| {
                    Box::pin(async move {
                        let sql = format!(
                            "INSERT INTO import_run (id, source, file_name, state, created_at) \
                             VALUES ('{run}', 'region', 'a.jsonl', 'staging', 0)"
                        );
                        tx.execute_unprepared(&sql).await.map(drop)
                    })
                },
            )
            .await
            .unwrap();
        log.stage(&lease, |tx| {
            Box::pin(async move { tx.execute_unprepared(FLAG).await })
        })
        .await
        .unwrap();
        assert_eq!(db.facts_at().await, 2, "staging is outside the log");
        drop(lease);

        let wrong = log
            .resume_run(fresh(db.clock.as_ref()), BTreeSet::from([id]))
            .await;
        assert!(wrong.is_err());
        let mut lease = log.resume_run(run, BTreeSet::from([id])).await.unwrap();
        for _ in 0..2 {
            log.apply(&mut lease, |_| {
                Box::pin(async move {
                    Ok::<_, Infallible>(((), vec![change(id, GRANT, ChangeKind::Created)]))
                })
            })
            .await
            .unwrap();
        }
        let unchanged = log.apply(&mut lease, nothing).await.unwrap().1;
        assert!(unchanged.seqs().is_empty());
        log.finish_run(lease, "runCompleted", canonical::Object::new(), |tx| {
            Box::pin(async move {
                let sql = "UPDATE import_run SET state = 'completed', finished_at = 1";
                tx.execute_unprepared(sql).await.map(drop)
            })
        })
        .await
        .unwrap();
        let events = db.verified().await;
        let kinds: Vec<&str> = events[2..]
            .iter()
            .map(|event| text(event, "operation").or(text(event, "kind")).unwrap())
            .collect();
        assert_eq!(
            kinds,
            ["decision", "runStarted", "change", "change", "runCompleted"]
        );
        assert!(
            events[2..]
                .iter()
                .all(|event| text(event, "run") == Some(&run.to_string()))
        );
        db.done().await;
    }
}

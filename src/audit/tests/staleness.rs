//! A decision is recorded only while what it rests on holds.

use super::*;
use crate::stale::LOOKED_AT;

#[tokio::test]
async fn a_change_of_what_a_decision_rests_on_makes_it_stale_and_another_does_not() {
    for db in databases().await {
        let log = db.log().await;
        let at = db.facts_at().await;
        let other = GrantId::from_uuid(Uuid::from_u128(0xc1));
        touch(&log, &db, other.into()).await;
        assert!(log.seal(vec![pending(decision(at))]).await.is_ok());

        let at = db.facts_at().await;
        let revoked = touch(&log, &db, GRANT.into()).await;
        let stale = log.seal(vec![pending(decision(at))]).await;
        assert_eq!(stale.unwrap_err(), SealError::Stale);

        let at = db.facts_at().await;
        assert!(revoked.seqs().values().all(|seq| *seq < at));
        assert!(log.seal(vec![pending(decision(at))]).await.is_ok());
        db.verified().await;
        db.done().await;
    }
}

#[tokio::test]
async fn one_stale_caller_does_not_fail_the_others_of_the_batch() {
    for db in databases().await {
        let log = db.log().await;
        let before = db.facts_at().await;
        touch(&log, &db, GRANT.into()).await;
        let after = db.facts_at().await;
        let sealed = futures_util::future::join_all([before, after, before, after].map(|at| {
            let log = log.clone();
            async move {
                log.seal(vec![pending(decision(at)), pending(decision(after))])
                    .await
            }
        }))
        .await;
        let stale: Vec<bool> = sealed
            .iter()
            .map(|sealed| sealed == &Err(SealError::Stale))
            .collect();
        assert_eq!(stale, [true, false, true, false]);
        assert!(sealed[1].is_ok() && sealed[3].is_ok());
        // Genesis and policy, the change and its decision, two dockets of two.
        assert_eq!(db.verified().await.len(), 8);
        db.done().await;
    }
}

#[tokio::test]
async fn a_stale_effect_leaves_nothing_and_a_new_policy_makes_everything_stale() {
    for db in databases().await {
        let log = db.log().await;
        let at = db.facts_at().await;
        let releasing = decision(at);
        let policy = PolicyEvent {
            id: event_id(),
            change: "release",
            generation: 2,
            digest: "sha256:01".to_owned(),
            decision: Some(releasing.id),
        };
        log.release(Permit(pending(releasing)), &policy, nothing)
            .await
            .unwrap();

        let nobody = Pending::new(decision(at), BTreeSet::new()).unwrap();
        assert_eq!(log.seal(vec![nobody]).await.unwrap_err(), SealError::Stale);
        let event = decision(at);
        let id = event.id;
        let stale = log
            .transact(Permit(pending(event)), Vec::new(), |tx| {
                Box::pin(async move {
                    tx.execute_unprepared("DELETE FROM segment_control").await?;
                    let sql =
                        format!("INSERT INTO import_flag (flag, entity_id) VALUES ('x', '{id}')");
                    tx.execute_unprepared(&sql).await?;
                    Ok::<_, sea_orm::DbErr>(((), vec![change(id, GRANT, ChangeKind::Created)]))
                })
            })
            .await;
        assert!(matches!(stale, Err(TransactError::Stale)));
        assert_eq!(db.number("SELECT COUNT(*) FROM import_flag").await, 0);
        assert_eq!(db.verified().await.len(), 4);
        db.done().await;
    }
}

#[tokio::test]
async fn a_decision_older_than_all_that_is_looked_at_is_stale_unseen() {
    for db in databases().await {
        let log = db.patient_log().await;
        let old = db.facts_at().await;
        let event = decision(old);
        let id = event.id;
        let elsewhere = GrantId::from_uuid(Uuid::from_u128(0xc1));
        let changes = (0..LOOKED_AT)
            .map(|_| change(id, elsewhere, ChangeKind::Changed))
            .collect();
        log.transact(Permit(pending(event)), Vec::new(), |_| {
            Box::pin(async move { Ok::<_, Infallible>(((), changes)) })
        })
        .await
        .unwrap();
        let stale = log.seal(vec![pending(decision(old))]).await;
        assert_eq!(stale.unwrap_err(), SealError::Stale);
        let first_change = pending(decision(old + 1));
        assert!(log.seal(vec![first_change]).await.is_ok());
        db.done().await;
    }
}

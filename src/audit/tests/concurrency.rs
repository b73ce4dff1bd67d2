//! Several processes on one log: no gap, no fork, no false alarm, and no allow after its revocation.

use super::*;

fn patient() -> LogOptions {
    LogOptions {
        deadline: std::time::Duration::from_mins(1),
        run_deadline: std::time::Duration::from_mins(1),
        ..LogOptions::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appenders_of_several_processes_make_one_log() {
    for db in databases().await {
        let mut logs = Vec::new();
        for _ in 0..4 {
            logs.push(db.another_log(patient()).await);
        }
        let callers = (0..16).map(|caller| {
            let log = logs[caller % logs.len()].clone();
            let clock = db.clock.clone();
            async move {
                for _ in 0..20 {
                    log.seal(vec![pending(decision(2)), pending(decision(2))])
                        .await
                        .unwrap();
                    clock.set(clock.now().plus_seconds(1));
                }
            }
        });
        futures_util::future::join_all(callers).await;
        assert_eq!(db.verified().await.len(), 2 + 16 * 20 * 2);
        assert!(logs.iter().all(|log| log.health() == Health::Recording));
        for log in logs {
            log.database().close().await;
        }
        db.done().await;
    }
}

/// Decisions that rest on a grant race its revocation; whoever loses decides again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_decision_above_a_revocation_rests_on_what_was_revoked() {
    for db in databases().await {
        let (deciding, revoking) = (
            db.another_log(patient()).await,
            db.another_log(patient()).await,
        );
        for _ in 0..25 {
            let decide = |_| {
                let log = &deciding;
                async move {
                    let at = log.database().snapshot().await.unwrap().facts_at();
                    let sealed = log.seal(vec![pending(decision(at))]).await;
                    (at, sealed)
                }
            };
            let (decided, revoked) = futures_util::future::join(
                futures_util::future::join_all((0..6).map(decide)),
                touch(&revoking, &db, GRANT.into()),
            )
            .await;
            let revocation = *revoked.seqs().values().max().unwrap();
            for (at, sealed) in decided {
                match sealed {
                    Ok(receipt) => {
                        let seq = *receipt.seqs().values().next().unwrap();
                        assert!(
                            seq < revocation || at > revocation,
                            "{seq} {at} {revocation}"
                        );
                    }
                    Err(error) => assert_eq!(error, SealError::Stale),
                }
            }
        }
        db.verified().await;
        for log in [deciding, revoking] {
            log.database().close().await;
        }
        db.done().await;
    }
}

//! What is appended, and that the tables hold exactly that.

use rand::{RngExt, SeedableRng};

use super::*;
use transparency::slot::{SUBJECT, commitment};

#[tokio::test]
async fn a_log_begins_once_and_only_on_a_database_of_this_shape() {
    for db in empty_databases().await {
        assert_eq!(
            db.database.migration_state().await.unwrap(),
            MigrationState::Current
        );
        assert!(matches!(
            db.database.snapshot().await,
            Err(SnapshotError::NoLog)
        ));
        let clock: Arc<dyn Clock> = db.clock.clone();
        let none = Log::open(db.database.clone(), clock, LogOptions::default()).await;
        assert!(matches!(none, Err(LogError::NoLog)));

        db.begin().await.unwrap();
        assert!(matches!(db.begin().await, Err(GenesisError::AlreadyThere)));
        assert_eq!(db.verified().await.len(), 2);
        let snapshot = db.database.snapshot().await.unwrap();
        assert_eq!((snapshot.log_size(), snapshot.facts_at()), (2, 2));
        drop(snapshot);
        db.done().await;
    }
}

#[tokio::test]
async fn a_receipt_says_where_each_event_stands_and_time_does_not_go_back() {
    for db in databases().await {
        let log = db.log().await;
        let docket: Vec<Pending> = (0..3).map(|_| pending(decision(2))).collect();
        let ids: Vec<EventId> = docket.iter().map(Pending::id).collect();
        let receipt = log.seal(docket).await.unwrap();
        assert_eq!(
            ids.iter()
                .filter_map(|id| receipt.seq(*id))
                .collect::<Vec<_>>(),
            [2, 3, 4]
        );
        assert_eq!(receipt.recorded_at(), db.clock.now());

        let before = db.clock.now();
        db.clock.set(before.plus_seconds(-3_600));
        let receipt = log.seal(vec![pending(decision(2))]).await.unwrap();
        assert_eq!(receipt.recorded_at(), before);
        assert!(log.seal(Vec::new()).await.unwrap().seqs().is_empty());
        assert_eq!(db.verified().await.len(), 6);
        db.done().await;
    }
}

#[tokio::test]
async fn the_columns_say_what_the_envelope_says() {
    for db in databases().await {
        let log = db.log().await;
        let mut event = decision(2);
        event.outcome = Outcome::Deny;
        event.listed = vec![UNIT.into(), ANNA.into(), UNIT.into()];
        event.slots = vec![SlotValue {
            name: SUBJECT,
            value: "ref-77".to_owned(),
            retention_class: "access".to_owned(),
            authority: Some(UNIT),
        }];
        log.seal(vec![pending(event)]).await.unwrap();
        let events = db.verified().await;

        let found = db
            .number(&format!(
                "SELECT seq FROM audit_event WHERE principal = '{ANNA}' AND outcome = 'deny' \
                 AND policy = 'held-permission' AND resource_type = 'Organisation' \
                 AND resource_id = '{UNIT}' AND action = 'readOrganisation' \
                 AND path = '/{INSTALLATION}/'"
            ))
            .await;
        assert_eq!(found, 2);
        assert_eq!(
            db.number("SELECT COUNT(*) FROM audit_listed WHERE seq = 2")
                .await,
            2
        );
        assert_eq!(
            db.number("SELECT count FROM audit_rollup WHERE day = '2026-11-22' AND level = 0")
                .await,
            1
        );
        let sql = "SELECT salt, value FROM audit_slot WHERE seq = 2 AND slot = 'subject'";
        let statement = Statement::from_string(db.database.backend(), sql);
        let row = db.raw.query_one_raw(statement).await.unwrap().unwrap();
        let salt: Vec<u8> = row.try_get_by_index(0).unwrap();
        let value: String = row.try_get_by_index(1).unwrap();
        let text = events[2].to_text();
        let hash = commitment(&salt.try_into().unwrap(), SUBJECT, &value);
        assert!(
            text.contains(&data_encoding::HEXLOWER.encode(&hash)),
            "{text}"
        );
        assert!(!text.contains("ref-77"), "{text}");
        db.done().await;
    }
}

#[tokio::test]
async fn an_event_that_the_format_does_not_admit_is_refused_before_it_is_answered() {
    let mut long = decision(2);
    long.request_id = "x".repeat(513);
    assert!(matches!(
        Pending::new(long, BTreeSet::new()),
        Err(EventError::TooLong {
            field: "requestId",
            size: 513,
            most: 512
        })
    ));
    let mut many = decision(2);
    many.listed = vec![UNIT.into(); 1_025];
    assert!(matches!(
        Pending::new(many, BTreeSet::new()),
        Err(EventError::TooMany {
            field: "listed",
            count: 1_025
        })
    ));
}

/// Answers to governed systems do not wait for what somebody looked at, however much that was.
#[tokio::test]
async fn decisions_are_recorded_before_what_was_only_read() {
    for db in databases().await {
        let log = db.patient_log().await;
        let read = (0..600).map(|_| pending(decision(2))).collect();
        let asked = pending(decision(2));
        let id = asked.id();
        // Both are handed in before the writer has its first turn, the screen first.
        let sealed = futures_util::future::join(log.seal_reading(read), log.seal(vec![asked]));
        let (read, sealed) = sealed.await;
        assert_eq!(read, Ok(()));
        assert_eq!(sealed.unwrap().seq(id), Some(2));
        assert_eq!(db.verified().await.len(), 603);
        db.done().await;
    }
}

/// A random history against a list in memory.
#[tokio::test]
async fn any_history_leaves_what_a_simple_model_says() {
    for db in databases().await {
        let log = db.patient_log().await;
        let mut random = rand::rngs::SmallRng::seed_from_u64(7);
        let mut model: Vec<String> = Vec::new();
        while model.len() < 700 {
            if random.random_range(0..4) == 0 {
                let event = decision(db.facts_at().await);
                let decided = event.id;
                let count = random.random_range(0..30);
                let changes: Vec<Change> = (0..count)
                    .map(|_| change(decided, GRANT, ChangeKind::Changed))
                    .collect();
                model.push(decided.to_string());
                model.extend(changes.iter().map(|change| change.id.to_string()));
                log.transact(Permit(pending(event)), Vec::new(), |_| {
                    Box::pin(async move { Ok::<_, Infallible>(((), changes)) })
                })
                .await
                .unwrap();
            } else {
                let at = db.facts_at().await;
                let count = random.random_range(1..60);
                let docket: Vec<Pending> = (0..count).map(|_| pending(decision(at))).collect();
                model.extend(docket.iter().map(|pending| pending.id().to_string()));
                log.seal(docket).await.unwrap();
            }
            let by = random.random_range(-5..60);
            db.clock.set(db.clock.now().plus_seconds(by));
        }
        let events = db.verified().await;
        let ids: Vec<&str> = events
            .iter()
            .skip(2)
            .map(|event| {
                event
                    .as_object()
                    .unwrap()
                    .get("id")
                    .unwrap()
                    .as_text()
                    .unwrap()
            })
            .collect();
        assert_eq!(ids, model);
        db.done().await;
    }
}

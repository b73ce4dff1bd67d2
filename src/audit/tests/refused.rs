//! What the database will not store fails alone, and what it takes away is not answered.

use super::*;

/// The permission of the event that nobody can store.
const SPOILT: &str = "record:spoilt";

/// What a trigger does to the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is an error.
    Fails,
    /// It is not written, and nothing says so.
    Vanishes,
    /// The whole transaction is taken back.
    TakesAllBack,
    /// It is an error when everything else has been done.
    FailsAtCommit,
}

impl TestDatabase {
    /// Has a row of the table that meets the condition meet that fate; `false`: this database knows none such.
    async fn spoil(&self, table: &str, when: &str, fate: Fate) -> bool {
        let sql = if self.database.backend() == DbBackend::Sqlite {
            let raise = match fate {
                Fate::Fails => "RAISE(ABORT, 'spoilt')",
                Fate::Vanishes => "RAISE(IGNORE)",
                Fate::TakesAllBack => "RAISE(ROLLBACK, 'spoilt')",
                Fate::FailsAtCommit => return false,
            };
            format!(
                "CREATE TRIGGER spoil BEFORE INSERT ON {table} WHEN {when} \
                 BEGIN SELECT {raise}; END"
            )
        } else {
            let (kind, timing, body) = match fate {
                Fate::Fails => ("TRIGGER", "BEFORE", "RAISE EXCEPTION 'spoilt';"),
                Fate::Vanishes => ("TRIGGER", "BEFORE", "RETURN NULL;"),
                Fate::TakesAllBack => return false,
                Fate::FailsAtCommit => ("CONSTRAINT TRIGGER", "AFTER", "RAISE EXCEPTION 'spoilt';"),
            };
            let deferred = match fate {
                Fate::FailsAtCommit => "DEFERRABLE INITIALLY DEFERRED",
                Fate::Fails | Fate::Vanishes | Fate::TakesAllBack => "",
            };
            format!(
                "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN {body} RETURN NEW; END $$; \
                 CREATE {kind} spoil {timing} INSERT ON {table} {deferred} FOR EACH ROW \
                 WHEN ({when}) EXECUTE FUNCTION spoil()"
            )
        };
        self.run(&sql).await.unwrap();
        true
    }
}

fn spoilt() -> DecisionEvent {
    DecisionEvent {
        permission: SPOILT.to_owned(),
        listed: vec![GRANT.into()],
        slots: vec![SlotValue {
            name: transparency::slot::SUBJECT,
            value: "spoilt".to_owned(),
            retention_class: "access".to_owned(),
            authority: None,
        }],
        ..decision(2)
    }
}

/// Every event of a batch but one is stored, whatever the database does to that one.
#[tokio::test]
async fn in_a_batch_only_the_event_that_cannot_be_stored_fails() {
    let event = format!("NEW.permission = '{SPOILT}'");
    let listed = format!("NEW.resource_id = '{GRANT}'");
    let spoilers = [
        ("audit_event", event.as_str(), Fate::Fails),
        ("audit_event", event.as_str(), Fate::TakesAllBack),
        ("audit_event", event.as_str(), Fate::FailsAtCommit),
        ("audit_event", event.as_str(), Fate::Vanishes),
        ("audit_slot", "NEW.value = 'spoilt'", Fate::Vanishes),
        ("audit_listed", listed.as_str(), Fate::Vanishes),
    ];
    for (table, when, fate) in spoilers {
        for db in databases().await {
            let log = db.patient_log().await;
            if !db.spoil(table, when, fate).await {
                continue;
            }
            // Nobody is answered before all have asked, so they share a batch.
            let sealed = futures_util::future::join_all((0..9).map(|place| {
                let log = log.clone();
                let event = if place == 4 { spoilt() } else { decision(2) };
                async move { log.seal(vec![pending(event)]).await }
            }));
            let sealed = sealed.await;
            for (place, sealed) in sealed.iter().enumerate() {
                if place == 4 {
                    let refused = Err(SealError::Unavailable);
                    assert_eq!(sealed, &refused, "{table} {fate:?}");
                } else {
                    assert!(sealed.is_ok(), "{table} {fate:?}: {place} shares a fate");
                }
            }
            let after = log.seal(vec![pending(decision(2))]).await;
            assert!(after.is_ok(), "{table} {fate:?}");
            assert_eq!(log.health(), Health::Recording);
            assert_eq!(db.verified().await.len(), 11, "{table} {fate:?}");
            db.done().await;
        }
    }
}

/// Sets and counts are shared by events, so nobody is answered whose row of them is gone.
#[tokio::test]
async fn nothing_is_answered_whose_derived_row_was_taken_away() {
    for table in ["audit_set", "audit_rollup"] {
        for db in databases().await {
            let log = db.patient_log().await;
            assert!(db.spoil(table, "1 = 1", Fate::Vanishes).await);
            let sealed = log.seal(vec![pending(decision(2))]).await;
            assert_eq!(sealed, Err(SealError::Unavailable), "{table}");
            assert_eq!(db.verified().await.len(), 2, "{table}");
            db.done().await;
        }
    }
}

#[tokio::test]
async fn an_effect_whose_events_are_taken_away_is_taken_back() {
    for db in databases().await {
        let log = db.patient_log().await;
        let when = "NEW.kind = 'change'";
        assert!(db.spoil("audit_event", when, Fate::Vanishes).await);
        let event = decision(2);
        let id = event.id;
        let flag = "INSERT INTO import_flag (flag, entity_id) VALUES ('x', 'y')";
        let done = log.transact(Permit(pending(event)), Vec::new(), |tx| {
            Box::pin(async move {
                tx.execute_unprepared(flag).await?;
                let change = change(id, GRANT, ChangeKind::Created);
                Ok::<_, sea_orm::DbErr>(((), vec![change]))
            })
        });
        assert!(matches!(done.await, Err(TransactError::Unavailable)));
        assert_eq!(db.number("SELECT COUNT(*) FROM import_flag").await, 0);
        assert_eq!(db.verified().await.len(), 2);
        db.done().await;
    }
}

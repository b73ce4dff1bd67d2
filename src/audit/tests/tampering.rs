//! A log that is not the one that was written stops the process that sees it.

use super::*;

#[tokio::test]
async fn entries_cannot_be_edited_or_removed() {
    for db in databases().await {
        for sql in [
            "UPDATE audit_event SET outcome = 'allow' WHERE seq = 1",
            "DELETE FROM audit_event WHERE seq = 1",
            "UPDATE audit_head SET size = 1",
            "DELETE FROM audit_head",
        ] {
            assert!(db.run(sql).await.is_err(), "{sql}");
        }
        assert_eq!(db.verified().await.len(), 2);
        db.done().await;
    }
}

#[tokio::test]
async fn whoever_finds_another_head_than_it_left_decides_nothing_more() {
    let alterations = [
        ("UPDATE audit_head SET size = 5", Fatal::Malformed),
        (
            "UPDATE audit_head SET root = (SELECT leaf FROM audit_event WHERE seq = 0)",
            Fatal::Root,
        ),
        ("UPDATE audit_head SET epoch = 1", Fatal::Epoch),
        (
            "UPDATE audit_head SET size = 1, change_seq = 0, \
             root = (SELECT leaf FROM audit_event WHERE seq = 0), \
             frontier = (SELECT leaf FROM audit_event WHERE seq = 0)",
            Fatal::Shorter,
        ),
        (
            "UPDATE audit_head SET size = 4, \
             root = (SELECT leaf FROM audit_event WHERE seq = 0), \
             frontier = (SELECT leaf FROM audit_event WHERE seq = 0)",
            Fatal::Exchanged,
        ),
        ("DELETE FROM audit_head", Fatal::Gone),
    ];
    for (sql, expected) in alterations {
        for db in databases().await {
            let log = db.log().await;
            let two = vec![pending(decision(2)), pending(decision(2))];
            log.seal(two).await.unwrap();
            db.disarm().await;
            db.run(sql).await.unwrap();
            let sealed = log.seal(vec![pending(decision(2))]).await;
            assert_eq!(sealed, Err(SealError::Fatal(expected)), "{sql}");
            assert_eq!(log.health(), Health::Stopped(expected));
            // It does not heal, whatever the database says later.
            let again = log
                .transact(Permit(pending(decision(2))), Vec::new(), nothing)
                .await;
            assert!(matches!(again, Err(TransactError::Fatal(_))));
            assert_eq!(db.number("SELECT COUNT(*) FROM audit_event").await, 4);
            db.done().await;
        }
    }
}

#[tokio::test]
async fn a_file_that_is_replaced_under_the_service_is_noticed() {
    let db = databases().await.remove(0);
    let log = db.log().await;
    let path = db.url.strip_prefix("sqlite:").unwrap();
    let copy = format!("{path}.copy");
    std::fs::copy(path, &copy).unwrap();
    std::fs::rename(&copy, path).unwrap();
    assert!(matches!(
        db.database.snapshot().await,
        Err(SnapshotError::Replaced)
    ));
    let sealed = log.seal(vec![pending(decision(2))]).await;
    assert_eq!(sealed, Err(SealError::Fatal(Fatal::Replaced)));
    db.done().await;
}

#[tokio::test]
async fn a_snapshot_cannot_write() {
    for db in databases().await {
        let snapshot = db.database.snapshot().await.unwrap();
        let written = snapshot
            .connection()
            .execute_unprepared("INSERT INTO import_flag (flag, entity_id) VALUES ('x', 'y')")
            .await;
        assert!(written.is_err());
        drop(snapshot);
        db.done().await;
    }
}

#[tokio::test]
async fn nothing_is_told_of_a_thing_whose_last_event_was_taken_away() {
    for db in databases().await {
        let log = db.log().await;
        let thing = change(decision(2).id, GRANT, ChangeKind::Created).entity;
        let told = |event: DecisionEvent, kind| {
            let changed = Change {
                entity: thing,
                ..change(event.id, GRANT, kind)
            };
            log.transact(Permit(pending(event)), Vec::new(), move |_| {
                Box::pin(async move { Ok::<_, sea_orm::DbErr>(((), vec![changed])) })
            })
        };
        told(decision(2), ChangeKind::Created).await.unwrap();
        let is_file = db.database.backend() == DbBackend::Sqlite;
        let on = if is_file { "" } else { " ON audit_event" };
        let unguarded = format!("DROP TRIGGER audit_event_is_not_deleted{on}");
        db.run(&unguarded).await.unwrap();
        db.run("DELETE FROM audit_event WHERE seq = 3")
            .await
            .unwrap();
        let refused = told(decision(4), ChangeKind::Changed).await;
        let lost = EntryError::Lost(thing, 3);
        assert!(
            matches!(&refused, Err(TransactError::Invalid(error)) if *error == lost),
            "{refused:?}"
        );
    }
}

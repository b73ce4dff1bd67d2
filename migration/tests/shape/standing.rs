//! Applying the changes, and telling how a database stands to this build.

use migration::{Migrator, MigratorTrait, latest, standing};

use crate::database::{self, run};

#[tokio::test]
async fn an_empty_database_lacks_everything_and_a_migrated_one_nothing() {
    for fresh in database::empty().await {
        let before = standing(&fresh.db).await.unwrap();
        assert_eq!(before.pending.last(), Some(&latest()));
        assert!(!before.is_current() && before.unknown.is_empty());

        Migrator::up(&fresh.db, None).await.unwrap();
        assert!(standing(&fresh.db).await.unwrap().is_current());
        Migrator::up(&fresh.db, None).await.unwrap();
        fresh.close().await;
    }
}

#[tokio::test]
async fn a_database_of_a_newer_build_and_one_half_way_are_told_apart() {
    for fresh in database::empty().await {
        Migrator::up(&fresh.db, Some(3)).await.unwrap();
        let half_way = standing(&fresh.db).await.unwrap();
        assert_eq!(half_way.pending.len(), Migrator::migrations().len() - 3);

        Migrator::up(&fresh.db, None).await.unwrap();
        run(
            &fresh.db,
            "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_later', 0)",
        )
        .await;
        let newer = standing(&fresh.db).await.unwrap();
        assert!(newer.pending.is_empty() && !newer.is_current());
        assert_eq!(newer.unknown, ["m29990101_000001_later"]);
        fresh.close().await;
    }
}

#[test]
fn changes_are_applied_in_the_order_of_their_names() {
    let names: Vec<String> = Migrator::migrations()
        .iter()
        .map(|change| change.name().to_owned())
        .collect();
    assert!(names.is_sorted());
}

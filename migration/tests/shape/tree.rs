//! The tree of organisations closes itself and cannot be bent into a ring.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, TransactionTrait};

use crate::database::{self, refused, run, texts};

const INSTALLATION: &str = "org_00000000000000000000000001";

async fn above(db: &DatabaseConnection, id: &str) -> Vec<String> {
    let sql = format!(
        "SELECT ancestor_id FROM organisation_closure WHERE descendant_id = '{id}' ORDER BY depth"
    );
    texts(db, &sql).await.unwrap()
}

/// Pairs of the closure that following `parent_id` does not give, and the other way round.
async fn wrong_pairs(db: &DatabaseConnection) -> Vec<String> {
    let true_pairs = "WITH RECURSIVE walk (ancestor_id, descendant_id, depth) AS (
            SELECT id, id, 0 FROM organisation
            UNION ALL SELECT organisation.parent_id, walk.descendant_id, walk.depth + 1
            FROM walk JOIN organisation ON organisation.id = walk.ancestor_id
            WHERE organisation.parent_id IS NOT NULL)";
    let walked = "SELECT ancestor_id, descendant_id, depth FROM walk";
    let kept = "SELECT ancestor_id, descendant_id, depth FROM organisation_closure";
    let mut wrong = Vec::new();
    for (left, right) in [(walked, kept), (kept, walked)] {
        let sql = format!("{true_pairs} {left} EXCEPT {right}");
        wrong.extend(texts(db, &sql).await.unwrap());
    }
    wrong
}

#[tokio::test]
async fn every_organisation_knows_all_above_it_up_to_the_installation() {
    for fresh in database::peopled().await {
        assert_eq!(
            above(&fresh.db, "org_4ward").await,
            [
                "org_4ward",
                "org_3clinic",
                "org_2care",
                "org_1region",
                INSTALLATION
            ]
        );
        assert_eq!(
            above(&fresh.db, "org_5vendor").await,
            ["org_5vendor", INSTALLATION]
        );
        assert_eq!(wrong_pairs(&fresh.db).await, [""; 0]);
        fresh.close().await;
    }
}

#[tokio::test]
async fn a_clinic_that_moves_takes_its_wards_along() {
    for fresh in database::peopled().await {
        let db = &fresh.db;
        run(
            db,
            "UPDATE organisation SET parent_id = 'org_5vendor' WHERE id = 'org_3clinic'",
        )
        .await;
        assert_eq!(
            above(db, "org_4ward").await,
            ["org_4ward", "org_3clinic", "org_5vendor", INSTALLATION]
        );
        assert_eq!(wrong_pairs(db).await, [""; 0]);

        run(
            db,
            "UPDATE organisation SET parent_id = 'org_5vendor', name = 'K' WHERE id = 'org_3clinic'",
        )
        .await;
        assert_eq!(wrong_pairs(db).await, [""; 0]);
        fresh.close().await;
    }
}

#[tokio::test]
async fn an_organisation_that_is_deleted_leaves_no_trace_in_the_closure() {
    for fresh in database::peopled().await {
        let db = &fresh.db;
        run(
            db,
            "INSERT INTO organisation (id, hsa_id, source, name, name_sort, name_search, kind, parent_id)
             VALUES ('org_6new', 'SE1111111111-6', 'region', 'N', 'n', 'n', 'unit', 'org_4ward')",
        )
        .await;
        assert_eq!(above(db, "org_6new").await.len(), 6);
        run(db, "DELETE FROM organisation WHERE id = 'org_6new'").await;
        assert_eq!(above(db, "org_6new").await, [""; 0]);
        assert_eq!(wrong_pairs(db).await, [""; 0]);
        fresh.close().await;
    }
}

#[tokio::test]
async fn rings_second_roots_and_new_ids_are_refused() {
    let insert = "INSERT INTO organisation
        (id, hsa_id, source, name, name_sort, name_search, kind, parent_id) VALUES";
    for fresh in database::peopled().await {
        let ring = "organisation cannot be below itself";
        let cases = [
            (
                "UPDATE organisation SET parent_id = 'org_4ward' WHERE id = 'org_1region'"
                    .to_owned(),
                ring,
            ),
            (
                "UPDATE organisation SET parent_id = 'org_1region' WHERE id = 'org_1region'"
                    .to_owned(),
                ring,
            ),
            (
                format!(
                    "UPDATE organisation SET parent_id = 'org_1region' WHERE id = '{INSTALLATION}'"
                ),
                ring,
            ),
            (
                "UPDATE organisation SET id = 'org_9' WHERE id = 'org_5vendor'".to_owned(),
                "organisation keeps its id",
            ),
            (
                "UPDATE organisation SET parent_id = NULL WHERE id = 'org_1region'".to_owned(),
                "check",
            ),
            (
                "UPDATE organisation SET parent_id = 'org_9' WHERE id = 'org_1region'".to_owned(),
                "reference",
            ),
            (
                format!("{insert} ('org_9', 'SE1111111111-9', 's', 'n', 'n', 'n', 'region', NULL)"),
                "check",
            ),
            (
                format!(
                    "{insert} ('org_9', 'SE1111111111-9', 's', 'n', 'n', 'n', 'installation', 'org_1region')"
                ),
                "check",
            ),
            (
                format!("{insert} ('org_9', NULL, 's', 'n', 'n', 'n', 'unit', 'org_1region')"),
                "check",
            ),
            (
                format!(
                    "{insert} ('org_9', 'SE1111111111-9', 's', 'n', 'n', 'n', 'guild', 'org_1region')"
                ),
                "check",
            ),
            (
                format!(
                    "{insert} ('org_9', 'SE1111111111-1', 's', 'n', 'n', 'n', 'unit', 'org_1region')"
                ),
                "unique",
            ),
        ];
        for (sql, because) in cases {
            refused(&fresh.db, &sql, because).await;
        }
        assert_eq!(wrong_pairs(&fresh.db).await, [""; 0]);
        fresh.close().await;
    }
}

#[tokio::test]
async fn two_moves_at_once_do_not_make_a_ring_that_neither_sees() {
    for fresh in database::peopled().await {
        let db = &fresh.db;
        if db.get_database_backend() == DbBackend::Postgres {
            let back = "UPDATE organisation SET parent_id = 'org_4ward' WHERE id = 'org_5vendor'";
            let (first, second) = (db.begin().await.unwrap(), db.begin().await.unwrap());
            first
                .execute_unprepared(
                    "UPDATE organisation SET parent_id = 'org_5vendor' WHERE id = 'org_3clinic'",
                )
                .await
                .unwrap();
            let waited = second
                .execute_unprepared(&format!("SET LOCAL lock_timeout = '100ms'; {back}"))
                .await
                .unwrap_err()
                .to_string();
            assert!(waited.contains("lock timeout"), "{waited}");
            second.rollback().await.unwrap();
            first.commit().await.unwrap();
            refused(db, back, "organisation cannot be below itself").await;
        }
        assert_eq!(wrong_pairs(db).await, [""; 0]);
        fresh.close().await;
    }
}

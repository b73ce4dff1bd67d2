//! No search reads a table from end to end: the plans of both databases say so.

use migration::Migrator;
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryTrait, Statement};
use test_support::{Backend, TestDatabase};

use crate::filter::Moment;
use crate::read::decisions::plans::plan;
use crate::read::people::PersonSelection;
use crate::read::{By, Order, Selection, Stored, Window, windowed};
use domain::{Calendar, Instant, id};

/// Thirty thousand people of whom each search finds few, as an `INSERT` that both databases read.
const PEOPLE: &str = "
INSERT INTO individual (id, source, external_key) VALUES ('ind_1', 'region', 'human');
INSERT INTO person (id, hsa_id, source, individual_id, given_name, family_name, name_sort, name_search)
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29999)
SELECT 'per_' || i, 'TSTNMT2321000001-' || i, 'region', 'ind_1', 'Anna', 'Öberg', 's' || i,
    'given' || (i % 900) || ' öberg' || (i % 700) || ' <' || i
FROM n;
ANALYZE;
";

fn statement(typed: &str, backend: Backend) -> Statement {
    let window = Window {
        order: Order {
            by: By::Name,
            descending: false,
        },
        after: None,
        before: None,
        size: 50,
        from_the_end: false,
        count: false,
    };
    let selection = PersonSelection {
        name: Some(typed.parse().unwrap()),
        ..PersonSelection::default()
    };
    let moment = Moment::of(Instant::from_seconds(0), Calendar::default());
    let wanted = <id::Person as Stored>::Entity::find().filter(selection.condition(moment));
    let key = <id::Person as Stored>::KEY;
    windowed(wanted, <id::Person as Stored>::NAME_KEY, key, &window).build(match backend {
        Backend::Sqlite => sea_orm::DbBackend::Sqlite,
        Backend::Postgres => sea_orm::DbBackend::Postgres,
    })
}

#[tokio::test]
async fn every_search_is_answered_by_the_index() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = TestDatabase::migrated::<Migrator>(backend);
        let db = database.connection().await;
        db.execute_unprepared(PEOPLE).await.unwrap();
        for typed in [
            "oberg77",
            "Öberg77",
            "given77 öberg77",
            "given77-oberg77",
            "öberg77 1001",
        ] {
            let plan = plan(&db, statement(typed, backend)).await;
            let scans = ["Seq Scan", "SCAN person", "SCAN search_word"];
            assert!(
                plan.contains("search_word") && !scans.iter().any(|scan| plan.contains(scan)),
                "{backend} reads more than the index for `{typed}`:\n{plan}"
            );
        }
        db.close().await.unwrap();
    }
}

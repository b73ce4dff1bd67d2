//! Columns that came later are filled from the envelopes of what was there before.

use migration::{Migrator, MigratorTrait};
use sea_orm::DbBackend;

use crate::database::{self, refused, run, texts};

/// How many changes there were before the columns.
const BEFORE: u32 = 10;

const ENVELOPES: &[(&str, &str)] = &[
    (
        "decision",
        r#"{"asker":{"external":"cosmic","id":"svc_1"},"discounted":[{"grant":"grt_1","reasons":["no-end","no-analysis"]}],"kind":"decision","principal":{"external":"TSTNMT-1","id":"per_1","individual":"ind_1","path":["org_2","org_1"]},"obligations":["notify","review"],"purpose":"vård,\u0000 och","reasons":["z-first","no-end"],"wouldRefuse":["m-third"]}"#,
    ),
    (
        "decision",
        r#"{"dryRun":true,"kind":"decision","obligations":["notify","review"],"principal":{"named":"TSTNMT-9"}}"#,
    ),
    (
        "change",
        r#"{"change":"created","decision":"evt_0","kind":"change"}"#,
    ),
    ("operation", r#"{"kind":"operation","operation":"recover"}"#),
];

#[tokio::test]
async fn rows_from_before_the_columns_get_what_their_envelopes_say() {
    for fresh in database::empty().await {
        let db = &fresh.db;
        Migrator::up(db, Some(BEFORE)).await.unwrap();
        for (seq, (kind, envelope)) in ENVELOPES.iter().enumerate() {
            let hex: Vec<String> = envelope.bytes().map(|byte| format!("{byte:02x}")).collect();
            let hex = hex.concat();
            let bytes = if db.get_database_backend() == DbBackend::Sqlite {
                format!("x'{hex}'")
            } else {
                format!("decode('{hex}', 'hex')")
            };
            let path = if seq == 0 { "'/org_1/org_3/'" } else { "NULL" };
            run(
                db,
                &format!(
                    "INSERT INTO audit_event (seq, event_id, t_us, kind, path, envelope, leaf)
                     VALUES ({seq}, 'evt_{seq}', {seq}, '{kind}', {path}, {bytes}, X32)"
                ),
            )
            .await;
        }
        Migrator::up(db, None).await.unwrap();

        let columns = "SELECT coalesce(principal_name, '-') || ' ' || coalesce(individual, '-')
            || ' ' || coalesce(place, '-') || ' ' || coalesce(reasons, '-') || ' '
            || coalesce(decision, '-') || ' ' || coalesce(owes, '-') FROM audit_event ORDER BY seq";
        assert_eq!(
            texts(db, columns).await.unwrap(),
            [
                "TSTNMT-1 ind_1 /org_1/org_2/ /m-third/no-analysis/no-end/z-first/ - review",
                "TSTNMT-9 - - - - -",
                "- - - - evt_0 -",
                "- - - - - -",
            ]
        );
        let sets = "SELECT held_in || ' ' || member || ' ' || whole FROM audit_set
            WHERE held_in <> 'reasons' ORDER BY held_in, member";
        assert_eq!(
            texts(db, sets).await.unwrap(),
            [
                "path org_1 /org_1/org_3/",
                "path org_3 /org_1/org_3/",
                "place org_1 /org_1/org_2/",
                "place org_2 /org_1/org_2/",
            ]
        );
        let reasons = "SELECT member FROM audit_set WHERE held_in = 'reasons' ORDER BY member";
        assert_eq!(
            texts(db, reasons).await.unwrap(),
            ["m-third", "no-analysis", "no-end", "z-first"]
        );
        let edit = "UPDATE audit_event SET place = NULL";
        refused(db, edit, "audit_event is append-only").await;
        fresh.close().await;
    }
}

//! People, systems and services: keys, references, dates and words.

use crate::database::{self, refused, run, texts};

#[tokio::test]
async fn the_built_in_rows_are_there_from_the_first_day() {
    for fresh in database::migrated().await {
        let services = "SELECT external_id FROM service WHERE built_in";
        assert_eq!(
            texts(&fresh.db, services).await.unwrap(),
            ["behorig-bootstrap"]
        );
        let ordinary = "SELECT name FROM permission WHERE category IS NULL AND NOT privileged";
        assert_eq!(texts(&fresh.db, ordinary).await.unwrap(), [""; 0]);
        let own = "SELECT name FROM permission WHERE category IS NULL";
        assert_eq!(texts(&fresh.db, own).await.unwrap().len(), 24);
        fresh.close().await;
    }
}

#[tokio::test]
async fn text_is_ordered_by_bytes_on_both_databases() {
    for fresh in database::migrated().await {
        run(
            &fresh.db,
            "INSERT INTO individual (id, source, external_key) VALUES
                ('b', 's', '1'), ('B', 's', '2'), ('a', 's', '3'), ('_', 's', '4'), ('å', 's', '5')",
        )
        .await;
        let ordered = texts(&fresh.db, "SELECT id FROM individual ORDER BY id").await;
        assert_eq!(ordered.unwrap(), ["B", "_", "a", "b", "å"]);
        fresh.close().await;
    }
}

#[tokio::test]
async fn dates_have_a_form_and_an_order() {
    let cases = [
        "UPDATE engagement SET from_date = '2026-1-1' WHERE id = 'eng_bo'",
        "UPDATE engagement SET from_date = '20260101' WHERE id = 'eng_bo'",
        "UPDATE engagement SET until_date = '2026-20-01' WHERE id = 'eng_bo'",
        "UPDATE engagement SET until_date = '2026-01-01 ' WHERE id = 'eng_bo'",
        "UPDATE engagement SET until_date = '2019-12-31' WHERE id = 'eng_bo'",
        "UPDATE engagement SET absent_until = '2026-01-01' WHERE id = 'eng_bo'",
        "UPDATE engagement SET absent_until = '2026-01-31' WHERE id = 'eng_anna'",
        "UPDATE commission SET until_date = '2023-12-31'",
        "UPDATE service SET until_date = '2025-12-31' WHERE id = 'svc_iam'",
        "UPDATE supplier_assessment SET valid_until = '2025-12-31'",
        "UPDATE organisation_parent SET until_date = '2019-12-31' WHERE parent_id = 'org_2care'",
        "UPDATE person SET training_completed_on = 'in May' WHERE id = 'per_anna'",
        "UPDATE system SET password_login_until = '' WHERE id = 'sys_journal'",
    ];
    for fresh in database::peopled().await {
        for sql in cases {
            refused(&fresh.db, sql, "check").await;
        }
        run(
            &fresh.db,
            "UPDATE engagement SET until_date = '2020-01-01' WHERE id = 'eng_bo'",
        )
        .await;
        fresh.close().await;
    }
}

#[tokio::test]
async fn keys_references_and_words_are_held() {
    let cases = [
        (
            "UPDATE person SET hsa_id = 'SE1111111111-A' WHERE id = 'per_bo'",
            "unique",
        ),
        (
            "UPDATE individual SET external_key = 'human-1' WHERE id = 'ind_bo'",
            "unique",
        ),
        (
            "UPDATE engagement SET external_id = 'e1' WHERE id = 'eng_bo'",
            "unique",
        ),
        (
            "UPDATE system SET external_id = 's1' WHERE id = 'sys_xray'",
            "unique",
        ),
        (
            "UPDATE service SET external_id = 'behorig-bootstrap' WHERE id = 'svc_iam'",
            "unique",
        ),
        (
            "INSERT INTO organisation_parent (child_id, parent_id, from_date)
             VALUES ('org_4ward', 'org_2care', '2026-06-01')",
            "unique",
        ),
        (
            "UPDATE person SET individual_id = 'ind_x' WHERE id = 'per_bo'",
            "reference",
        ),
        (
            "UPDATE commission SET engagement_id = 'eng_bo'",
            "reference",
        ),
        ("DELETE FROM person WHERE id = 'per_anna'", "reference"),
        (
            "DELETE FROM organisation WHERE id = 'org_3clinic'",
            "reference",
        ),
        (
            "UPDATE engagement SET kind = 'guest' WHERE id = 'eng_bo'",
            "check",
        ),
        (
            "INSERT INTO person_credential (person_id, kind) VALUES ('per_bo', 'pin')",
            "check",
        ),
        (
            "UPDATE system SET enforcement = 'hope' WHERE id = 'sys_xray'",
            "check",
        ),
        (
            "UPDATE system SET patient_level = 5 WHERE id = 'sys_xray'",
            "check",
        ),
        (
            "UPDATE system_classification SET confidentiality = 0",
            "check",
        ),
        ("UPDATE system_obligation SET condition = 'night'", "check"),
        (
            "UPDATE segment SET environment = 'staging' WHERE id = 'seg_shared'",
            "check",
        ),
        (
            "UPDATE segment_control SET controlled_id = 'seg_shared'",
            "check",
        ),
        ("UPDATE account SET kind = 'cloud'", "check"),
    ];
    for fresh in database::peopled().await {
        for (sql, because) in cases {
            refused(&fresh.db, sql, because).await;
        }
        run(
            &fresh.db,
            "UPDATE system SET external_id = 's1', source = 'other' WHERE id = 'sys_xray'",
        )
        .await;
        fresh.close().await;
    }
}

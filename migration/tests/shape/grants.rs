//! Roles carry their own system's permissions, and grants reach no further than their roles.

use crate::database::{self, refused, run};

#[tokio::test]
async fn a_role_carries_only_permissions_of_its_own_system() {
    let insert = "INSERT INTO role_permission (role_id, permission_id, system_key) VALUES";
    let cases = [
        "('rol_reader', 'prm_image', 'sys_journal')",
        "('rol_reader', 'prm_image', 'sys_xray')",
        "('rol_reader', 'prm_server', '')",
        "('rol_reader', 'prm_00000000000000000000000001', 'sys_journal')",
        "('rol_admin', 'prm_read', '')",
        "('rol_admin', 'prm_read', 'sys_journal')",
    ];
    for fresh in database::peopled().await {
        for case in cases {
            refused(&fresh.db, &format!("{insert} {case}"), "reference").await;
        }
        run(
            &fresh.db,
            &format!("{insert} ('rol_admin', 'prm_0000000000000000000000000b', '')"),
        )
        .await;
        fresh.close().await;
    }
}

#[tokio::test]
async fn a_role_and_a_permission_belong_to_the_system_that_their_key_names() {
    let cases = [
        (
            "UPDATE role SET system_key = 'sys_xray' WHERE id = 'rol_reader'",
            "check",
        ),
        (
            "UPDATE role SET system_id = 'sys_xray' WHERE id = 'rol_reader'",
            "role keeps its system",
        ),
        (
            "UPDATE role SET system_id = NULL, system_key = '' WHERE id = 'rol_reader'",
            "role keeps its system",
        ),
        (
            "UPDATE permission SET system_key = '' WHERE id = 'prm_image'",
            "check",
        ),
        (
            "UPDATE permission SET system_id = 'sys_xray', system_key = 'sys_xray', name = 'record:sign'
             WHERE id = 'prm_read'",
            "reference",
        ),
        (
            "UPDATE permission SET category = NULL WHERE id = 'prm_image'",
            "check",
        ),
        (
            "UPDATE permission SET category = 'enjoy' WHERE id = 'prm_image'",
            "check",
        ),
        (
            "INSERT INTO permission (id, system_key, name, category, privileged)
             VALUES ('prm_again', '', 'server:administer', 'use', FALSE)",
            "unique",
        ),
    ];
    for fresh in database::peopled().await {
        for (sql, because) in cases {
            refused(&fresh.db, sql, because).await;
        }
        fresh.close().await;
    }
}

fn lent(table: &str, role: &str, scope: &str) -> String {
    let kind = scope.split_once('_').map_or("", |(prefix, _)| prefix);
    let (kind, column) = match kind {
        "org" => ("organisation", "organisation_id"),
        "sys" => ("system", "system_id"),
        "seg" => ("segment", "segment_id"),
        _ => ("database", "database_id"),
    };
    if table == "delegation" {
        format!(
            "INSERT INTO delegation (id, from_person_id, to_person_id, role_id, scope_kind, {column},
                from_date, until_date)
             VALUES ('dlg_{scope}', 'per_anna', 'per_bo', '{role}', '{kind}', '{scope}', '2026-01-01',
                '2026-01-02')"
        )
    } else {
        format!(
            "INSERT INTO role_grant (id, source, external_id, person_id, role_id, scope_kind, {column},
                from_date, origin)
             VALUES ('grt_{role}_{scope}', 't', '{role}_{scope}', 'per_bo', '{role}', '{kind}',
                '{scope}', '2026-01-01', 'order')"
        )
    }
}

#[tokio::test]
async fn a_scope_in_another_system_does_not_fit_a_systems_role() {
    for fresh in database::peopled().await {
        for table in ["role_grant", "delegation"] {
            for scope in ["sys_xray", "seg_xray", "seg_shared", "dbs_xray"] {
                let sql = lent(table, "rol_reader", scope);
                refused(&fresh.db, &sql, "scope does not fit the role").await;
            }
            for scope in ["org_1region", "sys_journal", "seg_journal", "dbs_journal"] {
                run(&fresh.db, &lent(table, "rol_reader", scope)).await;
            }
        }
        for scope in ["sys_xray", "seg_xray", "seg_shared", "dbs_xray"] {
            run(&fresh.db, &lent("role_grant", "rol_admin", scope)).await;
            let role = format!(
                "UPDATE role_grant SET role_id = 'rol_reader' WHERE id = 'grt_rol_admin_{scope}'"
            );
            refused(&fresh.db, &role, "scope does not fit the role").await;
        }
        fresh.close().await;
    }
}

#[tokio::test]
async fn a_segment_or_database_does_not_move_from_under_a_live_grant() {
    for fresh in database::peopled().await {
        let db = &fresh.db;
        let segment = "segment is the scope of grants of its system";
        let database = "database is the scope of grants of its system";
        let away = "UPDATE segment SET system_id = NULL WHERE id = 'seg_journal'";
        let over = "UPDATE \"database\" SET system_id = 'sys_xray' WHERE id = 'dbs_journal'";
        refused(db, away, segment).await;
        refused(db, over, database).await;

        run(db, "DELETE FROM delegation").await;
        run(db, away).await;
        refused(db, over, database).await;
        run(
            db,
            "UPDATE role_grant SET revoked_at = 1, revoked_by = 'per_bo' WHERE id = 'grt_database'",
        )
        .await;
        run(db, over).await;
        fresh.close().await;
    }
}

#[tokio::test]
async fn a_grant_has_one_holder_one_scope_and_two_hands() {
    let cases = [
        ("SET service_id = 'svc_iam' WHERE id = 'grt_ward'", "check"),
        (
            "SET person_id = NULL, engagement_id = NULL WHERE id = 'grt_ward'",
            "check",
        ),
        (
            "SET engagement_id = 'eng_bo' WHERE id = 'grt_ward'",
            "reference",
        ),
        (
            "SET engagement_id = 'eng_bo' WHERE id = 'grt_service'",
            "check",
        ),
        (
            "SET scope_kind = 'installation' WHERE id = 'grt_ward'",
            "check",
        ),
        (
            "SET scope_kind = 'everything' WHERE id = 'grt_service'",
            "check",
        ),
        ("SET organisation_id = NULL WHERE id = 'grt_ward'", "check"),
        (
            "SET organisation_id = 'org_4ward' WHERE id = 'grt_segment'",
            "check",
        ),
        (
            "SET executed_by_id = 'per_anna' WHERE id = 'grt_ward'",
            "check",
        ),
        (
            "SET executed_by_service_id = 'svc_iam' WHERE id = 'grt_ward'",
            "check",
        ),
        (
            "SET executed_by_service_id = 'svc_iam', executed_by_id = NULL WHERE id = 'grt_service'",
            "check",
        ),
        (
            "SET until_date = '2025-12-31' WHERE id = 'grt_ward'",
            "check",
        ),
        ("SET attest_by = 'soon' WHERE id = 'grt_ward'", "check"),
        ("SET origin = 'rumour' WHERE id = 'grt_ward'", "check"),
        ("SET revoked_at = 1 WHERE id = 'grt_ward'", "check"),
        ("SET external_id = 'b2' WHERE id = 'grt_ward'", "unique"),
    ];
    for fresh in database::peopled().await {
        for (change, because) in cases {
            refused(&fresh.db, &format!("UPDATE role_grant {change}"), because).await;
        }
        let lent = [
            "SET to_person_id = 'per_anna'",
            "SET until_date = '2025-12-31'",
            "SET scope_kind = 'installation'",
            "SET revoked_at = 1, revoked_by = NULL",
        ];
        for change in lent {
            refused(&fresh.db, &format!("UPDATE delegation {change}"), "check").await;
        }
        refused(
            &fresh.db,
            "UPDATE role_grant_use SET last_used_on = '2025-12-31'",
            "check",
        )
        .await;
        fresh.close().await;
    }
}

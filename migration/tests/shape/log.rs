//! The log only grows, released policies are kept, and staged JSON can be asked.

use sea_orm::DbBackend;

use crate::database::{self, refused, run, texts};

const EVENT: &str = "audit_event is append-only";
const FACT: &str = "audit_fact is erased or kept, not changed";
const SLOT: &str = "audit_slot is erased or kept, not changed";
const HEAD: &str = "audit_head only goes forward";
const REVIEW: &str = "decision_review is append-only";
const POLICY: &str = "released policies are kept";

#[tokio::test]
async fn what_is_recorded_is_neither_changed_nor_deleted() {
    let cases = [
        (
            "UPDATE audit_event SET outcome = 'allow' WHERE seq = 1",
            EVENT,
        ),
        ("UPDATE audit_event SET level = 4 WHERE seq = 0", EVENT),
        ("DELETE FROM audit_event WHERE seq = 1", EVENT),
        ("DELETE FROM audit_event", EVENT),
        (
            "UPDATE audit_listed SET resource_id = 'x'",
            "audit_listed is append-only",
        ),
        ("DELETE FROM audit_listed", "audit_listed is append-only"),
        (
            "UPDATE audit_set SET whole = 'x'",
            "audit_set is append-only",
        ),
        ("DELETE FROM audit_set", "audit_set is append-only"),
        ("UPDATE audit_slot SET value = 'x'", SLOT),
        ("UPDATE audit_fact SET value = 'x'", FACT),
        ("UPDATE audit_kept SET seq = 1", "audit_kept is append-only"),
        ("DELETE FROM audit_kept", "audit_kept is append-only"),
        ("UPDATE audit_node SET idx = 1", "audit_node is append-only"),
        ("DELETE FROM audit_node", "audit_node is append-only"),
        (
            "UPDATE audit_checkpoint SET note = 'x'",
            "audit_checkpoint is append-only",
        ),
        (
            "DELETE FROM audit_checkpoint",
            "audit_checkpoint is append-only",
        ),
        ("DELETE FROM audit_head", "audit_head is not deleted"),
        ("UPDATE audit_head SET size = 1", HEAD),
        ("UPDATE audit_head SET last_t = 999", HEAD),
        ("UPDATE audit_head SET change_seq = 0", HEAD),
        ("UPDATE audit_head SET epoch = 0", HEAD),
        ("UPDATE audit_head SET pruned_below = 0", HEAD),
        ("UPDATE audit_head SET origin = 'another'", HEAD),
        ("UPDATE audit_head SET pruned_below = 3", "check"),
        ("UPDATE decision_review SET outcome = 'unclear'", REVIEW),
        ("DELETE FROM decision_review", REVIEW),
        ("UPDATE policy_set SET digest = 'x'", POLICY),
        ("DELETE FROM policy_set", POLICY),
        ("UPDATE policy_text SET text = 'permit'", POLICY),
        ("DELETE FROM policy_text", POLICY),
    ];
    for fresh in database::peopled().await {
        for (sql, because) in cases {
            refused(&fresh.db, sql, because).await;
        }
        fresh.close().await;
    }
}

#[tokio::test]
async fn rows_are_not_replaced_or_emptied_in_one_stroke() {
    let event = "(seq, event_id, t_us, kind, envelope, leaf)";
    let replaced = [
        (
            format!("audit_event {event} VALUES (1, 'evt_9', 1, 'x', X32, X32)"),
            EVENT,
        ),
        (
            format!("audit_event {event} VALUES (9, 'evt_1', 1, 'x', X32, X32)"),
            EVENT,
        ),
        (
            "audit_slot VALUES (1, 'justification', X32, 'x', 'access', NULL)".to_owned(),
            SLOT,
        ),
        (
            "audit_fact VALUES ('2026-11', X32, X32, 'x')".to_owned(),
            FACT,
        ),
        (
            "audit_node VALUES (8, 0, X32)".to_owned(),
            "audit_node is append-only",
        ),
        (
            "audit_kept VALUES (0, X256)".to_owned(),
            "audit_kept is append-only",
        ),
        (
            "audit_checkpoint VALUES (2, 'x')".to_owned(),
            "audit_checkpoint is append-only",
        ),
        (
            "audit_head VALUES (1, 'region.example/log', 0, X32, X32, 0, 0, 0, 0)".to_owned(),
            "audit_head is not replaced",
        ),
        (
            "decision_review VALUES ('evt_1', 9, NULL, 'unclear', 'per_bo', 'ind_bo', 1, 'evt_2')"
                .to_owned(),
            REVIEW,
        ),
        (
            "policy_set VALUES (1, 'x', NULL, NULL, FALSE, NULL, NULL, NULL, 'pol_1')".to_owned(),
            POLICY,
        ),
        (
            "policy_text VALUES (1, 'rely.cedar', 'x')".to_owned(),
            POLICY,
        ),
    ];
    let emptied = [
        ("audit_event", EVENT),
        ("audit_listed", "audit_listed is append-only"),
        ("audit_set", "audit_set is append-only"),
        ("audit_slot", "audit_slot is erased row by row"),
        ("audit_fact", "audit_fact is erased row by row"),
        ("audit_kept", "audit_kept is append-only"),
        ("audit_latest", "audit_latest is not deleted"),
        ("audit_node", "audit_node is append-only"),
        ("audit_checkpoint", "audit_checkpoint is append-only"),
        ("audit_head", "audit_head is not deleted"),
        ("decision_review", REVIEW),
        ("policy_text", POLICY),
        ("policy_text, policy_set", POLICY),
    ];
    for fresh in database::peopled().await {
        if fresh.db.get_database_backend() == DbBackend::Sqlite {
            for (row, because) in &replaced {
                refused(&fresh.db, &format!("INSERT OR REPLACE INTO {row}"), because).await;
            }
        } else {
            for (table, because) in emptied {
                refused(&fresh.db, &format!("TRUNCATE {table}"), because).await;
            }
        }
        fresh.close().await;
    }
}

#[tokio::test]
async fn the_log_grows_is_pruned_below_its_mark_and_its_slots_and_facts_are_erased() {
    for fresh in database::peopled().await {
        let db = &fresh.db;
        run(
            db,
            "INSERT INTO audit_event (seq, event_id, t_us, kind, envelope, leaf)
             VALUES (2, 'evt_2', 1001, 'change', X32, X32)",
        )
        .await;
        run(
            db,
            "UPDATE audit_head SET size = 3, last_t = 1001, change_seq = 2 WHERE size = 2",
        )
        .await;
        run(db, "DELETE FROM audit_slot WHERE seq = 1").await;
        run(db, "DELETE FROM audit_fact").await;
        run(db, "DELETE FROM audit_listed WHERE seq = 0").await;
        run(db, "DELETE FROM audit_event WHERE seq = 0").await;
        let left = texts(db, "SELECT event_id FROM audit_event ORDER BY seq").await;
        assert_eq!(left.unwrap(), ["evt_1", "evt_2"]);
        fresh.close().await;
    }
}

#[tokio::test]
async fn hashes_levels_and_ids_of_the_log_have_a_form() {
    let insert = "INSERT INTO audit_event (seq, event_id, t_us, kind, envelope, leaf) VALUES";
    for fresh in database::peopled().await {
        let bytes = if fresh.db.get_database_backend() == DbBackend::Sqlite {
            "x'00'"
        } else {
            "'\\x00'"
        };
        let cases = [
            (
                format!("{insert} (5, 'evt_5', 1, 'x', X32, {bytes})"),
                "check",
            ),
            (format!("{insert} (-1, 'evt_5', 1, 'x', X32, X32)"), "check"),
            (
                format!("INSERT INTO audit_node VALUES (8, 7, {bytes})"),
                "check",
            ),
            (
                "INSERT INTO audit_node VALUES (7, 7, X32)".to_owned(),
                "check",
            ),
            (format!("UPDATE audit_head SET root = {bytes}"), "check"),
        ];
        for (sql, because) in cases {
            refused(&fresh.db, &sql, because).await;
        }
        fresh.close().await;
    }
}

#[tokio::test]
async fn one_policy_set_is_active_and_observing_ends() {
    for fresh in database::peopled().await {
        let db = &fresh.db;
        let second = "INSERT INTO policy_set (generation, digest, activated_at, active, id)
            VALUES (2, 'digest', 6, TRUE, 'pol_2')";
        refused(db, second, "unique").await;
        run(db, "UPDATE policy_set SET active = FALSE").await;
        run(db, second).await;
        refused(db, "UPDATE guardrail_stage SET ends_on = NULL", "check").await;
        refused(db, "UPDATE guardrail_stage SET stage = 'dream'", "check").await;
        run(
            db,
            "UPDATE guardrail_stage SET stage = 'enforce', ends_on = NULL",
        )
        .await;
        fresh.close().await;
    }
}

#[tokio::test]
async fn a_proposed_edit_is_accepted_by_another_human_being_or_not_at_all() {
    for fresh in database::peopled().await {
        let db = &fresh.db;
        // Whoever counts as having proposed it, and whom the proposal itself names.
        let own = "UPDATE edit_proposal SET decided_individual = 'ind_anna'";
        refused(db, own, "whoever proposed an edit does not accept it").await;
        run(db, "DELETE FROM edit_proposer").await;
        for wrong in [
            "decided_individual = proposed_individual",
            "decided_individual = NULL",
            "decided_by = NULL, decided_at = NULL",
            "decided_at = NULL",
            "state = 'open'",
            "state = 'dreamt'",
        ] {
            let sql = format!("UPDATE edit_proposal SET {wrong}");
            refused(db, &sql, "check").await;
        }
        // A machine proposes and has no second self; whoever takes a proposal back is the one who made it.
        run(db, "UPDATE edit_proposal SET proposed_individual = NULL").await;
        run(
            db,
            "UPDATE edit_proposal SET proposed_individual = 'ind_bo', state = 'withdrawn'",
        )
        .await;
        fresh.close().await;
    }
}

#[tokio::test]
async fn staged_json_can_be_asked_alike_and_goes_with_its_run() {
    for fresh in database::peopled().await {
        let db = &fresh.db;
        let named = texts(db, "SELECT body ->> 'name' FROM staged_record").await;
        assert_eq!(named.unwrap(), ["Å"]);
        refused(db, "UPDATE import_run SET state = 'lost'", "check").await;
        refused(db, "UPDATE import_run SET state = 'applying'", "check").await;

        run(db, "DELETE FROM import_run").await;
        let staged = texts(db, "SELECT kind FROM staged_record").await;
        assert_eq!(staged.unwrap(), [""; 0]);
        let alike = texts(db, "SELECT other FROM staged_look_alike").await;
        assert_eq!(alike.unwrap(), [""; 0]);
        let flags = texts(db, "SELECT flag FROM import_flag WHERE run_id IS NULL").await;
        assert_eq!(flags.unwrap(), ["unclassified"]);
        fresh.close().await;
    }
}

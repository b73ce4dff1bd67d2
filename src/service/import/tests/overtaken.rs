//! What somebody changes beside a chunk, after its rows were read and before they are written. On SQLite
//! there is one writer at a time, so only PostgreSQL can show it.

use std::pin::pin;

use futures_util::future::{Either, select};
use sea_orm::TransactionTrait;

use super::*;

/// Waits until somebody waits for a row that this database's other sessions hold.
async fn somebody_waits(raw: &DatabaseConnection) {
    let sql = "SELECT COUNT(*) FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    loop {
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let row = raw.query_one_raw(statement).await.unwrap().unwrap();
        if row.try_get_by_index::<i64>(0).unwrap() > 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// The fields that the last change of a thing names.
async fn last_change(place: &Place, id: &str) -> Vec<String> {
    let changes = place.events("change").await;
    let last = changes.iter().rfind(|event| event["entity"] == *id);
    serde_json::from_value(last.unwrap()["fields"].clone()).unwrap()
}

/// Imports `feed` while somebody has carried out `beside` and commits it only when the import waits.
async fn import_beside(place: &Place, feed: &str, beside: &str) {
    let other = place.raw.begin().await.unwrap();
    other.execute_unprepared(beside).await.unwrap();
    let committing = pin!(async {
        somebody_waits(&place.raw).await;
        other.commit().await.unwrap();
    });
    let options = options();
    let importing = Box::pin(place.import(feed, &options));
    let Either::Right(((), importing)) = select(importing, committing).await else {
        panic!("the import has not waited for what is being changed");
    };
    assert_eq!(importing.await.unwrap().refused, 0);
}

#[tokio::test]
async fn an_import_changes_nothing_that_it_has_not_seen() {
    for place in places().await {
        if is_sqlite(&place) {
            place.done().await;
            continue;
        }
        place.import(&region(), &options()).await.unwrap();
        let server = place
            .texts("SELECT id FROM server WHERE source = 'region' ORDER BY id LIMIT 1")
            .await
            .remove(0);
        let one = |column: &str| format!("SELECT {column} FROM server WHERE id = '{server}'");
        let host = place.texts(&one("external_id")).await.remove(0);
        let segment = place.texts(&one("segment_id")).await.remove(0);

        // The feed names another operating system; somebody moves the server meanwhile.
        let named = format!(r#""externalId":"{host}","segment""#);
        let region = region();
        let line = region.lines().find(|line| line.contains(&named)).unwrap();
        let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
        record["operatingSystem"] = "Plan 9".into();
        let feed = region.replace(line, &record.to_string());
        let moved = format!(
            "UPDATE server SET segment_id = (SELECT MAX(id) FROM segment WHERE id <> '{segment}'), \
             version = version + 1 WHERE id = '{server}'"
        );
        import_beside(&place, &feed, &moved).await;
        let fields = last_change(&place, &server).await;
        // The move was told by nobody; that it was seen is told by the version.
        assert_eq!(fields, ["operatingSystem"]);
        assert_eq!(place.number(&one("version")).await, 3, "undone, unseen");
        assert_eq!(place.texts(&one("segment_id")).await, [segment]);

        // What hangs on a row in a table of its own: somebody takes a permission from a role of which the
        // feed says another name.
        let roles = "SELECT r.id FROM role r WHERE r.source = 'region' AND \
            (SELECT COUNT(*) FROM role_permission m WHERE m.role_id = r.id) > 1 ORDER BY r.id LIMIT 1";
        let role = place.texts(roles).await.remove(0);
        let external = format!("SELECT external_id FROM role WHERE id = '{role}'");
        let external = place.texts(&external).await.remove(0);
        let named = format!(r#""kind":"role","externalId":"{external}""#);
        let line = feed.lines().find(|line| line.contains(&named)).unwrap();
        let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
        record["name"] = "Omdöpt roll".into();
        let feed = feed.replace(line, &record.to_string());
        let taken = format!(
            "UPDATE role SET version = version + 1 WHERE id = '{role}'; \
             DELETE FROM role_permission WHERE role_id = '{role}' AND permission_id = \
             (SELECT MIN(permission_id) FROM role_permission WHERE role_id = '{role}')"
        );
        import_beside(&place, &feed, &taken).await;
        let fields = last_change(&place, &role).await;
        assert_eq!(fields, ["name"]);
        let version = format!("SELECT version FROM role WHERE id = '{role}'");
        assert_eq!(place.number(&version).await, 3, "undone, unseen");
        place.done().await;
    }
}

#[tokio::test]
async fn what_a_segment_controls_is_not_undone_unseen() {
    for place in places().await {
        if is_sqlite(&place) {
            place.done().await;
            continue;
        }
        place.import(&region(), &options()).await.unwrap();
        let pair = "SELECT id FROM segment WHERE source = 'region' AND id NOT IN \
            (SELECT controller_id FROM segment_control) ORDER BY id LIMIT 3";
        let segments = place.texts(pair).await;
        let [controller, beside, wanted] = &segments[..] else {
            panic!("{segments:?}");
        };
        let external = |id: &str| format!("SELECT external_id FROM segment WHERE id = '{id}'");
        let named = place.texts(&external(controller)).await.remove(0);
        let wanted = place.texts(&external(wanted)).await.remove(0);
        let region = region();
        let named = format!(r#""kind":"segment","externalId":"{named}""#);
        let line = region.lines().find(|line| line.contains(&named)).unwrap();
        let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
        record["controls"] = serde_json::json!([wanted]);
        let feed = region.replace(line, &record.to_string());
        let added = format!(
            "UPDATE segment SET version = version + 1 WHERE id = '{controller}'; \
             INSERT INTO segment_control (controller_id, controlled_id) VALUES ('{controller}', '{beside}')"
        );
        import_beside(&place, &feed, &added).await;
        let controls = format!(
            "SELECT s.external_id FROM segment_control c JOIN segment s ON s.id = c.controlled_id \
             WHERE c.controller_id = '{controller}'"
        );
        // What the feed's own event says is what there is.
        assert_eq!(place.texts(&controls).await, [wanted]);
        place.done().await;
    }
}

//! What was decided is decided again from the log alone, and comes out the same.

use sea_orm::ConnectionTrait as _;
use serde_json::json;
use test_support::{Backend, Outcome, both_backends};

use crate::auditor::a_day_of_work;
use crate::support::{App, STRONG, behorig};

const REPLAY: &str = "query Again($id: ID!) {
    replay(id: $id) { result problem differences { member recorded replayed } } }";

fn replay(app: &App, more: &[&str]) -> Outcome {
    let plain = ["log", "replay", "--database", app.database().url()];
    behorig().run(&[&plain[..], more].concat())
}

/// The decisions, each with its number.
async fn decisions(app: &App, which: &str) -> Vec<(String, String)> {
    let sql = |column: &str| {
        format!("SELECT {column} FROM audit_event WHERE kind = 'decision' AND {which} ORDER BY seq")
    };
    let ids = app.column(&sql("event_id")).await;
    let seqs = app.column(&sql("CAST(seq AS TEXT)")).await;
    ids.into_iter().zip(seqs).collect()
}

/// Alters what is stored, past what stops mistakes.
async fn alter(app: &App, seq: &str, from: &str, to: &str) {
    let connection = app.database().connection().await;
    let (drop, changed) = match app.database().backend() {
        Backend::Sqlite => (
            "DROP TRIGGER audit_event_is_not_changed",
            format!("CAST(replace(CAST(envelope AS TEXT), '{from}', '{to}') AS BLOB)"),
        ),
        Backend::Postgres => (
            "ALTER TABLE audit_event DISABLE TRIGGER ALL",
            format!(
                "convert_to(replace(convert_from(envelope, 'UTF8'), '{from}', '{to}'), 'UTF8')"
            ),
        ),
    };
    // A second time there is nothing left to drop.
    let _dropped = connection.execute_unprepared(drop).await;
    let update = format!("UPDATE audit_event SET envelope = {changed} WHERE seq = {seq}");
    connection
        .execute_unprepared(&update)
        .await
        .expect("altered");
    connection.close().await.expect("closed");
}

async fn a_whole_day_comes_out_the_same(backend: Backend) {
    let app = App::start(backend);
    a_day_of_work(&app).await;
    let made = replay(&app, &[]).succeeded();
    assert!(
        made.stdout().contains(" 0 differ; 0 cannot be made again"),
        "{}",
        made.stdout()
    );
    let auditor = app.auditor();
    for (id, seq) in decisions(&app, "TRUE").await {
        let again = auditor.graphql(REPLAY, json!({ "id": id })).await;
        let result = again.at("/replay/result");
        assert_eq!(result, "SAME", "event {seq}: {}", again.text());
    }
    // To ask is to read it: on record, and for nobody else.
    let latest = decisions(&app, "permission = 'decision:read'").await;
    let (last, _) = latest.last().expect("a reading");
    let stranger = app.person(&app.region().without_grants(), STRONG);
    let refused = stranger.graphql(REPLAY, json!({ "id": last })).await;
    assert_eq!(refused.at("/replay"), &json!(null));
    let afterwards = decisions(&app, "permission = 'decision:read'").await;
    assert_eq!(afterwards.len(), latest.len() + 1);
}

async fn what_was_altered_is_named(backend: Backend) {
    let app = App::start(backend);
    a_day_of_work(&app).await;
    let asked = "permission = 'server:administer' AND";
    let (allowed, allowed_seq) = &decisions(&app, &format!("{asked} outcome = 'allow'")).await[0];
    let (weak, weak_seq) = &decisions(&app, &format!("{asked} level = 2")).await[0];
    alter(
        &app,
        allowed_seq,
        "\"outcome\":\"allow\"",
        "\"outcome\":\"deny\"",
    )
    .await;
    let made = replay(&app, &[]).ended_with(2);
    let named = format!(
        "event {allowed_seq} {allowed} differs: `outcome` is recorded as \"deny\" and comes out as \"allow\""
    );
    assert!(made.stdout().contains(&named), "{}", made.stdout());
    assert!(
        made.stdout().contains(" 1 differ; 0 cannot"),
        "{}",
        made.stdout()
    );
    let again = app
        .auditor()
        .graphql(REPLAY, json!({ "id": allowed }))
        .await;
    assert_eq!(again.at("/replay/result"), "DIFFERS");
    assert_eq!(again.at("/replay/differences/0/member"), "outcome");

    // Facts that are not there: nothing can be said.
    alter(&app, weak_seq, "\"facts\":", "\"acts\":").await;
    let range = ["--from", weak_seq, "--to", weak_seq];
    let made = replay(&app, &range).ended_with(3);
    let named = format!("event {weak_seq} ");
    assert!(made.stdout().contains(&named), "{}", made.stdout());
    assert!(
        made.stdout()
            .contains("cannot be made again: the event has no `facts`"),
        "{}",
        made.stdout()
    );
    alter(&app, weak_seq, "\"acts\":", "\"facts\":").await;
    let made = replay(&app, &range).ended_with(0);
    assert!(made.stdout().contains("0 cannot"), "{}", made.stdout());
    app.tamper("DELETE FROM audit_fact").await;
    let made = replay(&app, &range).ended_with(3);
    assert!(
        made.stdout()
            .contains("the facts of `facts` are not there any more"),
        "{}",
        made.stdout()
    );
    let shown = "query K($id: ID!) { decision(id: $id) { evidence { facts askerFacts erased } } }";
    let shown = app.auditor().graphql(shown, json!({ "id": weak })).await;
    let evidence = json!({ "facts": null, "askerFacts": null, "erased": ["facts", "askerFacts"] });
    assert_eq!(shown.at("/decision/evidence"), &evidence);

    // Policies that are not kept.
    alter(&app, weak_seq, "\"digest\":\"", "\"digest\":\"0").await;
    let made = replay(&app, &range).ended_with(3);
    assert!(made.stdout().contains("are not there"), "{}", made.stdout());
}

both_backends! {
    async a_whole_day_comes_out_the_same;
    async what_was_altered_is_named;
}

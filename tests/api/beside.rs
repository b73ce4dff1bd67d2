//! An instance of an older version beside a database that a newer one has migrated.

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, STRONG, about, ask, behorig};

/// What a newer version would have done to the database: something added, under a name of its own.
async fn migrated(app: &App, name: &str, change: &str) {
    app.tamper(change).await;
    let known = format!("INSERT INTO seaql_migrations (version, applied_at) VALUES ('{name}', 0)");
    app.tamper(&known).await;
}

/// A rolling restart over a migration: what runs goes on, and what is too old does not begin.
async fn beside_what_only_adds_an_instance_goes_on(backend: Backend) {
    let app = App::start(backend);
    migrated(
        &app,
        "m29991231_000001_nickname",
        "ALTER TABLE person ADD COLUMN nickname TEXT",
    )
    .await;
    let olle = app.region().segment_administrator();
    let login = app.service("server-login");
    let server = json!({ "server": olle.server });
    ask(&login, about(&olle.person, "server:administer", server))
        .await
        .allowed();
    let caller = app.person(&olle.person, STRONG);
    let answer = caller
        .graphql("{ viewer { person { id } } }", json!({}))
        .await;
    assert!(answer.at("/viewer/person/id").is_string());
    assert_eq!(app.nobody().raw().get("/readyz").await.status(), 200);
    let file = app.database().directory().join("behorig.toml");
    let older = behorig().run(&["serve", "--config", &file.to_string_lossy()]);
    let refused = older.ended_with(1);
    assert!(
        refused.stderr().contains("migrated by a newer version"),
        "{}",
        refused.stderr()
    );
}

/// What an older version cannot work beside says so in its name, and the older one ends.
async fn beside_what_breaks_it_an_instance_ends_by_itself(backend: Backend) {
    let app = App::start(backend);
    migrated(
        &app,
        "m29991231_000001_nickname_breaking",
        "ALTER TABLE person ADD COLUMN nickname TEXT",
    )
    .await;
    let begun = std::time::Instant::now();
    loop {
        let said = app.serving().said();
        if said.contains("m29991231_000001_nickname_breaking") {
            break;
        }
        assert!(begun.elapsed().as_secs() < 60, "it goes on: {said}");
        std::thread::yield_now();
    }
}

/// Whatever becomes of the database, what cannot be looked up is never an allow.
async fn what_an_instance_cannot_read_any_more_is_no_allow(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let login = app.service("server-login");
    let question = about(
        &olle.person,
        "server:administer",
        json!({ "server": olle.server }),
    );
    ask(&login, question.clone()).await.allowed();
    migrated(
        &app,
        "m29991231_000001_events_elsewhere",
        "ALTER TABLE audit_event RENAME TO events_elsewhere",
    )
    .await;
    let text = "mutation A($input: AuthorizeInput!) { authorize(input: $input) {
        decision { outcome } errors { code } } }";
    let answer = login.graphql(text, json!({ "input": question })).await;
    let outcome = answer.json().pointer("/data/authorize/decision/outcome");
    assert_eq!(
        outcome.unwrap_or(&Value::Null),
        &Value::Null,
        "{}",
        answer.text()
    );
    let _error = answer.refused("UNAVAILABLE");
}

both_backends! {
    async beside_what_only_adds_an_instance_goes_on;
    async beside_what_breaks_it_an_instance_ends_by_itself;
    async what_an_instance_cannot_read_any_more_is_no_allow;
}

//! What outsiders would run against the service.

use serde_json::json;
use test_support::{Backend, Issuer, block_on};

use crate::support::{App, STRONG, root, script};

#[test]
fn graphql_over_http_is_as_its_specification_says() {
    let Some(mut node) = script("audits.mjs") else {
        return;
    };
    let app = App::start(Backend::Sqlite);
    let claims = Issuer::person(
        &app.region().without_grants(),
        STRONG,
        std::time::Duration::from_secs(5),
    );
    let url = format!("http://{}/graphql", app.serving().address());
    let audits = node.args([&url, &Issuer::TRUSTED.token(&claims)]).output();
    let audits = audits.expect("node runs");
    let said = String::from_utf8_lossy(&audits.stdout);
    assert!(
        audits.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&audits.stderr)
    );
    assert!(said.contains("61 of 61"), "{said}");
}

#[test]
fn the_reference_client_of_graphql_over_sse_follows() {
    let Some(mut node) = script("follow.mjs") else {
        return;
    };
    let app = App::start(Backend::Sqlite);
    let auditor = app.region().only("Revisor");
    let claims = Issuer::person(&auditor, STRONG, std::time::Duration::from_secs(5));
    let url = format!("http://{}/graphql", app.serving().address());
    let sql = "SELECT CAST(seq AS TEXT) FROM audit_event WHERE kind = 'decision' ORDER BY seq";
    let before = block_on(async {
        let _looked = app.auditor().graphql("{ log { size } }", json!({})).await;
        app.column(sql).await
    });
    let token = Issuer::TRUSTED.token(&claims);
    let count = before.len().to_string();
    let client = node.args([&url, &token, "0", &count]).output();
    let client = client.expect("node runs");
    let said = String::from_utf8_lossy(&client.stdout);
    let expected = [
        r#"{"__typename":"Query"}"#,
        "GRAPHQL_VALIDATION_FAILED",
        &before.join(" "),
    ];
    assert_eq!(
        said.lines().collect::<Vec<_>>(),
        expected,
        "{}",
        String::from_utf8_lossy(&client.stderr)
    );
}

#[test]
fn what_is_built_on_the_schema_finds_nothing_wrong_with_it() {
    let Some(mut node) = script("schema.mjs") else {
        return;
    };
    let schema = root().join("tests/api/schema.graphql");
    let found = node.arg(schema).output().expect("node runs");
    let said = String::from_utf8_lossy(&found.stdout);
    let tools = [
        "eslint",
        "graphql-schema-linter",
        "graphql-codegen",
        "tsc",
        "relay-compiler",
    ];
    assert_eq!(
        said.lines().collect::<Vec<_>>(),
        tools.map(|tool| format!("{tool}: well")),
        "{}",
        String::from_utf8_lossy(&found.stderr)
    );
}

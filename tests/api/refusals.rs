//! No field of the schema gives anything to somebody who may not have it.
//!
//! The documents are made from the schema, so a new field is tried without anybody thinking of it. Each
//! is run by nobody, who is told to sign in, and by a person without any right, who must not find a word
//! of what belongs to others in the answer. And each gives something to those who may have it: a field that
//! never did would be refused as well.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use test_support::{Backend, Response, block_on};

use crate::support::{App, Documents, Named, STRONG, about, ask, checked_in, literal};

/// Names of things that belong to others.
struct Others {
    ids: Vec<String>,
}

impl Others {
    /// Every id and external name in the register but those of `own`.
    async fn than(app: &App, own: &str) -> Self {
        let mut ids = Vec::new();
        for (table, external) in [
            ("organisation", "hsa_id"),
            ("person", "hsa_id"),
            ("engagement", "external_id"),
            ("system", "external_id"),
            ("segment", "external_id"),
            ("server", "external_id"),
            ("\"database\"", "external_id"),
            ("service", "external_id"),
            ("account", "external_id"),
            ("role_grant", "external_id"),
            ("role", "external_id"),
        ] {
            let sql = match table {
                "person" => format!("SELECT id FROM person WHERE hsa_id <> '{own}'"),
                "engagement" => format!(
                    "SELECT e.id FROM engagement e JOIN person p ON p.id = e.person_id \
                     WHERE p.hsa_id <> '{own}'"
                ),
                // The built-in ones name nobody.
                _ => format!(
                    "SELECT id FROM {table} WHERE id NOT LIKE '%\\_000000000000%' ESCAPE '\\'"
                ),
            };
            ids.extend(app.column(&sql).await);
            let long = format!("{external} IS NOT NULL AND LENGTH({external}) > 5");
            if !matches!(table, "engagement" | "person") {
                ids.extend(
                    app.column(&format!("SELECT {external} FROM {table} WHERE {long}"))
                        .await,
                );
            }
        }
        let people = format!("SELECT hsa_id FROM person WHERE hsa_id <> '{own}'");
        ids.extend(app.column(&people).await);
        Self { ids }
    }

    /// What an answer shows of others that the asker has not named.
    fn shown(&self, document: &str, answer: &Response) -> Vec<&str> {
        let ids = self.ids.iter().map(String::as_str);
        let word = |id: &&str| answer.text().contains(&format!("\"{id}\""));
        ids.filter(|id| !document.contains(id))
            .filter(word)
            .collect()
    }
}

/// Values for every argument that has no default, all of them naming what belongs to others.
async fn arguments(app: &App) -> BTreeMap<&'static str, String> {
    let region = app.region();
    let sara = region.clinician();
    let olle = region.segment_administrator();
    let grant = app.id("role_grant", &sara.grant).await;
    let person = app.id("person", &sara.person).await;
    let proposal = propose(app).await;
    let decision = app
        .column("SELECT event_id FROM audit_event ORDER BY seq DESC LIMIT 1")
        .await;
    let question = about(
        &olle.person,
        "server:administer",
        json!({ "server": olle.server }),
    );
    let create = json!({
        "principal": { "hsaId": sara.person },
        "role": region.role_in("sys-000", "Läsbehörig"),
        "scope": { "organisation": sara.other_unit },
        "needsAndRiskAnalysis": "BRA-2026-001",
    });
    let text = |value: &str| json!(value).to_string();
    [
        ("id", text(&person)),
        ("from", "1".to_owned()),
        ("to", "2".to_owned()),
        ("ids", json!([person, grant]).to_string()),
        ("Query.decision", text(&decision[0])),
        ("Query.replay", text(&decision[0])),
        ("Query.organisation", text(&sara.unit)),
        ("Query.person", text(&sara.person)),
        ("Query.engagement", text("eng-000065")),
        ("clientId", text("iam")),
        ("Query.system", text("sys-000")),
        ("Query.segment", text(&olle.segment)),
        ("hostName", text(&olle.server)),
        ("Query.database", text("db-001")),
        ("Query.role", text(&region.role("Revisor"))),
        ("permission", text("server:administer")),
        ("target", literal(&json!({ "server": olle.server }))),
        ("principal", literal(&json!({ "hsaId": olle.person }))),
        ("guardrail", text("segment-server-admin")),
        ("flag", "TRAINING_MISSING".to_owned()),
        ("Mutation.authorize", literal(&question)),
        ("Query.explain", literal(&question)),
        (
            "Mutation.authorizeMany",
            literal(&json!({ "questions": [question] })),
        ),
        ("Mutation.createGrant", literal(&create)),
        (
            "Mutation.editRegister",
            literal(&json!({ "edit": { "moveServer": {
                "server": olle.server, "segment": olle.other_segment } } })),
        ),
        (
            "Mutation.acceptEdit",
            literal(&json!({ "proposal": proposal, "gainDigest": "0".repeat(64) })),
        ),
        (
            "Mutation.declineEdit",
            literal(&json!({ "proposal": proposal })),
        ),
        ("Mutation.beginRun", "{ kinds: [PERSON] }".to_owned()),
        (
            "Mutation.completeRun",
            literal(&json!({ "run": "run_00000000000000000000000009", "records": 0 })),
        ),
        (
            "Mutation.abandonRun",
            literal(&json!({ "run": "run_00000000000000000000000009" })),
        ),
        (
            "Mutation.confirmRun",
            literal(
                &json!({ "run": "run_00000000000000000000000009", "planDigest": "0".repeat(64) }),
            ),
        ),
        (
            "Mutation.provision",
            literal(&json!({ "records": [{ "person": {
                "externalId": sara.person, "email": "ny@example.se" } }] })),
        ),
        (
            "Mutation.reviewDecision",
            format!(
                "{{ decision: {}, outcome: JUSTIFIED }}",
                text(&emergency(app).await)
            ),
        ),
        ("Mutation.revokeGrant", literal(&json!({ "grant": grant }))),
        (
            "Mutation.setTrustedToAssert",
            literal(&json!({ "service": app.id("service", "iam").await, "trusted": true })),
        ),
    ]
    .into()
}

/// A decision that opened a blocked record in an emergency, and waits for its review.
async fn emergency(app: &App) -> String {
    let sara = app.region().clinician();
    let record = json!({ "system": "sys-000", "organisation": sara.unit, "kind": "patient",
        "id": "b7c1f0e2", "blocked": true });
    let mut question = about(&sara.person, "record:read", json!({ "record": record }));
    question["emergency"] = json!("medvetslös patient på akuten");
    let opened = ask(&app.service("journal-gateway"), question).await;
    opened.allowed().id().to_owned()
}

/// An edit that somebody proposes, for somebody else to accept.
async fn propose(app: &App) -> String {
    let olle = app.region().segment_administrator();
    let (keeper, _) = app.region().holder("Registeransvarig");
    let document = "mutation E($input: EditRegisterInput!) { editRegister(input: $input) {
        proposal { id } } }";
    let edit = json!({ "moveServer": { "server": olle.server, "segment": olle.other_segment } });
    let input = json!({ "input": { "edit": edit } });
    let answer = app.person(&keeper, STRONG).graphql(document, input).await;
    let id = answer.at("/editRegister/proposal/id");
    id.as_str().expect("a proposal").to_owned()
}

#[test]
fn no_field_gives_anything_to_whoever_may_not_have_it() {
    block_on(async {
        // The documents are meant to be wide; how wide anybody may ask is tried elsewhere.
        let limits = "limits.complexity = 10000000\nlimits.selections = 20000\nlimits.depth = 32";
        let app = App::with(Backend::Sqlite, limits);
        let own = app.region().without_grants();
        let stranger = app.person(&own, STRONG);
        let others = Others::than(&app, &own).await;
        let schema = app.schema().await;
        let arguments = arguments(&app).await;
        let mut documents = Documents::new(schema, arguments);
        for root in ["Query", "Mutation"] {
            for name in schema.fields(root).keys() {
                for _ in 0..2 {
                    let document = documents.of(root, name);
                    let unknown = app.nobody().graphql(&document, json!({})).await;
                    assert_eq!(unknown.status(), 401, "{document}: {}", unknown.text());
                    assert_eq!(unknown.json().get("data"), None);
                    let answer = stranger.graphql(&document, json!({})).await;
                    assert_refused_or_empty(&document, &answer);
                    let shown = others.shown(&document, &answer);
                    assert!(
                        shown.is_empty(),
                        "{shown:?} is shown\n{document}\n{}",
                        answer.text()
                    );
                }
            }
        }
        for name in schema.fields("Subscription").keys() {
            let document = documents.of("Subscription", name);
            let unknown = app.nobody().raw().stream(&document, json!({}), None).await;
            assert_eq!(unknown.status(), 401, "{document}");
            let mut told = stranger.raw().stream(&document, json!({}), None).await;
            let refused = told.next().await.expect("an event");
            assert_eq!(refused.code(), Some("FORBIDDEN"), "{document}: {refused:?}");
            assert_eq!(told.next().await.expect("an event").name, "complete");
            assert_eq!(told.next().await, None);
        }
        // Which would also hold if nothing were ever found.
        let all = "{ persons(first: 2) { nodes { id hsaId } } }";
        let seen = app.auditor().graphql(all, json!({})).await;
        assert!(!others.shown(all, &seen).is_empty(), "{}", seen.text());
        let untried = documents.untried();
        assert!(untried.is_empty(), "no document tries {untried:#?}");
        assert!(documents.tried() > 150, "{} fields", documents.tried());
    });
}

const UNTOLD: &str = "\
Fields that have no value in the region of the tests, whoever asks: nothing of the kind has happened there.
A field that is new here has lost its values.

";

#[test]
fn every_field_tells_something_to_whoever_may_read_it() {
    block_on(async {
        let limits = "limits.complexity = 10000000\nlimits.selections = 20000\nlimits.depth = 32";
        let app = App::with(Backend::Sqlite, limits);
        let _signed = app.notarise(true);
        let arguments = arguments(&app).await;
        let region = app.region();
        let readers = [
            region.only("Revisor"),
            region.only("Informationssäkerhetsansvarig"),
        ];
        let readers = readers.map(|person| app.person(&person, STRONG));
        let schema = app.schema().await;
        let fields = schema.fields("Query").keys();
        let mut told = BTreeSet::new();
        // What one field leads to, the next is not asked for: so from both ends.
        for fields in [fields.clone().collect::<Vec<_>>(), fields.rev().collect()] {
            let mut documents = Documents::new(schema, arguments.clone());
            for name in fields {
                let document = documents.of("Query", name);
                for reader in &readers {
                    let answer = reader.graphql(&document, json!({})).await;
                    assert_refused_or_empty(&document, &answer);
                    add_told(&answer.json()["data"], &mut told);
                }
            }
        }
        let untold = schema.types().flat_map(|(name, named)| match named {
            Named::Object(_, fields) if !is_asked_for_elsewhere(name) => fields
                .keys()
                .map(|field| format!("{name}.{field}"))
                .collect(),
            _ => Vec::new(),
        });
        let untold: Vec<String> = untold.filter(|field| !told.contains(field)).collect();
        let list = format!("{UNTOLD}{}\n", untold.join("\n"));
        checked_in("tests/api/untold.txt", &list);
    });
}

/// Whether objects of that type come from mutations and subscriptions alone.
fn is_asked_for_elsewhere(name: &str) -> bool {
    matches!(name, "Mutation" | "Subscription")
        || name.ends_with("Payload")
        || name.ends_with("Error")
}

/// Adds each field that has a value, as its type spells it.
fn add_told(value: &Value, told: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let name = members.get("__typename").and_then(Value::as_str);
            let name = name.unwrap_or("Query");
            for (key, value) in members.iter().filter(|(_, value)| !value.is_null()) {
                let field = key.strip_prefix(&format!("{name}_")).unwrap_or(key);
                told.insert(format!("{name}.{field}"));
                add_told(value, told);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| add_told(item, told)),
        _ => {}
    }
}

/// An answer, or an error that a refused caller may get; never a failure of the service.
#[track_caller]
fn assert_refused_or_empty(document: &str, answer: &Response) {
    let codes = answer.json()["errors"].as_array().into_iter().flatten();
    for error in codes {
        let code = error["extensions"]["code"].as_str().unwrap_or_default();
        assert!(
            matches!(code, "FORBIDDEN" | "NOT_FOUND"),
            "{code} for\n{document}\n{}",
            answer.text()
        );
    }
}

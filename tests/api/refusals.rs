//! No field of the schema gives anything to somebody who may not have it.
//!
//! The documents are made from the schema, so a new field is tried without anybody thinking of it. Each
//! is run by nobody, who is told to sign in, and by a person without any right, who must not find a word
//! of what belongs to others in the answer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use test_support::{Backend, Response, block_on};

use crate::support::{App, Field, Named, STRONG, Schema, about, ask};

/// A field as it is spelled in lists of fields.
type Coordinate = (String, String);

/// How deep documents go.
const DEEP: usize = 7;

/// Makes documents that reach fields which none has reached before.
struct Documents<'a> {
    schema: &'a Schema,
    /// The arguments of fields that need some, by coordinate or by name.
    arguments: BTreeMap<&'static str, String>,
    tried: BTreeSet<Coordinate>,
}

impl Documents<'_> {
    /// A document for one field of a root; a second time it goes on where the first stopped.
    fn of(&mut self, root: &str, field: &str) -> String {
        let selected = self.field(root, field, DEEP, &mut Vec::new());
        let kind = root.to_ascii_lowercase();
        format!("{kind} {{ {} }}", selected.expect("a field to try"))
    }

    fn field(
        &mut self,
        on: &str,
        name: &str,
        depth: usize,
        path: &mut Vec<String>,
    ) -> Option<String> {
        let field = self.schema.fields(on)[name].clone();
        let arguments = self.spelled(on, name, &field);
        let gives = field.gives.name().to_owned();
        if self.schema.is_leaf(&gives) {
            self.tried.insert((on.to_owned(), name.to_owned()));
            return Some(format!("{name}{arguments}"));
        }
        // Not round in circles: a type within itself is looked at once.
        if depth == 0 || path.iter().filter(|other| **other == gives).count() > 1 {
            return None;
        }
        path.push(gives.clone());
        let below = self.selection(&gives, depth - 1, path);
        path.pop();
        self.tried.insert((on.to_owned(), name.to_owned()));
        Some(format!("{name}{arguments} {{ {below} }}"))
    }

    fn selection(&mut self, on: &str, depth: usize, path: &mut Vec<String>) -> String {
        let mut parts = vec!["__typename".to_owned()];
        match self.schema.named(on).clone() {
            Named::Object(_, fields) => {
                for (name, field) in &fields {
                    let gives = field.gives.name();
                    let new = !self.tried.contains(&(on.to_owned(), name.clone()));
                    if new || self.schema.is_leaf(gives) || self.unfinished(gives, 2) {
                        parts.extend(self.field(on, name, depth, path));
                    }
                }
            }
            Named::Interface(_) | Named::Union(_) => {
                let types: Vec<String> = self
                    .schema
                    .types()
                    .map(|(name, _)| name.to_owned())
                    .collect();
                for concrete in types {
                    let object = matches!(self.schema.named(&concrete), Named::Object(..));
                    if object && self.schema.fits(&concrete, on) {
                        let below = self.aliased(&concrete);
                        parts.push(format!("... on {concrete} {{ {below} }}"));
                    }
                }
            }
            other => panic!("nothing can be selected of {other:?}"),
        }
        parts.join(" ")
    }

    /// Whether a type has fields that no document has tried, itself or so far below it.
    fn unfinished(&self, name: &str, below: usize) -> bool {
        let Named::Object(_, fields) = self.schema.named(name) else {
            return false;
        };
        fields.iter().any(|(field, about)| {
            !self.tried.contains(&(name.to_owned(), field.clone()))
                || (below > 0 && self.unfinished(about.gives.name(), below - 1))
        })
    }

    /// The fields of one concrete type that need no selection, under names that cannot collide.
    fn aliased(&mut self, concrete: &str) -> String {
        let mut parts = vec!["__typename".to_owned()];
        for (name, field) in self.schema.fields(concrete).clone() {
            let leaf = self.schema.is_leaf(field.gives.name());
            if leaf {
                self.tried.insert((concrete.to_owned(), name.clone()));
                parts.push(format!("{concrete}_{name}: {name}"));
            }
        }
        parts.join(" ")
    }

    fn spelled(&self, on: &str, name: &str, field: &Field) -> String {
        let coordinate = format!("{on}.{name}");
        let given: Vec<String> = field
            .arguments
            .iter()
            .filter(|(_, ty)| !ty.nullable)
            .map(|(argument, _)| {
                let known = self.arguments.get(coordinate.as_str());
                let known = known.or_else(|| self.arguments.get(argument.as_str()));
                let known =
                    known.unwrap_or_else(|| panic!("no value for {coordinate}({argument}:)"));
                format!("{argument}: {known}")
            })
            .collect();
        // A page of two is as telling as one of fifty, and cheaper.
        let page = field
            .arguments
            .contains_key("first")
            .then(|| "first: 2".to_owned());
        let all: Vec<String> = given.into_iter().chain(page).collect();
        if all.is_empty() {
            String::new()
        } else {
            format!("({})", all.join(", "))
        }
    }
}

/// A JSON value as GraphQL spells it.
fn literal(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{name}: {}", literal(value)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
        Value::Array(items) => {
            format!(
                "[{}]",
                items.iter().map(literal).collect::<Vec<_>>().join(", ")
            )
        }
        plain => plain.to_string(),
    }
}

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
        let mut documents = Documents {
            schema,
            arguments,
            tried: BTreeSet::new(),
        };
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
        let untried = untried(schema, &documents.tried);
        assert!(untried.is_empty(), "no document tries {untried:#?}");
        assert!(
            documents.tried.len() > 150,
            "{} fields",
            documents.tried.len()
        );
    });
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

/// The fields of objects that no document has selected.
fn untried(schema: &Schema, tried: &BTreeSet<Coordinate>) -> Vec<String> {
    let mut untried = Vec::new();
    for (name, named) in schema.types() {
        if let Named::Object(_, fields) = named {
            let missed = fields
                .keys()
                .filter(|field| !tried.contains(&(name.to_owned(), (*field).clone())));
            untried.extend(missed.map(|field| format!("{name}.{field}")));
        }
    }
    untried
}

//! Everything about one decision, for those who may read it.

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, STRONG, about, ask};

const EVIDENCE: &str = "query Evidence($id: ID!) { decision(id: $id) {
    policyDigest matchedGrants { id approvedBy { id } orderedBy { id } }
    discountedGrants { grantId reasons { policyId } }
    assurance { level source }
    evidence {
        leafHash principalId individualId engagementIds unitIds principalOrganisationIds askerId
        targetId systemId organisationIds asserted action stages { policyId stage } listedIds effect runId
        requestId factsAt facts askerFacts filter erased
        slots { name retentionClass commitment erased value }
        caused { kind action entityId fields }
        policySet { digest generation policies { policyId path text } files { path } }
    } } }";

async fn read(app: &App, id: &str) -> Value {
    let answer = app.auditor().graphql(EVIDENCE, json!({ "id": id })).await;
    answer.at("/decision").clone()
}

async fn a_decision_leads_to_everything_that_it_rests_on(backend: Backend) {
    let app = App::start(backend);
    let sara = app.region().clinician();
    let mut question = about(
        &sara.person,
        "record:read",
        json!({ "record": { "system": "sys-000", "organisation": sara.unit, "kind": "patient", "id": "ref-77" } }),
    );
    question["justification"] = json!("remiss från Åsa");
    let asked = ask(&app.service("journal-gateway"), question)
        .await
        .allowed();
    let decision = read(&app, asked.id()).await;
    let evidence = &decision["evidence"];
    assert_eq!(
        evidence["principalId"],
        json!(app.id("person", &sara.person).await)
    );
    assert_eq!(
        evidence["askerId"],
        json!(app.id("service", "journal-gateway").await)
    );
    assert_eq!(
        evidence["systemId"],
        json!(app.id("system", "sys-000").await)
    );
    let unit = json!(app.id("organisation", &sara.unit).await);
    for places in ["unitIds", "principalOrganisationIds", "organisationIds"] {
        assert!(
            evidence[places]
                .as_array()
                .is_some_and(|ids| ids.contains(&unit)),
            "{places}: {decision}"
        );
    }
    let matched: Vec<&Value> = decision["matchedGrants"]
        .as_array()
        .expect("grants")
        .iter()
        .map(|grant| &grant["id"])
        .collect();
    assert_eq!(
        matched,
        asked
            .matched()
            .iter()
            .map(|id| json!(id))
            .collect::<Vec<_>>()
            .iter()
            .collect::<Vec<_>>()
    );
    let leaf = leaf(&app, asked.id()).await;
    assert_eq!(evidence["leafHash"], json!(leaf));

    let facts: Value =
        serde_json::from_str(evidence["facts"].as_str().expect("facts")).expect("JSON");
    assert_eq!(facts["principal"]["id"], evidence["principalId"]);
    let first: Value =
        serde_json::from_str(evidence["askerFacts"].as_str().expect("facts")).expect("JSON");
    assert_eq!(first["principal"]["id"], evidence["askerId"]);

    let set = &evidence["policySet"];
    assert_eq!(set["digest"], decision["policyDigest"]);
    let held = set["policies"].as_array().expect("policies").iter();
    let held = held
        .filter(|policy| policy["policyId"] == "held-permission")
        .collect::<Vec<_>>();
    let text = held[0]["text"].as_str().expect("a text");
    let file = std::fs::read_to_string(crate::support::root().join("policies/roles.cedar"))
        .expect("a file");
    assert!(
        text.starts_with("@id(\"held-permission\")") && file.contains(text),
        "{text}"
    );
    assert_eq!(held[0]["path"], "roles.cedar");
}

async fn leaf(app: &App, id: &str) -> String {
    let hex = match app.database().backend() {
        Backend::Sqlite => "lower(hex(leaf))",
        Backend::Postgres => "encode(leaf, 'hex')",
    };
    app.column(&format!(
        "SELECT {hex} FROM audit_event WHERE event_id = '{id}'"
    ))
    .await
    .remove(0)
}

async fn personal_values_are_shown_until_they_are_erased(backend: Backend) {
    let app = App::start(backend);
    let sara = app.region().clinician();
    let mut question = about(
        &sara.person,
        "record:read",
        json!({ "record": { "system": "sys-000", "organisation": sara.unit, "kind": "patient", "id": "ref-77" } }),
    );
    question["justification"] = json!("remiss från Åsa");
    let asked = ask(&app.service("journal-gateway"), question).await;
    let slots = |decision: &Value| {
        let slots = decision["evidence"]["slots"]
            .as_array()
            .expect("slots")
            .clone();
        slots
            .iter()
            .map(|slot| json!([slot["name"], slot["erased"], slot["value"]]))
            .collect::<Vec<_>>()
    };
    let before = read(&app, asked.id()).await;
    let subject = json!(["subject", false, "ref-77"]);
    assert_eq!(
        slots(&before),
        [
            json!(["justification", false, "remiss från Åsa"]),
            subject.clone()
        ]
    );
    let connection = app.database().connection().await;
    let erase = "DELETE FROM audit_slot WHERE slot = 'justification'";
    connection.execute_unprepared(erase).await.expect("erased");
    connection.close().await.expect("closed");
    let after = read(&app, asked.id()).await;
    assert_eq!(
        slots(&after),
        [json!(["justification", true, null]), subject]
    );
    let commitment = |decision: &Value| decision["evidence"]["slots"][0]["commitment"].clone();
    assert_eq!(commitment(&after), commitment(&before));
    // Showing them is to read whom the decision is about, which is on record.
    let person = app.id("person", &sara.person).await;
    let sql = format!(
        "SELECT event_id FROM audit_event WHERE permission = 'person:read' AND resource_id = '{person}'"
    );
    assert_eq!(app.column(&sql).await.len(), 2);
}

async fn what_a_decision_brought_about_names_it(backend: Backend) {
    let app = App::start(backend);
    let (region, sara) = (app.region(), app.region().clinician());
    let create = "mutation Create($input: CreateGrantInput!) { createGrant(input: $input) {
        grant { id } decision { id evidence { effect } } } }";
    let input = json!({ "input": { "principal": { "hsaId": sara.person },
        "role": region.role_in("sys-000", "Läsbehörig"), "scope": { "organisation": sara.other_unit },
        "needsAndRiskAnalysis": "BRA-2026-001" } });
    let made = app.service("iam").graphql(create, input).await;
    assert_eq!(
        made.at("/createGrant/decision/evidence"),
        &Value::Null,
        "not on record yet"
    );
    let id = made.at("/createGrant/decision/id").as_str().expect("an id");
    let decision = read(&app, id).await;
    assert_eq!(decision["evidence"]["effect"], "done");
    let caused = &decision["evidence"]["caused"];
    assert_eq!(caused.as_array().map(Vec::len), Some(1), "{caused}");
    assert_eq!(caused[0]["kind"], "change");
    assert_eq!(caused[0]["action"], "created");
    assert_eq!(caused[0]["entityId"], *made.at("/createGrant/grant/id"));
    // A list says what it showed, and by which condition.
    let stranger = app.person(&region.without_grants(), STRONG);
    let own = stranger
        .graphql("{ persons { nodes { id } } }", json!({}))
        .await;
    let listed =
        "SELECT event_id FROM audit_event WHERE policy = 'list-filter' ORDER BY seq DESC LIMIT 1";
    let list = read(&app, &app.column(listed).await[0]).await;
    assert_eq!(
        list["evidence"]["listedIds"],
        json!([own.at("/persons/nodes/0/id")])
    );
    let individual = list["evidence"]["individualId"].as_str().expect("an id");
    assert!(
        list["evidence"]["filter"]
            .as_str()
            .expect("a filter")
            .contains(individual),
        "{list}"
    );
}

both_backends! {
    async a_decision_leads_to_everything_that_it_rests_on;
    async personal_values_are_shown_until_they_are_erased;
    async what_a_decision_brought_about_names_it;
}

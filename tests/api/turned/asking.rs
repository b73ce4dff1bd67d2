//! Who can do a thing, and what an answer would be: held against single decisions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, COSMIC, STRONG, about, ask};

use super::{list, text, told};

const WHO_CAN: &str =
    "query Who($permission: String!, $target: ReachTargetInput!, $first: Int, $after: String) {
    whoCan(permission: $permission, target: $target, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { principalId obligations onlyRecords matchedGrants { id } wouldRefuse { policyId } } } }";

pub(super) const HOW_MANY: &str = "query Who($permission: String!, $target: ReachTargetInput!) {
    whoCan(permission: $permission, target: $target, first: 1) { totalCount } }";

const MANY: &str = "mutation Many($input: AuthorizeManyInput!) { authorizeMany(input: $input) {
    answers { decision { outcome askerOutcome obligations matchedGrants { id } wouldRefuse { policyId } } } } }";

const EXPLAIN: &str =
    "query Explain($input: AuthorizeInput!) { explain(input: $input) { errors { code path }
    decision { id dryRun outcome askerOutcome obligations reasons { policyId source text }
        matchedGrants { id } discountedGrants { grantId reasons { policyId source text } } } } }";

const ASK: &str = "mutation Ask($input: AuthorizeInput!) { authorize(input: $input) {
    errors { code path } decision { id } } }";

const DRY: &str = "query Dry($id: ID!) { decision(id: $id) { dryRun } replay(id: $id) { result } }";

/// Everybody in the register: id, and how a question names them.
async fn everybody(app: &App) -> Vec<(String, Value)> {
    let named = |rows: Vec<String>, key: &'static str| {
        let told = rows.into_iter().map(move |row| {
            let (id, name) = row.split_once(' ').expect("two words");
            (id.to_owned(), json!({ key: name }))
        });
        told.collect::<Vec<_>>()
    };
    let people = app.column("SELECT id || ' ' || hsa_id FROM person").await;
    let services = "SELECT id || ' ' || external_id FROM service WHERE source <> 'built-in'";
    let services = app.column(services).await;
    let mut all = named(people, "hsaId");
    all.extend(named(services, "clientId"));
    all
}

/// Whom a single question is answered with an allow for, each with what else the answer says.
async fn allowed(
    app: &App,
    everybody: &[(String, Value)],
    permission: &str,
    target: &Value,
) -> BTreeMap<String, Value> {
    let asker = app.service("server-login");
    let mut allowed = BTreeMap::new();
    for some in everybody.chunks(50) {
        let questions = some.iter().map(|(_, name)| {
            let mut question = about("", permission, target.clone());
            question["principal"] = name.clone();
            question
        });
        let input = json!({ "input": { "questions": questions.collect::<Vec<_>>() } });
        let answers = told(&asker, MANY, input).await;
        let answers = list(&answers, "/authorizeMany/answers");
        for ((id, _), answer) in some.iter().zip(answers) {
            let decision = &answer["decision"];
            assert_eq!(decision["askerOutcome"], "ALLOW", "{permission} {target}");
            if decision["outcome"] == "ALLOW" {
                let told = json!({
                    "matchedGrants": decision["matchedGrants"],
                    "obligations": decision["obligations"],
                    "wouldRefuse": decision["wouldRefuse"],
                });
                allowed.insert(id.clone(), told);
            }
        }
    }
    allowed
}

/// Every row of the report, page by page: without who it is, by whether it is only about records there.
async fn reported(
    app: &App,
    permission: &str,
    target: &Value,
) -> BTreeMap<bool, BTreeMap<String, Value>> {
    let auditor = app.auditor();
    let mut found = BTreeMap::from([(false, BTreeMap::new()), (true, BTreeMap::new())]);
    let mut variables = json!({ "permission": permission, "target": target, "first": 97 });
    let mut last = String::new();
    loop {
        let page = told(&auditor, WHO_CAN, variables.clone()).await;
        for row in list(&page, "/whoCan/nodes") {
            let id = text(&row["principalId"]);
            assert!(last < id, "in the order of the ids, each once");
            last.clone_from(&id);
            let mut row = row.clone();
            let members = row.as_object_mut().expect("an object");
            members.remove("principalId");
            let only = members.remove("onlyRecords") == Some(json!(true));
            found.entry(only).or_default().insert(id, row);
        }
        if page["whoCan"]["pageInfo"]["hasNextPage"] == false {
            return found;
        }
        variables["after"] = page["whoCan"]["pageInfo"]["endCursor"].clone();
    }
}

async fn who_can_do_a_thing_is_whom_single_decisions_allow(backend: Backend) {
    let app = App::start(backend);
    let (olle, sara) = (
        app.region().segment_administrator(),
        app.region().clinician(),
    );
    let (_, database) = app.region().holder("Databasadministratör");
    let unit = app.region().manager().1;
    let elsewhere = app.region().place_of_another_care_provider();
    let record = |system: &str, unit: &str| json!({ "system": system, "organisation": unit });
    let blocked = json!({ "system": COSMIC, "organisation": sara.unit, "blocked": true });
    let everybody = everybody(&app).await;
    let mut some = 0;
    for (permission, target) in [
        ("server:administer", json!({ "server": olle.server })),
        ("server:read", json!({ "segment": olle.other_segment })),
        ("database:administer", json!({ "database": database })),
        ("system:read", json!({ "system": COSMIC })),
        ("person:read", json!({ "organisation": unit })),
        ("decision:ask", json!({ "system": COSMIC })),
        (
            "record:read",
            json!({ "record": record(COSMIC, &sara.unit) }),
        ),
        (
            "record:read",
            json!({ "record": record(COSMIC, &elsewhere) }),
        ),
        ("record:write", json!({ "record": blocked })),
    ] {
        let found = reported(&app, permission, &target).await;
        let mut asked = target.clone();
        if let Some(record) = asked.get_mut("record") {
            record["kind"] = json!("patient");
            record["id"] = json!("b7c1f0e2");
        }
        let expected = allowed(&app, &everybody, permission, &asked).await;
        assert_eq!(found[&false], expected, "{permission} {target}");
        assert_eq!(found[&true], BTreeMap::new(), "{permission} {target}");
        some += usize::from(!expected.is_empty());
        let counted = json!({ "permission": permission, "target": target });
        let counted = told(&app.auditor(), HOW_MANY, counted).await;
        assert_eq!(counted["whoCan"]["totalCount"], json!(expected.len()));
    }
    assert!(some > 6, "only {some} targets were of use");
}

/// The units over which somebody holds something in the system, and one of every authority and care provider besides.
fn telling_units(app: &App, system: &str) -> BTreeSet<String> {
    let region = app.region();
    let roles: BTreeSet<&str> = region
        .of("role")
        .filter(|role| role["system"] == system)
        .filter_map(|role| role["externalId"].as_str())
        .collect();
    let over = region.of("grant").filter_map(|grant| {
        let of_system = roles.contains(grant["role"].as_str()?);
        of_system.then(|| grant["scope"]["externalId"].as_str())?
    });
    let organisations = region.of("organisation");
    let names: BTreeSet<&str> = organisations
        .filter_map(|organisation| organisation["externalId"].as_str())
        .collect();
    let mut units: BTreeSet<String> = over
        .filter(|id| names.contains(id))
        .map(str::to_owned)
        .collect();
    units.extend(region.one_of_each_authority());
    units
}

/// Whoever holds a grant that is one of those, by HSA-id or client id.
fn holders_in(app: &App, is_one: impl Fn(&Value, &Value) -> bool) -> BTreeSet<String> {
    let region = app.region();
    let grants = region.of("grant");
    let those = grants.filter(|grant| is_one(grant, region.find("role", &text(&grant["role"]))));
    those
        .map(|grant| text(&grant["principal"]["externalId"]))
        .collect()
}

/// The name in a principal as a question has it.
fn named(principal: &Value) -> String {
    let mut names = principal.as_object().expect("an object").values();
    text(names.next().expect("a name"))
}

/// Whom a question about a record of one of the systems, kept by one of the units, is answered with an allow for,
/// with how little one of the answers asks.
async fn allowed_somewhere(
    app: &App,
    everybody: &[(String, Value)],
    systems: &[String],
    units: &BTreeSet<String>,
) -> BTreeMap<String, usize> {
    let mut least: BTreeMap<String, usize> = BTreeMap::new();
    for (system, unit) in systems
        .iter()
        .flat_map(|system| units.iter().map(move |unit| (system, unit)))
    {
        let record = json!({ "record": { "system": system, "organisation": unit, "kind": "patient",
            "id": "b7c1f0e2" } });
        for (id, told) in allowed(app, everybody, "record:read", &record).await {
            let asks = list(&told, "/obligations").len();
            let known = least.entry(id).or_insert(asks);
            *known = asks.min(*known);
        }
    }
    least
}

async fn who_can_read_records_there_is_whom_a_decision_about_some_record_allows(backend: Backend) {
    let app = App::start(backend);
    let everybody = everybody(&app).await;
    let of_system = holders_in(&app, |_, role| role["system"] == "sys-016");
    let unit = app.region().clinician().unit;
    let over_unit = holders_in(&app, |grant, _| {
        grant["scope"]["externalId"] == unit.as_str()
    });
    let systems: Vec<String> = app
        .region()
        .of("system")
        .map(|system| text(&system["externalId"]))
        .collect();
    for (target, systems, units, holders) in [
        (
            json!({ "system": "sys-016" }),
            vec!["sys-016".to_owned()],
            telling_units(&app, "sys-016"),
            of_system,
        ),
        (
            json!({ "organisation": unit }),
            systems,
            [unit.clone()].into(),
            over_unit,
        ),
    ] {
        let mut found = reported(&app, "record:read", &target).await;
        // Everybody who holds something there, and a few of the others.
        let asked: Vec<(String, Value)> = everybody
            .iter()
            .enumerate()
            .filter(|(n, (_, name))| n % 12 == 0 || holders.contains(&named(name)))
            .map(|(_, one)| one.clone())
            .collect();
        let ids: BTreeSet<&String> = asked.iter().map(|(id, _)| id).collect();
        for rows in found.values_mut() {
            rows.retain(|id, _| ids.contains(id));
        }
        let whole = allowed(&app, &asked, "record:read", &target).await;
        assert_eq!(found[&false], whole, "{target}");
        let mut expected = allowed_somewhere(&app, &asked, &systems, &units).await;
        assert!(expected.len() > whole.len(), "{target} shows nothing");
        expected.retain(|id, _| !whole.contains_key(id));
        let asks = |row: &Value| list(row, "/obligations").len();
        let only = found[&true].iter().map(|(id, row)| (id.clone(), asks(row)));
        assert_eq!(only.collect::<BTreeMap<_, _>>(), expected, "{target}");
    }
    // What lies below lies there.
    let parent = app.region().find("organisation", &unit)["parent"].clone();
    let [below, there] = [json!(unit), parent].map(|organisation| {
        let target = json!({ "organisation": organisation });
        let app = &app;
        async move { reported(app, "record:read", &target).await }
    });
    let (below, there) = (below.await, there.await);
    let everyone = |found: &BTreeMap<bool, BTreeMap<String, Value>>| -> BTreeSet<String> {
        found.values().flat_map(BTreeMap::keys).cloned().collect()
    };
    assert!(everyone(&below).is_subset(&everyone(&there)));
}

async fn a_permission_that_there_is_not_is_a_slip_and_not_nobody(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let auditor = app.auditor();
    let server = json!({ "server": olle.server });
    let wrong = json!({ "permission": "record:raed", "target": server });
    let roles = "query Roles($p: String!) { roles(filter: { permission: $p }) { nodes { id } } }";
    let decisions =
        "query Decisions($p: String!) { decisions(filter: { permission: $p }) { nodes { id } } }";
    for (document, variables, path) in [
        (HOW_MANY, wrong, json!(["permission"])),
        (
            roles,
            json!({ "p": "record:raed" }),
            json!(["filter", "permission"]),
        ),
        (
            decisions,
            json!({ "p": "record:raed" }),
            json!(["filter", "permission"]),
        ),
    ] {
        let answer = auditor.graphql(document, variables).await;
        let error = &answer.json()["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer:?}");
        assert_eq!(error["extensions"]["inputPath"], path);
        assert!(!answer.text().contains("raed"), "{}", answer.text());
    }
    let question = json!({ "input": about(&olle.person, "record:raed", server.clone()) });
    for (document, field) in [(ASK, "authorize"), (EXPLAIN, "explain")] {
        let login = app.service("server-login");
        let answer = told(&login, document, question.clone()).await;
        let told = &answer[field];
        assert_eq!(told["decision"], Value::Null, "{answer}");
        assert_eq!(told["errors"][0]["code"], "PERMISSION_UNKNOWN", "{answer}");
        assert_eq!(told["errors"][0]["path"], json!(["input", "permission"]));
    }
    // Whoever may not ask is not told which permissions there are.
    let stranger = app.person(&app.region().without_grants(), STRONG);
    let answer = stranger.graphql(EXPLAIN, question).await;
    let code = &answer.json()["errors"][0]["extensions"]["code"];
    assert_eq!(code, "FORBIDDEN", "{}", answer.text());
}

async fn a_dry_run_is_answered_alike_and_told_apart(backend: Backend) {
    let app = App::start(backend);
    let (olle, sara) = (
        app.region().segment_administrator(),
        app.region().clinician(),
    );
    let login = app.service("server-login");
    for server in [&olle.server, &olle.other_server] {
        let question = about(
            &olle.person,
            "server:administer",
            json!({ "server": server }),
        );
        let asked = ask(&login, question.clone()).await;
        let explained = told(&login, EXPLAIN, json!({ "input": question })).await;
        let explained = &explained["explain"]["decision"];
        for member in ["outcome", "reasons", "matchedGrants", "discountedGrants"] {
            assert_eq!(explained[member], asked.decision()[member], "{member}");
        }
        let of = |id: &Value| json!({ "id": id });
        for (id, dry) in [(&asked.decision()["id"], false), (&explained["id"], true)] {
            let found = told(&app.auditor(), DRY, of(id)).await;
            assert_eq!(found["decision"]["dryRun"], dry, "{found}");
            assert_eq!(found["replay"]["result"], "SAME");
        }
        assert_eq!(explained["dryRun"], true);
    }
    // It takes the same leave.
    let target = json!({ "server": olle.server });
    let question = json!({ "input": about(&olle.person, "server:administer", target) });
    let refused = app.auditor().graphql(EXPLAIN, question.clone()).await;
    let extensions = &refused.json()["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "FORBIDDEN", "{}", refused.text());
    assert_eq!(extensions["reasons"][0]["policyId"], "asker-may-not-ask");
    // The officer may ask, and is told the answer.
    let officer = app.region().only("Informationssäkerhetsansvarig");
    let told_to = told(&app.person(&officer, STRONG), EXPLAIN, question).await;
    assert_eq!(told_to["explain"]["decision"]["askerOutcome"], "ALLOW");
    // And no choice goes on from it.
    let journal = app.service("journal-gateway");
    let record = json!({ "record": { "system": COSMIC, "organisation": sara.other_unit,
        "kind": "patient", "id": "b7c1f0e2" } });
    let mut question = about(&sara.person, "record:read", record);
    let dry = told(&journal, EXPLAIN, json!({ "input": question })).await;
    let dry = &dry["explain"]["decision"];
    assert_eq!(dry["obligations"], json!(["ACTIVE_CHOICE"]));
    question["confirms"] = dry["id"].clone();
    question["target"]["record"]["activeChoice"] = json!("remiss");
    let going_on = told(&journal, ASK, json!({ "input": question })).await;
    let error = &going_on["authorize"]["errors"][0];
    assert_eq!(error["code"], "CONFIRMATION_INVALID", "{going_on}");
}

both_backends! {
    async who_can_do_a_thing_is_whom_single_decisions_allow;
    async who_can_read_records_there_is_whom_a_decision_about_some_record_allows;
    async a_permission_that_there_is_not_is_a_slip_and_not_nobody;
    async a_dry_run_is_answered_alike_and_told_apart;
}

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
    nodes { principalId obligations matchedGrants { id } wouldRefuse { policyId } } } }";

pub(super) const HOW_MANY: &str = "query Who($permission: String!, $target: ReachTargetInput!) {
    whoCan(permission: $permission, target: $target, first: 1) { totalCount } }";

const MANY: &str = "mutation Many($input: AuthorizeManyInput!) { authorizeMany(input: $input) {
    answers { decision { outcome askerOutcome obligations matchedGrants { id } wouldRefuse { policyId } } } } }";

const EXPLAIN: &str =
    "query Explain($input: AuthorizeInput!) { explain(input: $input) { errors { code }
    decision { id dryRun outcome askerOutcome obligations reasons { policyId source text }
        matchedGrants { id } discountedGrants { grantId reasons { policyId source text } } } } }";

const ASK: &str = "mutation Ask($input: AuthorizeInput!) { authorize(input: $input) {
    errors { code } decision { id } } }";

const DRY: &str = "query Dry($id: ID!) { decision(id: $id) { dryRun } replay(id: $id) { result } }";

/// Everybody who holds anything, by the feed.
fn holders(app: &App) -> BTreeSet<String> {
    let grants = app.region().of("grant");
    let people = grants.filter(|grant| grant["principal"]["kind"] == "person");
    people
        .map(|grant| text(&grant["principal"]["externalId"]))
        .collect()
}

/// Who of those a single question is answered with an allow for, each with the grants it rests on.
async fn allowed(
    app: &App,
    people: &BTreeSet<String>,
    permission: &str,
    target: &Value,
) -> BTreeMap<String, Value> {
    let ids = app.column("SELECT hsa_id || ' ' || id FROM person").await;
    let ids: BTreeMap<&str, &str> = ids.iter().filter_map(|row| row.split_once(' ')).collect();
    let people: Vec<&String> = people.iter().collect();
    let asker = app.service("server-login");
    let mut allowed = BTreeMap::new();
    for some in people.chunks(100) {
        let questions = some
            .iter()
            .map(|person| about(person, permission, target.clone()));
        let input = json!({ "input": { "questions": questions.collect::<Vec<_>>() } });
        let answers = told(&asker, MANY, input).await;
        let answers = list(&answers, "/authorizeMany/answers");
        for (person, answer) in some.iter().zip(answers) {
            let decision = &answer["decision"];
            assert_eq!(decision["askerOutcome"], "ALLOW", "{permission} {target}");
            if decision["outcome"] == "ALLOW" {
                let told = json!({
                    "matchedGrants": decision["matchedGrants"],
                    "obligations": decision["obligations"],
                    "wouldRefuse": decision["wouldRefuse"],
                });
                allowed.insert(ids[person.as_str()].to_owned(), told);
            }
        }
    }
    allowed
}

async fn who_can_do_a_thing_is_whom_single_decisions_allow(backend: Backend) {
    let app = App::start(backend);
    let (olle, sara) = (
        app.region().segment_administrator(),
        app.region().clinician(),
    );
    let (_, administered) = app.region().holder("Systemadministratör");
    let (_, database) = app.region().holder("Databasadministratör");
    let unit = app.region().manager().1;
    let people = holders(&app);
    let auditor = app.auditor();
    let mut some = 0;
    for (permission, target) in [
        ("server:administer", json!({ "server": olle.server })),
        (
            "server:administer",
            json!({ "segment": olle.other_segment }),
        ),
        ("server:read", json!({ "server": olle.server })),
        ("database:administer", json!({ "database": database })),
        ("system:read", json!({ "system": COSMIC })),
        ("system:administer", json!({ "system": administered })),
        ("record:read", json!({ "organisation": sara.unit })),
        ("record:read", json!({ "system": COSMIC })),
        ("person:read", json!({ "organisation": unit })),
        ("grant:approve", json!({ "organisation": unit })),
        ("pump:start", json!({ "system": COSMIC })),
    ] {
        let mut found = BTreeMap::new();
        let mut variables = json!({ "permission": permission, "target": target, "first": 7 });
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
                if id.starts_with("per_") {
                    found.insert(id, row);
                }
            }
            if page["whoCan"]["pageInfo"]["hasNextPage"] == false {
                break;
            }
            variables["after"] = page["whoCan"]["pageInfo"]["endCursor"].clone();
        }
        let mut expected = allowed(&app, &people, permission, &target).await;
        // The first administrator is not in the feed.
        let first = app.id("person", App::FIRST).await;
        expected.remove(&first);
        found.remove(&first);
        assert_eq!(found, expected, "{permission} {target}");
        some += usize::from(!found.is_empty());
        let counted = json!({ "permission": permission, "target": target });
        let counted = told(&auditor, HOW_MANY, counted).await;
        let total = counted["whoCan"]["totalCount"].as_u64().expect("a number");
        assert!(total >= u64::try_from(found.len()).expect("a number"));
    }
    assert!(some > 7, "only {some} targets were of use");
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
    async a_dry_run_is_answered_alike_and_told_apart;
}

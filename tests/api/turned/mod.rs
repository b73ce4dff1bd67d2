//! Questions turned around: what somebody holds and can reach, and who administers what.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, COSMIC, Caller, STRONG, about, ask, behorig, today};

use asking::HOW_MANY;

mod asking;
mod standing;

const REACH: &str = "query Reach($of: PrincipalInput!) { reach(principal: $of) {
    serversDirect serversTotal serversUnsegmented
    segments { segmentId servers pathIds segment { externalId } path { id } grants { id } }
    systems { system { externalId } segmentIds grants { id } }
    servers(first: 200) { totalCount nodes { hostName segment { id } } } } }";

const WHAT_CAN: &str = "query What($of: PrincipalInput!, $first: Int, $after: String) {
    whatCan(principal: $of, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    nodes { grant { id externalId scope { kind targetId } role { name } }
        permissions { permission counts reasons { policyId text } } } } }";

const MATRIX: &str = "query Matrix($first: Int, $after: String) {
    segmentationMatrix(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    nodes { principalId person { hsaId } segments { segmentId segment { externalId } grants { id } } } } }";

const UNDERSTAFFED: &str = "{ understaffedSegments(first: 200) { totalCount
    nodes { segmentId segment { externalId } administrators } } }";

pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.unwrap_or_else(|| panic!("{pointer} in {value}"))
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

pub(super) fn texts(values: &[Value], pointer: &str) -> BTreeSet<String> {
    let text = |value: &Value| {
        let found = value.pointer(pointer).and_then(Value::as_str);
        found
            .unwrap_or_else(|| panic!("{pointer} in {value}"))
            .to_owned()
    };
    values.iter().map(text).collect()
}

pub(super) async fn told(caller: &Caller, document: &str, variables: Value) -> Value {
    let answer = caller.graphql(document, variables).await;
    assert_eq!(answer.json().get("errors"), None, "{}", answer.text());
    answer.json()["data"].clone()
}

pub(super) fn of(hsa_id: &str) -> Value {
    json!({ "of": { "hsaId": hsa_id } })
}

/// The servers of segments, by the feed.
fn servers_in(app: &App, segments: &BTreeSet<String>) -> BTreeSet<String> {
    let servers = app.region().of("server");
    let within =
        |server: &&Value| segments.contains(server["segment"].as_str().expect("a segment"));
    servers
        .filter(within)
        .map(|server| server["externalId"].as_str().expect("a name").to_owned())
        .collect()
}

/// What can be taken over from those segments, by the feed.
fn controlled_from(app: &App, begin: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::from([begin.to_owned()]);
    let mut waiting = vec![begin.to_owned()];
    while let Some(here) = waiting.pop() {
        let mut segments = app.region().of("segment");
        let record = segments.find(|segment| segment["externalId"] == here.as_str());
        for next in record.expect("a segment")["controls"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let next = next.as_str().expect("a segment").to_owned();
            if reached.insert(next.clone()) {
                waiting.push(next);
            }
        }
    }
    reached
}

async fn somebody_reaches_what_decisions_would_allow(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let found = told(&app.auditor(), REACH, of(&olle.person)).await;
    let reach = &found["reach"];
    let segments = list(reach, "/segments");
    let direct: Vec<Value> = segments
        .iter()
        .filter(|segment| segment["pathIds"] == json!([]))
        .cloned()
        .collect();
    assert_eq!(
        texts(&direct, "/segment/externalId"),
        [olle.segment.clone()].into()
    );
    let grant = app.id("role_grant", &olle.grant).await;
    assert_eq!(direct[0]["grants"], json!([{ "id": grant }]));
    let own = servers_in(&app, &[olle.segment.clone()].into());
    assert_eq!(reach["serversDirect"], json!(own.len()));
    // A single question about each of the servers says the same.
    let asker = app.service("server-login");
    for server in app.region().of("server") {
        let host = server["externalId"].as_str().expect("a name");
        let question = about(&olle.person, "server:administer", json!({ "server": host }));
        let allowed = ask(&asker, question).await.is_allowed();
        assert_eq!(allowed, own.contains(host), "{host}");
    }
    let all = controlled_from(&app, &olle.segment);
    assert_eq!(texts(segments, "/segment/externalId"), all);
    let all = servers_in(&app, &all);
    assert_eq!(reach["serversTotal"], json!(all.len()));
    assert_eq!(reach["servers"]["totalCount"], json!(all.len()));
    assert_eq!(texts(list(reach, "/servers/nodes"), "/hostName"), all);
    let systems = texts(list(reach, "/systems"), "/system/externalId");
    assert!(systems.contains(COSMIC), "{systems:?}");
}

/// Lets an operator give the administrator of a segment the same role over another.
fn give(app: &App, segment: &str) -> String {
    let olle = app.region().segment_administrator();
    let mut grants = app.region().of("grant");
    let own = grants.find(|grant| grant["externalId"] == olle.grant.as_str());
    let mut grant = own.expect("the grant").clone();
    grant["externalId"] = json!("grant-shared");
    grant["scope"]["externalId"] = json!(segment);
    let day = today().to_string();
    let to = ["import", "-", "--database", app.database().url()];
    let arguments = [&to[..], &["--no-trailer", "--today", &day]].concat();
    let feed = format!("{grant}\n");
    let _imported = behorig()
        .run_reading(&arguments, feed.as_bytes())
        .succeeded();
    olle.person
}

async fn control_is_followed_with_the_way_there(backend: Backend) {
    let app = App::start(backend);
    let controls = |segment: &&Value| !segment["controls"].as_array().is_none_or(Vec::is_empty);
    let mut segments = app.region().of("segment");
    let shared = segments
        .find(controls)
        .expect("a segment that controls others");
    let shared = shared["externalId"].as_str().expect("an id").to_owned();
    let olle = give(&app, &shared);
    let found = told(&app.auditor(), REACH, of(&olle)).await;
    let segments = list(&found, "/reach/segments");
    let own = app.region().segment_administrator().segment;
    let all = controlled_from(&app, &shared);
    assert!(all.contains(&own) && all.len() > 3, "{all:?}");
    assert_eq!(texts(segments, "/segment/externalId"), all);
    let (id, total) = (app.id("segment", &shared).await, servers_in(&app, &all));
    assert_eq!(found["reach"]["serversTotal"], json!(total.len()));
    for segment in segments {
        let way = list(segment, "/pathIds");
        if [&own, &shared].contains(&&text(&segment["segment"]["externalId"])) {
            assert!(way.is_empty(), "{segment}");
            assert_eq!(list(segment, "/grants").len(), 1);
        } else {
            assert_eq!(
                (way.first(), way.last()),
                (Some(&json!(id)), Some(&segment["segmentId"]))
            );
            assert_eq!(segment["grants"], json!([]));
            assert_eq!(texts(list(segment, "/path"), "/id").len(), way.len());
        }
    }
}

async fn the_figure_before_segmentation_is_what_scopes_alone_would_give(backend: Backend) {
    let app = App::start(backend);
    let (wide, grant) = app.region().wide_administrator();
    let auditor = app.auditor();
    let found = told(&auditor, REACH, of(&wide)).await;
    let reach = &found["reach"];
    let before = reach["serversUnsegmented"].as_u64().expect("a number");
    let direct = reach["serversDirect"].as_u64().expect("a number");
    assert!(before > direct && before > 10, "{reach}");
    let held = told(&auditor, WHAT_CAN, of(&wide)).await;
    let nodes = list(&held, "/whatCan/nodes");
    let it = nodes
        .iter()
        .find(|node| node["grant"]["externalId"] == grant.as_str());
    let permission = &it.expect("the grant")["permissions"][0];
    assert_eq!(permission["permission"], "server:administer");
    assert_eq!(permission["counts"], false);
    let reasons = texts(list(permission, "/reasons"), "/policyId");
    assert_eq!(reasons, ["segment-server-admin".to_owned()].into());
}

async fn what_somebody_holds_is_paged_and_says_why_it_does_not_count(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let (leaver, grant) = app.region().leaver();
    let question = json!({ "query": WHAT_CAN, "variables": of(&leaver) });
    let headers = [
        ("content-type", "application/json"),
        ("accept-language", "sv-SE"),
    ];
    let swedish = auditor
        .raw()
        .send(Method::POST, "/graphql", &headers, question.to_string())
        .await;
    let nodes = list(swedish.at("/whatCan"), "/nodes").to_vec();
    let it = nodes
        .iter()
        .find(|node| node["grant"]["externalId"] == grant["externalId"]);
    for permission in list(it.expect("the grant"), "/permissions") {
        assert_eq!(permission["counts"], false);
        let ended = list(permission, "/reasons")
            .iter()
            .find(|reason| reason["policyId"] == "engagement-live");
        let text = ended.expect("the engagement has ended")["text"].as_str();
        assert!(text.expect("a text").contains("upphört"), "{text:?}");
    }

    let (holder, many) = most(&app);
    let mut variables = of(&holder);
    variables["first"] = json!(2);
    let mut seen = Vec::new();
    loop {
        let page = told(&auditor, WHAT_CAN, variables.clone()).await;
        assert_eq!(page["whatCan"]["totalCount"], json!(many.len()));
        seen.extend(list(&page, "/whatCan/nodes").to_vec());
        if page["whatCan"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        variables["after"] = page["whatCan"]["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen.len(), many.len(), "each once");
    assert_eq!(texts(&seen, "/grant/externalId"), many);
}

/// Who holds most, and what, by the feed.
fn most(app: &App) -> (String, BTreeSet<String>) {
    let mut held: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for grant in app.region().of("grant") {
        let holder = text(&grant["principal"]["externalId"]);
        held.entry(holder)
            .or_default()
            .insert(text(&grant["externalId"]));
    }
    let protected = app.region().protected();
    held.remove(&protected);
    let all = held.into_iter();
    all.max_by_key(|(_, grants)| grants.len())
        .expect("somebody")
}

async fn the_matrix_is_the_decisions_about_every_segment(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let mut rows = Vec::new();
    let mut variables = json!({ "first": 3 });
    loop {
        let page = told(&auditor, MATRIX, variables.clone()).await;
        rows.extend(list(&page, "/segmentationMatrix/nodes").to_vec());
        if page["segmentationMatrix"]["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["segmentationMatrix"]["totalCount"], json!(rows.len()));
            break;
        }
        variables["after"] = page["segmentationMatrix"]["pageInfo"]["endCursor"].clone();
    }
    let mut administered: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in &rows {
        let person = row["person"]["hsaId"].as_str().expect("a person");
        for segment in texts(list(row, "/segments"), "/segment/externalId") {
            administered
                .entry(segment)
                .or_default()
                .insert(person.to_owned());
        }
    }
    let role = app.region().role("Serveradministratör");
    let holders: BTreeSet<&str> = app
        .region()
        .of("grant")
        .filter(|grant| grant["role"] == role.as_str())
        .filter_map(|grant| grant["principal"]["externalId"].as_str())
        .collect();
    let asker = app.service("server-login");
    for segment in [
        &app.region().segment_administrator().segment,
        "seg-shared-0",
    ] {
        let mut allowed = BTreeSet::new();
        for holder in &holders {
            let target = json!({ "segment": segment });
            let question = about(holder, "server:administer", target);
            if ask(&asker, question).await.is_allowed() {
                allowed.insert((*holder).to_owned());
            }
        }
        let listed = administered.get(segment).cloned().unwrap_or_default();
        assert_eq!(listed, allowed, "{segment}");
    }

    let few = told(&auditor, UNDERSTAFFED, json!({})).await;
    let few = list(&few, "/understaffedSegments/nodes");
    assert!(!few.is_empty());
    for segment in few {
        let name = segment["segment"]["externalId"].as_str().expect("a name");
        let by = administered.get(name).map_or(0, BTreeSet::len);
        assert_eq!(segment["administrators"], json!(by), "{name}");
        assert!(by < 2, "{name}");
    }
    let enough = administered.iter().filter(|(_, by)| by.len() > 1);
    let named = texts(few, "/segment/externalId");
    for (segment, _) in enough {
        assert!(!named.contains(segment), "{segment}");
    }
}

async fn such_reports_are_secret_and_their_reading_is_on_record(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    // Who reads people and grants there, and nothing of this.
    let manager = app.person(&app.region().manager().0, STRONG);
    let server = json!({ "permission": "server:administer", "target": { "server": olle.server } });
    let nowhere = json!({ "permission": "server:administer", "target": { "server": "no-such" } });
    let nobody = of("TSTNMT2321000000-NONE");
    let guardrails = "{ guardrails { policyId } }";
    let impact = "{ policyImpact(guardrail: \"no-escalation\") { principalsStopped } }";
    // What is there and what is not are refused alike.
    for (document, variables) in [
        (REACH, of(&olle.person)),
        (REACH, of(&app.region().manager().0)),
        (REACH, of(&app.region().protected())),
        (REACH, nobody.clone()),
        (WHAT_CAN, of(&olle.person)),
        (WHAT_CAN, nobody.clone()),
        (HOW_MANY, server.clone()),
        (HOW_MANY, nowhere.clone()),
        (MATRIX, json!({ "first": 5 })),
        (UNDERSTAFFED, json!({})),
        (guardrails, json!({})),
        (impact, json!({})),
    ] {
        let refused = manager.graphql(document, variables).await;
        let extensions = &refused.json()["errors"][0]["extensions"];
        assert_eq!(extensions["code"], "FORBIDDEN", "{}", refused.text());
        assert_eq!(extensions["reasons"][0]["policyId"], "no-permit");
        assert!(extensions["decisionId"].is_string(), "{}", refused.text());
    }
    // Whoever may have such reports, but not of everything, is told of neither.
    for variables in [of(&app.region().protected()), nobody] {
        let hidden = told(&app.auditor(), REACH, variables).await;
        assert_eq!(hidden, json!({ "reach": null }));
    }
    let hidden = told(&app.auditor(), HOW_MANY, nowhere).await;
    assert_eq!(hidden, json!({ "whoCan": null }));
    let mut wrong = server;
    wrong["permission"] = json!("server");
    let wrong = app.auditor().graphql(HOW_MANY, wrong).await;
    let error = &wrong.json()["errors"][0];
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");

    let _read = told(&app.auditor(), REACH, of(&olle.person)).await;
    let _listed = told(&app.auditor(), MATRIX, json!({ "first": 5 })).await;
    let log =
        "{ decisions(first: 200) { nodes { id permission outcome target principal targetKind } } }";
    let log = told(&app.auditor(), log, json!({})).await;
    let reports: Vec<&Value> = list(&log, "/decisions/nodes")
        .iter()
        .filter(|decision| decision["permission"] == "reach:read")
        .collect();
    let auditor = app.region().only("Revisor");
    let about = |kind: &str, outcome: &str, by: &str| {
        reports.iter().any(|decision| {
            decision["targetKind"] == kind
                && decision["outcome"] == outcome
                && decision["principal"] == by
        })
    };
    assert!(about("Person", "ALLOW", &auditor), "{reports:?}");
    assert!(
        about("Person", "DENY", &app.region().manager().0),
        "{reports:?}"
    );
    assert!(about("Reach", "ALLOW", &auditor), "{reports:?}");
    let again = "query Again($id: ID!) { replay(id: $id) { result } }";
    for decision in &reports {
        let made = told(&app.auditor(), again, json!({ "id": decision["id"] })).await;
        assert_eq!(made["replay"]["result"], "SAME", "{decision}");
    }
}

both_backends! {
    async somebody_reaches_what_decisions_would_allow;
    async control_is_followed_with_the_way_there;
    async the_figure_before_segmentation_is_what_scopes_alone_would_give;
    async what_somebody_holds_is_paged_and_says_why_it_does_not_count;
    async the_matrix_is_the_decisions_about_every_segment;
    async such_reports_are_secret_and_their_reading_is_on_record;
}

//! Queries from the request to the log, on an embedded database of their own.
//!
//! The region: Akut and Barn below Region, a vendor beside it. Each service is named after where it may
//! read; Anna works in Akut, reads there too, and answers for Eva, whose identity is protected.

mod follow;
mod hidden;
mod log;
mod reports;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::document::Asked;
use super::execute::{Execute, Readiness, RequestMeta};
use super::executor::Executor;
use super::limits::Limits;
use super::page::Cursors;
use audit::{Database, Genesis, Log, LogOptions, OpenOptions};
use authn::{
    Claimant, ClientAuthentication, DemoIssuer, Subject, TokenOrder, TokenSettings, Verifier,
};
use domain::clock::{Clock, FixedClock, fresh};
use domain::id::Event;
use domain::{Calendar, Instant};
use gate::{Gate, Policies};
use policy::PolicySet;
use service::authorize::Asking;
use service::session::Desk;
use service::sign_in::SignInWords;
use transparency::event::{ChangeEvent, PolicyEvent};

const REGION: &str = include_str!("region.sql");
const ANNA: &str = "SE2321000016-3000";
const BO: &str = "SE2321000016-3001";
const CALLERS: [&str; 9] = [
    "everywhere",
    "in-region",
    "in-akut",
    "in-cosmic",
    "in-segment",
    "in-database",
    "nowhere",
    ANNA,
    BO,
];

struct House {
    executor: Executor,
    desk: Arc<Desk>,
    issuer: DemoIssuer,
    verifier: Arc<Verifier>,
    clock: Arc<FixedClock>,
    directory: tempfile::TempDir,
}

fn now() -> Instant {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test lays the register down by hand"
)]
async fn lay_down(url: &str) {
    let raw = sea_orm::Database::connect(url).await.unwrap();
    raw.execute_unprepared(REGION).await.unwrap();
}

async fn found(database: &Database, clock: &dyn Clock, policies: &PolicySet) {
    let genesis = Genesis {
        id: fresh::<Event>(clock),
        origin: "behorig.test".to_owned(),
        public_key: "test".to_owned(),
        policy: PolicyEvent {
            id: fresh::<Event>(clock),
            change: "release",
            generation: 1,
            digest: policies.digest().to_owned(),
            decision: None,
        },
    };
    Log::genesis(database, clock, genesis, |_| {
        async { Ok(((), Vec::new())) }.boxed()
            as BoxFuture<'_, Result<((), Vec<ChangeEvent>), sea_orm::DbErr>>
    })
    .await
    .unwrap();
}

impl House {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("b.db").display());
        let options = OpenOptions {
            create: true,
            ..OpenOptions::default()
        };
        let database = Database::open(&url.parse().unwrap(), options)
            .await
            .unwrap();
        database.migrate().await.unwrap();
        let clock = Arc::new(FixedClock::at(now()));
        let policies = PolicySet::embedded().unwrap();
        found(&database, clock.as_ref(), &policies).await;
        lay_down(&url).await;
        let issuer = DemoIssuer::open(directory.path()).unwrap();
        let mut trusted = issuer.settings();
        trusted.clients = CALLERS
            .iter()
            .map(|name| ((*name).to_owned(), ClientAuthentication::PrivateKeyJwt))
            .collect();
        let settings = TokenSettings {
            issuers: vec![trusted],
            ..TokenSettings::default()
        };
        let words = Arc::new(SignInWords::of(&settings));
        let verifier = Arc::new(Verifier::start(settings).await.unwrap());
        let deadline = Duration::from_secs(20);
        let log_options = LogOptions {
            deadline,
            ..LogOptions::default()
        };
        let log = Log::open(database.clone(), clock.clone(), log_options)
            .await
            .unwrap();
        let gate = Arc::new(Gate::new(
            clock.clone(),
            Policies {
                set: policies,
                generation: 1,
            },
        ));
        let desk = Desk::new(
            database,
            log,
            gate,
            clock.clone(),
            Calendar::default(),
            deadline,
        );
        let limits = Limits {
            complexity: 100_000,
            ..Limits::default()
        };
        let desk = Arc::new(desk);
        let executor = Executor::new(
            super::schema(limits, Cursors::new([7; 32]), true).unwrap(),
            Arc::clone(&desk),
            Asking {
                verifier: Arc::clone(&verifier),
                words,
            },
            Arc::new(|| async { Readiness::new() }.boxed()),
        );
        Self {
            executor,
            desk,
            issuer,
            verifier,
            clock,
            directory,
        }
    }

    /// Whose token is verified, and what is known of the request.
    async fn calling(&self, caller: &str) -> (Claimant, RequestMeta) {
        let subject = match caller.parse() {
            Ok(hsa_id) => Subject::Person(hsa_id),
            Err(_) => Subject::Service(caller.parse().unwrap()),
        };
        let token = self.issuer.issue(&TokenOrder::new(subject), now()).unwrap();
        let claimant = self.verifier.authenticate(&token, now()).await.unwrap();
        let meta = RequestMeta {
            request_id: "req-1".to_owned(),
            trace_id: "0123456789abcdef0123456789abcdef".to_owned(),
            received_at: now(),
            client: None,
            network_zone: None,
            accept_language: Some("sv".to_owned()),
            waiting: crate::execute::Waiting::always(),
        };
        (claimant, meta)
    }

    async fn answer(&self, caller: &str, document: &str, variables: Value) -> Value {
        let (claimant, meta) = self.calling(caller).await;
        let prepared = self.executor.prepare(&Asked::of(document, variables));
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(errors) => return json!({ "errors": errors }),
        };
        let sealed = self
            .executor
            .execute(prepared, claimant, meta)
            .await
            .unwrap();
        serde_json::to_value(sealed.into_response()).unwrap()
    }

    async fn data(&self, caller: &str, document: &str, variables: Value) -> Value {
        let mut answer = self.answer(caller, document, variables).await;
        assert_eq!(answer.get("errors"), None, "{caller}: {document}: {answer}");
        answer["data"].take()
    }

    /// The ids of a whole list, with the count that it gives itself.
    async fn listed(&self, caller: &str, list: &str) -> (BTreeSet<String>, usize) {
        let document = format!("{{ {list}(first: 200) {{ totalCount nodes {{ id }} }} }}");
        let data = self.data(caller, &document, json!({})).await;
        let total = data[list]["totalCount"].as_u64().unwrap();
        (ids(&data[list]["nodes"]), usize::try_from(total).unwrap())
    }
}

fn ids(nodes: &Value) -> BTreeSet<String> {
    let nodes = nodes
        .as_array()
        .unwrap()
        .iter()
        .filter(|node| !node.is_null());
    nodes
        .map(|node| node["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Lists whose rows this register does not lay down: decisions grow by being read, and nobody has proposed anything.
const ELSEWHERE: [&str; 2] = ["decisions", "editProposals"];

/// Every other list of things that are found by their id, as the schema has them.
fn lists() -> Vec<String> {
    let sdl = super::sdl();
    let things: BTreeSet<&str> = sdl
        .lines()
        .filter_map(|line| {
            line.strip_prefix("type ")?
                .strip_suffix(" implements Node {")
        })
        .collect();
    let (_, query) = sdl.split_once("\ntype Query {\n").unwrap();
    let (query, _) = query.split_once("\n}").unwrap();
    let (mut lists, mut field) = (Vec::new(), "");
    for line in query.lines() {
        let Some(line) = line.strip_prefix('\t') else {
            continue;
        };
        if let Some((name, _)) = line.split_once('(')
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
        {
            field = name;
        }
        let listed = line.strip_suffix("Connection");
        let listed = listed.and_then(|line| line.rsplit_once(": "));
        if listed.is_some_and(|(_, of)| things.contains(of)) && !ELSEWHERE.contains(&field) {
            lists.push(field.to_owned());
        }
    }
    lists
}

const NODES: &str = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";

#[tokio::test]
async fn a_list_shows_exactly_what_is_shown_one_by_one() {
    let house = House::new().await;
    let mut all: Vec<String> = Vec::new();
    let lists = lists();
    assert!(lists.len() >= 11, "{lists:?}");
    for list in &lists {
        let (ids, total) = house.listed("everywhere", list).await;
        assert_eq!(ids.len(), total, "{list}");
        assert!(ids.len() > 1, "{list}: {ids:?}");
        all.extend(ids);
    }
    // Protected, so not even an auditor of the whole installation lists her or her engagement.
    all.push("per_0000000000000000000000000e".to_owned());
    all.push("eng_0000000000000000000000000g".to_owned());
    for caller in CALLERS {
        let mut in_lists = BTreeSet::new();
        for list in &lists {
            let (ids, total) = house.listed(caller, list).await;
            assert_eq!(ids.len(), total, "{caller}: {list}");
            in_lists.extend(ids);
        }
        let mut one_by_one = BTreeSet::new();
        for some in all.chunks(100) {
            let data = house.data(caller, NODES, json!({ "ids": some })).await;
            one_by_one.extend(ids(&data["nodes"]));
        }
        let only_listed: Vec<_> = in_lists.difference(&one_by_one).collect();
        let only_single: Vec<_> = one_by_one.difference(&in_lists).collect();
        assert!(
            only_listed.is_empty() && only_single.is_empty(),
            "{caller}: only in lists {only_listed:?}, only one by one {only_single:?}"
        );
    }
}

#[tokio::test]
async fn people_are_seen_where_they_work_or_worked_last() {
    let house = House::new().await;
    let shown = |letters: &str| -> BTreeSet<String> {
        letters
            .chars()
            .map(|letter| format!("per_0000000000000000000000000{letter}"))
            .collect()
    };
    // Dag begins in Akut before he begins in Barn; Cia left Barn last.
    assert_eq!(house.listed("in-akut", "persons").await.0, shown("ad"));
    assert_eq!(house.listed("in-region", "persons").await.0, shown("abcd"));
    assert_eq!(
        house.listed("everywhere", "persons").await.0,
        shown("abcdv")
    );
    assert_eq!(house.listed(ANNA, "persons").await.0, shown("ade"));
    assert_eq!(house.listed(BO, "persons").await.0, shown("b"));
    assert_eq!(house.listed("in-cosmic", "persons").await.0, shown(""));
}

const PAGE: &str = "query ($first: Int, $after: String, $last: Int, $before: String) {
    persons(first: $first, after: $after, last: $last, before: $before) {
        nodes { id } edges { cursor node { id } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

fn row_ids(page: &Value) -> Vec<&str> {
    page["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn pages_follow_each_other_in_both_directions_without_gap_or_overlap() {
    let house = House::new().await;
    let whole = house.data("everywhere", PAGE, json!({})).await;
    let whole = row_ids(&whole["persons"]).join(" ");
    for (size, cursor, end, more) in [
        ("first", "after", "endCursor", "hasNextPage"),
        ("last", "before", "startCursor", "hasPreviousPage"),
    ] {
        let mut seen: Vec<Vec<String>> = Vec::new();
        let mut at = Value::Null;
        loop {
            let variables = json!({ size: 2, cursor: at });
            let data = house.data("everywhere", PAGE, variables).await;
            let page = &data["persons"];
            let edges = page["edges"].as_array().unwrap();
            let info = &page["pageInfo"];
            assert_eq!(info["startCursor"], edges[0]["cursor"]);
            seen.push(row_ids(page).into_iter().map(str::to_owned).collect());
            at = info[end].clone();
            if info[more] == false {
                break;
            }
        }
        if size == "last" {
            seen.reverse();
        }
        assert_eq!(seen.len(), 3, "{seen:?}");
        assert_eq!(seen.concat().join(" "), whole, "{size}");
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_order_filter_and_caller_only() {
    let house = House::new().await;
    let first = house.data("everywhere", PAGE, json!({ "first": 1 })).await;
    let cursor = &first["persons"]["pageInfo"]["endCursor"];
    let mut forged = cursor.as_str().unwrap().to_owned();
    forged.replace_range(
        30..31,
        if forged.get(30..31) == Some("A") {
            "B"
        } else {
            "A"
        },
    );
    let variables = json!({ "after": cursor });
    for (caller, document, variables) in [
        ("in-region", PAGE.to_owned(), variables.clone()),
        ("everywhere", PAGE.to_owned(), json!({ "after": forged })),
        ("everywhere", PAGE.to_owned(), json!({ "after": "" })),
        (
            "everywhere",
            after("servers(after: $after)"),
            variables.clone(),
        ),
        (
            "everywhere",
            after("persons(after: $after, orderBy: NAME_DESC)"),
            variables.clone(),
        ),
        (
            "everywhere",
            after("persons(after: $after, filter: {name: \"a\"})"),
            variables.clone(),
        ),
        (
            "everywhere",
            PAGE.to_owned(),
            json!({ "first": 1, "last": 1 }),
        ),
        ("everywhere", PAGE.to_owned(), json!({ "first": 0 })),
        ("everywhere", PAGE.to_owned(), json!({ "last": 201 })),
        ("everywhere", PAGE.to_owned(), json!({ "first": -1 })),
    ] {
        let answer = house.answer(caller, &document, variables).await;
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(code, "BAD_USER_INPUT", "{document}: {answer}");
        let data = answer["data"].as_object().unwrap();
        assert!(data.values().all(Value::is_null), "{answer}");
    }
}

fn after(field: &str) -> String {
    format!("query ($after: String) {{ {field} {{ nodes {{ id }} }} }}")
}

#[tokio::test]
async fn filters_and_orders_narrow_and_turn_a_list() {
    let house = House::new().await;
    let cases = [
        (
            "persons(filter: {name: \"ALM\"}, orderBy: CREATED_DESC)",
            "per_c per_b",
        ),
        (
            "persons(orderBy: NAME_DESC)",
            "per_v per_a per_d per_c per_b",
        ),
        (
            "persons(filter: {unit: \"org_0000000000000000000000000c\"})",
            "per_b",
        ),
        ("engagements(filter: {live: true})", "eng_a eng_b eng_v"),
        (
            "engagements(filter: {person: \"per_0000000000000000000000000c\"})",
            "eng_c eng_d",
        ),
        ("grants(filter: {inForce: false})", "grt_h"),
        (
            "grants(filter: {scope: {organisation: \"org_00000000000000000000000001\"}})",
            "grt_a",
        ),
        ("roles(filter: {permission: \"record:read\"})", "rol_a"),
        ("servers(orderBy: NAME_DESC)", "srv_c srv_b srv_a"),
    ];
    for (field, expected) in cases {
        let document = format!("{{ list: {field} {{ nodes {{ id }} }} }}");
        let data = house.data("everywhere", &document, json!({})).await;
        let short: Vec<String> = row_ids(&data["list"])
            .into_iter()
            .map(|id| id.replace("0000000000000000000000000", ""))
            .collect();
        assert_eq!(short.join(" "), expected, "{field}");
    }
}

#[tokio::test]
async fn a_thing_shows_what_belongs_to_it_and_hides_what_may_not_be_seen() {
    let house = House::new().await;
    let document = "{
        person(hsaId: \"SE2321000016-3000\") { familyName credentials
            engagements { totalCount nodes { externalId unit { name } employer { name } } } }
        server(hostName: \"app-1\") { segment { name system { externalId
            classification { confidentiality } owner { id } } } databases { nodes { name } } }
        segment(externalId: \"ad\") { controls { externalId } system { id } }
        role(externalId: \"lakare\") { general permissions { name category privileged } }
        system(externalId: \"okänd\") { id }
        viewer { name person { id } service { id } grants { nodes { scope { kind targetId } } } } }";
    let data = house.data("everywhere", document, json!({})).await;
    assert_eq!(
        data["person"]["credentials"],
        json!(["MOBILE", "SITHS"]),
        "{data}"
    );
    let engagements = &data["person"]["engagements"];
    assert_eq!(engagements["totalCount"], 1);
    assert_eq!(engagements["nodes"][0]["unit"]["name"], "Akut");
    let system = &data["server"]["segment"]["system"];
    assert_eq!(system["classification"]["confidentiality"], 4);
    assert_eq!(data["server"]["databases"]["nodes"][0]["name"], "Cosmic");
    assert_eq!(data["segment"]["controls"][0]["externalId"], "cosmic-app");
    assert_eq!(data["role"]["permissions"][0]["category"], "USE");
    assert_eq!(data["system"], Value::Null);
    assert_eq!(
        data["viewer"]["grants"]["nodes"][0]["scope"]["kind"],
        "INSTALLATION"
    );

    let data = house.data("in-akut", document, json!({})).await;
    assert_eq!(
        data["person"]["engagements"]["nodes"][0]["employer"],
        Value::Null,
        "{data}"
    );
    assert_eq!(data["server"], Value::Null, "{data}");
    assert_eq!(data["segment"]["controls"], json!([]), "{data}");
}

#[tokio::test]
async fn a_flag_is_shown_to_those_who_may_read_what_it_stands_on() {
    let house = House::new().await;
    let document = "query ($flag: ImportFlag!) { importFlags(flag: $flag) { totalCount nodes {
        subjectId detail node { ... on Person { familyName } ... on Grant { origin } } } } }";
    for (caller, flag, expected) in [
        ("everywhere", "TRAINING_MISSING", 2),
        ("in-region", "TRAINING_MISSING", 1),
        ("nowhere", "TRAINING_MISSING", 0),
        ("in-cosmic", "PATIENT_GRANT_WITHOUT_ANALYSIS", 1),
        ("in-database", "PATIENT_GRANT_WITHOUT_ANALYSIS", 0),
        ("everywhere", "SELF_ORDERED", 0),
    ] {
        let data = house.data(caller, document, json!({ "flag": flag })).await;
        let flags = &data["importFlags"];
        assert_eq!(flags["totalCount"], expected, "{caller} {flag}: {data}");
        assert_eq!(
            flags["nodes"].as_array().unwrap().len(),
            expected,
            "{caller} {flag}"
        );
        assert!(
            flags["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .all(|one| !one["node"].is_null())
        );
    }
}

#[tokio::test]
async fn too_many_nodes_are_refused() {
    let house = House::new().await;
    let ids = vec!["per_0000000000000000000000000a"; 101];
    let answer = house
        .answer("everywhere", NODES, json!({ "ids": ids }))
        .await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
        "{answer}"
    );
}

/// Everything in the schema says what it is.
#[test]
fn every_part_of_the_schema_is_described() {
    let schema = super::schema(Limits::default(), Cursors::new([0; 32]), true).unwrap();
    let document = "{ __schema { types { name description kind
        fields(includeDeprecated: true) { name description args { name description } }
        inputFields { name description } enumValues { name description } } } }";
    let prepared = schema.documents.prepare(&Asked::of(document, json!({})));
    let prepared = prepared.unwrap();
    let resolved = schema.runs.run(prepared.request()).now_or_never();
    let answer = prepared.answer(resolved.expect("nothing to wait for"));
    let answer = serde_json::to_value(answer).unwrap();
    let types = answer["data"]["__schema"]["types"]
        .as_array()
        .expect("types");
    let mut bare = Vec::new();
    let mut look = |path: String, part: &Value| {
        if part["description"].as_str().is_none_or(str::is_empty) {
            bare.push(path);
        }
    };
    let list = |part: &Value| part.as_array().cloned().unwrap_or_default();
    for kind in types
        .iter()
        .filter(|kind| !kind["name"].as_str().unwrap().starts_with("__"))
    {
        let name = kind["name"].as_str().unwrap();
        look(name.to_owned(), kind);
        for field in list(&kind["fields"]) {
            let path = format!("{name}.{}", field["name"].as_str().unwrap());
            for arg in list(&field["args"]) {
                look(format!("{path}({})", arg["name"].as_str().unwrap()), &arg);
            }
            look(path, &field);
        }
        for part in [list(&kind["inputFields"]), list(&kind["enumValues"])].concat() {
            look(format!("{name}.{}", part["name"].as_str().unwrap()), &part);
        }
    }
    // The library's own.
    assert_eq!(bare, ["ID"]);
    assert!(super::sdl().contains("type Query"));
}

//! Queries from the request to the log, on an embedded database of their own.
//!
//! The region: Akut and Barn below Region, a vendor beside it. Each service is named after where it may
//! read; Anna works in Akut, reads there too, and answers for Eva, whose identity is protected.

mod follow;
mod hidden;
pub(crate) mod house;
mod lists;
mod log;
mod reports;

use std::collections::BTreeSet;

use futures_util::FutureExt as _;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::document::Asked;
use super::execute::{Execute, RequestMeta};
use super::limits::Limits;
use super::page::Cursors;
use domain::Instant;
use house::{ANNA, BO, CALLERS, House, now};

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

const NODES: &str = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";

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

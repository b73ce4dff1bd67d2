//! Documents and variables as sections 2 to 6 of the GraphQL specification (September 2025) take or refuse
//! them. `documents/` has one a heading, with its variables after `@@` and its operation's name after `??`.
//! Whether an answer has the shape of its document is looked at wherever a test asks ([`crate::support`]).

use std::collections::BTreeSet;
use std::fs;

use reqwest::Method;
use serde_json::{Value, json};
use test_support::{Backend, block_on};

use crate::support::{App, checked_in, root};

/// What stands in the place of values in broken documents, and never in an answer.
const SECRET: &str = "hemligt";

struct Case {
    name: String,
    body: Value,
}

fn cases(file: &str) -> Vec<Case> {
    let path = root().join("tests/api/documents").join(file);
    let text = fs::read_to_string(path).expect("documents");
    let of = |case: &str| {
        let (name, rest) = case.split_once('\n').expect("a document below its heading");
        let mut body = json!({});
        let mut document = Vec::new();
        for line in rest.lines() {
            if let Some(variables) = line.strip_prefix("@@ ") {
                body["variables"] = serde_json::from_str(variables).expect("JSON");
            } else if let Some(operation) = line.strip_prefix("?? ") {
                body["operationName"] = json!(operation);
            } else {
                document.push(line);
            }
        }
        body["query"] = json!(document.join("\n"));
        Case {
            name: name.to_owned(),
            body,
        }
    };
    text.split("## ")
        .filter(|case| !case.is_empty())
        .map(of)
        .collect()
}

#[test]
fn what_the_specification_refuses_is_refused_with_a_code_and_a_place_and_no_value() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let broken = cases("broken.graphql");
        assert!(broken.len() >= 100, "{} documents", broken.len());
        let mut wrong = Vec::new();
        for case in broken {
            let answer = app.auditor().request(&case.body).await;
            let (told, text) = (answer.json(), answer.text());
            let errors = told["errors"].as_array().cloned().unwrap_or_default();
            let codes = [
                "GRAPHQL_PARSE_FAILED",
                "GRAPHQL_VALIDATION_FAILED",
                "BAD_USER_INPUT",
                "BAD_REQUEST",
            ];
            let has_code = |error: &Value| {
                let code = error["extensions"]["code"].as_str().unwrap_or_default();
                let placed = error["locations"][0]["line"].is_u64() || code == "BAD_REQUEST";
                let path = error["extensions"]["inputPath"].is_array() || code != "BAD_USER_INPUT";
                codes.contains(&code) && placed && path
            };
            let refused = !errors.is_empty() && errors.iter().all(has_code);
            let quiet = !errors.iter().any(|error| {
                let at_a_value = error["extensions"]["code"] == "BAD_USER_INPUT";
                at_a_value && error.to_string().contains(SECRET)
            });
            if answer.status() != 400 || told.get("data").is_some() || !refused || !quiet {
                wrong.push(format!("{}: {} {text}", case.name, answer.status()));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

/// `documents/said.txt` has what is said of each, in both languages. The general sentence says that something does
/// not fit and not what, so it stands for nothing there.
#[test]
fn what_does_not_fit_is_said_in_both_languages() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let broken = cases("broken.graphql");
        let mut table = String::new();
        for case in broken {
            let mut told = Vec::new();
            for language in ["en", "sv"] {
                let body = case.body.to_string().into_bytes();
                let headers = [
                    ("content-type", "application/json"),
                    ("accept-language", language),
                ];
                let auditor = app.auditor();
                let asked = auditor.raw().send(Method::POST, "/graphql", &headers, body);
                let answer = asked.await;
                let errors = answer.json()["errors"].as_array().cloned();
                let errors = errors.unwrap_or_default().into_iter();
                let of_the_schema = errors
                    .filter(|error| error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED")
                    .filter_map(|error| error["message"].as_str().map(str::to_owned));
                let said: BTreeSet<String> = of_the_schema.collect();
                told.extend(said);
            }
            if !told.is_empty() {
                table.push_str(&format!("## {}\n{}\n", case.name, told.join("\n")));
            }
        }
        for general in ["does not fit the schema", "passar inte schemat", SECRET] {
            assert!(!table.contains(general), "{general}: {table}");
        }
        checked_in("tests/api/documents/said.txt", &table);
    });
}

#[test]
fn what_the_specification_takes_is_answered_in_the_form_that_was_asked_for() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let valid = cases("valid.graphql");
        assert!(valid.len() >= 40, "{} documents", valid.len());
        let mut wrong = Vec::new();
        for case in valid {
            let answer = app.auditor().request(&case.body).await;
            if answer.status() != 200 || answer.json()["data"].is_null() {
                let said = format!("{}: {} {}", case.name, answer.status(), answer.text());
                wrong.push(said);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn a_list_of_wrong_values_is_refused_by_the_first_of_them() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let document = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }";
        let body = json!({ "query": document, "variables": { "ids": vec![true; 10_000] } });
        let answer = app.auditor().request(&body).await;
        assert_eq!(answer.status(), 400);
        let errors = answer.json()["errors"].as_array().expect("errors");
        assert_eq!(errors.len(), 20, "{} bytes", answer.text().len());
        assert_eq!(errors[19]["extensions"]["inputPath"], json!(["ids", "19"]));
    });
}

#[test]
fn a_long_name_is_not_told_back() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let document = format!("{{ viewer {{ {} }} }}", "x".repeat(50_000));
        let answer = app.auditor().request(&json!({ "query": document })).await;
        let _ = answer.refused("GRAPHQL_VALIDATION_FAILED");
        assert!(answer.text().len() < 2_000, "{} bytes", answer.text().len());
    });
}

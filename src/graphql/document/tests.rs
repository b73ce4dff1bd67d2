//! What the specification's library says of values, and what is read of them here: the same.

use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::{ExecutableDocument, Schema};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::values::Reader;
use super::*;
use crate::sdl;

/// Types of variables, of every kind that the schema has.
const TYPES: &[&str] = &[
    "Int",
    "Int!",
    "Boolean",
    "String!",
    "ID",
    "[ID!]!",
    "[ID]",
    "[[Int!]]",
    "PersonOrder",
    "[DecisionOutcome!]",
    "RoleFilter",
    "[RoleFilter!]!",
    "DecisionFilter",
];

fn values() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(|n| json!(n)),
        "[a-zA-Z0-9]{0,5}".prop_map(Json::from),
        prop_oneof!["ALLOW", "DENY", "NAME_ASC", "allow"].prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let keys = prop_oneof![
            "name",
            "outcome",
            "system",
            "organisation",
            "kind",
            "id",
            "permission",
            "x"
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((keys, inner), 0..5)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

/// Whether both take it: the library, and what is read here.
fn judged(schema: &Valid<Schema>, ty: &str, given: Option<&Json>) -> (bool, bool) {
    let text = format!("query ($a: {ty}) {{ viewer {{ name }} }}");
    let document = ExecutableDocument::parse(schema, text, "document.graphql").unwrap();
    let operation = document.operations.get(None).unwrap();
    let mut sent = serde_json::Map::new();
    sent.extend(given.map(|given| ("a".to_owned(), given.clone())));
    let library: JsonMap = serde_json::from_value(Json::Object(sent)).unwrap();
    let library = coerce_variable_values(schema, operation, &library).is_ok();
    let mut reader = Reader::new(schema, None);
    reader.variable(&operation.variables[0], given);
    (library, reader.problems.is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn variables_are_taken_by_both_or_by_neither(given in values()) {
        let schema = Schema::parse_and_validate(sdl(), "schema.graphql").unwrap();
        for ty in TYPES {
            // Scalars of our own are read here alone.
            let (library, here) = judged(&schema, ty, Some(&given));
            prop_assert_eq!(library, here, "{}: {}", ty, given);
        }
    }
}

#[test]
fn what_is_needed_and_absent_is_refused_by_both() {
    let schema = Schema::parse_and_validate(sdl(), "schema.graphql").unwrap();
    for ty in TYPES {
        let (library, here) = judged(&schema, ty, None);
        assert_eq!(library, here, "{ty}");
        assert_eq!(here, !ty.ends_with('!'), "{ty}");
    }
}

#[test]
fn a_text_is_read_once() {
    let documents = Documents::new(&sdl(), Limits::default(), true).unwrap();
    let asked = Asked::of("{ viewer { name } }", json!({}));
    documents.prepare(&asked).unwrap();
    let first = documents.readings.read(&asked.query).unwrap();
    let second = documents.readings.read(&asked.query).unwrap();
    assert!(Arc::ptr_eq(&first, &second));
}

#[test]
fn places_are_counted_in_characters_also_in_a_long_line() {
    let long = "å".repeat(700);
    let text = format!(
        "{{ viewer {{ name }}\n a: roles(filter: {{ name: \"{long}\" }}) {{ nodes {{ hemligt }} }} }}"
    );
    let documents = Documents::new(&sdl(), Limits::default(), true).unwrap();
    let refused = documents.prepare(&Asked::of(&text, json!({}))).unwrap_err();
    let at = refused[0].locations[0];
    let line = text.lines().nth(1).unwrap();
    let column = line.chars().count()
        - line.split("hemligt").nth(1).unwrap().chars().count()
        - "hemligt".len()
        + 1;
    assert_eq!((at.line, at.column), (2, column));
}

#[test]
fn the_same_field_is_resolved_once_wherever_it_stands() {
    let documents = Documents::new(&sdl(), Limits::default(), true).unwrap();
    let text = "{ viewer { name } ...q viewer { name } ... { viewer { __typename } } }
        fragment q on Query { viewer { name } }";
    let prepared = documents.prepare(&Asked::of(text, json!({}))).unwrap();
    assert_eq!(prepared.operation.node.selection_set.node.items.len(), 1);
}

//! What documents of the real schema cost.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::*;
use crate::document::{Asked, Documents};
use crate::errors::ErrorCode;
use crate::limits::Limits;
use crate::sdl;

fn documents(complexity: usize) -> Documents {
    let limits = Limits {
        complexity,
        ..Limits::default()
    };
    Documents::new(&sdl(), limits, true).unwrap()
}

fn cost_of(document: &str, variables: Json) -> usize {
    let prepared = documents(usize::MAX).prepare(&Asked::of(document, variables));
    prepared.unwrap().cost().complexity
}

fn cost(document: &str) -> usize {
    cost_of(document, json!({}))
}

#[test]
fn every_dear_field_is_one_of_the_schema() {
    let schema = Schema::parse(sdl(), "schema.graphql").unwrap();
    for (coordinate, _) in DEAR {
        let (on, name) = coordinate.split_once('.').unwrap();
        assert!(schema.type_field(on, name).is_ok(), "{coordinate}");
    }
}

#[test]
fn values_cost_nothing_however_many_are_shown() {
    let few = cost("{ persons(first: 50) { nodes { id } } }");
    let many = cost(
        "{ persons(first: 50) { nodes { id hsaId givenName familyName a: id b: id c: id } \
         pageInfo { hasNextPage endCursor } } }",
    );
    assert_eq!(few, LIST + 50 * ROW);
    assert_eq!(many, few);
}

#[test]
fn a_list_is_counted_once_however_many_rows_are_shown() {
    let counted = cost("{ persons(first: 200) { totalCount nodes { id } } }");
    assert_eq!(counted, LIST + 200 * ROW + COUNT);
    let spread =
        "{ persons(first: 1) { ...c ...c } } fragment c on PersonConnection { totalCount }";
    assert_eq!(cost(spread), LIST + ROW + COUNT);
}

#[test]
fn a_screen_of_fifty_rows_with_nested_names_and_a_count_passes() {
    let screen = cost(
        "{ grants(first: 50) { totalCount nodes { id from until role { name } person { givenName } \
         orderedBy { givenName familyName } approvedBy { givenName familyName } \
         engagement { unit { name } employer { name } } } } }",
    );
    let limit = Limits::default().complexity;
    assert!((1_000..limit / 2).contains(&screen), "{screen}");
}

#[test]
fn a_refusal_names_the_field_that_costs_the_most_and_what_all_costs() {
    let mut document = String::from("{ viewer { __typename } ");
    for n in 0..40 {
        let _ = write!(
            document,
            "a{n}: segmentationMatrix(first: 1) {{ nodes {{ __typename }} }} "
        );
    }
    document.push('}');
    let total = cost(&document);
    assert!(total > 40_000, "{total}");
    let refused = documents(5_000).prepare(&Asked::of(&document, json!({})));
    let error = refused.unwrap_err().remove(0);
    assert_eq!(ErrorCode::of(&error), Some(ErrorCode::QueryTooComplex));
    let told = serde_json::to_value(&error).unwrap();
    assert_eq!(told["extensions"]["cost"], total);
    assert_eq!(told["extensions"]["limit"], 5_000);
    assert_eq!(told["extensions"]["field"], "Query.segmentationMatrix");
    assert!(error.message.contains("`Query.segmentationMatrix`"));
}

#[test]
fn numbers_and_lists_in_variables_count_as_they_are_given_or_as_they_default() {
    let document = "query Q($n: Int = 7, $ids: [ID!]!) \
        { persons(first: $n) { nodes { id } } nodes(ids: $ids) { id } }";
    let of = |variables| cost_of(document, variables);
    let ids = json!(["a", "b", "c"]);
    let looked_up = 3 * LOOK_UP;
    assert_eq!(of(json!({ "ids": ids })), LIST + 7 + looked_up);
    let given = json!({ "ids": ids, "n": 100 });
    assert_eq!(of(given), LIST + 100 + looked_up);
    let hostile = json!({ "ids": [], "n": -1 });
    assert_eq!(of(hostile), LIST);
}

#[test]
fn what_is_spread_by_fragments_costs_the_same() {
    let plain = cost("{ persons(first: 9) { nodes { engagements { nodes { unit { id } } } } } }");
    let spread = cost(
        "{ ...q } fragment q on Query { ... { persons(first: 9) { ...p } } } \
         fragment p on PersonConnection \
         { nodes { ... on Person { engagements { nodes { unit { ... on Node { id } } } } } } }",
    );
    assert_eq!(plain, LIST + 9 * (ROW + LIST + 50 * (ROW + LOOK_UP)));
    assert_eq!(spread, plain);
}

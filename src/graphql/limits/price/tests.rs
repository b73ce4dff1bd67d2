//! What documents of the real schema cost.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use async_graphql::Request;
use async_graphql::async_trait::async_trait;
use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextPrepareRequest,
};
use async_graphql::{Schema, ServerResult};

use super::*;
use crate::graphql::errors::ErrorCode;
use crate::graphql::limits::Limits;
use crate::graphql::mutation::MutationRoot;
use crate::graphql::query::QueryRoot;
use crate::graphql::subscription::SubscriptionRoot;

/// Prices requests, and answers none.
#[derive(Clone, Default)]
struct Asked {
    prices: Arc<Mutex<Vec<Price>>>,
    unknown: Arc<Mutex<Vec<&'static str>>>,
}

impl ExtensionFactory for Asked {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(self.clone())
    }
}

#[async_trait]
impl Extension for Asked {
    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        mut request: Request,
        _: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let registry = &ctx.schema_env.registry;
        let variables = std::mem::take(&mut request.variables);
        let document = request.parsed_query()?;
        let priced = price(document, None, &variables, registry);
        self.prices.lock().unwrap().push(priced);
        let unknown = DEAR.iter().map(|(coordinate, _)| *coordinate);
        let unknown = unknown.filter(|coordinate| {
            let (on, name) = coordinate.split_once('.').unwrap();
            let fields = registry.types.get(on).and_then(MetaType::fields);
            !fields.is_some_and(|fields| fields.contains_key(name))
        });
        self.unknown.lock().unwrap().extend(unknown);
        Err(ServerError::new("priced", None))
    }
}

async fn asked(request: impl Into<Request>) -> (Price, Vec<&'static str>) {
    let asked = Asked::default();
    let schema = Schema::build(QueryRoot::default(), MutationRoot, SubscriptionRoot)
        .extension(asked.clone())
        .finish();
    let answer = schema.execute(request).await;
    assert_eq!(answer.errors[0].message, "priced");
    let price = asked.prices.lock().unwrap().remove(0);
    let unknown = asked.unknown.lock().unwrap().clone();
    (price, unknown)
}

async fn cost(document: &str) -> usize {
    asked(document).await.0.total
}

#[tokio::test]
async fn every_dear_field_is_one_of_the_schema() {
    let (_, unknown) = asked("{ viewer { __typename } }").await;
    assert_eq!(unknown, Vec::<&str>::new());
}

#[tokio::test]
async fn values_cost_nothing_however_many_are_shown() {
    let few = cost("{ persons(first: 50) { nodes { id } } }").await;
    let many = cost(
        "{ persons(first: 50) { nodes { id hsaId givenName familyName a: id b: id c: id } \
         pageInfo { hasNextPage endCursor } } }",
    );
    assert_eq!(few, LIST + 50 * ROW);
    assert_eq!(many.await, few);
}

#[tokio::test]
async fn a_list_is_counted_once_however_many_rows_are_shown() {
    let counted = cost("{ persons(first: 200) { totalCount nodes { id } } }").await;
    assert_eq!(counted, LIST + 200 * ROW + COUNT);
    let spread =
        "{ persons(first: 1) { ...c ...c } } fragment c on PersonConnection { totalCount }";
    assert_eq!(cost(spread).await, LIST + ROW + COUNT);
}

#[tokio::test]
async fn a_screen_of_fifty_rows_with_nested_names_and_a_count_passes() {
    let screen = cost(
        "{ grants(first: 50) { totalCount nodes { id from until role { name } person { givenName } \
         orderedBy { givenName familyName } approvedBy { givenName familyName } \
         engagement { unit { name } employer { name } } } } }",
    );
    let limit = Limits::default().complexity;
    let screen = screen.await;
    assert!((1_000..limit / 2).contains(&screen), "{screen}");
}

#[tokio::test]
async fn a_refusal_names_the_field_that_costs_the_most_and_what_all_costs() {
    let mut document = String::from("{ viewer { __typename } ");
    for n in 0..40 {
        let _ = write!(
            document,
            "a{n}: segmentationMatrix(first: 1) {{ nodes {{ __typename }} }} "
        );
    }
    document.push('}');
    let (price, _) = asked(document).await;
    assert!(price.total > 40_000, "{}", price.total);
    let error = price.refusal(5_000);
    assert_eq!(ErrorCode::of(&error), Some(ErrorCode::QueryTooComplex));
    let told = serde_json::to_value(&error).unwrap();
    assert_eq!(told["extensions"]["cost"], price.total);
    assert_eq!(told["extensions"]["limit"], 5_000);
    assert_eq!(told["extensions"]["field"], "Query.segmentationMatrix");
    assert!(error.message.contains("`Query.segmentationMatrix`"));
}

#[tokio::test]
async fn numbers_and_lists_in_variables_count_as_they_are_given_or_as_they_default() {
    let document = "query Q($n: Int = 7, $ids: [ID!]!) \
        { persons(first: $n) { nodes { id } } nodes(ids: $ids) { id } }";
    let of = async |variables: serde_json::Value| {
        let request = Request::new(document).variables(Variables::from_json(variables));
        asked(request).await.0.total
    };
    let ids = serde_json::json!(["a", "b", "c"]);
    let looked_up = 3 * LOOK_UP;
    assert_eq!(
        of(serde_json::json!({ "ids": ids })).await,
        LIST + 7 + looked_up
    );
    let given = serde_json::json!({ "ids": ids, "n": 100 });
    assert_eq!(of(given).await, LIST + 100 + looked_up);
    let hostile = serde_json::json!({ "ids": [], "n": -1 });
    assert_eq!(of(hostile).await, LIST);
}

#[tokio::test]
async fn what_is_spread_by_fragments_costs_the_same() {
    let plain = cost("{ persons(first: 9) { nodes { engagements { nodes { unit { id } } } } } }");
    let spread = cost(
        "{ ...q } fragment q on Query { ... { persons(first: 9) { ...p } } } \
         fragment p on PersonConnection \
         { nodes { ... on Person { engagements { nodes { unit { ... on Node { id } } } } } } }",
    );
    let plain = plain.await;
    assert_eq!(plain, LIST + 9 * (ROW + LIST + 50 * (ROW + LOOK_UP)));
    assert_eq!(spread.await, plain);
}

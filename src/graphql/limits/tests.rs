use std::fmt::Write as _;
use std::time::{Duration, Instant as Wall};

use async_graphql::parser::types::OperationType;
use async_graphql::{Object, Response, Schema, Subscription};
use futures_util::stream::{self, Stream};

use super::*;
use crate::document::{Asked, Documents};

struct Node;

#[Object]
impl Node {
    async fn child(&self) -> Option<Node> {
        Some(Self)
    }
    async fn name(&self, list: Option<Vec<i32>>) -> &'static str {
        let _ = list;
        "n"
    }
}

struct Change;

#[Object]
impl Change {
    async fn touch(&self) -> Option<Node> {
        Some(Node)
    }
}

struct Told;

#[Subscription]
impl Told {
    async fn told(&self) -> impl Stream<Item = i32> {
        stream::empty()
    }
}

async fn ask(document: &str) -> Response {
    let schema = Schema::build(Node, Change, Told).finish();
    let documents = Documents::new(&schema.sdl(), Limits::default(), true).unwrap();
    match documents.prepare(&Asked::of(document, serde_json::json!({}))) {
        Ok(prepared) => prepared.answer(schema.execute(prepared.request()).await),
        Err(errors) => Response::from_errors(errors),
    }
}

/// Far above what the check needs unoptimised, far below what an attack would cost without it.
const QUICK: Duration = Duration::from_millis(500);

async fn refused(document: &str) -> ErrorCode {
    let began = Wall::now();
    let response = ask(document).await;
    assert!(began.elapsed() < QUICK, "{:?}", began.elapsed());
    assert_eq!(response.errors.len(), 1, "{:?}", response.errors);
    ErrorCode::of(&response.errors[0]).unwrap()
}

#[tokio::test]
async fn fragments_that_double_are_counted_without_being_expanded() {
    let mut document = String::from("{ ...f0 }\n");
    for n in 0..24 {
        writeln!(
            document,
            "fragment f{n} on Node {{ a: child {{ ...f{m} }} b: child {{ ...f{m} }} }}",
            m = n + 1
        )
        .unwrap();
    }
    document.push_str("fragment f24 on Node { name }");
    // Its nesting gives it away before its size does.
    assert_eq!(refused(&document).await, ErrorCode::QueryTooComplex);

    let mut flat = String::from("{ ...f0 }\n");
    for n in 0..24 {
        writeln!(
            flat,
            "fragment f{n} on Node {{ ...f{m} ...f{m} }}",
            m = n + 1
        )
        .unwrap();
    }
    flat.push_str("fragment f24 on Node { name }");
    assert_eq!(refused(&flat).await, ErrorCode::QueryTooLarge);
    // The same, spread by nothing: the validator would still walk it.
    let unused = flat.replacen("{ ...f0 }", "{ name }", 1);
    assert_eq!(refused(&unused).await, ErrorCode::QueryTooLarge);
}

#[tokio::test]
async fn many_aliases_and_repeated_fields_are_refused() {
    let aliases: String = (0..20_000).fold(String::new(), |mut all, n| {
        write!(all, "a{n}:__typename ").unwrap();
        all
    });
    assert_eq!(
        refused(&format!("{{{aliases}}}")).await,
        ErrorCode::QueryTooLarge
    );
    let repeated = "__typename ".repeat(50_000);
    assert_eq!(
        refused(&format!("{{{repeated}}}")).await,
        ErrorCode::QueryTooLarge
    );
    let fewer = "__typename ".repeat(2_001);
    assert_eq!(
        refused(&format!("{{{fewer}}}")).await,
        ErrorCode::QueryTooLarge
    );
    let root: String = (0..51).fold(String::new(), |mut all, n| {
        write!(all, "a{n}:name ").unwrap();
        all
    });
    assert_eq!(
        refused(&format!("{{{root}}}")).await,
        ErrorCode::QueryTooLarge
    );
}

#[tokio::test]
async fn deep_nesting_of_any_kind_is_refused_before_it_is_parsed() {
    let fields = format!("{}name{}", "{child".repeat(60_000), "}".repeat(60_000));
    assert_eq!(refused(&fields).await, ErrorCode::QueryTooComplex);
    let lists = format!(
        "{{name(list:{}{})}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert_eq!(refused(&lists).await, ErrorCode::QueryTooComplex);
    let seventeen = format!("{{{}name{}}}", "child{".repeat(17), "}".repeat(17));
    assert_eq!(refused(&seventeen).await, ErrorCode::QueryTooComplex);
    let chain: String = (0..500).fold("{...f0}".to_owned(), |mut all, n| {
        write!(all, "fragment f{n} on Node{{...f{}}}", n + 1).unwrap();
        all
    });
    assert_eq!(refused(&chain).await, ErrorCode::QueryTooComplex);
}

#[tokio::test]
async fn values_as_deep_as_the_limit_are_parsed_quickly() {
    let began = Wall::now();
    for (open, close) in [("[", "]"), ("{a:", "}")] {
        let value = format!("{}1{}", open.repeat(44), close.repeat(44));
        let response = ask(&format!("{{ name(list: {value}) }}")).await;
        assert!(!response.is_ok());
    }
    assert!(began.elapsed() < QUICK, "{:?}", began.elapsed());
}

#[tokio::test]
async fn directive_floods_are_refused() {
    let flood = "@x ".repeat(6);
    for document in [
        format!("{{ name {flood} }}"),
        format!("query {flood} {{ name }}"),
        format!("{{ ...f {flood} }} fragment f on Node {{ name }}"),
        format!("{{ ...f }} fragment f on Node {flood} {{ name }}"),
        format!("query ($a: Int {flood}) {{ name }}"),
    ] {
        assert_eq!(
            refused(&document).await,
            ErrorCode::QueryTooComplex,
            "{document}"
        );
    }
    let many = "@x ".repeat(50_000);
    assert_eq!(
        refused(&format!("{{ __typename {many} }}")).await,
        ErrorCode::QueryTooLarge
    );
}

#[tokio::test]
async fn a_fragment_that_spreads_itself_is_refused() {
    for document in [
        "{ ...a } fragment a on Node { child { ...a } }",
        "{ ...a } fragment a on Node { ...b } fragment b on Node { ...a }",
        "{ name } fragment a on Node { ...b } fragment b on Node { ...a }",
    ] {
        assert_eq!(refused(document).await, ErrorCode::GraphqlValidationFailed);
    }
}

#[tokio::test]
async fn what_the_library_overlooks_on_typename_is_refused() {
    for document in [
        "{ __typename { x } }",
        "{ __typename @x }",
        "{ __typename(a: 1) }",
    ] {
        assert_eq!(refused(document).await, ErrorCode::GraphqlValidationFailed);
    }
    assert!(ask("{ __typename @include(if: true) }").await.is_ok());
}

#[tokio::test]
async fn a_subscription_has_one_root_field_and_nothing_beside_it() {
    for document in [
        "subscription { told told }",
        "subscription { __typename }",
        "subscription { told __typename }",
        "subscription { ...f } fragment f on Told { told }",
        "subscription { ... { told } }",
        "subscription { told @skip(if: true) }",
    ] {
        let code = refused(document).await;
        assert_eq!(code, ErrorCode::GraphqlValidationFailed, "{document}");
        let said = ask(document).await.errors[0].message.clone();
        assert!(said.contains("exactly one root field"), "{said}");
    }
}

#[tokio::test]
async fn a_mutation_has_one_root_field_also_through_fragments() {
    for document in [
        "mutation { a: touch { name } b: touch { name } }",
        "mutation { touch { name } ...f } fragment f on Change { b: touch { name } }",
    ] {
        assert_eq!(refused(document).await, ErrorCode::GraphqlValidationFailed);
    }
    assert!(ask("mutation { __typename touch { name } }").await.is_ok());
}

#[tokio::test]
async fn an_ordinary_document_passes_and_is_told_what_it_cost() {
    let response = ask("{ child { ...f } } # ((((
        fragment f on Node { name child { name(list: [1, 2]) } x: name }")
    .await;
    assert!(response.is_ok(), "{:?}", response.errors);
    let cost = serde_json::to_value(&response.extensions["cost"]).unwrap();
    assert_eq!(cost["selections"]["used"], 6);
    assert_eq!(cost["selections"]["limit"], 2_000);
    assert_eq!(cost["depth"]["used"], 3);
}

#[test]
fn brackets_in_strings_and_comments_do_not_count() {
    let limits = Limits {
        nesting: 3,
        tokens: 12,
        ..Limits::default()
    };
    for text in [
        r#"{ a(b: "[[[[[[[\"[[[") }"#,
        "{ a(b: \"\"\"[[[[ \\\"\"\" [[[[[ \"\" [[[[\"\"\") }",
        "{ a # [[[[[[[ \n b }",
        r#"{ a(b: "", c: 1) }"#,
    ] {
        assert!(measure_text(text, &limits).is_ok(), "{text}");
    }
    assert!(measure_text("{ a(b: \"\") { c(d: [[1]]) } }", &limits).is_err());
    assert!(measure_text("{ a b c d e f g h i j k l }", &limits).is_err());
}

#[test]
fn the_kind_of_operation_follows_the_name() {
    let schema = Schema::build(Node, Change, Told).finish();
    let documents = Documents::new(&schema.sdl(), Limits::default(), true).unwrap();
    let document = "query A { name } mutation B { touch { name } }";
    let kind = |name: Option<&str>| {
        let asked = Asked {
            operation_name: name.map(str::to_owned),
            ..Asked::of(document, serde_json::json!({}))
        };
        match documents.prepare(&asked) {
            Ok(prepared) => Ok(prepared.kind()),
            Err(errors) => Err(ErrorCode::of(&errors[0]).unwrap()),
        }
    };
    assert_eq!(kind(Some("A")), Ok(OperationType::Query));
    assert_eq!(kind(Some("B")), Ok(OperationType::Mutation));
    assert_eq!(kind(Some("C")), Err(ErrorCode::BadRequest));
    assert_eq!(kind(None), Err(ErrorCode::BadRequest));
}

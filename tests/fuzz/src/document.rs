//! The reader of requests: what is prepared keeps within the limits, and two judges of variables agree.

use std::sync::OnceLock;

use graphql::document::{Asked, Documents};
use graphql::limits::Limits;

/// What stands between a document and its variables.
const BETWEEN: u8 = 0;

/// Requests with every part that the grammar has, and their variables.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let seed =
        |(document, variables): &(&str, &str)| format!("{document}\0{variables}").into_bytes();
    SEEDS.iter().map(seed).collect()
}

const SEEDS: &[(&str, &str)] = &[
    (
        "query One($id: ID!, $all: Boolean = false) { node(id: $id) { __typename id ...p @include(if: $all) } } \
         fragment p on Person { familyName engagements(first: 2) { edges { node { id } } } }",
        r#"{"id":"per_00000000000000000000000050","all":true}"#,
    ),
    (
        "query($filter: GrantFilter, $first: Int) { grants(filter: $filter, first: $first) \
         { totalCount pageInfo { hasNextPage } edges { cursor node { id } } } }",
        r#"{"filter":null,"first":10}"#,
    ),
    (
        "mutation { revokeGrant(input: {grant: \"grt_00000000000000000000000060\", reason: \"\"\"slut\"\"\"}) \
         { __typename } }",
        "{}",
    ),
    (
        "{ a: __schema { types { name fields(includeDeprecated: true) { name type { ofType { name } } } } } \
         b: __type(name: \"Query\") { ... on __Type { kind } } }",
        "{}",
    ),
    (
        "{ decisions(first: 5, filter: {recordedFrom: \"2026-10-01T00:00:00Z\", outcome: DENY}) { edges { node { \
         ...d ...d } } } } fragment d on Decision { id ... @skip(if: false) { id } }",
        "{}",
    ),
];

fn documents() -> &'static Documents {
    static DOCUMENTS: OnceLock<Documents> = OnceLock::new();
    let made = || Documents::new(&graphql::sdl(), Limits::default(), true).expect("a schema");
    DOCUMENTS.get_or_init(made)
}

/// What is prepared is within the limits; what is not has a reason with a code.
///
/// # Errors
/// Why they are not taken.
pub fn read(data: &[u8]) -> Result<(), String> {
    let mut parts = data.splitn(2, |byte| *byte == BETWEEN);
    let (document, variables) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let query = String::from_utf8(document.to_vec()).map_err(|error| error.to_string())?;
    let variables = serde_json::from_slice(variables).unwrap_or_default();
    let asked = Asked {
        query,
        operation_name: None,
        variables,
    };
    match documents().prepare(&asked) {
        Ok(prepared) => {
            let (cost, most) = (prepared.cost(), Limits::default());
            assert!(cost.selections <= most.selections, "{cost:?}");
            assert!(cost.depth <= most.depth, "{cost:?}");
            assert!(cost.complexity <= most.complexity, "{cost:?}");
            Ok(())
        }
        Err(errors) => {
            assert!(!errors.is_empty(), "refused without a reason");
            for error in &errors {
                let code = error
                    .extensions
                    .as_ref()
                    .and_then(|extensions| extensions.get("code"));
                assert!(code.is_some(), "{} has no code", error.message);
                assert!(!error.message.contains(JUDGED_IN_TWO_WAYS), "{asked:?}");
            }
            Err(format!("{errors:?}"))
        }
    }
}

/// What is said where the library that follows the specification refuses variables that our own reader took.
const JUDGED_IN_TWO_WAYS: &str = "the variables do not fit the operation";

//! Whether an answer has the shape that its document and the schema promise (GraphQL, sections 6.4 and 7.1).
//!
//! Everything that was selected is there, in order, of its type, and nothing else; an error's path leads to
//! a null. Apart from what the service builds answers with: it walks the answer, and is told nothing. Every caller of the
//! tests holds every answer against it.

use apollo_compiler::ast::Type;
use apollo_compiler::executable::{DirectiveList, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Map, Value};

/// The schema that answers are held against.
#[derive(Debug)]
pub struct Shapes {
    schema: Valid<Schema>,
}

impl Shapes {
    /// Of a schema as the service prints it.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text = format!("{text}\nextend type __Type {{ isOneOf: Boolean }}");
        let schema = Schema::parse_and_validate(text, "schema.graphql");
        Self {
            schema: schema.expect("a valid schema"),
        }
    }

    /// What is wrong with the shape of the answer to a request; `body` is what was sent.
    #[must_use]
    pub fn flaws(&self, body: &Value, answer: &Value) -> Vec<String> {
        let mut flaws = Vec::new();
        let errors = answer.get("errors").map(|errors| errors.as_array());
        match (answer.get("data"), errors) {
            (_, Some(None)) => flaws.push("`errors` is no list".to_owned()),
            (_, Some(Some(errors))) if errors.is_empty() => {
                flaws.push("`errors` is there and empty".to_owned());
            }
            (None | Some(Value::Null), None) => flaws.push("neither data nor errors".to_owned()),
            _ => {}
        }
        for error in errors.flatten().into_iter().flatten() {
            flaws.extend(flaw_of_error(error, answer.get("data")));
        }
        let Some(Value::Object(data)) = answer.get("data") else {
            return flaws;
        };
        let document = body["query"].as_str().unwrap_or_default();
        let document =
            ExecutableDocument::parse_and_validate(&self.schema, document, "document.graphql");
        let Ok(document) = document else {
            flaws.push("there is data for a document that is not valid".to_owned());
            return flaws;
        };
        let Ok(operation) = document.operations.get(body["operationName"].as_str()) else {
            flaws.push("there is data for an operation that is not there".to_owned());
            return flaws;
        };
        let walk = Walk {
            schema: &self.schema,
            document: &document,
            variables: &body["variables"],
            defaults: operation
                .variables
                .iter()
                .filter_map(|variable| {
                    let default = variable.default_value.as_ref()?.to_bool()?;
                    Some((variable.name.as_str(), default))
                })
                .collect(),
        };
        let root = &operation.selection_set;
        walk.object(&root.ty, &[root], data, "data", &mut flaws);
        flaws
    }
}

/// What is wrong with an error: it says what happened, and where there is data, its path leads to a null.
fn flaw_of_error(error: &Value, data: Option<&Value>) -> Option<String> {
    if !error["message"].is_string() || !error["extensions"]["code"].is_string() {
        return Some(format!("an error without a message or a code: {error}"));
    }
    let mut at = data?;
    let Some(path) = error["path"].as_array() else {
        return at
            .is_object()
            .then(|| format!("an error of the request beside data: {error}"));
    };
    for step in path {
        if at.is_null() {
            return None;
        }
        let index = || usize::try_from(step.as_u64()?).ok();
        let next = match step.as_str() {
            Some(name) => at.get(name),
            None => index().and_then(|index| at.get(index)),
        };
        let Some(next) = next else {
            return Some(format!("an error about what is not there: {error}"));
        };
        at = next;
    }
    (!at.is_null()).then(|| format!("an error about what is answered: {error}"))
}

struct Walk<'a> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
    variables: &'a Value,
    defaults: std::collections::BTreeMap<&'a str, bool>,
}

/// A selected field, and everything that is selected below it.
struct Selected<'a> {
    key: &'a str,
    ty: &'a Type,
    below: Vec<&'a SelectionSet>,
}

impl<'a> Walk<'a> {
    fn object(
        &self,
        name: &str,
        sets: &[&'a SelectionSet],
        value: &Map<String, Value>,
        at: &str,
        flaws: &mut Vec<String>,
    ) {
        let mut selected = Vec::new();
        for set in sets {
            self.collect(name, set, &mut selected);
        }
        let wanted: Vec<&str> = selected.iter().map(|one| one.key).collect();
        let there: Vec<&str> = value.keys().map(String::as_str).collect();
        if wanted != there {
            flaws.push(format!("{at} has {there:?} where {wanted:?} was asked for"));
        }
        for one in selected {
            if let Some(value) = value.get(one.key) {
                let at = format!("{at}.{}", one.key);
                self.value(one.ty, &one.below, value, &at, flaws);
            }
        }
    }

    fn collect(&self, name: &str, set: &'a SelectionSet, into: &mut Vec<Selected<'a>>) {
        for selection in &set.selections {
            if !self.is_included(selection.directives()) {
                continue;
            }
            let below = match selection {
                Selection::Field(field) => {
                    let key = field.response_key().as_str();
                    match into.iter_mut().find(|one| one.key == key) {
                        Some(one) => one.below.push(&field.selection_set),
                        None => into.push(Selected {
                            key,
                            ty: field.ty(),
                            below: vec![&field.selection_set],
                        }),
                    }
                    continue;
                }
                Selection::InlineFragment(fragment) => &fragment.selection_set,
                Selection::FragmentSpread(spread) => {
                    &self.document.fragments[&spread.fragment_name].selection_set
                }
            };
            if below.ty == name || self.schema.is_subtype(&below.ty, name) {
                self.collect(name, below, into);
            }
        }
    }

    fn is_included(&self, directives: &DirectiveList) -> bool {
        let says = |name: &str| {
            let given = directives.get(name)?.specified_argument_by_name("if")?;
            match given.as_variable() {
                None => given.to_bool(),
                Some(name) => {
                    let sent = self.variables[name.as_str()].as_bool();
                    sent.or_else(|| self.defaults.get(name.as_str()).copied())
                }
            }
        };
        says("skip") != Some(true) && says("include") != Some(false)
    }

    fn value(
        &self,
        ty: &Type,
        below: &[&'a SelectionSet],
        value: &Value,
        at: &str,
        flaws: &mut Vec<String>,
    ) {
        match (ty, value) {
            (_, Value::Null) if !ty.is_non_null() => {}
            (_, Value::Null) => flaws.push(format!("{at} is null but must not be")),
            (Type::List(inner) | Type::NonNullList(inner), Value::Array(items)) => {
                for (n, item) in items.iter().enumerate() {
                    self.value(inner, below, item, &format!("{at}[{n}]"), flaws);
                }
            }
            (Type::List(_) | Type::NonNullList(_), _) => flaws.push(format!("{at} is no list")),
            (Type::Named(name) | Type::NonNullNamed(name), value) => {
                self.one(name, below, value, at, flaws);
            }
        }
    }

    fn one(
        &self,
        name: &str,
        below: &[&'a SelectionSet],
        value: &Value,
        at: &str,
        flaws: &mut Vec<String>,
    ) {
        let fits = match (&self.schema.types[name], value) {
            (ExtendedType::Object(_), Value::Object(object)) => {
                self.object(name, below, object, at, flaws);
                true
            }
            (ExtendedType::Interface(_) | ExtendedType::Union(_), Value::Object(object)) => {
                // Whichever it is: it has to be one of them.
                let objects = self.schema.types.iter();
                let possible = objects.filter(|(one, _)| self.schema.is_subtype(name, one));
                let tried = possible.filter(|(_, one)| one.is_object()).map(|(one, _)| {
                    let mut found = Vec::new();
                    self.object(one, below, object, at, &mut found);
                    found
                });
                flaws.extend(tried.min_by_key(Vec::len).unwrap_or_default());
                true
            }
            (ExtendedType::Enum(defined), Value::String(value)) => {
                defined.values.contains_key(value.as_str())
            }
            (ExtendedType::Scalar(_), value) => match name {
                "Int" => value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
                "Float" => value.is_number(),
                "Boolean" => value.is_boolean(),
                "SequenceNumber" => value.is_u64(),
                _ => value.is_string(),
            },
            _ => false,
        };
        if !fits {
            flaws.push(format!("{at} is no {name}: {value}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shapes;
    use serde_json::{Value, json};

    const TEXT: &str = "
        interface Node { id: ID! }
        enum Kind { ONE TWO }
        type Query { node(id: ID!): Node things(kind: Kind = ONE): [Thing!]! }
        type Thing implements Node { id: ID! kind: Kind size: Int! parent: Thing }";

    #[track_caller]
    fn flaws(document: &str, answer: &Value) -> Vec<String> {
        Shapes::of(TEXT).flaws(&json!({ "query": document }), answer)
    }

    #[test]
    fn an_answer_of_the_right_shape_has_no_flaws() {
        let document = "query Q { all: things { ...T parent { ...T } } node(id: 1) {
            __typename id ... on Thing { size @skip(if: true) } } }
            fragment T on Thing { id kind size }";
        let thing = json!({ "id": "1", "kind": "TWO", "size": 3, "parent": null });
        let node = json!({ "__typename": "Thing", "id": "1" });
        let data = json!({ "all": [thing], "node": node });
        assert_eq!(flaws(document, &json!({ "data": data })), [""; 0]);
    }

    #[test]
    fn what_is_missing_null_wrong_out_of_order_or_too_much_is_found() {
        let document = "{ things { id kind size } }";
        let of = |thing: Value| flaws(document, &json!({ "data": { "things": [thing] } }));
        assert_eq!(of(json!(null)), ["data.things[0] is null but must not be"]);
        assert_eq!(
            of(json!({ "id": "1", "size": 1, "kind": null })),
            [
                r#"data.things[0] has ["id", "size", "kind"] where ["id", "kind", "size"] was asked for"#
            ]
        );
        assert_eq!(
            of(json!({ "id": "1", "kind": "SIX", "size": "3" })),
            [
                "data.things[0].kind is no Kind: \"SIX\"",
                "data.things[0].size is no Int: \"3\"",
            ]
        );
        assert_eq!(of(json!({ "id": "1", "kind": "ONE" })).len(), 1);
        assert_eq!(flaws(document, &json!({})), ["neither data nor errors"]);
        let broken = "{ things { nothing } }";
        assert_eq!(flaws(broken, &json!({ "data": {} })).len(), 1);
    }

    #[test]
    fn an_error_is_about_a_null() {
        let document = "{ node(id: 1) { id } }";
        let error =
            |path: Value| json!([{ "message": "x", "path": path, "extensions": { "code": "X" } }]);
        let of = |data: Value, errors: Value| {
            flaws(document, &json!({ "data": data, "errors": errors }))
        };
        assert_eq!(of(json!({ "node": null }), error(json!(["node"]))), [""; 0]);
        assert_eq!(
            of(json!({ "node": null }), error(json!(["node", "id"]))),
            [""; 0]
        );
        let node = json!({ "node": { "id": "1" } });
        assert_eq!(of(node.clone(), error(json!(["node", "id"]))).len(), 1);
        assert_eq!(of(node.clone(), error(json!(["other"]))).len(), 1);
        assert_eq!(of(node, json!([{ "message": "x" }])).len(), 1);
    }
}

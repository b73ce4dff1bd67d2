//! Where in the input a value stands: by the arguments of the fields, as whoever fills in a form knows it.

use apollo_compiler::Node;
use apollo_compiler::ast::Value as Written;
use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use async_graphql::parser::types as run;
use async_graphql::{PathSegment, ServerError, Value};

use super::reading::Read;
use super::values::CoercionError;

/// A problem with a variable, placed where the variable is used first.
pub(super) fn placed(
    problem: CoercionError,
    read: &Read,
    operation: &Node<Operation>,
) -> CoercionError {
    let mut steps = problem.path.iter();
    let Some(variable) = steps.next() else {
        return problem;
    };
    let fragments = read.document.fragments.values();
    let below = fragments.map(|fragment| &fragment.selection_set);
    let mut sets = std::iter::once(&operation.selection_set).chain(below);
    let Some(mut path) = sets.find_map(|set| in_set(set, variable)) else {
        return problem;
    };
    path.extend(steps.cloned());
    CoercionError { path, ..problem }
}

fn in_set(set: &SelectionSet, variable: &str) -> Option<Vec<String>> {
    set.selections.iter().find_map(|selection| match selection {
        Selection::Field(field) => {
            let mut arguments = field.arguments.iter();
            let used = arguments.find_map(|argument| {
                let mut path = vec![argument.name.to_string()];
                in_written(&argument.value, variable, &mut path).then_some(path)
            });
            used.or_else(|| in_set(&field.selection_set, variable))
        }
        Selection::InlineFragment(inline) => in_set(&inline.selection_set, variable),
        Selection::FragmentSpread(_) => None,
    })
}

fn in_written(written: &Written, variable: &str, path: &mut Vec<String>) -> bool {
    let mut within = |step: String, inner: &Written| {
        path.push(step);
        let found = in_written(inner, variable, path);
        if !found {
            path.pop();
        }
        found
    };
    match written {
        Written::Variable(name) => name == variable,
        Written::List(items) => {
            let mut items = items.iter().enumerate();
            items.any(|(n, item)| within(n.to_string(), item))
        }
        Written::Object(members) => {
            let mut members = members.iter();
            members.any(|(name, value)| within(name.to_string(), value))
        }
        Written::Null
        | Written::Enum(_)
        | Written::String(_)
        | Written::Float(_)
        | Written::Int(_)
        | Written::Boolean(_) => false,
    }
}

/// Where the value stands in the arguments of the field that the error is about.
pub(super) fn argument(
    root: &run::SelectionSet,
    error: &ServerError,
    value: &Value,
) -> Option<Vec<String>> {
    let names = error.path.iter().filter_map(|step| match step {
        PathSegment::Field(name) => Some(name.as_str()),
        PathSegment::Index(_) => None,
    });
    let names: Vec<&str> = names.collect();
    of_field(root, &names, value)
}

fn of_field(set: &run::SelectionSet, path: &[&str], value: &Value) -> Option<Vec<String>> {
    let (next, rest) = path.split_first()?;
    set.items
        .iter()
        .find_map(|selection| match &selection.node {
            run::Selection::Field(field) if field.node.response_key().node == **next => {
                if !rest.is_empty() {
                    return of_field(&field.node.selection_set.node, rest, value);
                }
                field.node.arguments.iter().find_map(|(name, given)| {
                    let mut found = vec![name.node.to_string()];
                    let given = given.node.clone().into_const()?;
                    in_value(&given, value, &mut found).then_some(found)
                })
            }
            run::Selection::Field(_) | run::Selection::FragmentSpread(_) => None,
            run::Selection::InlineFragment(inline) => {
                of_field(&inline.node.selection_set.node, path, value)
            }
        })
}

fn in_value(given: &Value, wanted: &Value, path: &mut Vec<String>) -> bool {
    let mut within = |step: String, inner: &Value| {
        path.push(step);
        let found = in_value(inner, wanted, path);
        if !found {
            path.pop();
        }
        found
    };
    match given {
        _ if given == wanted => true,
        Value::List(items) => {
            let mut items = items.iter().enumerate();
            items.any(|(n, item)| within(n.to_string(), item))
        }
        Value::Object(members) => {
            let mut members = members.iter();
            members.any(|(name, value)| within(name.to_string(), value))
        }
        Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_) => false,
    }
}

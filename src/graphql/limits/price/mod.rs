//! What a document costs: what its fields have the service do, found out before anything is done.
//!
//! Values that are at hand cost nothing, so a screen is priced by the rows and the look-ups behind it, not
//! by how much of them it shows. Prices follow from the schema: a page has so many rows as it asks for, and
//! something with an id is looked up and decided by itself. What is dearer than it looks stands in [`DEAR`];
//! to add a field that works something out: a line there.

use std::collections::BTreeMap;

use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::registry::{MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Pos, ServerError, Value, Variables};

use super::too_complex;
use crate::graphql::page::{DEFAULT_SIZE, MAX_SIZE};

/// A list: a decision, and a question to the database.
const LIST: usize = 10;
/// A row of a list.
const ROW: usize = 1;
/// Something with an id, found and decided by itself.
const LOOK_UP: usize = 3;
/// How many things a list without pages is taken to have.
const SEVERAL: usize = 10;
/// Everything that a list would show, counted.
const COUNT: usize = 50;
/// The most ids that are looked up at once.
const IDS: usize = 100;
/// The schema, told by itself.
const INTROSPECTION: usize = 100;

/// What is worked out from much of the register or of the log, besides what is shown of it.
const DEAR: &[(&str, usize)] = &[
    ("Query.segmentationMatrix", 1_000),
    ("Query.understaffedSegments", 1_000),
    ("Query.policyImpact", 1_000),
    ("Query.whoCan", 500),
    ("Query.decisionStats", 500),
    ("Mutation.editRegister", 500),
    ("Mutation.acceptEdit", 500),
    ("Query.replay", 250),
    ("Query.reach", 250),
    ("Query.whatCan", 100),
    ("DecisionEvidence.policySet", 100),
    ("Query.explain", 50),
    ("Decision.proof", 20),
    ("Log.consistency", 20),
    ("DecisionReview.finding", 20),
];

/// What a document costs, and by what the most.
#[derive(Debug, Default)]
pub(super) struct Price {
    pub(super) total: usize,
    /// Each field of the root, as `Type.field`, with all its aliases.
    fields: BTreeMap<String, (usize, Pos)>,
}

impl Price {
    /// The refusal of a document that costs more than that.
    pub(super) fn refusal(&self, limit: usize) -> ServerError {
        let dearest = self.fields.iter().max_by_key(|(_, (cost, _))| *cost);
        let (field, at) =
            dearest.map_or(("", None), |(field, (_, at))| (field.as_str(), Some(*at)));
        let total = self.total;
        let message = format!(
            "the document costs {total} where at most {limit} is allowed, most of it by `{field}`: ask for \
             less at a time"
        );
        let mut error = too_complex(message, at);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("cost", total);
        extensions.set("limit", limit);
        extensions.set("field", field);
        error
    }
}

/// What the operation of that name costs. The document has been measured: no fragment spreads itself.
pub(super) fn price(
    document: &ExecutableDocument,
    operation: Option<&str>,
    variables: &Variables,
    registry: &Registry,
) -> Price {
    let mut operations = document.operations.iter();
    let found = operations
        .find(|(name, _)| operation.is_none() || name.map(Name::as_str) == operation)
        .map(|(_, operation)| &operation.node);
    let Some(operation) = found else {
        return Price::default();
    };
    let root = match operation.ty {
        OperationType::Query => Some(&registry.query_type),
        OperationType::Mutation => registry.mutation_type.as_ref(),
        OperationType::Subscription => registry.subscription_type.as_ref(),
    };
    let mut price = Price::default();
    if let Some(root) = root {
        let clerk = Clerk {
            document,
            operation,
            variables,
            registry,
        };
        clerk.root(&operation.selection_set.node, root, &mut price);
    }
    price
}

/// Finds out what things cost.
struct Clerk<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    registry: &'a Registry,
}

impl Clerk<'_> {
    fn root(&self, set: &SelectionSet, on: &str, price: &mut Price) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let cost = self.field(&field.node, on);
                    price.total = price.total.saturating_add(cost);
                    let coordinate = format!("{on}.{}", field.node.name.node);
                    let all = price.fields.entry(coordinate);
                    let all = all.or_insert((0, selection.pos));
                    all.0 = all.0.saturating_add(cost);
                }
                Selection::InlineFragment(inline) => {
                    self.root(&inline.node.selection_set.node, on, price);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name) {
                        self.root(&fragment.node.selection_set.node, on, price);
                    }
                }
            }
        }
    }

    fn set(&self, set: &SelectionSet, on: &str) -> usize {
        let costs = set.items.iter().map(|selection| match &selection.node {
            Selection::Field(field) => self.field(&field.node, on),
            Selection::InlineFragment(inline) => {
                let of = inline.node.type_condition.as_ref();
                let on = of.map_or(on, |of| of.node.on.node.as_str());
                self.set(&inline.node.selection_set.node, on)
            }
            Selection::FragmentSpread(spread) => {
                let fragment = self.document.fragments.get(&spread.node.fragment_name.node);
                fragment.map_or(0, |fragment| {
                    let on = fragment.node.type_condition.node.on.node.as_str();
                    self.set(&fragment.node.selection_set.node, on)
                })
            }
        });
        costs.fold(0, usize::saturating_add)
    }

    fn field(&self, field: &Field, on: &str) -> usize {
        let name = field.name.node.as_str();
        if name.starts_with("__") {
            return if name == "__typename" {
                0
            } else {
                INTROSPECTION
            };
        }
        // What is not there is the validator's to refuse.
        let of = self.registry.types.get(on).and_then(MetaType::fields);
        let Some(meta) = of.and_then(|fields| fields.get(name)) else {
            return 0;
        };
        let own = dear(on, name);
        let gives = MetaTypeName::concrete_typename(&meta.ty);
        if self.registry.types.get(gives).is_none_or(MetaType::is_leaf) {
            return own;
        }
        let below = self.set(&field.selection_set.node, gives);
        let many = MetaTypeName::create(&meta.ty).is_list();
        let whole = if meta.args.contains_key("first") {
            let rows = self.page(field);
            let shown = rows.saturating_mul(ROW.saturating_add(below));
            let counted = self.has_count(&field.selection_set.node);
            LIST.saturating_add(shown)
                .saturating_add(if counted { COUNT } else { 0 })
        } else if is_page(on) {
            below
        } else {
            let one = below.saturating_add(self.look_up(gives));
            let times = if let Some(Value::List(ids)) = self.argument(field, "ids") {
                ids.len().min(IDS)
            } else if many {
                SEVERAL
            } else {
                1
            };
            times.saturating_mul(one)
        };
        own.saturating_add(whole)
    }

    /// Whether a page is asked how many rows the whole list has.
    fn has_count(&self, page: &SelectionSet) -> bool {
        page.items.iter().any(|selection| match &selection.node {
            Selection::Field(field) => field.node.name.node == "totalCount",
            Selection::InlineFragment(inline) => self.has_count(&inline.node.selection_set.node),
            Selection::FragmentSpread(spread) => {
                let fragment = self.document.fragments.get(&spread.node.fragment_name.node);
                fragment.is_some_and(|one| self.has_count(&one.node.selection_set.node))
            }
        })
    }

    /// What it costs to find one of the type.
    fn look_up(&self, gives: &str) -> usize {
        let is_node = |of: &str| of == "Node";
        let interfaces = self.registry.implements.get(gives);
        let found = interfaces.is_some_and(|all| all.iter().any(|one| is_node(one)));
        if found || is_node(gives) { LOOK_UP } else { 0 }
    }

    /// How many rows a page is asked for.
    fn page(&self, field: &Field) -> usize {
        let asked = |name: &str| {
            let given = self.argument(field, name);
            let Some(Value::Number(rows)) = given else {
                return None;
            };
            rows.as_i64()
        };
        let rows = asked("first").or_else(|| asked("last"));
        let most = i64::from(MAX_SIZE);
        let rows = rows.unwrap_or(DEFAULT_SIZE.into()).clamp(0, most);
        usize::try_from(rows).unwrap_or(0)
    }

    /// What the argument is given as; `None`: it is not, or by a variable that is not.
    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        let given = field.get_argument(name)?.node.clone();
        given
            .into_const_with(|name| self.variable(&name).cloned().ok_or(()))
            .ok()
    }

    fn variable(&self, name: &Name) -> Option<&Value> {
        self.variables.get(name).or_else(|| {
            let mut defined = self.operation.variable_definitions.iter();
            let defined = defined.find(|variable| variable.node.name.node == *name)?;
            defined.node.default_value()
        })
    }
}

/// Whether the type is a page, whose rows are counted where the page is asked for.
fn is_page(on: &str) -> bool {
    on.ends_with("Connection") || on.ends_with("Edge")
}

fn dear(on: &str, name: &str) -> usize {
    let known = DEAR.iter().find(|(coordinate, _)| {
        let parts = coordinate.split_once('.');
        parts == Some((on, name))
    });
    known.map_or(0, |(_, price)| *price)
}

#[cfg(test)]
mod tests;

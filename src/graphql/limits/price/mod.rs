//! What a document costs: what its fields have the service do, found out before anything is done.
//!
//! Values that are at hand cost nothing, so a screen is priced by the rows and the look-ups behind it, not
//! by how much of them it shows. Prices follow from the schema: a page has so many rows as it asks for, and
//! something with an id is looked up and decided by itself. What is dearer than it looks stands in [`DEAR`];
//! to add a field that works something out: a line there.

use std::collections::BTreeMap;

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::{Pos, ServerError, Value};

use super::too_complex;
use crate::page::{DEFAULT_SIZE, MAX_SIZE};
use domain::speaks::{verbatim, words};

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
    ("Query.registerProof", 500),
    ("Query.replay", 250),
    ("Query.reach", 250),
    ("Query.whatCan", 100),
    ("DecisionEvidence.policySet", 100),
    ("Query.explain", 50),
    ("Decision.proof", 20),
    ("Viewer.name", 3),
    ("Grant.inForce", 2),
    ("Grant.counts", 5),
    ("Grant.whyNot", 5),
    ("Log.consistency", 20),
    ("DecisionReview.finding", 20),
];

/// What a document costs, and by what the most.
#[derive(Debug, Default)]
pub(crate) struct Price {
    pub(crate) total: usize,
    /// Each field of the root, as `Type.field`, with all its aliases.
    fields: BTreeMap<String, (usize, Pos)>,
}

impl Price {
    /// The refusal of a document that costs more than that.
    pub(crate) fn refusal(&self, limit: usize) -> ServerError {
        let dearest = self.fields.iter().max_by_key(|(_, (cost, _))| *cost);
        let (field, at) =
            dearest.map_or(("", None), |(field, (_, at))| (field.as_str(), Some(*at)));
        let total = self.total;
        let said = words!(
            "the document costs {total} where at most {limit} is allowed, most of it by `{field}`: ask for \
             less at a time",
            "Dokumentet kostar {total} och får kosta högst {limit}. Mest kostar `{field}`. Fråga efter mindre åt gången.",
            total,
            limit,
            field = verbatim(field)
        );
        let mut error = too_complex(said, at);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("cost", total);
        extensions.set("limit", limit);
        extensions.set("field", field);
        error
    }
}

/// What an operation costs: its root, without fragments where the type is known and with the values of its
/// variables, as it is carried out.
pub(crate) fn price(set: &SelectionSet, root: &str, schema: &Schema) -> Price {
    let mut price = Price::default();
    Clerk { schema }.root(set, root, &mut price);
    price
}

/// Finds out what things cost.
struct Clerk<'a> {
    schema: &'a Schema,
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
                Selection::FragmentSpread(_) => {}
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
            Selection::FragmentSpread(_) => 0,
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
        let Ok(definition) = self.schema.type_field(on, name) else {
            return 0;
        };
        let own = dear(on, name);
        let gives = definition.ty.inner_named_type().as_str();
        let leaf = self.schema.types.get(gives);
        if leaf.is_none_or(apollo_compiler::schema::ExtendedType::is_leaf) {
            return own;
        }
        let below = self.set(&field.selection_set.node, gives);
        let whole = if definition.argument_by_name("first").is_some() {
            let rows = page(field);
            let shown = rows.saturating_mul(ROW.saturating_add(below));
            let counted = has_count(&field.selection_set.node);
            LIST.saturating_add(shown)
                .saturating_add(if counted { COUNT } else { 0 })
        } else if is_page(on) {
            below
        } else {
            let one = below.saturating_add(self.look_up(gives));
            times(field, &definition.ty).saturating_mul(one)
        };
        own.saturating_add(whole)
    }

    /// What it costs to find one of the type.
    fn look_up(&self, gives: &str) -> usize {
        let found = gives == "Node" || self.schema.is_subtype("Node", gives);
        if found { LOOK_UP } else { 0 }
    }
}

/// How many things the field gives.
fn times(field: &Field, ty: &Type) -> usize {
    match argument(field, "ids") {
        Some(Value::List(ids)) => ids.len().min(IDS),
        _ if ty.is_list() => SEVERAL,
        _ => 1,
    }
}

/// Whether a page is asked how many rows the whole list has.
fn has_count(page: &SelectionSet) -> bool {
    page.items.iter().any(|selection| match &selection.node {
        Selection::Field(field) => field.node.name.node == "totalCount",
        Selection::InlineFragment(inline) => has_count(&inline.node.selection_set.node),
        Selection::FragmentSpread(_) => false,
    })
}

/// How many rows a page is asked for.
fn page(field: &Field) -> usize {
    let asked = |name: &str| match argument(field, name) {
        Some(Value::Number(rows)) => rows.as_i64(),
        _ => None,
    };
    let rows = asked("first").or_else(|| asked("last"));
    let most = i64::from(MAX_SIZE);
    let rows = rows.unwrap_or(DEFAULT_SIZE.into()).clamp(0, most);
    usize::try_from(rows).unwrap_or(0)
}

/// What the argument is given as; `None`: it is not.
fn argument(field: &Field, name: &str) -> Option<Value> {
    field.get_argument(name)?.node.clone().into_const()
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

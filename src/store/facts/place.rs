//! Where things are: the organisations above them, as of now.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{DatabaseTransaction, QueryResult, Value};

use crate::rows::{Row, places, rows};
use domain::EntityRef;
use domain::facts::{Node, TargetFacts, TargetKind};
use domain::id::OrganisationId;
use domain::target::Place;
use gate::FactError;

/// The organisations at and above some units.
#[derive(Debug, Default)]
pub(super) struct Lineage {
    pub(super) nodes: Vec<Node>,
    pub(super) place: Place,
}

impl Lineage {
    /// The ids whose change could alter who reaches what is here.
    pub(super) fn depends(&self) -> BTreeSet<String> {
        self.nodes.iter().map(|node| node.id.to_string()).collect()
    }
}

const ABOVE: &str = "\
    SELECT o.id, o.parent_id, o.authority, o.care_provider, MIN(c.depth) AS depth \
    FROM organisation_closure c JOIN organisation o ON o.id = c.ancestor_id \
    WHERE c.descendant_id IN (UNITS) \
    GROUP BY o.id, o.parent_id, o.authority, o.care_provider ORDER BY depth, o.id";

/// The care provider that the organisation in a column lies in: the nearest one at or above it.
macro_rules! care_provider_of {
    ($column:literal) => {
        concat!(
            "(SELECT w.id FROM organisation_closure c JOIN organisation w ON w.id = c.ancestor_id \
             WHERE c.descendant_id = ",
            $column,
            " AND w.care_provider ORDER BY c.depth LIMIT 1)"
        )
    };
}
pub(super) use care_provider_of;

/// Everything at and above `units`; the nearest authority and care provider are those of the first.
pub(super) async fn lineage(
    connection: &DatabaseTransaction,
    units: &[OrganisationId],
) -> Result<Lineage, FactError> {
    if units.is_empty() {
        return Ok(Lineage::default());
    }
    let sql = ABOVE.replace("UNITS", &places(1, units.len()));
    let found = rows(
        connection,
        &sql,
        units.iter().map(|id| Value::from(id.to_string())),
    )
    .await?;
    drawn(&found, units)
}

/// The organisations of the rows, with the place of something that belongs to the units among them.
fn drawn<'a>(
    found: impl IntoIterator<Item = &'a QueryResult>,
    units: &[OrganisationId],
) -> Result<Lineage, FactError> {
    let mut lineage = Lineage::default();
    let mut above = Above::new();
    for row in found {
        let row = Row::of("organisation", row);
        let id: OrganisationId = row.id("id")?;
        let parent: Option<OrganisationId> = row.id_if("parent_id")?;
        above.insert(
            id,
            (parent, row.get("authority")?, row.get("care_provider")?),
        );
        let parents = parent.map(EntityRef::from).into_iter().collect();
        lineage.nodes.push(Node {
            id: id.into(),
            parents,
        });
        lineage.place.path.push(id.into());
    }
    lineage.place.units = units.to_vec();
    lineage.place.authority = nearest(&above, units, |(_, authority, _)| *authority);
    lineage.place.care_provider = nearest(&above, units, |(_, _, provider)| *provider);
    Ok(lineage)
}

const KEEPERS: &str = "\
    SELECT d.id AS keeper_id, o.id, o.parent_id, o.authority, o.care_provider FROM organisation d \
    JOIN organisation_closure c ON c.descendant_id = d.id JOIN organisation o ON o.id = c.ancestor_id \
    WHERE d.hsa_id IS NOT NULL WITHIN ORDER BY d.id, c.depth, o.id";

/// The organisations at and below that one, as targets, but for the installation, which keeps nothing; `None`: all
/// of them.
pub(super) async fn keepers(
    connection: &DatabaseTransaction,
    within: Option<OrganisationId>,
) -> Result<Vec<TargetFacts>, FactError> {
    let condition = within.map_or(
        "",
        |_| "AND d.id IN (SELECT descendant_id FROM organisation_closure WHERE ancestor_id = $1)",
    );
    let sql = KEEPERS.replace("WITHIN", condition);
    let values = within.map(|id| Value::from(id.to_string()));
    let found = rows(connection, &sql, values).await?;
    let mut above: BTreeMap<OrganisationId, Vec<&QueryResult>> = BTreeMap::new();
    for row in &found {
        let table = "organisation";
        let keeper = Row::of(table, row).id("keeper_id")?;
        above.entry(keeper).or_default().push(row);
    }
    let told = above.into_iter().map(|(id, rows)| {
        let mut lineage = drawn(rows, &[id])?;
        let itself = lineage.nodes.iter().position(|node| node.id == id.into());
        Ok(TargetFacts {
            id: id.into(),
            kind: TargetKind::Organisation,
            parents: itself.map_or_else(Vec::new, |at| lineage.nodes.swap_remove(at).parents),
            ancestors: lineage.nodes,
            system: None,
            authority: lineage.place.authority,
            care_provider: lineage.place.care_provider,
        })
    });
    told.collect()
}

type Above = BTreeMap<OrganisationId, (Option<OrganisationId>, bool, bool)>;

/// The first organisation that is one, from the first unit upwards. The walk is bounded by the number
/// of organisations read, so a loop in the data cannot hold it.
fn nearest(
    above: &Above,
    units: &[OrganisationId],
    is_one: impl Fn(&(Option<OrganisationId>, bool, bool)) -> bool,
) -> Option<OrganisationId> {
    let mut at = units.first().copied();
    for _ in 0..=above.len() {
        let id = at?;
        let facts = above.get(&id)?;
        if is_one(facts) {
            return Some(id);
        }
        at = facts.0;
    }
    None
}

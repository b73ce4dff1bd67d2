//! Where things are: the organisations above them, as of now.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{DatabaseTransaction, Value};

use crate::domain::EntityRef;
use crate::domain::facts::Node;
use crate::domain::id::OrganisationId;
use crate::domain::target::Place;
use crate::gate::FactError;
use crate::store::rows::{Row, places, rows};

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
    let mut lineage = Lineage::default();
    let mut above: BTreeMap<OrganisationId, (Option<OrganisationId>, bool, bool)> = BTreeMap::new();
    for row in &found {
        let row = Row {
            table: "organisation",
            row,
        };
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

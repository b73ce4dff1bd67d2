//! The landscape of segments and systems in outline.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::DatabaseTransaction;

use crate::rows::{Row, rows};
use domain::Kind;
use domain::facts::{Answering, Landscape, SegmentOutline};
use domain::id::{Id, OrganisationId, SegmentId, System};
use gate::FactError;

const SEGMENTS: &str = "\
    SELECT s.id, s.system_id, COUNT(v.id) AS servers FROM segment s \
    LEFT JOIN server v ON v.segment_id = s.id GROUP BY s.id, s.system_id ORDER BY s.id";

const CONTROLS: &str = "\
    SELECT controller_id AS id, controlled_id FROM segment_control ORDER BY controller_id";

const ABOVE_SEGMENTS: &str = "\
    SELECT s.id, c.ancestor_id, o.authority FROM segment s \
    JOIN organisation_closure c ON c.descendant_id = s.organisation_id \
    JOIN organisation o ON o.id = c.ancestor_id ORDER BY s.id, c.depth";

const ABOVE_SYSTEMS: &str = "\
    SELECT s.id, c.ancestor_id, o.authority FROM system s \
    JOIN organisation_closure c ON c.descendant_id = s.organisation_id \
    JOIN organisation o ON o.id = c.ancestor_id ORDER BY s.id, c.depth";

pub(super) async fn landscape(connection: &DatabaseTransaction) -> Result<Landscape, FactError> {
    let mut above = above(connection, "segment", ABOVE_SEGMENTS).await?;
    let mut segments = BTreeMap::new();
    for row in &rows(connection, SEGMENTS, []).await? {
        let table = "segment";
        let row = Row::of(table, row);
        let id: SegmentId = row.id("id")?;
        let servers: i64 = row.get("servers")?;
        let outline = SegmentOutline {
            system: row.id_if::<System>("system_id")?,
            of: above.remove(&id).unwrap_or_default(),
            controls: BTreeSet::new(),
            servers: u64::try_from(servers).unwrap_or(0),
        };
        segments.insert(id, outline);
    }
    for row in &rows(connection, CONTROLS, []).await? {
        let table = "segment_control";
        let row = Row::of(table, row);
        let outline: Option<&mut SegmentOutline> = segments.get_mut(&row.id("id")?);
        if let Some(outline) = outline {
            outline.controls.insert(row.id("controlled_id")?);
        }
    }
    Ok(Landscape {
        segments,
        systems: self::above(connection, "system", ABOVE_SYSTEMS).await?,
    })
}

/// Who answers for each thing of a kind.
async fn above<K: Kind>(
    connection: &DatabaseTransaction,
    table: &'static str,
    sql: &str,
) -> Result<BTreeMap<Id<K>, Answering>, FactError> {
    let mut above: BTreeMap<Id<K>, Answering> = BTreeMap::new();
    for row in &rows(connection, sql, []).await? {
        let row = Row::of(table, row);
        let of = above.entry(row.id("id")?).or_default();
        let organisation: OrganisationId = row.id("ancestor_id")?;
        of.organisations.insert(organisation);
        // The nearest comes first.
        if of.authority.is_none() && row.get("authority")? {
            of.authority = Some(organisation);
        }
    }
    Ok(above)
}

//! Which segments can be taken over from which: applied after all segments, for they refer to each
//! other in any order.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Value};

use super::ApplyError;
use super::change::entity;
use super::lookup::ids;
use super::sql::Sql;
use super::upsert::Applying;
use audit::write_exactly;
use domain::ChangeKind;
use domain::text::Identifier;
use feed::Kind;
use feed::record::Segment;
use gate::RunAuthority;
use transparency::event::{Change, Members};

/// Makes the control edges of segments what the feed says, and names the segments whose edges changed.
///
/// # Errors
/// When the database fails, or a segment is not there any more.
pub async fn apply_controls(
    tx: &DatabaseTransaction,
    _: &RunAuthority,
    how: &Applying,
    segments: &[Segment],
) -> Result<(Vec<String>, Vec<Change>), ApplyError> {
    let known = known_segments(tx, how, segments).await?;
    let find = |external_id: &str| {
        known.get(external_id).ok_or_else(|| ApplyError::Vanished {
            kind: Kind::Segment,
            external_id: external_id.to_owned(),
        })
    };
    let controllers: Vec<&str> = segments
        .iter()
        .map(|segment| find(&segment.external_id).map(String::as_str))
        .collect::<Result<_, _>>()?;
    // Before the edges: whoever changes these meanwhile changes the versions too.
    let versions = versions(tx, &controllers).await?;
    let before = edges(tx, &controllers).await?;
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    let (mut changed, mut events, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    let none = BTreeSet::new();
    for (segment, controller) in segments.iter().zip(controllers) {
        let after: BTreeSet<String> = segment
            .controls
            .iter()
            .map(|controlled| find(controlled).cloned())
            .collect::<Result<_, _>>()?;
        let before = before.get(controller).unwrap_or(&none);
        if *before == after {
            continue;
        }
        let edge = |controlled: &String| [controller.to_owned(), controlled.clone()];
        added.extend(after.difference(before).map(edge));
        removed.extend(before.difference(&after).map(edge));
        changed.push(segment.external_id.to_string());
        let change = how.change(entity(controller)?, ChangeKind::Changed);
        events.push(change.having("controls", Members::Exactly(after.clone())));
        seen.extend(
            versions
                .get(controller)
                .map(|version| (controller, *version)),
        );
    }
    touch(tx, &seen).await?;
    write(tx, added, removed).await?;
    Ok((changed, events))
}

/// The segments whose control edges are not what the feed says.
///
/// # Errors
/// When the database fails.
pub async fn differing_controls(
    db: &DatabaseTransaction,
    how: &Applying,
    segments: &[Segment],
) -> Result<Vec<String>, ApplyError> {
    let known = known_segments(db, how, segments).await?;
    let ids: Vec<&str> = segments
        .iter()
        .filter_map(|segment| known.get(segment.external_id.as_str()).map(String::as_str))
        .collect();
    let before = if ids.is_empty() {
        HashMap::new()
    } else {
        edges(db, &ids).await?
    };
    let none = BTreeSet::new();
    let differs = |segment: &&Segment| {
        let id = known.get(segment.external_id.as_str());
        let before = id.and_then(|id| before.get(id)).unwrap_or(&none);
        let after = segment
            .controls
            .iter()
            .map(|controlled| known.get(controlled.as_str()));
        before.len() != segment.controls.len()
            || !after
                .into_iter()
                .all(|id| id.is_some_and(|id| before.contains(id)))
    };
    let differing = segments.iter().filter(differs);
    Ok(differing
        .map(|segment| segment.external_id.to_string())
        .collect())
}

async fn known_segments(
    db: &DatabaseTransaction,
    how: &Applying,
    segments: &[Segment],
) -> Result<HashMap<String, String>, DbErr> {
    let named = segments
        .iter()
        .flat_map(|segment| segment.controls.iter().chain([&segment.external_id]));
    let named: BTreeSet<&str> = named.map(Identifier::as_str).collect();
    let named: Vec<&str> = named.into_iter().collect();
    ids(db, "segment", "external_id", Some(&how.source), &named).await
}

/// How many controlled segments a change names; of more it says only that they changed.
async fn versions(
    tx: &DatabaseTransaction,
    segments: &[&str],
) -> Result<HashMap<String, i64>, DbErr> {
    let text = "SELECT id, version FROM segment WHERE id IN ";
    let mut sql = Sql::new(tx.get_database_backend(), text);
    sql.tuple(segments.iter().map(|id| Value::from(*id)));
    let rows = tx.query_all_raw(sql.done()).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}

/// Gives the segments a new version, if each still has the one that was read.
async fn touch(tx: &DatabaseTransaction, seen: &[(&str, i64)]) -> Result<(), ApplyError> {
    if seen.is_empty() {
        return Ok(());
    }
    let text = "UPDATE segment SET version = version + 1 WHERE (id, version) IN (VALUES ";
    let mut sql = Sql::new(tx.get_database_backend(), text);
    sql.tuples(
        seen.iter()
            .map(|(id, version)| [Value::from(*id), Value::from(*version)]),
    )
    .push(")");
    let done = tx.execute_raw(sql.done()).await?.rows_affected();
    if usize::try_from(done) == Ok(seen.len()) {
        Ok(())
    } else {
        Err(ApplyError::Overtaken {
            kind: Kind::Segment,
        })
    }
}

async fn edges(
    tx: &DatabaseTransaction,
    controllers: &[&str],
) -> Result<HashMap<String, BTreeSet<String>>, DbErr> {
    let text = "SELECT controller_id, controlled_id FROM segment_control WHERE controller_id IN ";
    let mut sql = Sql::new(tx.get_database_backend(), text);
    sql.tuple(controllers.iter().map(|id| Value::from(*id)));
    let mut edges: HashMap<String, BTreeSet<String>> = HashMap::new();
    for row in tx.query_all_raw(sql.done()).await? {
        let controlled = edges.entry(row.try_get_by_index(0)?).or_default();
        controlled.insert(row.try_get_by_index(1)?);
    }
    Ok(edges)
}

async fn write(
    tx: &DatabaseTransaction,
    added: Vec<[String; 2]>,
    removed: Vec<[String; 2]>,
) -> Result<(), DbErr> {
    /// Two values a row stay below what a statement can bind.
    const ROWS: usize = 5_000;
    let backend = tx.get_database_backend();
    for chunk in removed.chunks(ROWS) {
        let text = "DELETE FROM segment_control \
                    WHERE (controller_id, controlled_id) IN (VALUES ";
        let mut sql = Sql::new(backend, text);
        sql.tuples(chunk.iter().map(|edge| edge.clone().map(Value::from)))
            .push(")");
        write_exactly(tx, sql.done(), chunk.len()).await?;
    }
    for chunk in added.chunks(ROWS) {
        let text = "INSERT INTO segment_control (controller_id, controlled_id) VALUES ";
        let mut sql = Sql::new(backend, text);
        sql.tuples(chunk.iter().map(|edge| edge.clone().map(Value::from)));
        write_exactly(tx, sql.done(), chunk.len()).await?;
    }
    Ok(())
}

//! What all events together give: the head, the counts, the ids of lists; and rows that nothing gives.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::Value;

use super::difference::Differences;
use super::event::{self, Count, Events, Sum};
use super::table;
use super::trees::Trees;
use domain::Words;
use domain::speaks::{joined, verbatim, words};
use transparency::account::Account;
use transparency::bundle::Place;
use transparency::proof::Subtree;
use transparency::tree::{Frontier, STORED_LEVELS};

/// How many events' rows are read at once.
const PAGE: u64 = 4_096;

pub(super) async fn head(
    db: &DatabaseTransaction,
    trees: &Trees,
    events: &Events,
    account: &Account,
    origin: Option<String>,
    found: &mut Differences,
) -> Result<(), DbErr> {
    let heads = table::heads(db).await?;
    let [head] = heads.as_slice() else {
        found.log(words!(
            "there should be one head, and there are {count}",
            "Det ska finnas en huvudpost, men antalet är {count}.",
            count = heads.len()
        ));
        return Ok(());
    };
    if origin.is_some_and(|origin| origin != head.origin) {
        found.log(words!(
            "the head's origin is `{origin}`, and event 0 says otherwise",
            "Enligt huvudposten heter loggen `{origin}`, men händelse 0 säger något annat.",
            origin = verbatim(&head.origin)
        ));
    }
    let [_, last_t, change_seq, epoch, pruned_below] = head.numbers;
    for (name, is, should) in [
        ("last_t", last_t, events.last_t..=events.last_t),
        ("change_seq", change_seq, last_change(events, account)),
        ("epoch", epoch, exactly(account.epoch())),
        ("pruned_below", pruned_below, pruned(account)),
    ] {
        if !should.contains(&is) {
            found.log(words!(
                "the head's `{name}` is {is} instead of {should}",
                "Huvudpostens `{name}` är {is} i stället för {should}.",
                name = verbatim(name),
                is,
                should = should.end()
            ));
        }
    }
    if !trees.has_root(&head.root) {
        found.log(Words::new(
            "the events do not give the head's `root`",
            "Händelserna ger inte huvudpostens `root`.",
        ));
    }
    frontier(&head.frontier, trees, found);
    Ok(())
}

const fn exactly(number: u64) -> RangeInclusive<i64> {
    let number = number.cast_signed();
    number..=number
}

/// After the last event that alters facts; that may be one that was pruned.
fn last_change(events: &Events, account: &Account) -> RangeInclusive<i64> {
    match events.change_seq {
        0 => 0..=account.pruned_below().cast_signed(),
        after => exactly(after),
    }
}

/// As far as the events say, unless it is still being done.
fn pruned(account: &Account) -> RangeInclusive<i64> {
    let below = account.pruned_below();
    let done = account.prunings.iter().filter(|pruning| pruning.completed);
    let done = done.map(|pruning| pruning.below).max().unwrap_or_default();
    *exactly(done).start()..=*exactly(below).end()
}

/// Each root of the frontier says which events it is about.
fn frontier(stored: &[u8], trees: &Trees, found: &mut Differences) {
    let (bytes, forgiving) = trees.peaks();
    let (chunks, rest) = stored.as_chunks::<32>();
    if Frontier::decode(trees.size(), stored).is_err() || !rest.is_empty() {
        found.log(Words::new(
            "the head's `frontier` has not the length that `size` demands",
            "Huvudpostens `frontier` har inte den längd som `size` kräver.",
        ));
        return;
    }
    let mut start = 0;
    for ((stored, bytes), forgiving) in chunks.iter().zip(&bytes).zip(&forgiving) {
        let end = start + (1 << (trees.size() - start).ilog2());
        if stored != bytes && stored != forgiving {
            let what = Words::new(
                "they do not give their root in the head's `frontier`: one of the two was altered",
                "De ger inte sin rot i huvudpostens `frontier`. Någon av dem har ändrats.",
            );
            found.add(Place::Between(start, end), what);
        }
        start = end;
    }
}

/// Rows that belong to no event.
pub(super) async fn strays(
    db: &DatabaseTransaction,
    retained: &Subtree,
    found: &mut Differences,
) -> Result<(), DbErr> {
    let Subtree {
        start: pruned,
        end: size,
    } = *retained;
    for (table, column, from, to, what) in [
        (
            "audit_event",
            "seq",
            0,
            size,
            Words::part(
                "a row of `audit_event` is beyond the head",
                "En rad i `audit_event` ligger bortom huvudposten",
            ),
        ),
        (
            "audit_slot",
            "seq",
            pruned,
            size,
            Words::part(
                "a row of `audit_slot` belongs to no event",
                "En rad i `audit_slot` hör inte till någon händelse",
            ),
        ),
        (
            "audit_listed",
            "seq",
            pruned,
            size,
            Words::part(
                "a row of `audit_listed` belongs to no event",
                "En rad i `audit_listed` hör inte till någon händelse",
            ),
        ),
        (
            "audit_kept",
            "seq",
            0,
            pruned,
            Words::part(
                "a row of `audit_kept` belongs to no event that was kept",
                "En rad i `audit_kept` hör inte till någon händelse som har behållits",
            ),
        ),
        (
            "audit_checkpoint",
            "size - 1",
            0,
            size,
            Words::part(
                "a published checkpoint is of more events than there are",
                "En publicerad kontrollpunkt gäller fler händelser än det finns",
            ),
        ),
    ] {
        // The values of an event that was kept are kept with it.
        let kept = if table == "audit_slot" {
            " AND seq NOT IN (SELECT seq FROM audit_kept)"
        } else {
            ""
        };
        let sql = format!(
            "SELECT CAST({column} AS TEXT) FROM {table} WHERE {column} < {from}{kept} OR {column} >= {to} \
             ORDER BY {column} LIMIT 100"
        );
        for row in table::all(db, &sql).await? {
            let at: String = row.try_get_by_index(0)?;
            found.log(words!(
                "{what}: {at}",
                "{what}: {at}.",
                what,
                at = verbatim(at)
            ));
        }
    }
    let twice = "SELECT event_id FROM audit_event GROUP BY event_id HAVING COUNT(*) > 1 LIMIT 100";
    for row in table::all(db, twice).await? {
        let id: String = row.try_get_by_index(0)?;
        found.log(words!(
            "the id {id} stands twice",
            "Id:t {id} står två gånger.",
            id = verbatim(id)
        ));
    }
    nodes(db, size, found).await
}

async fn nodes(db: &DatabaseTransaction, size: u64, found: &mut Differences) -> Result<(), DbErr> {
    let own: Vec<String> = STORED_LEVELS
        .iter()
        .map(|level| format!("(level = {level} AND idx >= 0 AND idx < {})", size >> level))
        .collect();
    let sql = format!(
        "SELECT CAST(level AS TEXT), CAST(idx AS TEXT) FROM audit_node WHERE NOT ({}) LIMIT 100",
        own.join(" OR ")
    );
    for row in table::all(db, &sql).await? {
        let (level, index): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        found.log(words!(
            "a node of level {level} and index {index} is of events that are not there",
            "En nod på nivå {level} med index {index} gäller händelser som inte finns.",
            level = verbatim(level),
            index = verbatim(index)
        ));
    }
    Ok(())
}

/// The ids of lists: all of them at once by a sum, and one by one only if that differs.
pub(super) async fn listed(
    db: &DatabaseTransaction,
    size: u64,
    events: &Events,
    found: &mut Differences,
) -> Result<(), DbErr> {
    let mut sum = Sum::default();
    let mut after = (String::new(), -1);
    loop {
        let rows = table::listed_after(db, &after).await?;
        let Some(last) = rows.last().cloned() else {
            break;
        };
        for (id, seq) in rows {
            if let Ok(seq) = u64::try_from(seq) {
                sum.add(seq, &id);
            }
        }
        after = last;
    }
    if sum == events.listed {
        return Ok(());
    }
    for page in pages(size) {
        let is: BTreeSet<(u64, String)> = table::listed(db, &page).await?.into_iter().collect();
        let mut should = BTreeSet::new();
        for row in table::events(db, &page).await? {
            let envelope: Value = serde_json::from_slice(&row.envelope).unwrap_or_default();
            should.extend(event::listed(&envelope).map(|id| (row.seq, id.to_owned())));
        }
        for (seq, id) in is.difference(&should) {
            let what = words!(
                "it did not list {id}, and `audit_listed` says it did",
                "Den listade inte {id}, men enligt `audit_listed` gjorde den det.",
                id = verbatim(id)
            );
            found.event(*seq, what);
        }
        for (seq, id) in should.difference(&is) {
            let what = words!(
                "it listed {id}, and `audit_listed` lacks it",
                "Den listade {id}, som saknas i `audit_listed`.",
                id = verbatim(id)
            );
            found.event(*seq, what);
        }
    }
    Ok(())
}

fn pages(size: u64) -> impl Iterator<Item = Subtree> {
    let starts = (0..size).step_by(usize::try_from(PAGE).unwrap_or(usize::MAX));
    starts.map(move |start| start..size.min(start + PAGE))
}

pub(super) async fn rollup(
    db: &DatabaseTransaction,
    events: &Events,
    found: &mut Differences,
) -> Result<(), DbErr> {
    let sql = "SELECT CAST(day AS TEXT), outcome, reason, system, level, count FROM audit_rollup";
    let mut should = events.counts.clone();
    for row in table::all(db, sql).await? {
        let key: Count = (
            row.try_get_by_index(0)?,
            row.try_get_by_index(1)?,
            row.try_get_by_index(2)?,
            row.try_get_by_index(3)?,
            row.try_get_by_index(4)?,
        );
        let is: i64 = row.try_get_by_index(5)?;
        let counted = should.remove(&key).unwrap_or_default();
        if counted != is {
            found.log(words!(
                "`audit_rollup` counts {is} decisions of {of} instead of {counted}",
                "`audit_rollup` räknar {is} beslut för {of} i stället för {counted}.",
                is,
                of = spelled(&key),
                counted
            ));
        }
    }
    for (key, counted) in should {
        found.log(words!(
            "`audit_rollup` lacks the {counted} decisions of {of}",
            "`audit_rollup` saknar de {counted} besluten för {of}.",
            counted,
            of = spelled(&key)
        ));
    }
    Ok(())
}

/// What decisions were counted by, as the message says it.
fn spelled((day, outcome, reason, system, level): &Count) -> Words {
    let level = level.to_string();
    let parts = [
        (Words::part("day", "dag"), day),
        (Words::part("outcome", "utfall"), outcome),
        (Words::part("reason", "skäl"), reason),
        (Words::part("system", "system"), system),
        (Words::part("level", "nivå"), &level),
    ];
    let parts = parts.map(|(name, value)| {
        words!(
            "{name} `{value}`",
            "{name} `{value}`",
            name,
            value = verbatim(value)
        )
    });
    joined(parts, ", ")
}

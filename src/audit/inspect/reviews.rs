//! `decision_review`: what came of reviews, each compared with the events that tell of it.
//!
//! There are few of them, however long the log is. A review stays when its events are pruned, and is then all
//! that is left of it.

use std::collections::BTreeMap;

use sea_orm::{DatabaseTransaction, DbErr, QueryResult};
use serde_json::Value;

use super::column::text;
use super::difference::Differences;
use super::table;
use domain::speaks::{verbatim, words};

/// The columns that are compared, besides `event_id`, in the order in which they are read.
const COLUMNS: [&str; 7] = [
    "seq",
    "about_individual",
    "outcome",
    "reviewed_by",
    "reviewed_individual",
    "reviewed_at",
    "decision_id",
];

/// What they hold, numbers as text.
type Cells = [Option<String>; COLUMNS.len()];

/// What the events tell of one review.
struct Told {
    cells: Cells,
    /// Whether the decision that was reviewed is there, and the one that the review was.
    there: (bool, bool),
}

impl Told {
    /// Whether the events say anything of that column.
    fn says(&self, column: &str) -> bool {
        match column {
            "seq" | "about_individual" => self.there.0,
            "reviewed_individual" | "reviewed_at" => self.there.1,
            _ => true,
        }
    }
}

pub(super) async fn reviews(
    db: &DatabaseTransaction,
    pruned_below: u64,
    found: &mut Differences,
) -> Result<(), DbErr> {
    let mut told = told(db, found).await?;
    let sql = "SELECT event_id, CAST(seq AS TEXT), about_individual, outcome, reviewed_by, \
        reviewed_individual, CAST(reviewed_at AS TEXT), decision_id FROM decision_review ORDER BY seq";
    for row in table::all(db, sql).await? {
        let event: String = row.try_get_by_index(0)?;
        let cells = cells(&row)?;
        let seq = cells.first().cloned().flatten();
        let seq: Option<u64> = seq.and_then(|seq| seq.parse().ok());
        match told.remove(&event) {
            Some(told) => compare(&event, &cells, &told, found),
            None if seq.is_some_and(|seq| seq < pruned_below) => {}
            None => found.log(words!(
                "`decision_review` has a review of {event}, and no event tells of it",
                "`decision_review` har en granskning av {event}, men ingen händelse berättar om den.",
                event = verbatim(event)
            )),
        }
    }
    for event in told.into_keys() {
        found.log(words!(
            "`decision_review` lacks the review of {event} that an event tells of",
            "`decision_review` saknar granskningen av {event}, som en händelse berättar om.",
            event = verbatim(event)
        ));
    }
    Ok(())
}

fn cells(row: &QueryResult) -> Result<Cells, DbErr> {
    let mut cells = Cells::default();
    for (index, cell) in cells.iter_mut().enumerate() {
        *cell = row.try_get_by_index(index + 1)?;
    }
    Ok(cells)
}

fn compare(event: &str, is: &Cells, told: &Told, found: &mut Differences) {
    for ((column, is), should) in COLUMNS.iter().zip(is).zip(&told.cells) {
        if told.says(column) && is != should {
            found.log(words!(
                "the column `{column}` of the review of {event} is {is} instead of {should}",
                "Kolumnen `{column}` i granskningen av {event} är {is} i stället för {should}.",
                column = verbatim(column),
                event = verbatim(event),
                is = verbatim(spelled(is.as_deref())),
                should = verbatim(spelled(should.as_deref()))
            ));
        }
    }
}

fn spelled(cell: Option<&str>) -> &str {
    cell.unwrap_or("NULL")
}

/// What the events tell, by the decision that was reviewed.
async fn told(
    db: &DatabaseTransaction,
    found: &mut Differences,
) -> Result<BTreeMap<String, Told>, DbErr> {
    let sql = "SELECT c.resource_id, c.decision, c.envelope, d.envelope, d.individual, \
        CAST(e.seq AS TEXT), e.individual FROM audit_event c \
        LEFT JOIN audit_event d ON d.event_id = c.decision \
        LEFT JOIN audit_event e ON e.event_id = c.resource_id \
        WHERE c.kind = 'change' AND c.action = 'reviewed' ORDER BY c.seq";
    let mut all = BTreeMap::new();
    for row in table::all(db, sql).await? {
        let event: Option<String> = row.try_get_by_index(0)?;
        let event = event.unwrap_or_default();
        let change = envelope(row.try_get_by_index(2)?);
        let decision: Option<Vec<u8>> = row.try_get_by_index(3)?;
        let seq: Option<String> = row.try_get_by_index(5)?;
        let there = (seq.is_some(), decision.is_some());
        let made = envelope(decision);
        let said = |from: &Value, pointer: &str| from.pointer(pointer).and_then(text);
        let cells = [
            seq,
            row.try_get_by_index(6)?,
            said(&change, "/state/outcome"),
            said(&change, "/state/reviewedBy"),
            row.try_get_by_index(4)?,
            said(&made, "/occurredAt"),
            row.try_get_by_index(1)?,
        ];
        if all.insert(event.clone(), Told { cells, there }).is_some() {
            found.log(words!(
                "{event} was reviewed twice",
                "Händelsen {event} har granskats två gånger.",
                event = verbatim(event)
            ));
        }
    }
    Ok(all)
}

fn envelope(bytes: Option<Vec<u8>>) -> Value {
    let read = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    read.unwrap_or_default()
}

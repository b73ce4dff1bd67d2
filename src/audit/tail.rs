//! The log as it is stored, from an event on: what exports and those who follow the log are given.
//!
//! Apart from reading for display because it looks at bytes: each row is hashed anew before it is handed
//! out, and a row that is missing is a contradiction, never a gap. The lines of a page stand in `FORMAT.md`,
//! section 12.

use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use serde::Serialize;

use super::Snapshot;
use super::bundle::{Event, Place, Tampered, Wrong};
use super::connection::OutOfLog;
use super::head::stored;
use super::proof::Subtree;
use super::prove::{self, ProveError};
use super::tree::leaf_hash;

/// About the most bytes of envelopes in a page: the event that exceeds it is its last.
pub const PAGE_BYTES: usize = 4 << 20;
/// How many events are read at once.
const CHUNK: u64 = 64;

/// The stored events cannot be handed out.
#[derive(Debug)]
pub(super) enum Unread {
    /// A row is not what was recorded.
    Tampered(Box<Tampered>),
    /// The database failed.
    Database(DbErr),
}

impl Unread {
    pub(super) fn bad(seq: u64, wrong: Wrong) -> Self {
        Self::Tampered(Box::new(Tampered {
            place: Place::Event(seq),
            wrong,
        }))
    }
}

impl From<DbErr> for Unread {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

/// There is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The log does not hold what should follow.
    #[error(transparent)]
    OutOfLog(#[from] OutOfLog),
    /// What is stored is not what was recorded, or cannot be read.
    #[error(transparent)]
    Proof(#[from] ProveError),
}

/// A part of the log as it is stored, and what shows that nothing is missing in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    events: Vec<Event>,
    end: PageEnd,
}

/// The last line of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct PageEnd {
    /// How many events the page has.
    end: u64,
    /// The seq that the next page comes after.
    next: u64,
    /// How many events the log has.
    size: u64,
    /// The newest published checkpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
}

impl Page {
    /// Reads the events after that seq (`None`: from the first one on), at most so many, and the newest
    /// checkpoint, all as of one state of the log.
    ///
    /// # Errors
    /// The log does not hold what follows, a row is not what was recorded, or the database fails.
    pub async fn read(
        snapshot: &Snapshot,
        after: Option<u64>,
        most: u64,
    ) -> Result<Self, PageError> {
        let from = after.map_or(0, |after| after.saturating_add(1));
        snapshot.holds_from(from)?;
        let size = snapshot.log_size();
        let to = from.saturating_add(most).min(size);
        let events = bounded(snapshot.connection(), from..to, PAGE_BYTES)
            .await
            .map_err(ProveError::from)?;
        let checkpoint = prove::checkpoint(snapshot.connection(), None).await?;
        let next = events.last().map(|event| event.seq).or(after);
        Ok(Self {
            end: PageEnd {
                end: u64::try_from(events.len()).unwrap_or(u64::MAX),
                next: next.unwrap_or_default(),
                size,
                checkpoint: checkpoint.map(|checkpoint| checkpoint.to_string()),
            },
            events,
        })
    }

    /// The lines of the page.
    ///
    /// # Errors
    /// Never: every member has a form in JSON.
    pub fn lines(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut lines = Vec::new();
        for event in &self.events {
            serde_json::to_writer(&mut lines, event)?;
            lines.push(b'\n');
        }
        serde_json::to_writer(&mut lines, &self.end)?;
        lines.push(b'\n');
        Ok(lines)
    }
}

/// The events of the range, without the values of their slots, or of its beginning if they have more bytes than
/// that: the event that exceeds it is the last.
pub(super) async fn bounded(
    db: &impl ConnectionTrait,
    range: Subtree,
    most: usize,
) -> Result<Vec<Event>, Unread> {
    let (mut events, mut bytes, mut start) = (Vec::new(), 0, range.start);
    while start < range.end {
        let end = range.end.min(start + CHUNK);
        for event in self::events(db, start..end).await? {
            bytes += event.envelope.len();
            events.push(event);
            if bytes >= most {
                return Ok(events);
            }
        }
        start = end;
    }
    Ok(events)
}

/// Every event of the range.
async fn events(db: &impl ConnectionTrait, range: Subtree) -> Result<Vec<Event>, Unread> {
    let sql =
        "SELECT seq, envelope, leaf FROM audit_event WHERE seq >= $1 AND seq < $2 ORDER BY seq";
    let values = [range.start, range.end].map(|seq| stored(seq).into());
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let mut rows = db.query_all_raw(statement).await?.into_iter();
    range
        .map(|seq| {
            let row = rows.next().ok_or(Unread::bad(seq, Wrong::Gone))?;
            Ok(Event {
                seq,
                envelope: checked(seq, &row)?,
                slots: Vec::new(),
            })
        })
        .collect()
}

/// The bytes of a row, if they are the row's that should come and give its leaf.
pub(super) fn checked(seq: u64, row: &QueryResult) -> Result<String, Unread> {
    if row.try_get_by_index::<i64>(0)? != stored(seq) {
        return Err(Unread::bad(seq, Wrong::Gone));
    }
    let envelope: Vec<u8> = row.try_get_by_index(1)?;
    let leaf: Vec<u8> = row.try_get_by_index(2)?;
    if leaf_hash(&envelope).as_slice() != leaf {
        return Err(Unread::bad(seq, Wrong::Leaf));
    }
    String::from_utf8(envelope).map_err(|_| Unread::bad(seq, Wrong::Envelope))
}

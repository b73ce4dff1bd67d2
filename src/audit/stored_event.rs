//! Events as they are stored: what exports, proofs and pages hand out.
//!
//! Apart from reading for display because it looks at bytes: each row is hashed anew before it is handed
//! out, and a row that is missing is a contradiction, never a gap.

use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};

use super::head::stored;
use transparency::bundle::{Event, Place, Tampered, Wrong};
use transparency::proof::Subtree;
use transparency::tree::leaf_hash;

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

/// The events of the range, without the values of their slots and without facts, or of its beginning if they have more bytes than
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
                facts: Vec::new(),
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

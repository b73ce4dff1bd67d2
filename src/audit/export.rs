//! Writing a part of the log as a bundle.
//!
//! Apart from appending because it only reads, and from everything that reads for display because it looks
//! at bytes: each row is hashed anew before it is written. To the byte a bundle stands in `FORMAT.md`,
//! section 10.

use std::collections::BTreeMap;
use std::io::Write;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Statement};
use serde::Serialize;

use super::Snapshot;
use super::account::RESTORED;
use super::bundle::{End, Header, Hex, Note, ProvedEvent, SlotLine, Tampered, VERSION, Wrong};
use super::head::{number, stored};
use super::keys::{GENESIS, ROTATED};
use super::note::VerifierKey;
use super::proof::{Subtree, after, before};
use super::subtree::{Hole, inclusion_path, subtree_hash};
use super::tail::{Unread, checked, events};

/// How many events are read at once.
const PAGE: u64 = 512;

/// Which part of the log.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The first event's seq.
    pub from: u64,
    /// One more than the last event's seq; `None`: what the newest checkpoint covers.
    pub to: Option<u64>,
    /// Whether the values of slots go with it.
    pub values: bool,
}

/// There is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There are not so many events.
    #[error("there is no such part: the log has {0} events")]
    Part(u64),
    /// There is nothing in it.
    #[error(
        "there are no events in that part: the newest checkpoint is of {0} events, and what was recorded since \
         waits for the notary"
    )]
    Nothing(u64),
    /// Its first events are gone.
    #[error("the events below {0} were pruned")]
    Pruned(u64),
    /// No checkpoint has been made since.
    #[error(
        "no checkpoint covers the events up to {to}: the newest one is of {newest} events. Wait for the \
         notary, or export less"
    )]
    NotCovered {
        /// One more than the last event's seq.
        to: u64,
        /// How many events the newest checkpoint has.
        newest: u64,
    },
    /// A row is not what was recorded.
    #[error("{0}")]
    Tampered(Box<Tampered>),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] DbErr),
    /// The bundle could not be written.
    #[error("the bundle cannot be written")]
    Write(#[from] std::io::Error),
}

impl From<Hole> for ExportError {
    fn from(hole: Hole) -> Self {
        match hole {
            Hole::Row(place) => Self::Tampered(Box::new(Tampered {
                place,
                wrong: Wrong::Gone,
            })),
            Hole::Pruned(below) => Self::Pruned(below),
            Hole::Database(error) => Self::Database(error),
        }
    }
}

impl From<Unread> for ExportError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Tampered(what) => Self::Tampered(what),
            Unread::Database(error) => Self::Database(error),
        }
    }
}

/// A bundle that can be written.
#[derive(Debug)]
pub struct Export<'a> {
    snapshot: &'a Snapshot,
    header: Header,
    anchor: String,
}

impl<'a> Export<'a> {
    /// Finds what a bundle of that part needs.
    ///
    /// # Errors
    /// When there is no such part, no checkpoint covers it, or the database fails.
    pub async fn prepare(snapshot: &'a Snapshot, part: Part) -> Result<Self, ExportError> {
        let db = snapshot.connection();
        let newest = one(
            db,
            "SELECT COALESCE(MAX(size), 0) FROM audit_checkpoint WHERE size >= $1",
            0,
        );
        let newest = number(&newest.await?, 0)?;
        let (from, to) = (part.from, part.to.unwrap_or(newest));
        if from > to || to > snapshot.log_size() {
            return Err(ExportError::Part(snapshot.log_size()));
        }
        if from == to {
            return Err(ExportError::Nothing(newest));
        }
        let head = one(
            db,
            "SELECT origin, pruned_below FROM audit_head WHERE log_id = $1",
            1,
        )
        .await?;
        let pruned = number(&head, 1)?;
        if from < pruned {
            return Err(ExportError::Pruned(pruned));
        }
        // The newest one, so that the part hangs in all that has been published.
        let sql =
            "SELECT size, note FROM audit_checkpoint WHERE size >= $1 ORDER BY size DESC LIMIT 1";
        let found = db.query_one_raw(statement(db, sql, [to])).await?;
        let anchor = found.ok_or(ExportError::NotCovered { to, newest })?;
        let size = number(&anchor, 0)?;
        // The frontier at `from` is what lies before it in a tree of so many leaves.
        let before = hexes(db, &before(from)).await?;
        let header = Header {
            bundle: VERSION,
            origin: head.try_get_by_index(0)?,
            from,
            to,
            size,
            before,
            after: hexes(db, &after(to, size)).await?,
            values: part.values,
            keys: proved(db, &[GENESIS, ROTATED], size).await?,
            restores: proved(db, &[RESTORED], size).await?,
        };
        Ok(Self {
            snapshot,
            header,
            anchor: anchor.try_get_by_index(1)?,
        })
    }

    /// The first line.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The log's keys, as its own events introduce them: whoever has the database needs no other word.
    ///
    /// # Errors
    /// When an event does not introduce a key as it should.
    pub fn keys(&self) -> Result<Vec<VerifierKey>, ExportError> {
        let keys = self.header.introduced();
        let keys = keys.map_err(|error| bad(error.seq(), Wrong::Key(error)))?;
        Ok(keys.iter().map(|known| known.key.clone()).collect())
    }

    /// Writes the bundle. `watch` is told how many events are written.
    ///
    /// # Errors
    /// When a row differs from its leaf or is missing, the database fails, or nothing can be written.
    pub async fn write(
        &self,
        out: &mut (impl Write + Send),
        watch: &(dyn Fn(u64) + Sync),
    ) -> Result<(), ExportError> {
        let Header { from, to, .. } = self.header;
        line(out, &self.header)?;
        let mut start = from;
        while start < to {
            let end = to.min(start + PAGE);
            self.page(start..end, out).await?;
            watch(end - from);
            start = end;
        }
        let end = End {
            end: to - from,
            checkpoint: self.anchor.clone(),
        };
        Ok(line(out, &end)?)
    }

    async fn page(&self, page: Subtree, out: &mut (impl Write + Send)) -> Result<(), ExportError> {
        let db = self.snapshot.connection();
        let mut slots = if self.header.values {
            slots(db, &page).await?
        } else {
            BTreeMap::new()
        };
        let sql = "SELECT size, note FROM audit_checkpoint WHERE size > $1 AND size <= $2";
        let mut notes = BTreeMap::new();
        for row in db
            .query_all_raw(statement(db, sql, [page.start, page.end]))
            .await?
        {
            notes.insert(number(&row, 0)?, row.try_get_by_index(1)?);
        }
        for mut event in events(db, page).await? {
            event.slots = slots.remove(&event.seq).unwrap_or_default();
            line(out, &event)?;
            if let Some(checkpoint) = notes.remove(&(event.seq + 1)) {
                line(out, &Note { checkpoint })?;
            }
        }
        Ok(())
    }
}

fn bad(seq: u64, wrong: Wrong) -> ExportError {
    Unread::bad(seq, wrong).into()
}

fn line(out: &mut impl Write, line: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

async fn hexes(db: &DatabaseTransaction, subtrees: &[Subtree]) -> Result<Vec<Hex>, ExportError> {
    let mut hashes = Vec::with_capacity(subtrees.len());
    for subtree in subtrees {
        hashes.push(Hex(subtree_hash(db, subtree).await?));
    }
    Ok(hashes)
}

/// The operations of those names below `size`.
async fn proved(
    db: &DatabaseTransaction,
    names: &[&str],
    size: u64,
) -> Result<Vec<ProvedEvent>, ExportError> {
    let events = names.iter().map(|name| match *name {
        GENESIS => "seq = 0".to_owned(),
        name => format!("(kind = 'operation' AND action = '{name}')"),
    });
    let sql = format!(
        "SELECT seq, envelope, leaf FROM audit_event WHERE seq < $1 AND ({}) ORDER BY seq",
        events.collect::<Vec<_>>().join(" OR ")
    );
    let mut events = Vec::new();
    for row in db.query_all_raw(statement(db, &sql, [size])).await? {
        let seq = number(&row, 0)?;
        let path = inclusion_path(db, seq, size).await?;
        events.push(ProvedEvent {
            seq,
            envelope: checked(seq, &row)?,
            proof: path.into_iter().flatten().map(Hex).collect(),
        });
    }
    Ok(events)
}

async fn slots(
    db: &DatabaseTransaction,
    page: &Subtree,
) -> Result<BTreeMap<u64, Vec<SlotLine>>, ExportError> {
    let sql = "SELECT seq, slot, salt, value FROM audit_slot WHERE seq >= $1 AND seq < $2 ORDER BY seq, slot";
    let mut slots: BTreeMap<u64, Vec<SlotLine>> = BTreeMap::new();
    for row in db
        .query_all_raw(statement(db, sql, [page.start, page.end]))
        .await?
    {
        let seq = number(&row, 0)?;
        let slot: String = row.try_get_by_index(1)?;
        let salt: Vec<u8> = row.try_get_by_index(2)?;
        let Ok(salt) = salt.try_into() else {
            return Err(bad(seq, Wrong::Slot(slot)));
        };
        slots.entry(seq).or_default().push(SlotLine {
            slot,
            salt: Hex(salt),
            value: row.try_get_by_index(3)?,
        });
    }
    Ok(slots)
}

fn statement<const N: usize>(db: &DatabaseTransaction, sql: &str, values: [u64; N]) -> Statement {
    let values = values.map(|value| stored(value).into());
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

async fn one(db: &DatabaseTransaction, sql: &str, value: u64) -> Result<QueryResult, DbErr> {
    let row = db.query_one_raw(statement(db, sql, [value])).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("the log's head".to_owned()))
}

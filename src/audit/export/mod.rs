//! Writing a part of the log as a bundle.
//!
//! Apart from appending because it only reads, and from everything that reads for display because it looks
//! at bytes: each row is hashed anew before it is written. To the byte a bundle stands in `transparency/FORMAT.md`,
//! section 10.
//!
//! A bundle comes in pieces, each read on whatever snapshot it is given: what stands below a checkpoint is the
//! same in all of them, so whoever is read slowly need not keep one. Events that are pruned meanwhile are an
//! error, never a gap.

mod error;
mod facts;

use std::collections::{BTreeMap, HashSet};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Statement};
use serde::Serialize;

pub use error::ExportError;

use super::Snapshot;
use super::head::{number, stored};
use super::stored_event::{Unread, bounded, checked};
use super::subtree::{inclusion_path, subtree_hash};
use transparency::account::RESTORED;
use transparency::bundle::{End, Header, Hex, Note, ProvedEvent, SlotLine, VERSION, Wrong};
use transparency::keys::{GENESIS, Keys, ROTATED};
use transparency::proof::{Subtree, after, before};
use transparency::tree::Hash;

/// The most events of a piece.
const PIECE: u64 = 512;
/// About the most bytes of envelopes in a piece.
const PIECE_BYTES: usize = 1 << 20;

/// Which part of the log.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The first event's seq.
    pub from: u64,
    /// One more than the last event's seq; `None`: what the newest checkpoint covers.
    pub to: Option<u64>,
    /// Whether the values of slots, and facts, go with it.
    pub values: bool,
}

/// A bundle that can be written.
#[derive(Debug)]
pub struct Export {
    header: Header,
    anchor: String,
}

/// What of a bundle is still to be read.
#[derive(Debug)]
pub struct Pieces {
    export: Export,
    next: Next,
    /// What facts it has.
    carried: HashSet<Hash>,
}

/// What comes next of a bundle.
#[derive(Debug, Clone, Copy)]
enum Next {
    /// Its first line.
    First,
    /// The event of that seq.
    Event(u64),
    /// Nothing.
    Nothing,
}

impl Export {
    /// Finds what a bundle of that part needs.
    ///
    /// # Errors
    /// When there is no such part, no checkpoint covers it, or the database fails.
    pub async fn prepare(snapshot: &Snapshot, part: Part) -> Result<Self, ExportError> {
        let db = snapshot.connection();
        let newest = one(
            db,
            "SELECT COALESCE(MAX(size), 0) FROM audit_checkpoint WHERE size >= $1",
            0,
        );
        let newest = number(&newest.await?, 0)?;
        let from = part.from;
        let to = part.to.unwrap_or(newest.max(from));
        if from > to || to > snapshot.log_size() {
            return Err(ExportError::Part(snapshot.log_size()));
        }
        if from == to {
            return Err(ExportError::Nothing(newest));
        }
        snapshot.holds_from(from)?;
        let head = one(db, "SELECT origin FROM audit_head WHERE log_id = $1", 1).await?;
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
    pub fn keys(&self) -> Result<Keys, ExportError> {
        let keys = self.header.introduced();
        keys.map_err(|error| bad(error.seq(), Wrong::Key(error)))
    }

    /// The bundle, to be read piece by piece.
    #[must_use]
    pub fn pieces(self) -> Pieces {
        Pieces {
            export: self,
            next: Next::First,
            carried: HashSet::new(),
        }
    }

    /// The first events from that seq on, with the checkpoints among them, and the seq that follows.
    async fn events(
        &self,
        snapshot: &Snapshot,
        start: u64,
        carried: &HashSet<Hash>,
        out: &mut Vec<u8>,
    ) -> Result<(u64, Vec<Hash>), ExportError> {
        snapshot.holds_from(start)?;
        let db = snapshot.connection();
        let end = self.header.to.min(start + PIECE);
        let mut events = bounded(db, start..end, PIECE_BYTES).await?;
        let end = events.last().map_or(end, |event| event.seq + 1);
        let mut slots = if self.header.values {
            slots(db, &(start..end)).await?
        } else {
            BTreeMap::new()
        };
        let sql = "SELECT size, note FROM audit_checkpoint WHERE size > $1 AND size <= $2";
        let mut notes = BTreeMap::new();
        for row in db.query_all_raw(statement(db, sql, [start, end])).await? {
            notes.insert(number(&row, 0)?, row.try_get_by_index(1)?);
        }
        let mut new = Vec::new();
        if self.header.values {
            new = facts::add(db, &mut events, carried).await?;
        }
        for mut event in events {
            event.slots = slots.remove(&event.seq).unwrap_or_default();
            line(out, &event)?;
            if let Some(checkpoint) = notes.remove(&(event.seq + 1)) {
                line(out, &Note { checkpoint })?;
            }
        }
        Ok((end, new))
    }
}

impl Pieces {
    /// Some more lines, whole, read on that snapshot; `None`: that was all. After an error the same piece can
    /// be asked for again.
    ///
    /// # Errors
    /// When a row differs from its leaf or is missing, events were pruned meanwhile, or the database fails.
    pub async fn next(&mut self, snapshot: &Snapshot) -> Result<Option<Vec<u8>>, ExportError> {
        let Export { header, anchor } = &self.export;
        let mut piece = Vec::new();
        let start = match self.next {
            Next::First => {
                line(&mut piece, header)?;
                header.from
            }
            Next::Event(seq) => seq,
            Next::Nothing => return Ok(None),
        };
        let read = self
            .export
            .events(snapshot, start, &self.carried, &mut piece);
        let (end, new) = read.await?;
        self.carried.extend(new);
        self.next = Next::Event(end);
        if end == header.to {
            let last = End {
                end: header.to - header.from,
                checkpoint: anchor.clone(),
            };
            line(&mut piece, &last)?;
            self.next = Next::Nothing;
        }
        Ok(Some(piece))
    }

    /// How many events have been read.
    #[must_use]
    pub const fn events(&self) -> u64 {
        let Header { from, to, .. } = self.export.header;
        match self.next {
            Next::First => 0,
            Next::Event(seq) => seq - from,
            Next::Nothing => to - from,
        }
    }
}

fn bad(seq: u64, wrong: Wrong) -> ExportError {
    Unread::bad(seq, wrong).into()
}

fn line(out: &mut Vec<u8>, line: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.push(b'\n');
    Ok(())
}

async fn hexes(db: &DatabaseTransaction, subtrees: &[Subtree]) -> Result<Vec<Hex>, ExportError> {
    let mut hashes = Vec::with_capacity(subtrees.len());
    for subtree in subtrees {
        hashes.push(Hex(subtree_hash(db, subtree).await?));
    }
    Ok(hashes)
}

/// The operations of those names below `size`.
pub(super) async fn proved(
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

/// The values of slots of the events of a range, by their seqs.
pub(super) async fn slots(
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
            return Err(bad(seq, Wrong::Slot(Some(slot))));
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

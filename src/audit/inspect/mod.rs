//! Inspecting the database: everything that is derived from the events, derived once more and compared.
//!
//! Apart from bundles because a thief of the database can alter what no bundle holds: columns, counts, stored
//! nodes, the head. It goes on after a difference, names each one, and repairs nothing. One snapshot, one
//! page of events at a time. To derive one more thing: its rule in `transparency/FORMAT.md`, its check here, and its
//! alteration in `tests/proof/tamper`.

mod checkpoints;
mod column;
mod difference;
mod event;
mod facts;
mod kept_values;
mod policies;
mod pruned;
mod register;
mod rest;
mod reviews;
mod sets;
mod shape;
mod storage;
mod table;
mod trees;

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::ops::Range;

use sea_orm::{DatabaseTransaction, DbErr};

use super::Snapshot;
use super::accounted;
use domain::Words;
use domain::speaks::{Speaks, events, foreign, verbatim, words};
use transparency::account::Account;
use transparency::bundle::{Place, Wrong};
use transparency::checkpoint::SignedCheckpoint;
use transparency::fold::Fold;
use transparency::keys::Keys;
use transparency::tree::{BLOCK, BLOCK_LEVEL, Hash};

pub use difference::{Difference, Differences};
use event::Events;
pub use policies::PolicyDigest;
pub use shape::Shape;
use trees::{Completed, Trees};

/// What is known from outside the database.
#[derive(Default)]
pub struct Known {
    /// Checkpoints that somebody has kept.
    pub kept: Vec<SignedCheckpoint>,
    /// The notary's leaf hashes, 32 bytes an event.
    pub leaves: Option<Box<dyn Read + Send>>,
    /// The shape that this version gives a database; `None`: it could not be found out.
    pub shape: Option<Shape>,
    /// How digests of policy sets are made; `None`: they are not compared.
    pub policy_digest: Option<PolicyDigest>,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known")
            .field("kept", &self.kept)
            .field("leaves", &self.leaves.is_some())
            .finish_non_exhaustive()
    }
}

/// The inspection could not be finished.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum InspectError {
    /// The database failed.
    Database(#[from] DbErr),
    /// The notary's file cannot be read.
    Leaves(#[from] std::io::Error),
}

impl Speaks for InspectError {
    fn words(&self) -> Words {
        match self {
            Self::Database(error) => words!(
                "the database failed: {error}",
                "Databasen fungerade inte. Orsak: {error}",
                error = foreign(error)
            ),
            Self::Leaves(error) => words!(
                "the file of leaf hashes cannot be read: {error}",
                "Notariens fil går inte att läsa. Orsak: {error}",
                error
            ),
        }
    }
}

/// What was inspected.
#[derive(Debug, Default)]
pub struct Inspected {
    /// How many events the head says there are.
    pub size: u64,
    /// How many checkpoints were compared.
    pub checkpoints: u64,
    /// How many leaves the notary's file had.
    pub leaves: u64,
    /// Below which seq events were pruned.
    pub pruned_below: u64,
    /// How many checkpoints were made within what was pruned, and could not be compared without the
    /// notary's file.
    pub within_pruned: u64,
    /// The sizes of checkpoints that were kept and of which nothing can be said: they were made within what
    /// was pruned, or are of what a restore from backup has lost.
    pub open: Vec<u64>,
    /// How many things of the register were compared with their events.
    pub register: u64,
    /// How many policy sets had their texts compared with their events.
    pub policies: Option<u64>,
    /// How many tables, columns, constraints, indexes, views, triggers and functions were compared.
    pub shape: Option<usize>,
    /// What differs.
    pub differences: Differences,
}

/// Compares everything. `watch` is told how many events have been looked at.
///
/// # Errors
/// When the database fails or the notary's file cannot be read.
pub async fn inspect(
    snapshot: &Snapshot,
    known: Known,
    watch: &(dyn Fn(u64) + Sync),
) -> Result<Inspected, InspectError> {
    let size = snapshot.log_size();
    let account = accounted::read(snapshot.connection()).await?;
    // What no event accounts for is missing, whatever the head says.
    let said = table::pruned_below(snapshot.connection()).await?;
    let pruned = said.min(account.pruned_below()) / BLOCK * BLOCK;
    let mut walk = Walk {
        db: snapshot.connection(),
        found: Inspected {
            size,
            pruned_below: pruned,
            ..Inspected::default()
        },
        account,
        kept: known.kept,
        leaves: known.leaves,
        trees: Trees::default(),
        events: Events {
            register: Fold::of_pruned(pruned),
            ..Events::default()
        },
        keys: None,
        agreed: 0,
    };
    // Not as far as the head says: that number may be any.
    let last = size.min(table::end(walk.db).await?);
    if let Some(expected) = known.shape {
        let found = Shape::found(walk.db).await?;
        expected.compare(&found, &mut walk.found.differences);
        walk.found.shape = Some(found.len());
    }
    if last < size {
        let differences = &mut walk.found.differences;
        let what = Words::new("they are missing", "De saknas.");
        differences.add(Place::Between(last, size), what);
    }
    let before = walk.found.differences.count();
    storage::types(walk.db, &mut walk.found.differences).await?;
    let is_mixed = walk.found.differences.count() > before;
    match walk.all(0..last, size, watch, known.policy_digest).await {
        // What is stored as another type may not be readable as its own.
        Err(InspectError::Database(error)) if is_mixed => {
            let what = words!(
                "the rest cannot be compared before types are right: {error}",
                "Resten går inte att jämföra förrän typerna är rätt. Orsak: {error}",
                error = foreign(&error)
            );
            walk.found.differences.log(what);
        }
        walked => walked?,
    }
    Ok(walk.found)
}

/// Compares the register alone with what the log tells of it, by the log's columns.
///
/// # Errors
/// When the database fails.
pub async fn register_told(snapshot: &Snapshot) -> Result<Differences, DbErr> {
    let db = snapshot.connection();
    let mut differences = Differences::default();
    let latest = register::latest(db).await?;
    register::register(db, latest, &mut differences).await?;
    Ok(differences)
}

struct Walk<'a> {
    db: &'a DatabaseTransaction,
    found: Inspected,
    account: Account,
    kept: Vec<SignedCheckpoint>,
    leaves: Option<Box<dyn Read + Send>>,
    trees: Trees,
    events: Events,
    keys: Option<Keys>,
    /// Up to where some checkpoint or node has agreed.
    agreed: u64,
}

impl Walk<'_> {
    /// Looks at the events of that range, and at what all of them give.
    async fn all(
        &mut self,
        events: Range<u64>,
        size: u64,
        watch: &(dyn Fn(u64) + Sync),
        digest: Option<PolicyDigest>,
    ) -> Result<(), InspectError> {
        let Range {
            mut start,
            end: last,
        } = events;
        while start < last {
            let end = last.min(start + BLOCK);
            if end <= self.found.pruned_below {
                self.pruned(start).await?;
            } else {
                self.page(start, end).await?;
            }
            watch(end);
            start = end;
        }
        self.finish(size).await?;
        if let Some(digest) = digest {
            let is_pruned = self.found.pruned_below > 0;
            let differences = &mut self.found.differences;
            self.found.policies =
                Some(policies::policies(self.db, digest, is_pruned, differences).await?);
        }
        Ok(())
    }

    async fn page(&mut self, start: u64, end: u64) -> Result<(), InspectError> {
        let page = start..end;
        let mut rows: BTreeMap<u64, table::EventRow> = table::events(self.db, &page)
            .await?
            .into_iter()
            .map(|row| (row.seq, row))
            .collect();
        let mut slots: BTreeMap<u64, Vec<table::SlotRow>> = BTreeMap::new();
        for row in table::slots(self.db, &page).await? {
            slots.entry(row.seq).or_default().push(row);
        }
        let mut notes: BTreeMap<u64, String> = table::checkpoints(self.db, &page)
            .await?
            .into_iter()
            .collect();
        for seq in page {
            let said = self.said()?;
            let slots = slots.remove(&seq).unwrap_or_default();
            let differences = &mut self.found.differences;
            let leaf = if let Some(row) = rows.remove(&seq) {
                self.events.check(
                    &row,
                    &slots,
                    said,
                    &mut self.keys,
                    &self.account,
                    differences,
                )
            } else {
                differences.event(seq, Wrong::Gone.words());
                event::Leaf::missing(said)
            };
            self.trees.append(leaf.bytes, leaf.said);
            if self.trees.at_block() {
                self.block(said.is_some()).await?;
            }
            let note = notes.remove(&(seq + 1));
            self.compare(seq + 1, note.as_deref());
        }
        let is_pruned = self.found.pruned_below > 0;
        let differences = &mut self.found.differences;
        let facts = &mut self.events.facts;
        facts
            .page(self.db, &self.account, is_pruned, differences)
            .await?;
        Ok(())
    }

    /// The next leaf of the notary's file.
    fn said(&mut self) -> Result<Option<Hash>, InspectError> {
        let Some(leaves) = &mut self.leaves else {
            return Ok(None);
        };
        let mut leaf = Hash::default();
        match leaves.read_exact(&mut leaf) {
            Ok(()) => {
                self.found.leaves += 1;
                Ok(Some(leaf))
            }
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                self.leaves = None;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Compares the block that is complete, and what it completes, with the stored nodes.
    async fn block(&mut self, known: bool) -> Result<(), InspectError> {
        let size = self.trees.size();
        let index = size / BLOCK - 1;
        let place = Place::Between(size - BLOCK, size);
        let stored = table::node(self.db, BLOCK_LEVEL, index).await?;
        let stored = stored.and_then(|hash| Hash::try_from(hash).ok());
        match stored {
            None => self.found.differences.add(place, node_missing()),
            Some(hash) if !self.trees.is_block(hash) => self.found.differences.add(
                place,
                Words::new(
                    "they do not give their stored node: one of the two was altered",
                    "De ger inte sin sparade nod. Någon av dem har ändrats.",
                ),
            ),
            Some(_) => {}
        }
        let completed = self.trees.close(stored, known);
        self.nodes(&completed).await
    }

    /// Compares what a block completes with the stored nodes.
    async fn nodes(&mut self, completed: &Completed) -> Result<(), InspectError> {
        for (bytes, forgiving) in completed.bytes.iter().zip(&completed.forgiving) {
            let stored = table::node(self.db, bytes.level, bytes.index).await?;
            let width = 1 << bytes.level;
            let place = Place::Between(bytes.index * width, (bytes.index + 1) * width);
            match stored {
                None => self.found.differences.add(place, node_missing()),
                Some(hash) if hash != bytes.hash && hash != forgiving.hash => {
                    let what = words!(
                        "they do not give their stored node of level {level}",
                        "De ger inte sin sparade nod på nivå {level}.",
                        level = bytes.level
                    );
                    self.found.differences.add(place, what);
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    async fn finish(&mut self, size: u64) -> Result<(), InspectError> {
        if self.said()?.is_some() {
            self.found.differences.log(words!(
                "the notary has seen more than {size}: the log was cut",
                "Notarien har sett fler än {size}. Loggen har kortats av.",
                size = events(size)
            ));
        }
        for kept in self.kept.iter().filter(|kept| kept.claim().size > size) {
            if self.account.lost(kept.claim().size).is_some() {
                self.found.open.push(kept.claim().size);
                continue;
            }
            self.found.differences.log(words!(
                "a checkpoint of {kept} was kept and there are {size}: the log was cut",
                "En kontrollpunkt för {kept} är sparad, men det finns {size}. Loggen har kortats av.",
                kept = events(kept.claim().size),
                size
            ));
        }
        let origin = self.keys.as_ref().map(|keys| keys.origin().to_owned());
        for kept in &self.kept {
            if origin
                .as_ref()
                .is_some_and(|origin| *origin != kept.claim().origin)
            {
                let what = words!(
                    "the checkpoint that was kept is of the log `{origin}`",
                    "Den sparade kontrollpunkten hör till loggen `{origin}`.",
                    origin = verbatim(&kept.claim().origin)
                );
                self.found.differences.log(what);
            }
        }
        rest::head(
            self.db,
            &self.trees,
            &self.events,
            &self.account,
            origin,
            &mut self.found.differences,
        )
        .await?;
        let retained = self.found.pruned_below..size;
        rest::strays(self.db, &retained, &mut self.found.differences).await?;
        rest::listed(
            self.db,
            self.trees.size(),
            &self.events,
            &mut self.found.differences,
        )
        .await?;
        rest::rollup(self.db, &self.events, &mut self.found.differences).await?;
        let is_pruned = self.found.pruned_below > 0;
        sets::sets(self.db, is_pruned, &mut self.found.differences).await?;
        reviews::reviews(
            self.db,
            self.found.pruned_below,
            &mut self.found.differences,
        )
        .await?;
        let differences = &mut self.found.differences;
        let facts = &mut self.events.facts;
        facts
            .finish(self.db, &self.account, is_pruned, differences)
            .await?;
        self.events.finish(differences);
        let latest = std::mem::take(&mut self.events.register).into_latest();
        self.found.register = register::register(self.db, latest, differences).await?;
        Ok(())
    }
}

const fn node_missing() -> Words {
    Words::new("their stored node is missing", "Deras sparade nod saknas.")
}

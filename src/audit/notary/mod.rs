//! The notary: looks at what was recorded, remembers it outside the database, and signs for it.
//!
//! A process of its own in production, so that whoever alters the database cannot also sign. It hashes
//! every event from its bytes, compares with everything that the database says about them, and with its
//! own memory of what it has seen before. What it has once found wrong it never signs again: a human has
//! to look. What it remembers is two files beside each other, the leaves and the notes it has signed. Events
//! that were pruned are the exception that the log itself must account for: their blocks' roots stay.

mod error;
mod finding;
mod kept;
mod pruned;
mod restored;
mod rows;

use std::io;
use std::path::{Path, PathBuf};

use sea_orm::{DatabaseTransaction, Statement};

pub use error::NotaryError;
pub use finding::Finding;
use kept::Kept;
use rows::{Head, greatest, grow, head, page};

use super::connection::{Database, Limits};
use super::head::stored;
use super::leaves::{Leaves, count};
use super::prove;
use super::rows::write_exactly;
use domain::speaks::Speaks as _;
use transparency::checkpoint::{Checkpoint, SignedCheckpoint};
use transparency::key::NoteSigner;
use transparency::keys::Keys;
use transparency::tree::{BLOCK, Frontier};

/// How many events are read at once.
const PAGE: u64 = 1_024;
/// How many events that were seen before are looked at again in an ordinary step.
const AGAIN: u64 = 8_192;
/// How long publishing a note may take.
const LIMITS: Limits = Limits {
    statement: std::time::Duration::from_secs(5),
    patient: false,
};

/// How much a step looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What is new, and some of what was seen before, in turn.
    New,
    /// Everything.
    Everything,
}

/// The tree of all leaves.
fn tree(leaves: &mut Leaves) -> io::Result<Frontier> {
    let mut tree = Frontier::default();
    while tree.size() < leaves.count() {
        tree.extend(leaves.read(tree.size(), PAGE)?);
    }
    Ok(tree)
}

/// One notary.
#[derive(Debug)]
pub struct Notary {
    db: Database,
    signer: NoteSigner,
    memory: PathBuf,
    leaves: Leaves,
    kept: Kept,
    /// The tree of the leaves.
    frontier: Frontier,
    /// The next event to look at again.
    next: u64,
    found: Option<Finding>,
}

impl Notary {
    /// A notary of the log in the database, with its memory at that path.
    ///
    /// # Errors
    /// When its memory cannot be used.
    pub fn new(
        db: Database,
        signer: NoteSigner,
        memory: &Path,
        create: bool,
    ) -> Result<Self, NotaryError> {
        let mut leaves = if create {
            Leaves::create(memory)?
        } else {
            Leaves::open(memory)?
        };
        let frontier = tree(&mut leaves)?;
        Ok(Self {
            db,
            signer,
            memory: memory.to_owned(),
            leaves,
            kept: Kept::beside(memory)?,
            frontier,
            next: 0,
            found: None,
        })
    }

    /// Looks at the log and signs for it. The checkpoint; `None`: there is nothing new to sign for.
    ///
    /// # Errors
    /// When nothing was signed. After a finding nothing ever is.
    pub async fn step(&mut self, extent: Extent) -> Result<Option<SignedCheckpoint>, NotaryError> {
        if let Some(found) = &self.found {
            return Err(found.clone().into());
        }
        let looked = self.look(extent).await;
        if let Err(NotaryError::Finding(found)) = &looked {
            self.found = Some(found.clone());
        }
        let Some(checkpoint) = looked? else {
            return Ok(None);
        };
        self.leaves.sync()?;
        let signed = checkpoint.sign(&self.signer);
        self.kept.add(&signed)?;
        self.publish(&signed).await?;
        Ok(Some(signed))
    }

    async fn look(&mut self, extent: Extent) -> Result<Option<Checkpoint>, NotaryError> {
        let snapshot = self.db.snapshot().await?;
        let tx = snapshot.connection();
        let head = head(tx).await?;
        let known = self.frontier.size();
        if head.size < known {
            let has = head.size;
            return Err(Finding::Cut { had: known, has }.into());
        }
        let keys = prove::keys(tx).await?;
        if keys.origin() != self.signer.verifier().name() {
            return Err(NotaryError::Origin(keys.origin().to_owned()));
        }
        let gone = self.gone(tx, head.pruned_below).await?;
        if gone > known {
            return Err(NotaryError::Pruned(gone));
        }
        let missing = self.look_again(tx, &keys, extent, gone).await?;
        let grown = self.look_on(tx, &head, &keys).await;
        if grown.is_err() {
            // What was not verified to its end is not remembered.
            self.leaves.cut(known)?;
        }
        self.frontier = grown?;
        drop(snapshot);
        if let Some(note) = missing {
            self.publish(&note).await?;
        }
        let last = self.kept.notes().last().map(|note| note.claim().size);
        if head.size == 0 || last == Some(head.size) {
            return Ok(None);
        }
        let needed = keys.of(head.size).map(|introduced| &introduced.key);
        match needed {
            Some(key) if key == self.signer.verifier() => Ok(Some(Checkpoint {
                origin: keys.origin().to_owned(),
                size: head.size,
                root: self.frontier.root(),
            })),
            Some(key) => Err(NotaryError::Key {
                size: head.size,
                needed: Box::new(key.clone()),
            }),
            None => Ok(None),
        }
    }

    /// Looks again at what was seen before. The newest note, if it was signed and not published: the
    /// process died in between.
    async fn look_again(
        &mut self,
        tx: &DatabaseTransaction,
        keys: &Keys,
        extent: Extent,
        gone: u64,
    ) -> Result<Option<SignedCheckpoint>, NotaryError> {
        let had = self.frontier.size();
        let (from, to) = match extent {
            Extent::Everything => (0, had),
            Extent::New => {
                let from = if self.next < had { self.next } else { 0 };
                (from / BLOCK * BLOCK, had.min(from + AGAIN))
            }
        };
        let mut at = from;
        while at < to {
            if at < gone {
                self.block(tx, at).await?;
                at += BLOCK;
                continue;
            }
            let remembered = self.leaves.read(at, PAGE.min(to - at))?;
            let page = page(tx, at, count(&remembered)).await?;
            for ((seq, leaf), remembered) in (at..).zip(page).zip(&remembered) {
                if leaf != *remembered {
                    return Err(Finding::Exchanged(seq).into());
                }
            }
            at += count(&remembered);
        }
        self.next = to;
        if extent == Extent::Everything {
            self.all_checkpoints(tx, keys).await?;
        }
        self.all_published(tx, extent).await
    }

    /// Compares every published checkpoint that the memory reaches.
    async fn all_checkpoints(
        &mut self,
        tx: &DatabaseTransaction,
        keys: &Keys,
    ) -> Result<(), NotaryError> {
        let mut tree = Frontier::default();
        while tree.size() < self.frontier.size() {
            let leaves = self.leaves.read(tree.size(), PAGE)?;
            grow(tx, keys, &mut tree, &leaves).await?;
        }
        Ok(())
    }

    /// Finds notes that were signed and are not there.
    async fn all_published(
        &self,
        tx: &DatabaseTransaction,
        extent: Extent,
    ) -> Result<Option<SignedCheckpoint>, NotaryError> {
        let mut newest_missing = None;
        let notes = self.kept.notes();
        let looked_at = match extent {
            Extent::Everything => notes.len(),
            // The newest, and the one before it, which nothing excuses.
            Extent::New => notes.len().min(2),
        };
        for (age, note) in notes.iter().rev().take(looked_at).enumerate() {
            let size = note.claim().size;
            let there = prove::checkpoint(tx, Some(size)).await?;
            match there {
                Some(there) if there.claim() == note.claim() => {}
                None if age == 0 => newest_missing = Some(note.clone()),
                None => return Err(Finding::Unpublished(size).into()),
                Some(_) => return Err(Finding::Checkpoint(size).into()),
            }
        }
        Ok(newest_missing)
    }

    /// Verifies and remembers what is new; the tree with it.
    async fn look_on(
        &mut self,
        tx: &DatabaseTransaction,
        head: &Head,
        keys: &Keys,
    ) -> Result<Frontier, NotaryError> {
        let known = self.frontier.size();
        let mut tree = self.frontier.clone();
        while tree.size() < head.size {
            let at = tree.size();
            let leaves = page(tx, at, PAGE.min(head.size - at)).await?;
            self.leaves.append(&leaves)?;
            grow(tx, keys, &mut tree, &leaves).await?;
        }
        let size = head.size;
        if let Some(seq) = greatest(tx, "seq", "audit_event", size).await? {
            return Err(Finding::Beyond(seq).into());
        }
        if let Some(had) = greatest(tx, "size", "audit_checkpoint", size + 1).await? {
            return Err(Finding::Cut { had, has: size }.into());
        }
        if tree.root().as_slice() != head.root {
            return Err(Finding::Root { size, known }.into());
        }
        if tree.encode() != head.frontier {
            return Err(Finding::Frontier(size).into());
        }
        Ok(tree)
    }

    async fn publish(&self, note: &SignedCheckpoint) -> Result<(), NotaryError> {
        let tx = self.db.begin_write(LIMITS).await?;
        let statement = Statement::from_sql_and_values(
            self.db.backend(),
            "INSERT INTO audit_checkpoint (size, note) VALUES ($1, $2)",
            [stored(note.claim().size).into(), note.to_string().into()],
        );
        write_exactly(tx.connection(), statement, 1).await?;
        let published = tx.commit(&self.db).await;
        published.map_err(|error| NotaryError::Publish(error.whole()))
    }
}

//! The region as the log tells it, for each moment that is read.
//!
//! A process reads it once and goes on by what is told since. Several moments are kept, which share all that is the same:
//! whoever began to read before a change has the region from before it.

use std::collections::VecDeque;
use std::sync::Arc;

use audit::{Snapshot, Telling};
use domain::{Calendar, Instant, Words};
use gate::FactError;
use region::{Region, Told};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinHandle;
use transparency::state_root::{StateTree, spelled};
use transparency::tree::Hash;

use super::ToldFacts;
use crate::rows::unavailable;

/// How many things are folded together.
const TOGETHER: usize = 4_096;
/// How many moments are kept.
const KEPT: usize = 32;

/// What the log has told, up to one moment and shortly before it. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Regions(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// The newest last, each with the number of changes that it includes.
    moments: VecDeque<(u64, Arc<Region>)>,
    /// What the newest one's things are by their hashes; `None`: whoever went on from it was cut off.
    tree: Option<StateTree>,
}

impl Regions {
    /// The facts as of the moment of the snapshot, for an instant.
    ///
    /// # Errors
    /// As [`Regions::at`].
    pub async fn facts(
        &self,
        snapshot: Arc<Snapshot>,
        calendar: Calendar,
        now: Instant,
    ) -> Result<ToldFacts, FactError> {
        let region = self.at(&snapshot).await?;
        Ok(ToldFacts::new(region, snapshot, calendar, now))
    }

    /// The region as of that moment.
    ///
    /// # Errors
    /// When the log cannot be read, or what it tells is not what it says that it has told.
    pub async fn at(&self, snapshot: &Arc<Snapshot>) -> Result<Arc<Region>, FactError> {
        let wanted = snapshot.facts_at();
        let mut kept = Arc::clone(&self.0).lock_owned().await;
        if kept.moments.is_empty() || kept.tree.is_none() {
            let read = reading(Arc::clone(snapshot), kept).await;
            kept = read.map_err(|error| FactError::Unavailable(error.into()))??;
        }
        let at = kept.moments.partition_point(|(seq, _)| *seq <= wanted);
        let Some((seq, region)) = at.checked_sub(1).and_then(|at| kept.moments.get(at)) else {
            // Whoever reads began long ago.
            let mut old = Kept::default();
            old.read(snapshot).await?;
            return old.newest().ok_or_else(nothing);
        };
        if *seq == wanted {
            return Ok(Arc::clone(region));
        }
        let (from, region) = (*seq, Arc::clone(region));
        if at == kept.moments.len() {
            kept.go_on(snapshot, from, &region).await?;
            return kept.newest().ok_or_else(nothing);
        }
        drop(kept);
        let mut between = Making::from(&region, StateTree::default());
        between.go_on(snapshot, from).await?;
        Ok(Arc::new(between.region))
    }
}

/// Reads the whole of it, for whoever comes next if nobody waits any more.
#[expect(
    clippy::disallowed_methods,
    reason = "it is no request's work, and whoever waits for it may have to give up"
)]
fn reading(
    snapshot: Arc<Snapshot>,
    mut kept: OwnedMutexGuard<Kept>,
) -> JoinHandle<Result<OwnedMutexGuard<Kept>, FactError>> {
    tokio::spawn(async move {
        kept.read(&snapshot).await?;
        Ok(kept)
    })
}

impl Kept {
    fn newest(&self) -> Option<Arc<Region>> {
        self.moments.back().map(|(_, region)| Arc::clone(region))
    }

    /// Reads all of it: by the last change about each thing, if these give the root; else by every change.
    async fn read(&mut self, snapshot: &Snapshot) -> Result<(), FactError> {
        let mut making = Making::default();
        let latest = snapshot
            .tell_latest(region::PERSONAL, &mut |telling| making.take(telling))
            .await;
        latest.map_err(unavailable)?;
        if making.close().is_err() {
            tracing::warn!(
                "`audit_latest` does not give the register's root: every change is read"
            );
            making = Making::default();
            making.go_on(snapshot, 0).await?;
            making.close()?;
        }
        self.moments.clear();
        self.keep(snapshot, making);
        Ok(())
    }

    /// Goes on from the newest one.
    async fn go_on(
        &mut self,
        snapshot: &Snapshot,
        from: u64,
        newest: &Region,
    ) -> Result<(), FactError> {
        // Whoever is cut off here leaves nothing to go on from.
        let tree = self.tree.take().unwrap_or_default();
        let mut making = Making::from(newest, tree);
        let told = making.go_on(snapshot, from).await;
        if let Err(error) = told.and_then(|()| making.close()) {
            // Nothing of it is kept: the next one who asks reads all of it.
            self.moments.clear();
            return Err(error);
        }
        self.keep(snapshot, making);
        Ok(())
    }

    fn keep(&mut self, snapshot: &Snapshot, making: Making) {
        self.tree = Some(making.tree);
        self.moments
            .push_back((snapshot.facts_at(), Arc::new(making.region)));
        while self.moments.len() > KEPT {
            self.moments.pop_front();
        }
    }
}

/// A region that is being told, with the root that is told and the one that what is told gives.
#[derive(Default)]
struct Making {
    region: Region,
    tree: StateTree,
    waiting: Vec<(String, Hash)>,
    root: Option<(u64, String)>,
}

impl Making {
    fn from(region: &Region, tree: StateTree) -> Self {
        Self {
            region: region.clone(),
            tree,
            ..Self::default()
        }
    }

    async fn go_on(&mut self, snapshot: &Snapshot, from: u64) -> Result<(), FactError> {
        let told = snapshot
            .tell_from(from, region::PERSONAL, &mut |telling| self.take(telling))
            .await;
        told.map_err(unavailable)
    }

    fn take(&mut self, telling: Telling) {
        let thing = (telling.thing.to_string(), telling.digest);
        self.waiting.push(thing);
        if let Some(root) = &telling.root {
            self.root = Some((telling.seq, root.clone()));
        }
        if self.waiting.len() >= TOGETHER {
            self.fold();
        }
        tell(&mut self.region, telling);
    }

    fn fold(&mut self) {
        let things = std::mem::take(&mut self.waiting);
        let things = things.iter();
        self.tree
            .set(things.map(|(thing, digest)| (thing.as_str(), *digest)));
    }

    /// Whether the last root that was told is that of what was told.
    fn close(&mut self) -> Result<(), FactError> {
        self.fold();
        match &self.root {
            Some((seq, root)) if *root != spelled(&self.tree.root()) => Err(FactError::Corrupt {
                table: "audit_event",
                id: seq.to_string(),
                problem: Words::new(
                    "the changes up to it do not give the root of the register that it has",
                    "Ändringarna till och med den ger inte den registerrot som den har.",
                ),
            }),
            Some(_) | None => Ok(()),
        }
    }
}

/// The thing is that from now on; where nobody can know what it is, nothing.
fn tell(region: &mut Region, telling: Telling) {
    let Telling { seq, thing, .. } = telling;
    let told = Told {
        clear: telling.clear,
        personal: telling.personal,
    };
    let is_told = telling.is_whole && region.tell(thing, told).is_ok();
    if !is_told {
        tracing::error!(seq, %thing, "what the log tells of a thing cannot be: it counts as one that is not there");
        region.lose(thing);
    }
}

fn nothing() -> FactError {
    FactError::Corrupt {
        table: "audit_event",
        id: String::new(),
        problem: Words::new("the log tells of nothing", "Loggen berättar inte om något."),
    }
}

//! The region as the log tells it, for each moment that is read.
//!
//! A process reads it once and goes on by what is told since. Several moments are kept, which share all that is the same:
//! whoever began to read before a change has the region from before it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use audit::{Snapshot, Telling};
use domain::{Calendar, Instant, Words};
use gate::{FactError, RegisterAt, Worked};
use region::{Region, Told};
use tokio::task::JoinHandle;
use transparency::state_root::{StateTree, spelled};
use transparency::tree::Hash;

use super::log::LogAt;
use super::opening::Opening;
use crate::rows::unavailable;

/// How many things are folded together.
const TOGETHER: usize = 4_096;
/// How many moments are kept.
const KEPT: usize = 32;

/// What the log has told, up to one moment and shortly before it. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Regions(Arc<Kept>);

/// A moment: the number of changes that it includes, and the region with what was worked out of it.
type Moment = (u64, AtMoment);

/// A region, with what was worked out of it.
type AtMoment = (Arc<Region>, Arc<Worked>);

#[derive(Debug, Default)]
struct Kept {
    /// The newest last.
    moments: Mutex<VecDeque<Moment>>,
    /// What the newest one's things are by their hashes, for whoever goes on from it; `None`: nothing is to be gone on
    /// from.
    tree: tokio::sync::Mutex<Option<StateTree>>,
}

impl Regions {
    /// The register for an instant: as of the moment of the snapshot where one is open, else the newest that is at hand,
    /// by which nothing is recorded that rests on what has changed since.
    ///
    /// # Errors
    /// When the log cannot be read, or what it tells is not what it says that it has told.
    pub async fn register(
        &self,
        opening: Arc<Opening>,
        calendar: Calendar,
        now: Instant,
    ) -> Result<RegisterAt, FactError> {
        let at_hand = match opening.opened() {
            Some(_) => None,
            None => self.0.newest(),
        };
        let (facts_at, region) = if let Some(moment) = at_hand {
            moment
        } else {
            let snapshot = opening.snapshot().await;
            let snapshot = snapshot.map_err(|error| FactError::Unavailable(error.into()))?;
            (snapshot.facts_at(), self.at(snapshot).await?)
        };
        let log = Arc::new(LogAt { opening, facts_at });
        Ok(RegisterAt::new(region, log, calendar, now))
    }

    async fn at(&self, snapshot: &Arc<Snapshot>) -> Result<AtMoment, FactError> {
        let wanted = snapshot.facts_at();
        if self.0.newest().is_none_or(|(seq, _)| seq < wanted) {
            let gone_on = going_on(Arc::clone(&self.0), Arc::clone(snapshot)).await;
            gone_on.map_err(|error| FactError::Unavailable(error.into()))??;
        }
        let (from, mut making) = match self.0.before(wanted) {
            Some((seq, region)) if seq == wanted => return Ok(region),
            Some((seq, (region, _))) => (seq, Making::from(&region, StateTree::default())),
            // Whoever reads began long ago.
            None => (0, Making::default()),
        };
        making.go_on(snapshot, from).await?;
        Ok((Arc::new(making.region), Arc::default()))
    }
}

/// Goes on to a moment. It is no request's work: whoever asks for it may give up, or be asked for nothing more for a while,
/// and nobody else waits for that.
#[expect(
    clippy::disallowed_methods,
    reason = "what it holds is let go of whether or not anybody waits"
)]
fn going_on(kept: Arc<Kept>, snapshot: Arc<Snapshot>) -> JoinHandle<Result<(), FactError>> {
    tokio::spawn(async move {
        let mut tree = kept.tree.lock().await;
        let newest = kept.newest();
        if newest
            .as_ref()
            .is_some_and(|(seq, _)| *seq >= snapshot.facts_at())
        {
            return Ok(());
        }
        // If it goes wrong, the next one who asks reads all of it.
        let making = match (newest, tree.take()) {
            (Some((seq, (region, _))), Some(known)) => {
                let mut making = Making::from(&region, known);
                making.go_on(&snapshot, seq).await?;
                making.close()?;
                making
            }
            (Some(_), None) | (None, _) => Making::whole(&snapshot).await?,
        };
        *tree = Some(making.tree);
        kept.keep((
            snapshot.facts_at(),
            (Arc::new(making.region), Arc::default()),
        ));
        Ok(())
    })
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Moment>> {
        self.moments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn newest(&self) -> Option<Moment> {
        self.lock().back().cloned()
    }

    /// The last moment up to that one.
    fn before(&self, wanted: u64) -> Option<Moment> {
        let moments = self.lock();
        let at = moments.partition_point(|(seq, _)| *seq <= wanted);
        moments.get(at.checked_sub(1)?).cloned()
    }

    fn keep(&self, moment: Moment) {
        let mut moments = self.lock();
        moments.push_back(moment);
        while moments.len() > KEPT {
            moments.pop_front();
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

    /// All of it: by the last change about each thing, if these give the root; else by every change.
    async fn whole(snapshot: &Snapshot) -> Result<Self, FactError> {
        let mut making = Self::default();
        let latest = snapshot
            .tell_latest(region::PERSONAL, &mut |telling| making.take(telling))
            .await;
        latest.map_err(unavailable)?;
        if making.close().is_err() {
            tracing::warn!(
                "`audit_latest` does not give the register's root: every change is read"
            );
            making = Self::default();
            making.go_on(snapshot, 0).await?;
            making.close()?;
        }
        Ok(making)
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

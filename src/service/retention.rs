//! Retention: values and events go by a disposal decision, and the log accounts for it.
//!
//! What would go is told before it goes: a plan is made, looked at, and carried out or dropped.

use std::ops::Range;

use audit::prove::{self, ProveError};
use audit::retain::{Disposal, PrunePlan, RetainError, Unprunable, classes_of_values};
use audit::{DatabaseError, Log, Snapshot, SnapshotError};
use domain::id::{INSTALLATION, OrganisationId};
use domain::text::{Identifier, Reference};
use domain::{Calendar, Date, HsaId, Instant};
use store::founding;
use transparency::bundle::{Checked, KnownKey};
use transparency::tree::{BLOCK, Hash};

/// Whose archive a disposal decision is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Archive {
    /// What is nobody's: values of the register that were imported.
    Installation,
    /// An authority's.
    Of(HsaId),
}

/// A disposal decision (gallringsbeslut).
#[derive(Debug, Clone)]
pub struct Decision {
    /// Whose archive it is about.
    pub archive: Archive,
    /// The retention class that is disposed of.
    pub class: Identifier,
    /// Its number in the authority's own records.
    pub number: Reference,
}

/// What is to stay: everything from there on.
#[derive(Debug, Clone, Copy)]
pub enum Before {
    /// The event of that number.
    Event(u64),
    /// The day that events were recorded on; of events as many whole blocks as come before it.
    Day(Date),
}

/// Nothing went, or not everything; what did is accounted for.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// The register has no such organisation.
    #[error("the register has no organisation `{0}`")]
    NoAuthority(HsaId),
    /// The day is still to come.
    #[error("the day is still to come")]
    ToCome {
        /// The last that can be given, for everything until now.
        last: Date,
    },
    /// There is nothing to erase.
    #[error("there is nothing to erase")]
    Nothing {
        /// The day.
        before: Date,
        /// The class that was asked for.
        class: String,
        /// The classes that values are kept under.
        classes: Vec<String>,
    },
    /// The log could not be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The log does not prove what it should.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// Those events cannot be pruned.
    #[error(transparent)]
    Unprunable(#[from] Unprunable),
    /// The log could not be read or written, or is not what was recorded.
    #[error(transparent)]
    Retain(#[from] RetainError),
}

/// Values that a decision says are to go.
#[derive(Debug)]
pub struct Erasure<'a> {
    log: &'a Log,
    disposal: Disposal,
    below: u64,
    values: u64,
}

impl<'a> Erasure<'a> {
    /// The values of the class, in the archive, of events that were recorded before that day; `now` is the clock's.
    ///
    /// # Errors
    /// When there are none, or they cannot be found.
    pub async fn plan(
        log: &'a Log,
        decision: Decision,
        before: Date,
        now: Instant,
    ) -> Result<Self, RetentionError> {
        past(before, now)?;
        let snapshot = log.database().snapshot().await?;
        let disposal = disposal(&snapshot, decision).await?;
        let below = first_at(&snapshot, before).await?;
        let classes = classes_of_values(&snapshot).await?;
        drop(snapshot);
        let values = log.values_to_erase(&disposal, below).await?;
        if values == 0 {
            let class = disposal.class;
            return Err(RetentionError::Nothing {
                before,
                class,
                classes,
            });
        }
        Ok(Self {
            log,
            disposal,
            below,
            values,
        })
    }

    /// How many values go.
    #[must_use]
    pub const fn values(&self) -> u64 {
        self.values
    }

    /// The first event whose values stay.
    #[must_use]
    pub const fn below(&self) -> u64 {
        self.below
    }

    /// Erases them. The number of the event that accounts for it.
    ///
    /// # Errors
    /// When the log cannot be written; what was begun can be resumed.
    pub async fn carry_out(self) -> Result<u64, RetentionError> {
        Ok(self.log.erase(&self.disposal, self.below).await?)
    }
}

/// Finishes the erasure that was cut off. The number of the event that accounts for it.
///
/// # Errors
/// When there is none, or the log cannot be written.
pub async fn resume_erasure(log: &Log) -> Result<u64, RetentionError> {
    Ok(log.resume_erasure().await?)
}

/// Whole blocks of events that a decision says are to go.
#[derive(Debug)]
pub struct Pruning<'a> {
    log: &'a Log,
    snapshot: Snapshot,
    disposal: Disposal,
    plan: PrunePlan,
}

impl<'a> Pruning<'a> {
    /// The events before that, of which each must be so many days old; `now` is the clock's.
    ///
    /// # Errors
    /// When they cannot be pruned, or not be found.
    pub async fn plan(
        log: &'a Log,
        decision: Decision,
        before: Before,
        (days, now): (u32, Instant),
    ) -> Result<Self, RetentionError> {
        let snapshot = log.database().snapshot().await?;
        let disposal = disposal(&snapshot, decision).await?;
        let below = match before {
            Before::Event(below) => below,
            Before::Day(day) => {
                past(day, now)?;
                first_at(&snapshot, day).await? / BLOCK * BLOCK
            }
        };
        let plan = PrunePlan::new(&snapshot, below, days, now).await?;
        Ok(Self {
            log,
            snapshot,
            disposal,
            plan,
        })
    }

    /// The first event that goes, and the first that stays.
    #[must_use]
    pub const fn events(&self) -> Range<u64> {
        self.plan.events()
    }

    /// The keys of the log, by which bundles of it are verified.
    ///
    /// # Errors
    /// When the log does not prove them.
    pub async fn keys(&self) -> Result<Vec<KnownKey>, RetentionError> {
        let keys = prove::keys(self.snapshot.connection()).await?;
        Ok(keys.iter().map(KnownKey::from).collect())
    }

    /// Rests on a bundle that was verified and is good; `digest` is the SHA-256 of its file.
    ///
    /// # Errors
    /// When it is of another log or leaves a gap, or the log cannot be read.
    pub async fn rest_on(&mut self, bundle: &Checked, digest: Hash) -> Result<(), RetentionError> {
        let Self { plan, snapshot, .. } = self;
        Ok(plan.hold(snapshot, bundle, digest).await?)
    }

    /// Prunes them. The number of the event that accounts for it.
    ///
    /// # Errors
    /// When bundles do not hold all of it, the log was altered or cannot be written; what was begun can be resumed.
    pub async fn carry_out(self) -> Result<u64, RetentionError> {
        drop(self.snapshot);
        Ok(self.log.prune(self.plan, &self.disposal).await?)
    }
}

/// Finishes the pruning that was cut off. The number of the event that accounts for it.
///
/// # Errors
/// When there is none, or the log was altered or cannot be written.
pub async fn resume_pruning(log: &Log) -> Result<u64, RetentionError> {
    Ok(log.resume_pruning().await?)
}

async fn disposal(snapshot: &Snapshot, decision: Decision) -> Result<Disposal, RetentionError> {
    Ok(Disposal {
        authority: authority(snapshot, decision.archive).await?,
        class: decision.class.into(),
        number: decision.number.into(),
    })
}

async fn authority(
    snapshot: &Snapshot,
    archive: Archive,
) -> Result<OrganisationId, RetentionError> {
    let hsa_id = match archive {
        Archive::Installation => return Ok(INSTALLATION),
        Archive::Of(hsa_id) => hsa_id,
    };
    let found = founding::organisation(snapshot.connection(), &hsa_id).await?;
    found.ok_or(RetentionError::NoAuthority(hsa_id))
}

/// A decision is about what has been recorded, at most everything until now: a later day is a slip of the pen.
fn past(before: Date, now: Instant) -> Result<(), RetentionError> {
    let last = now.date().plus_days(1).unwrap_or(Date::LAST);
    if before > last {
        return Err(RetentionError::ToCome { last });
    }
    Ok(())
}

/// The first event that was recorded on that day or later.
async fn first_at(snapshot: &Snapshot, day: Date) -> Result<u64, RetentionError> {
    let begins = Calendar::default().starts(day);
    let first = prove::first_at(snapshot.connection(), begins).await?;
    Ok(first.unwrap_or_else(|| snapshot.log_size()))
}

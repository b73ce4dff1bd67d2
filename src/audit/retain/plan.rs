//! What can be pruned: whole blocks, old enough, signed for, and held by bundles that were verified.

use data_encoding::HEXLOWER;

use super::super::accounted;
use super::super::connection::{Snapshot, SnapshotError};
use super::super::head::{number, stored};
use super::super::prove::{self, ProveError};
use super::super::subtree::{Hole, subtree_hash};
use super::{Disposal, RetainError, integer};
use domain::Instant;
use domain::Words;
use domain::speaks::{Speaks, counted, events, foreign, verbatim, words};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use transparency::bundle::Checked;
use transparency::canonical::{Object, Value};
use transparency::tree::{BLOCK, Hash};

/// These events cannot be pruned.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum Unprunable {
    /// They are no whole blocks.
    NoBlock(u64, u64),
    /// They are gone.
    Gone(u64),
    /// No checkpoint covers them.
    NotSigned(u64),
    /// They have to be kept longer.
    TooYoung {
        /// The youngest event.
        seq: u64,
        /// When it was recorded.
        recorded: domain::Date,
        /// How long events are kept.
        days: u32,
    },
    /// Something that was opened in an emergency waits for its review.
    ReviewDue(u64),
    /// A pruning was begun and not finished.
    Open(u64),
    /// A bundle does not hold what it should.
    #[error(transparent)]
    NotCovered(#[from] NotCovered),
    /// The log does not prove what it should.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// The log could not be read.
    Snapshot(#[from] SnapshotError),
    /// The database failed.
    Database(#[from] DbErr),
}

impl Speaks for Unprunable {
    fn words(&self) -> Words {
        match self {
            Self::NoBlock(asked, near) => words!(
                "events are pruned in blocks of {block}: {asked} is no multiple of it, {near} is",
                "Händelser gallras i block om {block}. {asked} är ingen multipel av det, men {near} är det.",
                block = BLOCK,
                asked,
                near
            ),
            Self::Gone(below) => words!(
                "the events below {below} were pruned before: there is nothing to do",
                "Händelserna före {below} är redan gallrade. Det finns inget att göra.",
                below
            ),
            Self::NotSigned(newest) => words!(
                "the newest checkpoint is of {newest}: nothing is pruned that it does not cover. Wait for the notary, or \
                 give a lower --below",
                "Den senaste kontrollpunkten gäller {newest}. Inget gallras som den inte omfattar. Vänta på notarien, eller \
                 ange en lägre --below.",
                newest = events(*newest)
            ),
            Self::TooYoung {
                seq,
                recorded,
                days,
            } => words!(
                "event {seq} was recorded on {recorded} and has to be kept for {days} \
                 (`retention.event_days`): give a lower --below",
                "Händelse {seq} sparades {recorded} och ska finnas kvar i {days} (`retention.event_days`). Ange en lägre \
                 --below.",
                seq,
                recorded,
                days = counted(*days, ("day", "days"), ("dag", "dagar"))
            ),
            Self::ReviewDue(seq) => words!(
                "event {seq} opened something in an emergency and waits for its review: have it reviewed first \
                 (`reviewDecision`)",
                "Händelse {seq} är en nödåtkomst som väntar på granskning. Låt granska den först (`reviewDecision`).",
                seq
            ),
            Self::Open(seq) => words!(
                "event {seq} began a pruning that was cut off: finish it first, with --resume",
                "Händelse {seq} började en gallring som avbröts. Slutför den först, med --resume.",
                seq
            ),
            Self::NotCovered(error) => error.words(),
            Self::Prove(error) => error.words(),
            Self::Snapshot(error) => words!(
                "the log could not be read: {error}",
                "Loggen gick inte att läsa. {error}",
                error
            ),
            Self::Database(error) => words!(
                "the database failed: {error}",
                "Databasen fungerade inte. Orsak: {error}",
                error = foreign(error)
            ),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Prove(error) => error.cause(),
            Self::Snapshot(error) => error.cause(),
            Self::NoBlock(..)
            | Self::Gone(_)
            | Self::NotSigned(_)
            | Self::TooYoung { .. }
            | Self::ReviewDue(_)
            | Self::Open(_)
            | Self::NotCovered(_)
            | Self::Database(_) => None,
        }
    }
}

impl From<Hole> for Unprunable {
    fn from(hole: Hole) -> Self {
        Self::Prove(hole.into())
    }
}

/// The bundles do not hold what would be pruned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum NotCovered {
    /// A bundle is of another log.
    Origin(String),
    /// A bundle leaves a gap before it.
    Gap {
        /// The first event that no bundle holds yet.
        needed: u64,
        /// The bundle's first.
        found: u64,
    },
    /// A bundle and the database are of different histories.
    Root(u64),
    /// They end too early.
    End(u64),
}

impl Speaks for NotCovered {
    fn words(&self) -> Words {
        match self {
            Self::Origin(name) => words!(
                "it is of the log `{name}`",
                "Den hör till loggen `{name}`.",
                name = verbatim(name)
            ),
            Self::Gap { needed, found } => words!(
                "it begins with event {found}, and the events from {needed} on come first",
                "Den börjar med händelse {found}, men händelserna från {needed} kommer före.",
                found,
                needed
            ),
            Self::Root(size) => words!(
                "its checkpoint of {size} is not of the log that is in the database",
                "Dess kontrollpunkt för {size} hör inte till loggen i databasen.",
                size = events(*size)
            ),
            Self::End(from) => words!(
                "no bundle holds the events from {from} on",
                "Ingen bevisfil innehåller händelserna från {from}.",
                from
            ),
        }
    }
}

/// Events that may be pruned once verified bundles hold them.
#[derive(Debug)]
pub struct PrunePlan {
    origin: String,
    from: u64,
    below: u64,
    root: Hash,
    days: u32,
    /// Up to where bundles hold what would go.
    held: u64,
    bundles: Vec<Held>,
}

/// A bundle that holds a part of it.
#[derive(Debug)]
struct Held {
    from: u64,
    to: u64,
    sha256: Hash,
}

impl Held {
    fn details(&self) -> Result<Value, RetainError> {
        let object = Object::new()
            .with("from", integer(self.from)?)
            .with("sha256", HEXLOWER.encode(&self.sha256).as_str())
            .with("to", integer(self.to)?);
        Ok(object.into())
    }
}

impl PrunePlan {
    /// A plan for the events below that seq, of which each must be so many days old.
    ///
    /// # Errors
    /// When they cannot be pruned, or the log cannot be read.
    pub async fn new(
        snapshot: &Snapshot,
        below: u64,
        days: u32,
        now: Instant,
    ) -> Result<Self, Unprunable> {
        let db = snapshot.connection();
        if !below.is_multiple_of(BLOCK) {
            return Err(Unprunable::NoBlock(below, below / BLOCK * BLOCK));
        }
        let account = accounted::read(db).await?;
        if let Some(open) = account.unfinished_pruning() {
            return Err(Unprunable::Open(open.seq));
        }
        let from = account.pruned_below();
        if below <= from {
            return Err(Unprunable::Gone(from));
        }
        let newest = prove::checkpoint(db, None).await?;
        let newest = newest.map_or(0, |checkpoint| checkpoint.claim().size);
        if below > newest {
            return Err(Unprunable::NotSigned(newest));
        }
        let recorded = recorded_at(db, below - 1).await?;
        if recorded.plus_days(days.into()) > now {
            return Err(Unprunable::TooYoung {
                seq: below - 1,
                recorded: recorded.date(),
                days,
            });
        }
        if let Some(seq) = review_due(db, below).await? {
            return Err(Unprunable::ReviewDue(seq));
        }
        Ok(Self {
            origin: prove::keys(db).await?.origin().to_owned(),
            from,
            below,
            root: subtree_hash(db, &(0..below)).await?,
            days,
            held: from,
            bundles: Vec::new(),
        })
    }

    /// The first event that would go, and one more than the last.
    #[must_use]
    pub const fn events(&self) -> std::ops::Range<u64> {
        self.from..self.below
    }

    /// Takes a bundle that was verified and is good; `digest` is the SHA-256 of its file.
    ///
    /// # Errors
    /// When it is of another log or leaves a gap, or the log cannot be read.
    pub async fn hold(
        &mut self,
        snapshot: &Snapshot,
        bundle: &Checked,
        digest: Hash,
    ) -> Result<(), Unprunable> {
        if bundle.origin != self.origin {
            return Err(NotCovered::Origin(bundle.origin.clone()).into());
        }
        if bundle.from > self.held {
            let (needed, found) = (self.held, bundle.from);
            return Err(NotCovered::Gap { needed, found }.into());
        }
        let size = bundle.size;
        let own = if size <= snapshot.log_size() {
            Some(subtree_hash(snapshot.connection(), &(0..size)).await?)
        } else {
            None
        };
        if bundle.root.is_none() || own != bundle.root {
            return Err(NotCovered::Root(size).into());
        }
        self.held = self.held.max(bundle.to);
        self.bundles.push(Held {
            from: bundle.from,
            to: bundle.to,
            sha256: digest,
        });
        Ok(())
    }

    /// Whether the bundles hold everything that would go.
    ///
    /// # Errors
    /// When they do not.
    pub const fn is_held(&self) -> Result<(), NotCovered> {
        if self.held < self.below {
            return Err(NotCovered::End(self.held));
        }
        Ok(())
    }

    /// What the event says.
    pub(super) fn details(&self, disposal: &Disposal) -> Result<Object, RetainError> {
        let bundles: Vec<Value> = self
            .bundles
            .iter()
            .map(Held::details)
            .collect::<Result<_, _>>()?;
        Ok(Object::new()
            .with("below", integer(self.below)?)
            .with("bundles", Value::array(bundles))
            .with("disposal", disposal.details())
            .with("from", integer(self.from)?)
            .with("minimumDays", self.days)
            .with("root", HEXLOWER.encode(&self.root).as_str()))
    }
}

async fn recorded_at(db: &impl ConnectionTrait, seq: u64) -> Result<Instant, Unprunable> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT t_us FROM audit_event WHERE seq = $1",
        [stored(seq).into()],
    );
    let row = db.query_one_raw(statement).await?;
    let row = row.ok_or(ProveError::missing())?;
    Ok(Instant::from_micros(row.try_get_by_index(0)?))
}

/// The first event below that seq that waits for its review, by what the log tells: whoever writes to the
/// database can make a row of a review up, but no event. The event of a review comes after what was reviewed, so it is
/// still there.
async fn review_due(db: &impl ConnectionTrait, below: u64) -> Result<Option<u64>, DbErr> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT e.seq FROM audit_event e WHERE e.owes = 'review' AND e.seq < $1 AND NOT EXISTS (\
         SELECT 1 FROM audit_event c WHERE c.resource_id = e.event_id AND c.kind = 'change' \
         AND c.action = 'reviewed') ORDER BY e.seq LIMIT 1",
        [stored(below).into()],
    );
    let row = db.query_one_raw(statement).await?;
    row.map(|row| number(&row, 0)).transpose()
}

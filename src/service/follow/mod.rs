//! Following the log: decisions as they are recorded, for one caller, as long as the rights hold.
//!
//! A follower is a place in the log and nothing else, so it can be taken up anywhere, on any instance.
//! What comes after the place is read in small pages, each on a snapshot of its own that is closed before
//! the first row is handed out: a slow reader reads later, and holds neither snapshot, connection nor more
//! memory than a page, and whoever writes never waits for it.
//!
//! What may be read is decided, and on record, before the first row leaves. Rows are no events of their
//! own, for the log would feed itself; instead each page is read on a snapshot in which nothing has changed
//! that the decision rests on. Where something has, and after a minute at the latest, it is decided and
//! recorded again. To follow something else: a method of [`Follower`] beside [`Follower::decisions`].

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::time::Instant as Moment;

use domain::Instant;
use domain::action::List;
use domain::built_in::BuiltIn;
use domain::id;
use gate::{ListLease, Permit};
use store::Reader;
use store::read::decisions::{DecisionRecord, DecisionSelection};
use store::read::{By, Key, Order, Position, Window};

use super::call::Call;
use super::decisions::Decision;
use super::error::ServiceError;
use super::heads::LOOK;
use super::session::{Desk, Session, Unanswered};

/// How many rows are read at once.
const PAGE: u64 = 32;
/// How many seconds a decision is good for, whatever has changed or not: days and hours end by themselves.
const AGAIN: i64 = 60;
/// How long rows that were read may wait for whoever reads them; then they are read again.
const FRESH: Duration = Duration::from_secs(1);
/// How often in a row the database or the log may fail to answer before the follower gives up.
const TRIES: u32 = 20;

/// Somebody who follows.
#[derive(Debug, Clone)]
pub struct Follower {
    desk: Arc<Desk>,
    call: Call,
}

/// A place in the log from which decisions are followed.
struct Following {
    follower: Follower,
    selection: DecisionSelection,
    /// The first event that was neither handed out nor passed over; `None`: what is recorded from now on.
    next: Option<u64>,
    lease: Option<Lease>,
    rows: VecDeque<DecisionRecord>,
    read_at: Moment,
    failures: u32,
    ended: bool,
}

/// What may be read, and until when without asking again.
struct Lease {
    of: ListLease<id::Event>,
    until: Instant,
}

/// The rows after a place.
struct Ahead {
    rows: VecDeque<DecisionRecord>,
    /// The first event that was not looked at.
    next: u64,
}

impl Follower {
    /// Somebody who follows from that desk.
    #[must_use]
    pub const fn new(desk: Arc<Desk>, call: Call) -> Self {
        Self { desk, call }
    }

    /// The decisions recorded after that seq (`None`: from now on) that the caller may read, in order, each
    /// once. It ends with an error: when the rights or the token have ended, the log no longer holds what
    /// should follow, or it could not be read or recorded for a while.
    #[must_use]
    pub fn decisions(
        self,
        selection: DecisionSelection,
        after: Option<u64>,
    ) -> BoxStream<'static, Result<Decision, ServiceError>> {
        let following = Following {
            follower: self,
            selection,
            next: after.map(|after| after.saturating_add(1)),
            lease: None,
            rows: VecDeque::new(),
            read_at: Moment::now(),
            failures: 0,
            ended: false,
        };
        stream::unfold(following, |mut following| async move {
            let decision = following.step().await?;
            Some((decision, following))
        })
        .boxed()
    }
}

impl Following {
    async fn step(&mut self) -> Option<Result<Decision, ServiceError>> {
        if self.ended {
            return None;
        }
        let decision = self.decision().await;
        self.ended = decision.is_err();
        Some(decision)
    }

    async fn decision(&mut self) -> Result<Decision, ServiceError> {
        loop {
            if self.now() >= self.follower.call.claimant.expires_at() {
                return Err(ServiceError::TokenExpired);
            }
            if let Some(decision) = self.taken() {
                return Ok(decision);
            }
            match Box::pin(self.advance()).await {
                Ok(()) => self.failures = 0,
                Err(error @ (ServiceError::Unavailable(_) | ServiceError::Timeout))
                    if self.failures < TRIES =>
                {
                    self.failures += 1;
                    tracing::warn!(%error, failures = self.failures, "a follower could not read on yet");
                    tokio::time::sleep(LOOK).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn now(&self) -> Instant {
        self.follower.desk.clock.now()
    }

    /// The next of the rows that were read, unless they have waited so long that rights may have ended.
    fn taken(&mut self) -> Option<Decision> {
        if self.read_at.elapsed() > FRESH {
            self.rows.clear();
        }
        let lease = self.lease.as_ref()?;
        let row = self.rows.pop_front()?;
        self.next = Some(seq_of(&row) + 1);
        Some(Decision::told_by(row, |policy| lease.of.reason(policy)))
    }

    /// Reads on, or waits until there is something to read.
    async fn advance(&mut self) -> Result<(), ServiceError> {
        let read = match self.read_on().await? {
            Some(read) => read,
            None => Box::pin(self.decide_and_read()).await?,
        };
        if read.rows.is_empty() {
            self.next = Some(read.next);
            return self.wait(read.next).await;
        }
        self.rows = read.rows;
        self.read_at = Moment::now();
        Ok(())
    }

    /// Reads under the decision that was made; `None`: it has to be made, or made again.
    async fn read_on(&mut self) -> Result<Option<Ahead>, ServiceError> {
        let now = self.now();
        let lease = self.lease.as_mut().filter(|lease| now < lease.until);
        let (Some(lease), Some(next)) = (lease, self.next) else {
            return Ok(None);
        };
        let desk = &self.follower.desk;
        let read = async {
            let snapshot = Arc::new(desk.database.snapshot().await.map_err(unavailable)?);
            let permit = lease.of.permit_at(&snapshot).await.map_err(unavailable)?;
            let Some(permit) = permit else {
                return Ok(None);
            };
            let reader = Reader::new(snapshot, desk.calendar);
            let ahead = ahead(&reader, permit, now, &self.selection, next).await?;
            Ok(Some(ahead))
        };
        let _turn = desk.heads.turn().await;
        let read = tokio::time::timeout(desk.deadline, read).await;
        read.unwrap_or(Err(ServiceError::Timeout))
    }

    /// Decides what may be read, reads on the same snapshot, and has the decision recorded.
    async fn decide_and_read(&mut self) -> Result<Ahead, ServiceError> {
        let (selection, next) = (Arc::new(self.selection.clone()), self.next);
        let run = |session: Session| {
            let selection = Arc::clone(&selection);
            async move { decide(&session, &selection, next).await }.boxed()
        };
        let Follower { desk, call } = &self.follower;
        let (lease, read) = Box::pin(desk.answer(call, run)).await??;
        self.lease = Some(Lease {
            of: lease,
            until: self.now().plus_seconds(AGAIN),
        });
        Ok(read)
    }

    /// Waits for events from that seq on, but not beyond what ends by itself.
    async fn wait(&self, next: u64) -> Result<(), ServiceError> {
        let expires_at = self.follower.call.claimant.expires_at();
        let due = self
            .lease
            .as_ref()
            .map_or(expires_at, |lease| lease.until.min(expires_at));
        loop {
            let left = due.as_micros().saturating_sub(self.now().as_micros());
            let left = Duration::from_micros(u64::try_from(left).unwrap_or(0));
            if left.is_zero() {
                return Ok(());
            }
            // The clock that says what is due is looked at as often as the log.
            let desk = &self.follower.desk;
            let grown = desk
                .heads
                .grown_beyond(&desk.log, next, left.min(LOOK))
                .await;
            if grown.map_err(unavailable)? {
                return Ok(());
            }
        }
    }
}

async fn decide(
    session: &Session,
    selection: &DecisionSelection,
    next: Option<u64>,
) -> Result<(ListLease<id::Event>, Ahead), ServiceError> {
    let mut lease = session.operation().lease(List::default())?;
    if lease.shows_nothing() {
        return Err(ServiceError::Forbidden {
            decision: lease.decision(),
            reasons: vec![BuiltIn::NoPermit.reason()],
        });
    }
    let permit = lease.permit_at(session.snapshot().await?).await;
    let Some(permit) = permit.map_err(unavailable)? else {
        match session.rerun().await {}
    };
    let (reader, now) = (session.reader().await?, session.operation().now());
    let next = next.unwrap_or_else(|| reader.log_size());
    let ahead = ahead(&reader, permit, now, selection, next).await?;
    Ok((lease, ahead))
}

/// The first rows from that seq on.
async fn ahead(
    reader: &Reader,
    permit: Permit<List<id::Event>>,
    now: Instant,
    selection: &DecisionSelection,
    next: u64,
) -> Result<Ahead, ServiceError> {
    reader.holds_from(next)?;
    let last = i64::try_from(next).unwrap_or(i64::MAX).saturating_sub(1);
    let window = Window {
        order: Order {
            by: By::Created,
            descending: false,
        },
        after: Some(Position {
            value: None,
            key: Key::Seq(last),
        }),
        before: None,
        size: PAGE,
        from_the_end: false,
        count: false,
    };
    let page = reader.page(permit, now, selection, &window).await?;
    Ok(Ahead {
        rows: page.rows.into(),
        next: reader.log_size(),
    })
}

fn seq_of(row: &DecisionRecord) -> u64 {
    u64::try_from(row.seq).unwrap_or_default()
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> ServiceError {
    ServiceError::Unavailable(Box::new(error))
}

impl From<Unanswered> for ServiceError {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::UnknownCaller => Self::UnknownCaller,
            Unanswered::Unavailable(error) => Self::Unavailable(error),
            Unanswered::Late => Self::Timeout,
            Unanswered::Overdrawn { wait } => Self::RateLimited {
                seconds: wait.as_secs().saturating_add(1),
            },
        }
    }
}

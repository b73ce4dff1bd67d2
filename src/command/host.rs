//! Deciding on the host: whoever comes to the command line with a claim asks the same gate as any caller.
//!
//! Apart from the commands because a refusal has to be on record before it is told, whatever the command.

use std::sync::Arc;

use audit::{Log, Pending, SealError, SnapshotError};
use authn::Claimant;
use domain::Calendar;
use domain::Words;
use domain::action::Action;
use domain::clock::Clock;
use domain::speaks::Speaks;
use gate::{BeginError, Gate, Operation, Policies, Refusal, RequestContext, TURNED, WritePermit};
use store::facts::SnapshotFacts;

/// Where claims are decided.
#[derive(Debug)]
pub(super) struct Decider<'a> {
    log: &'a Log,
    clock: Arc<dyn Clock>,
    gate: Gate,
    calendar: Calendar,
}

/// There is no leave.
#[derive(Debug)]
pub(super) enum NotPermitted {
    /// The log could not be read.
    Snapshot(SnapshotError),
    /// The claimant may not call at all; that is on record.
    Turned,
    /// It could not be decided.
    Undecided(BeginError),
    /// The refusal could not be recorded.
    Unsealed(SealError),
    /// The claimant may not; that is on record.
    Refused(Refusal),
}

impl From<SnapshotError> for NotPermitted {
    fn from(error: SnapshotError) -> Self {
        Self::Snapshot(error)
    }
}

impl From<SealError> for NotPermitted {
    fn from(error: SealError) -> Self {
        Self::Unsealed(error)
    }
}

impl Speaks for NotPermitted {
    fn words(&self) -> Words {
        match self {
            Self::Snapshot(error) => error.words(),
            Self::Turned => TURNED,
            Self::Undecided(error) => error.words(),
            Self::Unsealed(error) => error.words(),
            Self::Refused(refusal) => refusal.words(),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Snapshot(error) => error.cause(),
            Self::Undecided(error) => error.cause(),
            Self::Refused(refusal) => refusal.cause(),
            Self::Turned | Self::Unsealed(_) => None,
        }
    }
}

impl<'a> Decider<'a> {
    pub(super) fn new(
        log: &'a Log,
        clock: &Arc<dyn Clock>,
        policies: Policies,
        calendar: Calendar,
    ) -> Self {
        Self {
            log,
            clock: Arc::clone(clock),
            gate: Gate::new(Arc::clone(clock), policies),
            calendar,
        }
    }

    /// Leave for the claimant to do that.
    pub(super) async fn permit<A: Action>(
        &self,
        claimant: &Claimant,
        action: A,
    ) -> Result<WritePermit<A>, NotPermitted> {
        let operation = self.begin(claimant).await?;
        match operation.write(action).await {
            Ok(permit) => Ok(permit),
            Err(refusal) => {
                self.seal(operation.take_docket()).await?;
                Err(NotPermitted::Refused(refusal))
            }
        }
    }

    async fn begin(&self, claimant: &Claimant) -> Result<Operation, NotPermitted> {
        let snapshot = Arc::new(self.log.database().snapshot().await?);
        let facts = SnapshotFacts::new(snapshot, self.calendar, self.clock.now());
        let context = RequestContext {
            request_id: "host".to_owned(),
            ..Default::default()
        };
        match self.gate.begin(claimant, Arc::new(facts), context).await {
            Ok(operation) => Ok(operation),
            Err(BeginError::Turned(turned)) => {
                self.seal(turned.docket).await?;
                Err(NotPermitted::Turned)
            }
            Err(error @ (BeginError::Undecided(_) | BeginError::Unrecordable(_))) => {
                Err(NotPermitted::Undecided(error))
            }
        }
    }

    async fn seal(&self, docket: Vec<Pending>) -> Result<(), SealError> {
        self.log.seal(docket).await.map(drop)
    }
}

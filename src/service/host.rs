//! What is ordered on the host: decided by the same gate as what any caller asks for.
//!
//! Whoever comes with a claim is decided about as over HTTP; whoever holds the host reads and imports as the service
//! that is built in. A refusal is on record before it is told, whatever was ordered. Apart from [`super::session`],
//! because it is ordered once: nobody waits for an answer that has to be made again.

use std::sync::Arc;

use audit::{
    Authorised as _, DatabaseError, Log, Pending, SealError, Snapshot, SnapshotError, TransactError,
};
use authn::Claimant;
use domain::action::{Action, ImportRegister};
use domain::clock::Clock;
use domain::speaks::Speaks;
use domain::{Calendar, ServicePermission, Words};
use feed::Kind;
use gate::{
    BeginError, Evidence, FactError, Gate, Operation, Policies, Refusal, RegisterAt,
    RequestContext, TURNED, WritePermit,
};
use store::facts::{Opening, Regions};
use store::read::decisions::past::HostReader;
use store::write::{Unmade, WriteError};

use super::import::{ImportContext, ImportError, KindPermit, Permits};

/// Where it is decided what is ordered on the host.
#[derive(Debug)]
pub struct HostDesk {
    log: Log,
    clock: Arc<dyn Clock>,
    gate: Gate,
    policies: Arc<Policies>,
    calendar: Calendar,
    /// The register as the log tells it.
    regions: Regions,
}

/// There is no leave.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum NotPermitted {
    /// The log could not be read.
    Snapshot(#[from] SnapshotError),
    /// The register could not be read.
    Unread(FactError),
    /// The claimant may not call at all; that is on record.
    Turned,
    /// It could not be decided.
    Undecided(BeginError),
    /// The refusal could not be recorded.
    Unsealed(#[from] SealError),
    /// The claimant may not; that is on record.
    Refused {
        /// What it takes.
        permission: ServicePermission,
        /// Why.
        refusal: Refusal,
    },
}

impl Speaks for NotPermitted {
    fn words(&self) -> Words {
        match self {
            Self::Snapshot(error) => error.words(),
            Self::Unread(error) => error.words(),
            Self::Turned => TURNED,
            Self::Undecided(error) => error.words(),
            Self::Unsealed(error) => error.words(),
            Self::Refused { refusal, .. } => refusal.words(),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Snapshot(error) => error.cause(),
            Self::Undecided(error) => error.cause(),
            Self::Unread(error) => error.cause(),
            Self::Refused { refusal, .. } => refusal.cause(),
            Self::Turned | Self::Unsealed(_) => None,
        }
    }
}

/// What was ordered was not done; `C`: what can stand against it.
#[derive(Debug, thiserror::Error)]
pub enum NotMade<C> {
    /// One of those who ordered it has no leave.
    #[error("one of those who ordered it has no leave")]
    NotPermitted {
        /// Which of them, counted from 0.
        whose: usize,
        /// Why.
        #[source]
        why: NotPermitted,
    },
    /// Something stands against it.
    #[error("something stands against it")]
    Conflict(C),
    /// What it is about could not be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The register could not be changed.
    #[error(transparent)]
    Write(WriteError),
    /// The log could not be written.
    #[error(transparent)]
    Unrecorded(TransactError<DatabaseError>),
}

impl<C> From<SealError> for NotMade<C> {
    fn from(error: SealError) -> Self {
        Self::Unrecorded(error.into())
    }
}

impl<C> NotMade<C> {
    /// That the first who ordered it has no leave.
    pub(crate) const fn first(why: NotPermitted) -> Self {
        Self::NotPermitted { whose: 0, why }
    }

    /// That the second who ordered it has no leave.
    pub(crate) const fn second(why: NotPermitted) -> Self {
        Self::NotPermitted { whose: 1, why }
    }
}

impl<C, D: Into<C>> From<TransactError<Unmade<D>>> for NotMade<C> {
    fn from(error: TransactError<Unmade<D>>) -> Self {
        match error {
            TransactError::Effect(Unmade::Conflict(conflict)) => Self::Conflict(conflict.into()),
            TransactError::Effect(Unmade::Failed(WriteError::Database(error))) => {
                Self::Database(error.into())
            }
            TransactError::Effect(Unmade::Failed(
                error @ (WriteError::Corrupt { .. } | WriteError::Overtaken { .. }),
            )) => Self::Write(error),
            TransactError::Stale => Self::Unrecorded(TransactError::Stale),
            TransactError::Unavailable => Self::Unrecorded(TransactError::Unavailable),
            TransactError::Fatal(fatal) => Self::Unrecorded(TransactError::Fatal(fatal)),
            TransactError::Invalid(error) => Self::Unrecorded(TransactError::Invalid(error)),
        }
    }
}

/// Whoever holds the host could not read.
#[derive(Debug, thiserror::Error)]
pub enum HostReadError {
    /// There is no leave.
    #[error(transparent)]
    NotPermitted(#[from] ImportError),
    /// The reading could not be recorded, so nothing was read.
    #[error("the reading is not on record")]
    Unrecorded(#[from] SealError),
    /// The log could not be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl HostDesk {
    /// A desk that decides by what is in force in the register, and by these policies where that says none.
    #[must_use]
    pub fn new(log: Log, clock: Arc<dyn Clock>, policies: Policies, calendar: Calendar) -> Self {
        let policies = Arc::new(policies);
        Self {
            gate: Gate::new(Arc::clone(&clock), Arc::clone(&policies)),
            log,
            clock,
            policies,
            calendar,
            regions: Regions::default(),
        }
    }

    /// The policies that it was opened with.
    #[must_use]
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// What an import by whoever holds the host works with.
    #[must_use]
    pub fn importing(&self) -> ImportContext<'_, Self> {
        ImportContext {
            log: &self.log,
            clock: Arc::clone(&self.clock),
            permits: self,
        }
    }

    /// The log that everything is recorded in.
    pub(crate) const fn log(&self) -> &Log {
        &self.log
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(crate) async fn snapshot(&self) -> Result<Snapshot, SnapshotError> {
        self.log.database().snapshot().await
    }

    /// Leave for the claimant to do that.
    pub(crate) async fn permit<A: Action>(
        &self,
        claimant: &Claimant,
        action: A,
    ) -> Result<WritePermit<A>, NotPermitted> {
        let (_, permit) = self.permitted(claimant, action).await?;
        Ok(permit)
    }

    /// Leave for the claimant to do that, with the operation that gave it.
    pub(crate) async fn permitted<A: Action>(
        &self,
        claimant: &Claimant,
        action: A,
    ) -> Result<(Operation, WritePermit<A>), NotPermitted> {
        let operation = self.begin(claimant).await?;
        let permission = action.permission();
        match operation.write(action).await {
            Ok(permit) => Ok((operation, permit)),
            Err(refusal) => {
                self.seal(operation.take_docket()).await?;
                Err(NotPermitted::Refused {
                    permission,
                    refusal,
                })
            }
        }
    }

    /// The register at the moment of the snapshot.
    pub(crate) async fn register(&self, moment: Arc<Snapshot>) -> Result<RegisterAt, FactError> {
        let (opening, now) = (Arc::new(Opening::from(moment)), self.clock.now());
        self.regions.register(opening, self.calendar, now).await
    }

    async fn begin(&self, claimant: &Claimant) -> Result<Operation, NotPermitted> {
        let snapshot = Arc::new(self.snapshot().await?);
        let register = self.register(snapshot).await;
        let register = register.map_err(NotPermitted::Unread)?;
        let context = RequestContext {
            request_id: "host".to_owned(),
            ..Default::default()
        };
        match self.gate.begin(claimant, register, context).await {
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

    /// Leave for whoever holds the host to do one thing with the register.
    pub(crate) async fn permit_host(
        &self,
        kind: &'static str,
    ) -> Result<WritePermit<ImportRegister>, ImportError> {
        let permit = self
            .permit(&Claimant::bootstrap(), ImportRegister { kind })
            .await;
        permit.map_err(|error| match error {
            NotPermitted::Snapshot(error) => error.into(),
            NotPermitted::Turned => ImportError::Permit(Words::new(
                "the bootstrap service is not in force",
                "Den inbyggda tjänsten för import gäller inte.",
            )),
            NotPermitted::Unread(_)
            | NotPermitted::Undecided(_)
            | NotPermitted::Unsealed(_)
            | NotPermitted::Refused { .. } => ImportError::Permit(error.whole()),
        })
    }

    /// A reader for whoever holds the host; that it reads is on record.
    pub(crate) async fn reader(&self, kind: &'static str) -> Result<HostReader, HostReadError> {
        let (leave, evidence) = self.permit_host(kind).await?.split();
        self.seal(vec![evidence.into_pending()]).await?;
        Ok(HostReader::new(leave))
    }
}

impl Permits for HostDesk {
    type Permit = Evidence;

    async fn permits(&self, kinds: &[Kind]) -> Result<Vec<KindPermit<Evidence>>, ImportError> {
        let mut permits = Vec::with_capacity(kinds.len());
        for kind in kinds {
            let (leave, permit) = self.permit_host(kind.name()).await?.split();
            permits.push(KindPermit {
                kind: *kind,
                decision: leave.decision(),
                permit,
            });
        }
        Ok(permits)
    }
}

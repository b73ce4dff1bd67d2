//! How an operation begins: the caller is found in the register, or turned away.

use std::sync::{Arc, Mutex};

use audit::Pending;
use authn::{Claimant, Subject};
use domain::Words;
use domain::clock::fresh;
use domain::id::BOOTSTRAP_CLIENT;
use domain::speaks::Speaks;
use domain::target::PrincipalKey;
use domain::text::ClientId;

use super::Gate;
use super::actor::{Actor, RequestContext};
use super::event;
use super::facts::FactError;
use super::operation::Operation;
use super::register::RegisterAt;

/// The caller may not call at all: unknown, ended or not yet begun. The event is on the way.
#[derive(Debug)]
pub struct Turned {
    /// What to commit before saying so.
    pub docket: Vec<Pending>,
}

/// Why an operation did not begin.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum BeginError {
    /// The caller is not somebody who may call.
    Turned(Turned),
    /// It could not be decided.
    #[error(transparent)]
    Undecided(#[from] FactError),
    /// The refusal could not be recorded.
    #[error(transparent)]
    Unrecordable(#[from] transparency::event::EventError),
}

/// What whoever was turned away is told; which of the three it was is not for strangers.
pub const TURNED: Words = Words::new(
    "whom the token names is not in the register, has ended or has not begun: turn to your manager, or to whoever \
     keeps the register",
    "Den som inloggningen anger finns inte i registret, har slutat eller har inte börjat. Vänd dig till din chef, \
     eller till den som sköter registret.",
);

impl Speaks for BeginError {
    fn words(&self) -> Words {
        match self {
            Self::Turned(_) => TURNED,
            Self::Undecided(error) => error.words(),
            Self::Unrecordable(error) => error.words(),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Undecided(error) => error.cause(),
            Self::Turned(_) | Self::Unrecordable(_) => None,
        }
    }
}

impl Gate {
    /// Finds the caller in the register and opens an operation, or turns the caller away.
    ///
    /// # Errors
    /// [`BeginError::Turned`] for a caller who is unknown, has ended or has not begun.
    pub async fn begin(
        &self,
        claimant: &Claimant,
        register: RegisterAt,
        context: RequestContext,
    ) -> Result<Operation, BeginError> {
        let now = register.now();
        let key = match claimant.subject() {
            Subject::Person(hsa_id) => PrincipalKey::Person(hsa_id.clone()),
            Subject::Service(client_id) => PrincipalKey::Service(client_id.clone()),
            Subject::Host => PrincipalKey::Service(ClientId::recorded(BOOTSTRAP_CLIENT.to_owned())),
        };
        let policies = self.shelf.in_force(&register).await?;
        let found = register.principal(&key)?;
        match found.found {
            Some(record) if record.facts.is_live(now) => Ok(Operation {
                actor: Actor {
                    record,
                    assurance: claimant.assurance().clone(),
                    commission: claimant.commission().cloned(),
                    depends: found.depends,
                },
                register,
                policies,
                clock: Arc::clone(&self.clock),
                now,
                context,
                docket: Mutex::default(),
                decided: Mutex::default(),
                missed: Mutex::default(),
                shown: Mutex::default(),
            }),
            other => {
                let id = fresh(self.clock.as_ref());
                let pending = event::turned_away(event::TurnedAway {
                    id,
                    now,
                    key: &key,
                    record: other.as_deref(),
                    assurance: claimant.assurance(),
                    facts_at: register.facts_at(),
                    policies: &policies,
                    context: &context,
                    depends: found.depends,
                })?;
                Err(BeginError::Turned(Turned {
                    docket: vec![pending],
                }))
            }
        }
    }
}

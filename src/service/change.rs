//! What a caller orders happens once: the decision, the effect and the event that describes it are
//! committed together, and whatever the answer shows is read after that.
//!
//! An effect is remembered for as long as its request is being answered, because the answer may have to
//! be made several times. To add a mutation: its name in [`Mutation`], a use case that ends in
//! `Session::change`.

use audit::{TransactError, Tx};
use domain::action::Action;
use domain::text::ErasableText;
use domain::{EntityRef, Named as _};
use gate::{Leave, WritePermit};
use store::write::{self, Apply, Known, Making, Unmade, WriteError};
use transparency::event::Change;

use super::effect::{DecisionNote, Effect};
use super::error::{Problem, ServiceError};
use super::idempotency::{Key, Mutation};
use super::session::Session;

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed<C> {
    /// What was changed; `None`: nothing.
    pub subject: Option<EntityRef>,
    /// What stood against it.
    pub problems: Vec<Problem<C>>,
    /// The decision; `None` where nothing could be decided on.
    pub decision: Option<DecisionNote>,
}

impl<C> Changed<C> {
    pub(crate) fn not(problem: impl Into<Problem<C>>) -> Self {
        Self::none(vec![problem.into()])
    }

    /// Nothing, for all of these.
    pub(crate) fn none(problems: Vec<Problem<C>>) -> Self {
        Self {
            subject: None,
            problems,
            decision: None,
        }
    }
}

impl<C> From<Effect> for Changed<C> {
    fn from(effect: Effect) -> Self {
        Self {
            subject: Some(effect.subject),
            problems: Vec::new(),
            decision: Some(effect.decision),
        }
    }
}

/// An order on its way into the log.
pub(crate) struct Order {
    pub(crate) mutation: Mutation,
    /// What it will have changed.
    pub(crate) subject: EntityRef,
    pub(crate) key: Option<Key>,
    pub(crate) reason: Option<ErasableText>,
    pub(crate) expected_version: Option<i64>,
}

/// Why nothing was committed but the decision.
enum Stopped<C> {
    Conflict(C),
    KeyReused,
    /// Another request used the same key at the same moment.
    KeyTaken,
    Failed(WriteError),
    /// A kept answer is not one.
    Unreadable(serde_json::Error),
}

impl<C> From<WriteError> for Stopped<C> {
    fn from(error: WriteError) -> Self {
        Self::Failed(error)
    }
}

impl<C> From<Unmade<C>> for Stopped<C> {
    fn from(unmade: Unmade<C>) -> Self {
        match unmade {
            Unmade::Conflict(conflict) => Self::Conflict(conflict),
            Unmade::Failed(error) => Self::Failed(error),
        }
    }
}

impl Session {
    /// As [`Session::change_unless`], where one conflict alone can stand against the change.
    pub(crate) async fn change<A: Action, C: Send + 'static, P>(
        &self,
        permit: WritePermit<A>,
        order: Order,
        apply: Apply<A, C>,
        problem: impl FnOnce(C) -> Problem<P>,
    ) -> Result<Changed<P>, ServiceError> {
        let problems = |conflict| vec![problem(conflict)];
        self.change_unless(permit, order, apply, problems).await
    }

    /// Commits decision, effect and change, and has the operation run again to show what became of it;
    /// what conflicts with it is answered at once.
    pub(crate) async fn change_unless<A: Action, C: Send + 'static, P>(
        &self,
        permit: WritePermit<A>,
        order: Order,
        apply: Apply<A, C>,
        problems: impl FnOnce(C) -> Vec<Problem<P>>,
    ) -> Result<Changed<P>, ServiceError> {
        let operation = self.operation();
        let decision = DecisionNote::of(operation, &permit, &order.subject);
        let making = Making {
            clock: self.shared_clock(),
            by: *operation.actor().id(),
            now: operation.now(),
            reason: order.reason.clone(),
            authority: None,
            expected_version: order.expected_version,
        };
        // What was read on the way is older than the change, and the change would make it stale.
        let before = operation.take_docket();
        let (leave, evidence) = permit.split();
        let effect = Effect {
            mutation: order.mutation,
            subject: order.subject,
            decision,
            provisioned: None,
        };
        let kept = effect.clone();
        let key = order.key;
        let log = self.log();
        let done = log.transact(evidence, before, move |tx| {
            Box::pin(carry_out(tx, leave, making, kept, key, apply))
        });
        match Box::pin(done).await {
            Ok((stands, receipt)) => {
                self.charge(receipt.seqs().len());
                match self.rerun_to_show(stands).await {}
            }
            Err(TransactError::Effect(Stopped::Conflict(conflict))) => Ok(Changed {
                subject: None,
                problems: problems(conflict),
                decision: Some(effect.decision),
            }),
            Err(TransactError::Effect(Stopped::KeyReused)) => Err(ServiceError::KeyReused),
            Err(TransactError::Effect(Stopped::KeyTaken) | TransactError::Stale) => {
                match self.rerun().await {}
            }
            Err(TransactError::Effect(Stopped::Failed(error))) => Err(error.into()),
            Err(TransactError::Effect(Stopped::Unreadable(error))) => {
                Err(ServiceError::Broken(Box::new(error)))
            }
            Err(TransactError::Unavailable) => Err(ServiceError::Unavailable(
                "the log cannot be written in time".into(),
            )),
            Err(TransactError::Fatal(error)) => Err(ServiceError::Unavailable(error.into())),
            Err(TransactError::Invalid(error)) => Err(ServiceError::Broken(error.into())),
        }
    }
}

async fn carry_out<A: Action, C: Send>(
    tx: &Tx,
    leave: Leave<A>,
    making: Making,
    effect: Effect,
    key: Option<Key>,
    apply: Apply<A, C>,
) -> Result<(Effect, Vec<Change>), Stopped<C>> {
    let used = key
        .as_ref()
        .map(|key| (effect.mutation.name(), key.key.as_str(), &key.digest));
    if let Some((mutation, key, digest)) = used {
        let at = making.now;
        let known = write::find_answer(tx, &leave, &making.by, (mutation, key), digest, at).await?;
        match known {
            Known::Nothing => {}
            Known::OtherInput => return Err(Stopped::KeyReused),
            Known::Answer(answer) => {
                let before = serde_json::from_str(&answer).map_err(Stopped::Unreadable)?;
                return Ok((before, Vec::new()));
            }
        }
    }
    let changes = apply(tx, &leave, &making).await?;
    if let Some((mutation, key, digest)) = used {
        let answer = serde_json::to_string(&effect).map_err(Stopped::Unreadable)?;
        let (by, at) = (&making.by, making.now);
        let kept = write::keep_answer(tx, &leave, by, (mutation, key), digest, &answer, at).await?;
        if !kept {
            return Err(Stopped::KeyTaken);
        }
    }
    Ok((effect, changes))
}

//! Effects: a change of the register and the events that allow and describe it, in one commit.

use std::collections::BTreeSet;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::append::Appended;
use super::connection::{Limits, Tx};
use super::entry::{Entry, EntryError, RestsOn};
use super::head::{Failure, Fatal};
use super::log::Log;
use super::pending::{Authorised, Pending};
use super::receipt::Receipt;
use super::shared::Shared;
use super::state::{Known, TellError, tell};
use super::unrecorded::{CommitFailure, SealError, stale, unavailable};
use domain::id::{EventId, RunId};
use domain::speaks::Speaks;
use domain::verdict::Outcome;
use domain::{EntityRef, Words};
use transparency::event::{Change, ChangeEvent, Effect, EventError, OperationEvent, PolicyEvent};

/// Nothing was changed; except after `Unavailable`, when that is not known.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum TransactError<E> {
    /// Something that the decision rests on has changed: run the operation again.
    Stale,
    /// The effect failed. The decision is recorded as allowed and failed.
    Effect(E),
    /// The log cannot be written in time; whether the effect stands is not known.
    Unavailable,
    /// The log is not the one that was written.
    #[error(transparent)]
    Fatal(#[from] Fatal),
    /// Something is not to be recorded, or cannot be.
    #[error(transparent)]
    Invalid(#[from] EntryError),
}

impl<E> TransactError<E> {
    /// The thing whose row may be why: the one that cannot be told, or what the decision was about.
    fn stood_in_the_way(&self, target: EntityRef) -> Option<EntityRef> {
        match self {
            Self::Invalid(
                EntryError::Rewritten(thing, _)
                | EntryError::Untold(thing, _)
                | EntryError::NotThere(thing),
            ) => Some(*thing),
            Self::Effect(_) => Some(target),
            Self::Invalid(
                EntryError::ForeignDecision(_)
                | EntryError::NotAllowed(_)
                | EntryError::ToldTwice(_)
                | EntryError::Lost(..)
                | EntryError::Event(_),
            )
            | Self::Stale
            | Self::Unavailable
            | Self::Fatal(_) => None,
        }
    }
}

impl<E> Speaks for TransactError<E> {
    fn words(&self) -> Words {
        match self {
            Self::Stale => stale(),
            Self::Effect(_) => Words::new("the effect failed", "Ändringen gick inte att göra."),
            Self::Unavailable => unavailable(),
            Self::Fatal(error) => error.words(),
            Self::Invalid(error) => error.words(),
        }
    }
}

impl<E> From<CommitFailure> for TransactError<E> {
    fn from(failure: CommitFailure) -> Self {
        match failure {
            CommitFailure::Stale => Self::Stale,
            CommitFailure::Refused | CommitFailure::Unavailable => Self::Unavailable,
            CommitFailure::Fatal(fatal) => Self::Fatal(fatal),
        }
    }
}

impl<E> From<SealError> for TransactError<E> {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Stale => Self::Stale,
            SealError::Unavailable => Self::Unavailable,
            SealError::Fatal(fatal) => Self::Fatal(fatal),
            SealError::Invalid(error) => Self::Invalid(error.into()),
        }
    }
}

impl<E> From<EventError> for TransactError<E> {
    fn from(error: EventError) -> Self {
        Self::Invalid(error.into())
    }
}

/// What a closure that has an effect gives back: its value, and what it changed.
pub type Effected<T, E> = Result<(T, Vec<Change>), E>;

/// One commit: what allows it, what it may cite, and how long it may take.
pub(super) struct Commit {
    /// Recorded before the changes.
    pub(super) entries: Vec<Entry>,
    /// The decisions or operations that a change may name.
    pub(super) allowing: BTreeSet<EventId>,
    /// The run that changes belong to.
    pub(super) run: Option<RunId>,
    pub(super) limits: Limits,
}

impl Log {
    /// Has an effect: the decision, the effect and its changes are committed together, and so are the
    /// decisions `before` it, by which the caller saw what the effect was asked for with. Rows of the
    /// register are locked in the order of (kind, id); the head is locked after them.
    ///
    /// # Errors
    /// When nothing was changed, or (`Unavailable`) it is not known whether it was.
    pub async fn transact<P, T, E, F>(
        &self,
        permit: P,
        before: Vec<Pending>,
        effect: F,
    ) -> Result<(T, Receipt), TransactError<E>>
    where
        P: Authorised,
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Effected<T, E>> + Send,
    {
        let before = self.entries(before)?;
        self.transact_entry(permit.into_pending(), before, None, effect)
            .await
    }

    /// Puts a policy set in force, as [`Log::transact`] does any other effect.
    ///
    /// # Errors
    /// As [`Log::transact`].
    pub async fn release<P, T, E, F>(
        &self,
        permit: P,
        policy: &PolicyEvent,
        effect: F,
    ) -> Result<(T, Receipt), TransactError<E>>
    where
        P: Authorised,
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Effected<T, E>> + Send,
    {
        let pending = permit.into_pending();
        if policy.decision != Some(pending.id()) {
            return Err(EntryError::ForeignDecision(policy.id).into());
        }
        self.transact_entry(pending, Vec::new(), Some(policy), effect)
            .await
    }

    /// Has an effect by the authority of whoever has the host: recovery, whom to trust.
    ///
    /// # Errors
    /// As [`Log::transact`].
    pub async fn by_host<T, E, F>(
        &self,
        operation: &OperationEvent,
        effect: F,
    ) -> Result<(T, Receipt), TransactError<E>>
    where
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Effected<T, E>> + Send,
    {
        self.record_beside(operation, BTreeSet::from([operation.id]), effect)
            .await
    }

    /// Records an operation beside an effect, whose changes may name those.
    pub(super) async fn record_beside<T, E, F>(
        &self,
        operation: &OperationEvent,
        allowing: BTreeSet<EventId>,
        effect: F,
    ) -> Result<(T, Receipt), TransactError<E>>
    where
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Effected<T, E>> + Send,
    {
        let commit = Commit {
            entries: vec![Entry::of_operation(operation)?],
            allowing,
            run: operation.run,
            limits: self.shared.run_limits(),
        };
        let deadline = Instant::now() + self.shared.options.run_deadline;
        self.commit_by(deadline, commit, effect).await
    }

    async fn transact_entry<T, E, F>(
        &self,
        mut pending: Pending,
        before: Vec<Entry>,
        policy: Option<&PolicyEvent>,
        effect: F,
    ) -> Result<(T, Receipt), TransactError<E>>
    where
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Effected<T, E>> + Send,
    {
        must_allow(&pending)?;
        let id = pending.id();
        let target = pending.event.target.id;
        let rests_on = RestsOn {
            facts_at: pending.event.facts_at,
            depends: pending.depends.clone(),
        };
        pending.event.effect = Some(Effect::Failed);
        let mut otherwise = before.clone();
        let memory = &self.shared.memory.facts;
        otherwise.push(Entry::resting_on(rests_on, &pending.event, memory)?);
        pending.event.effect = Some(Effect::Done);
        let mut entries = before;
        entries.push(Entry::of_decision(pending, memory)?);
        if let Some(policy) = policy {
            entries.push(Entry::of_policy(policy)?);
        }
        let commit = Commit {
            entries,
            allowing: BTreeSet::from([id]),
            run: None,
            limits: self.shared.limits(),
        };
        let deadline = self.deadline();
        let done = self.commit_by(deadline, commit, effect).await;
        if let Err(error) = &done
            && let Some(thing) = error.stood_in_the_way(target)
            && self.put_back(thing).await
        {
            // What stood in the way was in the row alone, and is not there any more.
            return Err(TransactError::Stale);
        }
        if let Err(TransactError::Effect(_)) = &done {
            // What is answered is a decision too, so it is not answered before it is on disk.
            self.submit(otherwise, deadline).await?;
        }
        done
    }

    pub(super) async fn commit_by<T, E, F>(
        &self,
        deadline: Instant,
        commit: Commit,
        effect: F,
    ) -> Result<(T, Receipt), TransactError<E>>
    where
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Effected<T, E>> + Send,
    {
        self.shared.ready()?;
        match tokio::time::timeout_at(deadline, self.shared.commit_with(commit, effect)).await {
            Ok(done) => done,
            Err(_) => Err(self.shared.silent().await.into()),
        }
    }
}

pub(super) fn must_allow(pending: &Pending) -> Result<(), EntryError> {
    match pending.outcome() {
        Outcome::Allow => Ok(()),
        Outcome::Deny => Err(EntryError::NotAllowed(pending.id())),
    }
}

impl Shared {
    async fn commit_with<T, E, F>(
        &self,
        commit: Commit,
        effect: F,
    ) -> Result<(T, Receipt), TransactError<E>>
    where
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Effected<T, E>> + Send,
    {
        let Commit {
            entries,
            allowing,
            run,
            limits,
        } = commit;
        // Who may name no decision changes nothing of it.
        let mut register = None;
        if !allowing.is_empty() {
            match self.register().await {
                Ok(held) => register = Some(held),
                Err(failure) => return Err(self.fail(failure).await.into()),
            }
        }
        let tx = match self.db.begin_write(limits).await {
            Ok(tx) => tx,
            Err(error) => return Err(self.fail(error.into()).await.into()),
        };
        let (value, changes) = match effect(&tx).await {
            Ok(effected) => effected,
            Err(error) => {
                tx.rollback(&self.db).await;
                return Err(TransactError::Effect(error));
            }
        };
        let told = match tell(tx.connection(), changes).await {
            Ok(told) => told,
            Err(TellError::Database(error)) => {
                return Err(self.give_up(tx, error.into()).await.into());
            }
            Err(TellError::Entry(error)) => {
                tx.rollback(&self.db).await;
                return Err(error.into());
            }
        };
        let entries = with_changes(entries, &allowing, run, told)?;
        let mut known = register.as_mut().and_then(|held| held.take());
        let done = self
            .append_and_commit(tx, &entries, limits, &mut known)
            .await;
        if let Some(held) = &mut register {
            **held = known;
        }
        Ok((value, done?))
    }

    async fn append_and_commit(
        &self,
        tx: Tx,
        entries: &[Entry],
        limits: Limits,
        register: &mut Option<Known>,
    ) -> Result<Receipt, CommitFailure> {
        let Some(first) = entries.first() else {
            // An effect that changed nothing: a chunk of records that were there already.
            return match tx.commit(&self.db).await {
                Ok(()) => Ok(Receipt::new(self.clock.now(), 0, [])),
                Err(error) => Err(self.uncommitted(error).await),
            };
        };
        match self.append_entries(&tx, entries, register).await {
            Ok(Some(appended)) => {
                let first = first.draft.id();
                // Until it is committed it is not the register.
                let after = register.take();
                let appended = self.commit(tx, appended, first, limits).await?;
                *register = after;
                let ids = entries.iter().map(|entry| entry.draft.id());
                Ok(Receipt::new(appended.recorded_at, appended.first_seq, ids))
            }
            Ok(None) => {
                tx.rollback(&self.db).await;
                Err(CommitFailure::Stale)
            }
            Err(failure) => Err(self.give_up(tx, failure).await),
        }
    }

    /// Appends the entries, unless one of them is stale.
    async fn append_entries(
        &self,
        tx: &Tx,
        entries: &[Entry],
        register: &mut Option<Known>,
    ) -> Result<Option<Appended>, Failure> {
        let head = self.lock_head(tx).await?;
        if self.stale(tx, &head, &[entries]).await?.contains(&true) {
            return Ok(None);
        }
        let entries: Vec<&Entry> = entries.iter().collect();
        let changes = entries.iter().any(|entry| entry.draft.tells().is_some());
        let appended = if changes {
            self.append_changes(tx, &head, &entries, register).await?
        } else {
            self.append(tx, &head, &entries).await?
        };
        Ok(Some(appended))
    }
}

/// The entries of a commit, each change under a decision that allows it.
pub(super) fn with_changes(
    mut entries: Vec<Entry>,
    allowing: &BTreeSet<EventId>,
    run: Option<RunId>,
    changes: Vec<ChangeEvent>,
) -> Result<Vec<Entry>, EntryError> {
    entries.reserve(changes.len());
    for mut event in changes {
        let change = &mut event.change;
        if !allowing.contains(&change.decision) {
            return Err(EntryError::ForeignDecision(change.id));
        }
        change.run = run;
        entries.push(Entry::of_change(&event)?);
    }
    Ok(entries)
}

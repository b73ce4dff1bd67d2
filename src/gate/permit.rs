//! Leave to do one thing to one target, once.

use audit::{Authorised, Pending};
use domain::action::Action;
use domain::id::{EventId, IndividualId};
use domain::verdict::Verdict;
use domain::{EntityRef, ServicePermission};
use policy::Filter;

/// Leave to carry out exactly `A` on the target it was decided for.
///
/// A permit for reading has its decision in the operation's docket already. A permit for writing
/// carries its decision, which is committed together with the effect or not at all.
#[derive(Debug)]
#[must_use = "a permit that is not used is an authorised action that never happened"]
pub struct Permit<A> {
    action: A,
    target: EntityRef,
    decision: EventId,
    filter: Option<Filter>,
}

impl<A> Permit<A> {
    pub(crate) fn reading(action: A, target: EntityRef, decision: EventId) -> Self {
        Self {
            action,
            target,
            decision,
            filter: None,
        }
    }

    pub(crate) fn listing(action: A, filter: Filter, decision: EventId) -> Self {
        let target = domain::id::INSTALLATION.into();
        Self {
            action,
            target,
            decision,
            filter: Some(filter),
        }
    }

    /// What was allowed.
    pub fn action(&self) -> &A {
        &self.action
    }

    /// What it was allowed on, found in the register.
    pub fn target(&self) -> &EntityRef {
        &self.target
    }

    /// The event of the decision.
    pub fn decision(&self) -> EventId {
        self.decision
    }

    /// Whether there is nothing that a list may show, so that nothing has to be worked out for it.
    pub fn shows_nothing(&self) -> bool {
        matches!(self.filter, Some(Filter::None))
    }

    /// Which rows a list may show; `None` for what is not a list.
    pub fn filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }
}

/// Leave to change something, with the decision that has to be committed together with the effect.
#[derive(Debug)]
#[must_use = "a permit that is not used is an authorised action that never happened"]
pub struct WritePermit<A> {
    leave: Leave<A>,
    evidence: Evidence,
    verdict: Verdict,
}

/// The half of a [`WritePermit`] that the store takes: what may be done, to what.
#[derive(Debug)]
#[must_use = "leave that is not used is an authorised action that never happened"]
pub struct Leave<A> {
    action: A,
    target: EntityRef,
    decision: EventId,
    individual: Option<IndividualId>,
}

/// The half of a [`WritePermit`] that the log takes: the decision, not yet committed.
#[derive(Debug)]
#[must_use = "a decision that is dropped was never recorded"]
pub struct Evidence(Pending);

impl<A: Action> WritePermit<A> {
    pub(crate) fn issue(
        individual: Option<IndividualId>,
        action: A,
        target: EntityRef,
        pending: Pending,
        decision: EventId,
        verdict: Verdict,
    ) -> Self {
        Self {
            leave: Leave {
                action,
                target,
                decision,
                individual,
            },
            evidence: Evidence(pending),
            verdict,
        }
    }

    /// The event of the decision.
    pub fn decision(&self) -> EventId {
        self.leave.decision
    }

    /// The permission that it took.
    pub fn permission(&self) -> ServicePermission {
        self.leave.action.permission()
    }

    /// What was allowed, for whoever has to look at it before it is carried out.
    pub fn action(&self) -> &A {
        &self.leave.action
    }

    /// What it was allowed on, found in the register.
    pub fn target(&self) -> &EntityRef {
        &self.leave.target
    }

    /// What allowed it, for whoever shows the decision.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The same, void as soon as what the key stands for changes.
    pub(crate) fn resting_on(mut self, key: &str) -> Self {
        self.evidence.0.rest_on(key);
        self
    }

    /// The same leave and evidence, for the action with more known of it.
    pub(crate) fn with<B>(self, more: impl FnOnce(A) -> B) -> WritePermit<B> {
        let Leave {
            action,
            target,
            decision,
            individual,
        } = self.leave;
        WritePermit {
            leave: Leave {
                action: more(action),
                target,
                decision,
                individual,
            },
            evidence: self.evidence,
            verdict: self.verdict,
        }
    }

    /// For the store and for the log; a store method also needs the transaction that only the log
    /// opens, so neither half is of use without the other.
    pub fn split(self) -> (Leave<A>, Evidence) {
        (self.leave, self.evidence)
    }
}

impl<A> Leave<A> {
    /// What was allowed.
    pub fn action(&self) -> &A {
        &self.action
    }

    /// What it was allowed on, found in the register.
    pub fn target(&self) -> &EntityRef {
        &self.target
    }

    /// The event of the decision.
    pub fn decision(&self) -> EventId {
        self.decision
    }

    /// The human being who has it; `None`: a machine.
    pub fn individual(&self) -> Option<IndividualId> {
        self.individual
    }
}

impl Authorised for Evidence {
    fn into_pending(self) -> Pending {
        self.0
    }
}

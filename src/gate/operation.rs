//! One caller's operation: everything decided in it rests on one moment of the register, one policy
//! set and one instant.
//!
//! Here is what it holds; how it decides is in `decide` and `look_up`, and in the files of what else is asked of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use audit::{Depends, Pending};
use domain::clock::Clock;
use domain::facts::{Asked, BestSignIn, Circumstances, PrincipalFacts};
use domain::id::{EventId, GrantId};
use domain::verdict::{Reason, Verdict};
use domain::{EntityRef, Instant, ServicePermission};

use super::Policies;
use super::actor::{Actor, RequestContext};
use super::missed::Missed;
use super::past::PastPolicies;
use super::register::RegisterAt;
use super::worked::{Standing, TargetAt};

/// One operation.
#[derive(Debug)]
pub struct Operation {
    pub(crate) actor: Actor,
    pub(crate) register: RegisterAt,
    pub(crate) policies: Arc<Policies>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) now: Instant,
    pub(crate) context: RequestContext,
    pub(crate) docket: Mutex<Vec<Pending>>,
    pub(crate) decided: Mutex<HashMap<OwnQuestion, (EventId, Verdict)>>,
    pub(crate) missed: Mutex<Missed>,
    /// What lists have shown, by the permission that they were made by.
    pub(crate) shown: Mutex<HashSet<OwnQuestion>>,
}

/// Which permission the caller asked for, and on what.
pub(crate) type OwnQuestion = (ServicePermission, EntityRef);

/// A question, with all that its answer follows from.
pub(crate) struct Undecided {
    pub(crate) standing: Arc<Standing>,
    pub(crate) asked: Asked,
    pub(crate) target: Arc<TargetAt>,
    pub(crate) circumstances: Circumstances,
    pub(crate) depends: Depends,
}

/// A decision with what it was made from.
pub(crate) struct Decided {
    pub(crate) question: Undecided,
    pub(crate) verdict: Verdict,
}

impl Operation {
    /// Who is calling.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The instant everything in the operation is decided at.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The request's own circumstances.
    #[must_use]
    pub fn context(&self) -> &RequestContext {
        &self.context
    }

    /// The digest of the policy set that decides.
    #[must_use]
    pub fn policy_digest(&self) -> &str {
        self.policies.set.digest()
    }

    /// The policies that decide here, if they are those of that digest.
    #[must_use]
    pub fn policies_of(&self, digest: &str) -> Option<PastPolicies> {
        let set = &self.policies.set;
        (set.digest() == digest).then(|| PastPolicies::of(set.clone()))
    }

    /// What a policy of the set that decides says of itself; `None`: the set has none of that id.
    #[must_use]
    pub fn reason(&self, policy: &str) -> Option<Reason> {
        self.policies.set.reason(policy)
    }

    /// Whether the set that decides has a guardrail of that id.
    #[must_use]
    pub fn is_guardrail(&self, id: &str) -> bool {
        self.policies.guardrail(id).is_some()
    }

    /// The guardrails that stop each of the principal's grants, whatever their stages: for somebody without a card
    /// also those about the sign-in; `None`: the policies cannot be asked.
    #[must_use]
    pub fn stopping(
        &self,
        principal: &PrincipalFacts,
        best: BestSignIn,
    ) -> Option<BTreeMap<GrantId, BTreeSet<String>>> {
        self.policies.set.stopping(principal, self.now, best)
    }

    /// Takes every decision made so far, to be committed before anything leaves.
    #[must_use]
    pub fn take_docket(&self) -> Vec<Pending> {
        let mut docket = std::mem::take(&mut *lock(&self.docket));
        docket.extend(std::mem::take(&mut *lock(&self.missed)).into_events());
        docket
    }

    pub(crate) fn enter(&self, pending: Pending) {
        lock(&self.docket).push(pending);
    }

    pub(crate) fn circumstances(&self) -> Circumstances {
        Circumstances {
            now: self.now,
            assurance: self.actor.assurance.clone(),
            commission: self.actor.commission.clone(),
            purpose: self.context.purpose.clone(),
            network_zone: self.context.network_zone.clone(),
            emergency: false,
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Who gains what by an edit of the register: the same questions, asked of the register as it is and as it
//! would be.
//!
//! An edit moves what scopes reach, or changes what guardrails ask about, so the policies themselves are asked:
//! whoever is refused before and allowed after, with the same sign-in, gains, be it now or once nothing stands in
//! the way any more (see `lifted`). What gives a role something privileged takes two even where nobody has the
//! role: whoever is given it later is then not given more than was accepted. Whether this human being gains, who
//! proposes or accepts, under any of their ids, is asked by itself, however many others gain. No edit can be carried out without
//! having been weighed: only [`Operation::weigh`] makes a [`Weighed`], and the store takes nothing else. What
//! was weighed rests on the whole register, so that a change in between has it weighed again.
//!
//! To add an edit: what of it is looked at in `seen`, and nothing here.

use std::collections::BTreeSet;
use std::sync::Arc;

use audit::EVERYTHING;
use domain::ServicePermission;
use domain::action::{Action, Edits};
use domain::edit::{Edit, Gain};
use domain::id::IndividualId;
use domain::target::TargetKey;

use super::facts::FactError;
use super::operation::Operation;
use super::permit::WritePermit;
use super::refusal::Refusal;

mod compare;
mod comparing;
mod lifted;
mod probe;
mod seen;
mod sides;
mod takeover;

use seen::Seen;

/// What came of weighing: the permit with who gains by the edit, or as it was where the edit cannot be made.
pub type Weighing<A> = Result<WritePermit<Weighed<A>>, WritePermit<A>>;

/// An edit with who gains by it.
#[derive(Debug, Clone)]
pub struct Weighed<A> {
    ordered: A,
    gain: Gain,
    gives_privileged: bool,
    parties: Parties,
}

/// The human beings behind an edit, and whether they gain by it.
#[derive(Debug, Clone)]
struct Parties {
    proposers: BTreeSet<IndividualId>,
    proposers_gain: bool,
    acting_gains: bool,
}

impl<A: Edits> Weighed<A> {
    /// What was ordered.
    pub fn ordered(&self) -> &A {
        &self.ordered
    }

    /// The edit.
    pub fn edit(&self) -> &Edit {
        self.ordered.edit()
    }

    /// Who gains what by it.
    pub fn gain(&self) -> &Gain {
        &self.gain
    }

    /// Whether a second human being has to accept it.
    pub fn takes_two(&self) -> bool {
        !self.gain.is_none() || self.gives_privileged || self.edit().lifts_a_protection()
    }

    /// The human beings who count as having proposed it; none: nobody answers for the service that did.
    pub fn proposers(&self) -> &BTreeSet<IndividualId> {
        &self.parties.proposers
    }

    /// Whether one of those gains by it, under any HSA-id or through a service.
    pub fn proposers_gain(&self) -> bool {
        self.parties.proposers_gain
    }

    /// Whether whoever carries it out gains by it, under any HSA-id or through a service.
    pub fn acting_gains(&self) -> bool {
        self.parties.acting_gains
    }
}

impl<A: Edits> Action for Weighed<A> {
    fn permission(&self) -> ServicePermission {
        self.ordered.permission()
    }

    fn target(&self) -> TargetKey {
        self.ordered.target()
    }
}

impl Operation {
    /// The permit for the edit with who gains by it, by the register as it is and as the edit makes it; as it was where
    /// the register as it is does not admit the edit, or is so already.
    ///
    /// Everybody whom it concerns is asked about many things, which takes its time and every processor.
    ///
    /// # Errors
    /// It could not be decided.
    pub async fn weigh<A: Edits>(&self, permit: WritePermit<A>) -> Result<Weighing<A>, Refusal> {
        let edit = permit.action().edit().clone();
        let Some(edited) = self.register.edited(&edit) else {
            return Ok(Err(permit));
        };
        let acting = self.actor.record.facts.acting();
        let proposers = match permit.action().proposal() {
            Some(proposal) => self.register.at().proposers(proposal),
            None => acting.clone(),
        };
        let (register, policies) = (self.register.clone(), Arc::clone(&self.policies));
        let compared = tokio::task::spawn_blocking(move || {
            let at = register.at();
            let after = Seen::after(&edited.at(), &edit)?;
            let before = after.before(&at, &edit)?;
            let sides = (&before, &after);
            let comparing = comparing::Comparing::new(&policies.set, register.now(), &edit, sides);
            let parties = Parties {
                proposers_gain: comparing.is_gained_by(&at.guises(&proposers)),
                acting_gains: comparing.is_gained_by(&at.guises(&acting)),
                proposers,
            };
            let gives_privileged = after.gives_privileged(&edit);
            Ok::<_, FactError>((comparing.gain(), gives_privileged, parties))
        });
        let (gain, gives_privileged, parties) = match compared.await {
            Ok(compared) => compared?,
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return Err(Refusal::Undecided(FactError::Unavailable("ending".into()))),
            },
        };
        Ok(Ok(permit.resting_on(EVERYTHING).with(|ordered| Weighed {
            ordered,
            gain,
            gives_privileged,
            parties,
        })))
    }
}

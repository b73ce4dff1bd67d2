//! Who gains what by an edit of the register: the same questions, asked of the register as it is and as it
//! would be.
//!
//! An edit moves what scopes reach, or changes what guardrails ask about, so the policies themselves are asked:
//! whoever is refused before and allowed after, with the same sign-in, gains. No edit can be carried out without
//! having been weighed: only [`Operation::weigh`] makes a [`Weighed`], and the store takes nothing else. What
//! was weighed rests on the whole register, so that a change in between has it weighed again.
//!
//! To add an edit: what of it is looked at in `seen`, and nothing here.

use std::sync::Arc;

use crate::audit::EVERYTHING;
use crate::domain::ServicePermission;
use crate::domain::action::{Action, Edits};
use crate::domain::edit::{Edit, Gain};
use crate::domain::target::TargetKey;

use super::facts::{FactError, FactSource};
use super::operation::Operation;
use super::permit::WritePermit;
use super::refusal::Refusal;

mod compare;
mod seen;
mod takeover;

pub use seen::Seen;

/// An edit with who gains by it.
#[derive(Debug, Clone)]
pub struct Weighed<A> {
    ordered: A,
    gain: Gain,
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
        !self.gain.is_none() || self.edit().lifts_a_protection()
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
    /// What the register says of everybody whom the edit concerns, once it is made there.
    ///
    /// # Errors
    /// The register could not be read.
    pub async fn look_after<A: Edits>(
        &self,
        permit: &WritePermit<A>,
        after: &dyn FactSource,
    ) -> Result<Seen, Refusal> {
        Ok(Seen::after(after, permit.action().edit()).await?)
    }

    /// The permit for the edit with who gains by it, by the register as it is and as it was seen to be after.
    ///
    /// Everybody whom it concerns is asked about many things, which takes its time and every processor.
    ///
    /// # Errors
    /// The register could not be read.
    pub async fn weigh<A: Edits>(
        &self,
        permit: WritePermit<A>,
        after: Seen,
    ) -> Result<WritePermit<Weighed<A>>, Refusal> {
        let edit = permit.action().edit().clone();
        let before = after.before(self.source.as_ref(), &edit).await?;
        let (policies, now) = (Arc::clone(&self.policies), self.now);
        let compared = tokio::task::spawn_blocking(move || {
            let comparing = compare::Comparing {
                set: &policies.set,
                now,
                edit: &edit,
                before: &before,
                after: &after,
            };
            comparing.gain()
        });
        let gain = match compared.await {
            Ok(gain) => gain,
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return Err(Refusal::Undecided(FactError::Unavailable("ending".into()))),
            },
        };
        Ok(permit
            .resting_on(EVERYTHING)
            .with(|ordered| Weighed { ordered, gain }))
    }
}

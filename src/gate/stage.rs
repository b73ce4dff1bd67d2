//! A stage that somebody wants a guardrail to be at, with what the register says about it.
//!
//! No stage can be set without having been weighed: only [`Operation::weigh_stage`] makes a [`WeighedStage`], and the
//! store takes nothing else. What was weighed rests on the whole register, so that after a change in between it is not
//! set.

use std::collections::BTreeSet;

use audit::EVERYTHING;
use domain::action::{Action, SetStage};
use domain::target::TargetKey;
use domain::verdict::Stage;
use domain::{Date, ServicePermission};

use super::operation::Operation;
use super::permit::WritePermit;
use super::register::ADMINISTER_SERVERS;

/// A stage with what the register says about it.
#[derive(Debug, Clone)]
pub struct WeighedStage {
    ordered: SetStage,
    in_force: (Stage, Option<Date>),
    unmanned: Vec<String>,
    owns: bool,
}

impl WeighedStage {
    /// What was ordered.
    #[must_use]
    pub const fn ordered(&self) -> &SetStage {
        &self.ordered
    }

    /// The stage that is in force there now, by a decision or as it is written, and its last day; `None`: it has none.
    #[must_use]
    pub const fn in_force(&self) -> (Stage, Option<Date>) {
        self.in_force
    }

    /// The segments, by external id, with fewer than two human beings who may administer them by a grant over the
    /// segment.
    #[must_use]
    pub fn unmanned(&self) -> &[String] {
        &self.unmanned
    }

    /// Whether whoever decides owns the system that it is for; what is for every system, whoever may decide it signs
    /// for.
    #[must_use]
    pub const fn owns(&self) -> bool {
        self.owns
    }
}

impl Action for WeighedStage {
    fn permission(&self) -> ServicePermission {
        self.ordered.permission()
    }

    fn target(&self) -> TargetKey {
        self.ordered.target()
    }
}

impl Operation {
    /// The permit for a stage with what the register says about it.
    pub fn weigh_stage(&self, permit: WritePermit<SetStage>) -> WritePermit<WeighedStage> {
        let (ordered, at) = (permit.action(), self.register.at());
        let decided = at.decided_stage(&ordered.guardrail, ordered.at);
        let (stage, until) = decided.map_or((ordered.written, ordered.written_until), |decided| {
            (decided.stage, decided.until)
        });
        let today = self.now.date();
        let is_over = until.is_some_and(|day| day < today);
        let in_force = if is_over {
            (Stage::Enforce, None)
        } else {
            (stage, until)
        };
        let unmanned = at.unmanned(ADMINISTER_SERVERS, ordered.at.system, &BTreeSet::new());
        let human = self.actor.record.facts.individual();
        let owns = ordered
            .at
            .system
            .is_none_or(|system| human.is_some_and(|human| at.owns(human, system)));
        permit.resting_on(EVERYTHING).with(|ordered| WeighedStage {
            ordered,
            in_force,
            unmanned,
            owns,
        })
    }
}

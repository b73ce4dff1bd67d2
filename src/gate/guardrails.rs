//! The guardrails of the policies in force, and at what stage they are.

use domain::Date;
use domain::action::Read;
use domain::id;
use domain::verdict::{DecidedStage, Reason, Stage, StagedAt};
use policy::GuardrailInfo;

use super::operation::Operation;
use super::permit::Permit;

/// A guardrail with its stages.
#[derive(Debug, Clone)]
pub struct Guardrail {
    /// Its id, where it comes from and why it refuses.
    pub reason: Reason,
    /// By what kind of exception it can be passed; `None`: by none.
    pub overridable: Option<String>,
    /// Whether its stage is the same everywhere, because it has a say about what lists show.
    pub same_everywhere: bool,
    /// The stage that it is written with.
    pub written: Stage,
    /// The last day of that; `None`: it is enforced.
    pub written_until: Option<Date>,
    /// At what stage it is now, wherever nothing else was decided.
    pub stage: Stage,
    /// What was decided, the wider first.
    pub decided: Vec<DecidedStage>,
}

impl Operation {
    /// The guardrails in force, in the order of their ids.
    #[must_use]
    pub fn guardrails(&self, _permit: &Permit<Read<id::PolicySet>>) -> Vec<Guardrail> {
        let decided = self.register.at().decided_stages();
        let stages = self.register.at().stages(StagedAt::default());
        let lenient = self.policies.set.lenient(&stages, self.now);
        let told = |info: GuardrailInfo| {
            let of_it = decided.iter().filter(|stage| stage.guardrail == info.id);
            Some(Guardrail {
                reason: self.policies.set.reason(&info.id)?,
                overridable: info.overridable,
                same_everywhere: info.listed,
                written: info.stage,
                written_until: info.until,
                stage: lenient.get(&info.id).copied().unwrap_or(Stage::Enforce),
                decided: of_it.cloned().collect(),
            })
        };
        self.policies.set.guardrails().filter_map(told).collect()
    }
}

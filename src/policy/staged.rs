//! The policies with the stages that are in force: which guardrails refuse now, and what each of them says.

use super::PolicySet;
use super::annotation::Note;
use domain::built_in::BuiltIn;
use domain::verdict::{Outcome, Reason, Stage, Stages, Verdict};

/// Policies, and the stages by which they decide.
pub(super) struct StagedPolicies<'a> {
    pub(super) set: &'a PolicySet,
    pub(super) stages: &'a Stages,
}

impl StagedPolicies<'_> {
    /// The stage of a guardrail now: the one given, else the one it was written with.
    pub(super) fn is_enforced(&self, id: &str) -> bool {
        let written = || self.note(id).map_or(Stage::Enforce, |note| note.stage);
        self.stages.get(id).copied().unwrap_or_else(written) == Stage::Enforce
    }

    /// Whether the guardrail is about how somebody signed in.
    pub(super) fn is_about_sign_in(&self, id: &str) -> bool {
        self.note(id).is_some_and(|note| note.step_up.is_some())
    }

    pub(super) fn note(&self, id: &str) -> Option<&Note> {
        self.set.loaded.notes.get(id)
    }

    pub(super) fn reasons<'a>(&self, ids: impl IntoIterator<Item = &'a String>) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = ids
            .into_iter()
            .filter_map(|id| self.note(id))
            .map(|note| note.reason.clone())
            .collect();
        reasons.sort();
        reasons
    }

    pub(super) fn nothing_permits(&self) -> Verdict {
        Verdict {
            reasons: vec![BuiltIn::NoPermit.reason()],
            ..self.denial()
        }
    }

    /// A denial without reasons, with the stages that were in force.
    pub(super) fn denial(&self) -> Verdict {
        Verdict {
            outcome: Outcome::Deny,
            reasons: Vec::new(),
            matched: Vec::new(),
            discounted: Vec::new(),
            obligations: Vec::new(),
            would_refuse: Vec::new(),
            step_up: None,
            stages: self.lenient(),
            nearest: None,
        }
    }

    /// The guardrails that are not enforced, each with its stage.
    pub(super) fn lenient(&self) -> Stages {
        let notes = self.set.loaded.notes.iter();
        let lenient = notes.filter(|(id, note)| note.forbids && !self.is_enforced(id));
        let stage =
            |(id, note): (&String, &Note)| self.stages.get(id).copied().unwrap_or(note.stage);
        lenient.map(|at| (at.0.clone(), stage(at))).collect()
    }
}

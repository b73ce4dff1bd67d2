//! Question and facts in, verdict or filter out; nothing else in the service spells the policy language.
//!
//! Pure and apart: a decision depends on the question, the stages and the policy set, and can therefore
//! be replayed. The texts are in `policies/`; this module holds what they may say and how they are asked.
//! Each grant is first asked whether it counts (`rely`); those that do become tags on the principal,
//! and the actions' policies look at nothing but tags, attributes and what lies above the target.
//!
//! To add an action: a permission in `domain::permission`, the action in `behorig.cedarschema` with the
//! group `exercise` or `privileged`, and cases in `policies/tests`. Every policy about permissions is
//! written for a group, so that is all; a test compares both lists.
//!
//! To add a guardrail: a `forbid` in the file where it belongs with `@id`, `@source` (a row of
//! `policies/requirements.md`), `@reason`, `@reason_sv`, and where they hold `@law`, `@stage("observe")` with its `@until`,
//! `@overridable("emergency")`, `@step_up`, and `@about` where another choice in an order for a grant would mend it; a case that it refuses and one that it lets pass; and a row of
//! the guardrail matrix (`tests/api/guardrails/matrix`). If it needs a fact, that is an attribute in the
//! schema and a line in `entities`. If it is about a list's action, what it asks of `resource` has to have a
//! form that [`Filter`] has, or the set is refused.
//!
//! The cases are no part of a set: they are beside the texts, and neither kept nor in the digest.
#![warn(missing_docs)]

mod annotation;
mod attributes;
mod bounds;
mod cases;
mod concerns;
mod context;
mod decide;
mod embedded;
mod engine;
mod entities;
mod error;
mod filter;
mod fixtures;
mod grammar;
mod known;
mod list;
mod load;
mod nearest;
mod place;
mod rely;
mod report;
mod staged;
mod vocabulary;
mod weak;

#[cfg(test)]
mod applicable;
#[cfg(test)]
mod dated;
#[cfg(test)]
mod properties;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

pub use cases::{CaseProblem, Cases, CasesError};
pub use error::{PolicyError, PolicyProblem};
pub use filter::{Attribute, Filter};
pub use known::{KnownPrincipal, KnownTarget};
pub use list::ListQuestion;
pub use rely::{Holder, WeighedGrant};
pub use report::{FailedCase, Flaw, Report, Unshown};
pub use vocabulary::companions;

use domain::facts::{
    Asked, BestSignIn, Circumstances, GrantFacts, PrincipalFacts, Question, TargetFacts,
};
use domain::id::GrantId;
use domain::verdict::{Conferred, Reason, Stage, Stages, Verdict};
use domain::{Date, Instant, PermissionName};
use embedded::EMBEDDED;
use staged::StagedPolicies;

/// How old a sign-in may be and still count as recent, until a setting says otherwise.
pub const FRESH_SECONDS: u32 = 900;

/// The guardrail by which server administration counts only over a segment (JK-1.4).
pub const SEGMENT_SERVER_ADMIN: &str = "segment-server-admin";

/// The guardrail of a blocked record, which is opened after a choice like one of another unit (JK-P13).
pub const BLOCKED_RECORD: &str = "blocked-record";

/// A guardrail as its text describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardrailInfo {
    /// The policy's id.
    pub id: String,
    /// The requirement rows behind it.
    pub source: String,
    /// The act behind it; `None`: none is named.
    pub law: Option<String>,
    /// Why it refuses, in English.
    pub reason: String,
    /// Why it refuses, in Swedish.
    pub reason_sv: String,
    /// The stage it was written with.
    pub stage: Stage,
    /// The last day of that, after which it is enforced by itself; `None`: it is enforced.
    pub until: Option<Date>,
    /// By what kind of exception it can be passed; `None`: by none.
    pub overridable: Option<String>,
    /// Whether it is about how somebody signed in.
    pub about_sign_in: bool,
    /// Whether it has a say about what lists show: then its stage is the same everywhere, or a list would show
    /// other rows than single decisions.
    pub listed: bool,
}

/// Schema and policies, checked; cheap to clone.
#[derive(Debug, Clone)]
pub struct PolicySet {
    loaded: Arc<load::Loaded>,
    fresh_seconds: u32,
}

/// The digest of a set of files (path, text), whether or not they can be used.
#[must_use]
pub fn digest(files: &[(String, String)]) -> String {
    let mut files = files.to_vec();
    files.sort();
    load::digest(&files)
}

/// Somebody who asks about many things by one permission: which of the grants count is found out once.
#[derive(Debug)]
pub struct Prepared<'a> {
    set: &'a PolicySet,
    stages: Cow<'a, Stages>,
    holder: Result<decide::Prepared<'a>, engine::Failure>,
}

impl Prepared<'_> {
    /// The answers about the target under each of these circumstances, as [`PolicySet::decide`] gives them but for
    /// the grants that do not count; all at the instant that it was prepared for.
    #[must_use]
    pub fn decide_each(
        &self,
        asked: &Asked,
        target: &TargetFacts,
        under: &[Circumstances],
    ) -> Vec<Verdict> {
        let policies = StagedPolicies {
            set: self.set,
            stages: &self.stages,
        };
        policies.verdicts(&self.holder, (asked, target), under)
    }

    /// Whether the other gets the same answers to the same questions: nothing that answers follow from differs.
    #[must_use]
    pub fn answers_like(&self, other: &Self) -> bool {
        let both = self.holder.as_ref().ok().zip(other.holder.as_ref().ok());
        let same = std::ptr::eq(self.set, other.set) && self.stages == other.stages;
        same && both.is_some_and(|(one, other)| one.answers_like(other))
    }
}

impl PolicySet {
    /// The policies that the program was built with.
    ///
    /// # Errors
    /// When they cannot be used, which a test rules out.
    pub fn embedded() -> Result<Self, PolicyError> {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self::from_files(&EMBEDDED.iter().map(owned).collect::<Vec<_>>())
    }

    /// The policies in these files (path, text), one of them the schema.
    ///
    /// # Errors
    /// With everything that is wrong, each with its place.
    pub fn from_files(files: &[(String, String)]) -> Result<Self, PolicyError> {
        Ok(Self {
            loaded: Arc::new(load::load(files)?),
            fresh_seconds: FRESH_SECONDS,
        })
    }

    /// The policies in a folder: the schema and every `*.cedar` beside it.
    ///
    /// # Errors
    /// As [`PolicySet::from_files`], and when the folder or a file cannot be read.
    pub fn load(dir: &Path) -> Result<Self, PolicyError> {
        Self::from_files(&load::read_folder(dir)?)
    }

    /// The same policies with another limit for a recent sign-in.
    #[must_use]
    pub fn with_fresh_seconds(mut self, seconds: u32) -> Self {
        self.fresh_seconds = seconds;
        self
    }

    /// SHA-256 of schema and policies in hexadecimal: what an event names.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.loaded.digest
    }

    /// Schema and policies as they were read, sorted by path.
    #[must_use]
    pub fn files(&self) -> &[(String, String)] {
        &self.loaded.files
    }

    /// Every guardrail, by id.
    pub fn guardrails(&self) -> impl Iterator<Item = GuardrailInfo> {
        let notes = self.loaded.notes.values().filter(|note| note.forbids);
        notes.map(|note| GuardrailInfo {
            id: note.reason.policy.clone(),
            source: note.reason.source.clone().unwrap_or_default(),
            law: note.reason.law.clone(),
            reason: note.reason.text.clone(),
            reason_sv: note.reason.text_sv.clone(),
            stage: note.stage,
            until: note.until,
            overridable: note.overridable.clone(),
            about_sign_in: note.step_up.is_some(),
            listed: self.loaded.listed.contains(&note.reason.policy),
        })
    }

    /// What the policy of that id says of itself; `None`: the set has none.
    #[must_use]
    pub fn reason(&self, id: &str) -> Option<Reason> {
        self.loaded.notes.get(id).map(|note| note.reason.clone())
    }

    /// The file that the policy of that id stands in, and its text there; `None`: the set has none.
    #[must_use]
    pub fn text(&self, id: &str) -> Option<(&str, &str)> {
        let (path, text) = self.loaded.texts.get(id)?;
        Some((path, text))
    }

    /// How old a sign-in may be and still count as recent, in seconds.
    #[must_use]
    pub const fn fresh_seconds(&self) -> u32 {
        self.fresh_seconds
    }

    /// The guardrails that are not enforced while `stages` are in force: those it names, and those
    /// that were written so and are not named. It says all that an event needs to be decided again.
    #[must_use]
    pub fn lenient(&self, stages: &Stages, now: Instant) -> Stages {
        let stages = &self.as_of(stages, now);
        StagedPolicies { set: self, stages }.lenient()
    }

    /// The stages with what the texts' own last days have made of those that nobody has decided on.
    fn as_of<'a>(&self, stages: &'a Stages, now: Instant) -> Cow<'a, Stages> {
        let today = now.date();
        let over = self.loaded.notes.values().filter(|note| {
            let id = &note.reason.policy;
            note.until.is_some_and(|until| until < today) && !stages.contains_key(id)
        });
        let mut stages = Cow::Borrowed(stages);
        for note in over {
            let id = note.reason.policy.clone();
            stages.to_mut().insert(id, Stage::Enforce);
        }
        stages
    }

    /// The stages of a moment of which only the guardrails that were not enforced are known.
    #[must_use]
    pub fn stages_of(&self, lenient: &Stages) -> Stages {
        let stage = |info: GuardrailInfo| {
            let stage = lenient.get(&info.id).copied().unwrap_or(Stage::Enforce);
            (info.id, stage)
        };
        self.guardrails().map(stage).collect()
    }

    /// The answer to a question, with `stages` in force for the guardrails it names.
    #[must_use]
    pub fn decide(&self, question: &Question, stages: &Stages) -> Verdict {
        let stages = &self.as_of(stages, question.circumstances.now);
        StagedPolicies { set: self, stages }.verdict(question)
    }

    /// The answer to a question about somebody and something that are known, by the second that it is asked in.
    #[must_use]
    pub fn decide_known(
        &self,
        principal: &KnownPrincipal,
        (asked, target): (&Asked, &KnownTarget),
        given: &Circumstances,
        stages: &Stages,
    ) -> Verdict {
        let stages = &self.as_of(stages, given.now);
        StagedPolicies { set: self, stages }.known(principal, (asked, target), given)
    }

    /// The principal as one who asks about many things by that permission, at that instant and with `stages` in
    /// force.
    #[must_use]
    pub fn prepared<'a>(
        &'a self,
        principal: &'a PrincipalFacts,
        permission: &'a PermissionName,
        now: Instant,
        stages: &'a Stages,
    ) -> Prepared<'a> {
        let stages = self.as_of(stages, now);
        let policies = StagedPolicies {
            set: self,
            stages: &stages,
        };
        Prepared {
            set: self,
            holder: policies.prepared(principal, permission.as_str(), now),
            stages,
        }
    }

    /// The guardrails that discount each of the principal's grants, whatever their stages; a grant that none
    /// discounts is left out. `None`: the policies cannot be asked.
    #[must_use]
    pub fn discounting(
        &self,
        principal: &PrincipalFacts,
        now: Instant,
    ) -> Option<BTreeMap<GrantId, BTreeSet<String>>> {
        let stages = &Stages::new();
        let policies = StagedPolicies { set: self, stages };
        policies.discounting(principal, now).ok()
    }

    /// The guardrails that stop each of the principal's grants, whatever their stages: those that discount it and,
    /// for somebody who has no card, those about the sign-in; a grant that none stops is left out. `None`: the
    /// policies cannot be asked.
    #[must_use]
    pub fn stopping(
        &self,
        principal: &PrincipalFacts,
        now: Instant,
        best: BestSignIn,
    ) -> Option<BTreeMap<GrantId, BTreeSet<String>>> {
        let mut stopping = self.discounting(principal, now)?;
        if best < BestSignIn::Card {
            let about_sign_in = self.guardrails().filter(|one| one.about_sign_in);
            let enforced = about_sign_in.map(|one| (one.id, Stage::Enforce));
            let stages = &enforced.collect();
            let policies = StagedPolicies { set: self, stages };
            for (grant, guardrails) in policies.at_best(principal, now, best) {
                stopping.entry(grant).or_default().extend(guardrails);
            }
        }
        Some(stopping)
    }

    /// What one grant of the principal's confers, and whether it counts for that, with `stages` in force.
    #[must_use]
    pub fn conferred(
        &self,
        principal: &PrincipalFacts,
        grant: &GrantFacts,
        now: Instant,
        stages: &Stages,
    ) -> Vec<Conferred> {
        self.holder(principal, now).weigh(grant).conferred(stages)
    }

    /// What the set makes of the cases, and which of its policies they do not show.
    #[must_use]
    pub fn try_cases(&self, cases: &Cases) -> Report {
        report::report(self, cases)
    }

    /// What of a kind the principal may read, as a condition on its rows.
    #[must_use]
    pub fn filter(&self, question: &ListQuestion, stages: &Stages) -> Filter {
        let stages = &self.as_of(stages, question.circumstances.now);
        list::filter(&StagedPolicies { set: self, stages }, question)
    }
}

//! What a policy set makes of its cases, and what the cases leave out.
//!
//! A case is held to its whole verdict. Every policy needs cases that are about it, one that allows and one
//! that refuses: what a case is about must be seen in what it expects, or it would show nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::PolicySet;
use super::cases::{Case, Cases, Expected};
use super::vocabulary::RELY;
use domain::Words;
use domain::speaks::{Speaks, joined, verbatim, words};
use domain::verdict::{Obligation, Outcome, Reason, StepUp, Verdict};

/// What came of trying a folder's cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many cases came out as they expect.
    pub passed: usize,
    /// Those that did not, in the order of the files.
    pub failed: Vec<FailedCase>,
    /// The policies that the cases do not show as they must, by id.
    pub unshown: Vec<Unshown>,
}

/// A case that did not come out as it expects, or that is not about what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCase {
    /// The file, relative to the policy folder.
    pub path: String,
    /// The case.
    pub case: String,
    /// What differs or is not right.
    pub flaws: Vec<Flaw>,
}

/// One thing about a case that is not right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// The verdict is another than it expects.
    Differs {
        /// The key of `expect`.
        of: &'static str,
        /// What the case expects.
        expected: Words,
        /// What the set says.
        found: Words,
    },
    /// It says that it is about a policy that the set does not have.
    NoPolicy(String),
    /// It gives a stage to a guardrail that the set does not have.
    NoGuardrail(String),
    /// What it expects says nothing about this policy, which it says it is about.
    NotAbout(String),
}

impl Speaks for Flaw {
    fn words(&self) -> Words {
        match self {
            Self::Differs {
                of,
                expected,
                found,
            } => words!(
                "{of}: expected {expected}, found {found}",
                "`{of}`: väntade {expected}, fick {found}.",
                of = verbatim(of),
                expected,
                found
            ),
            Self::NoPolicy(id) => words!(
                "about: there is no policy `{id}`",
                "`about`: Det finns ingen regel `{id}`.",
                id = verbatim(id)
            ),
            Self::NoGuardrail(id) => words!(
                "stages: there is no guardrail `{id}`",
                "`stages`: Det finns ingen skyddsregel `{id}`.",
                id = verbatim(id)
            ),
            Self::NotAbout(id) => words!(
                "about: it is not about `{id}`: a permit decides where the case allows and a guardrail where it \
                 refuses, and is then among its reasons or what discounts a grant, and nowhere else",
                "`about`: Det handlar inte om `{id}`. En regel som tillåter avgör där fallet tillåter och en skyddsregel \
                 där det nekar. Den finns då bland skälen eller bland det som gör att en behörighet inte räknas, och ingen \
                 annanstans.",
                id = verbatim(id)
            ),
        }
    }
}

/// A policy without a case that allows or without one that refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unshown {
    /// The policy's id.
    pub policy: String,
    /// Whether a case about it allows.
    pub allows: bool,
    /// Whether a case about it refuses.
    pub refuses: bool,
}

impl Speaks for Unshown {
    fn words(&self) -> Words {
        let missing = match (self.allows, self.refuses) {
            (false, false) => Words::part("that is about it", "som handlar om den"),
            (false, true) => Words::part("about it that allows", "om den som tillåter"),
            (true, _) => Words::part("about it that refuses", "om den som nekar"),
        };
        words!(
            "`{policy}` has no case {missing}",
            "`{policy}` har inget fall {missing}.",
            policy = verbatim(&self.policy),
            missing
        )
    }
}

impl Report {
    /// Whether every case came out as it expects and every policy is shown.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.failed.is_empty() && self.unshown.is_empty()
    }
}

impl Speaks for Report {
    fn words(&self) -> Words {
        let mut lines = vec![words!(
            "{passed} of {all} cases passed",
            "{passed} av {all} fall stämmer",
            passed = self.passed,
            all = self.passed + self.failed.len()
        )];
        for failed in &self.failed {
            lines.push(words!(
                "  {path}: case `{case}`",
                "  {path}: fallet `{case}`",
                path = verbatim(&failed.path),
                case = verbatim(&failed.case)
            ));
            let flaws = failed.flaws.iter();
            lines.extend(flaws.map(|flaw| words!("    {flaw}", "    {flaw}", flaw)));
        }
        let unshown = self.unshown.iter();
        lines.extend(unshown.map(|unshown| words!("  {unshown}", "  {unshown}", unshown)));
        joined(lines, "\n")
    }
}

pub(super) fn report(set: &PolicySet, cases: &Cases) -> Report {
    let (mut passed, mut failed) = (0, Vec::new());
    let mut shown: BTreeSet<(&str, Outcome)> = BTreeSet::new();
    for case in cases.iter() {
        let flaws = flaws(set, case);
        if flaws.is_empty() {
            passed += 1;
        } else {
            failed.push(FailedCase {
                path: case.path.clone(),
                case: case.name.clone(),
                flaws,
            });
        }
        let outcome = case.expected.outcome;
        shown.extend(case.about.iter().map(|policy| (policy.as_str(), outcome)));
    }
    let unshown = set.loaded.notes.keys().map(|policy| Unshown {
        policy: policy.clone(),
        allows: shown.contains(&(policy, Outcome::Allow)),
        refuses: shown.contains(&(policy, Outcome::Deny)),
    });
    Report {
        passed,
        failed,
        unshown: unshown
            .filter(|policy| !(policy.allows && policy.refuses))
            .collect(),
    }
}

fn flaws(set: &PolicySet, case: &Case) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for policy in &case.about {
        match set.loaded.notes.get(policy) {
            None => flaws.push(Flaw::NoPolicy(policy.clone())),
            Some(note) if !shows(set, &case.expected, policy, note.forbids) => {
                flaws.push(Flaw::NotAbout(policy.clone()));
            }
            Some(_) => {}
        }
    }
    let forbids = |id: &str| set.loaded.notes.get(id).is_some_and(|note| note.forbids);
    let unknown = case.stages.keys().filter(|id| !forbids(id));
    flaws.extend(unknown.map(|id| Flaw::NoGuardrail(id.clone())));
    let verdict = set.decide(&case.question, &case.stages);
    flaws.extend(differences(&case.expected, &found(case, &verdict)));
    flaws
}

/// Whether what is expected names the policy just where the policy decides.
fn shows(set: &PolicySet, expected: &Expected, policy: &str, forbids: bool) -> bool {
    let named = expected.reasons.iter().any(|one| one == policy)
        || expected
            .discounted
            .values()
            .flatten()
            .any(|one| one == policy);
    let decided = (expected.outcome == Outcome::Deny) == forbids;
    named == decided || permits_to_rely(set, policy)
}

/// Whether the policy permits to rely on a grant, which no answer names.
fn permits_to_rely(set: &PolicySet, policy: &str) -> bool {
    let slice = set.loaded.slices.get(RELY);
    slice.is_some_and(|slice| {
        slice
            .permits
            .policies()
            .any(|permit| AsRef::<str>::as_ref(permit.id()) == policy)
    })
}

/// The verdict as a case would write it.
fn found(case: &Case, verdict: &Verdict) -> Expected {
    let named = |id| {
        let name = case.grants.get(id);
        name.map_or_else(|| id.to_string(), String::clone)
    };
    let discounted = verdict.discounted.iter();
    Expected {
        outcome: verdict.outcome,
        reasons: Reason::policies(&verdict.reasons),
        matched: verdict.matched.iter().map(named).collect(),
        discounted: discounted
            .map(|one| (named(&one.grant), Reason::policies(&one.reasons)))
            .collect(),
        would_refuse: Reason::policies(&verdict.would_refuse),
        obligations: verdict.obligations.clone(),
        step_up: verdict.step_up.clone(),
    }
}

fn differences(expected: &Expected, found: &Expected) -> impl Iterator<Item = Flaw> {
    type Told = fn(&Expected) -> Words;
    let parts: [(&'static str, Told); 7] = [
        ("outcome", |one| verbatim(one.outcome.name())),
        ("reasons", |one| list(&one.reasons)),
        ("matched", |one| list(&one.matched)),
        ("discounted", |one| told_discounted(&one.discounted)),
        ("wouldRefuse", |one| list(&one.would_refuse)),
        ("obligations", |one| told_obligations(&one.obligations)),
        ("stepUp", |one| told_step_up(one.step_up.as_ref())),
    ];
    parts.into_iter().filter_map(move |(of, told)| {
        let (expected, found) = (told(expected), told(found));
        (expected != found).then_some(Flaw::Differs {
            of,
            expected,
            found,
        })
    })
}

const NONE: Words = Words::part("none", "inget");

fn list<T: AsRef<str>>(all: &[T]) -> Words {
    if all.is_empty() {
        return NONE;
    }
    let all: Vec<&str> = all.iter().map(AsRef::as_ref).collect();
    verbatim(all.join(", "))
}

fn told_discounted(discounted: &BTreeMap<String, Vec<String>>) -> Words {
    if discounted.is_empty() {
        return NONE;
    }
    let each = discounted.iter().map(|(grant, reasons)| {
        words!(
            "{grant} by {reasons}",
            "{grant} genom {reasons}",
            grant = verbatim(grant),
            reasons = list(reasons)
        )
    });
    joined(each, ", ")
}

fn told_obligations(obligations: &[Obligation]) -> Words {
    let names: Vec<&str> = obligations.iter().map(|one| one.name()).collect();
    list(&names)
}

fn told_step_up(step_up: Option<&StepUp>) -> Words {
    let Some(StepUp {
        level,
        max_age_seconds,
        ..
    }) = step_up
    else {
        return NONE;
    };
    match max_age_seconds {
        None => words!("level {level}", "nivå {level}", level),
        Some(age) => words!(
            "level {level}, at most {age} seconds old",
            "nivå {level}, högst {age} sekunder gammal",
            level,
            age
        ),
    }
}

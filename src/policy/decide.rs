//! From a question to a verdict, in at most two evaluations besides the grants'.
//!
//! The first evaluation takes every guardrail, enforced or not: the engine names all that refuse, so
//! those that are not enforced can be told apart afterwards. Only when nothing else refuses are the
//! permits asked alone. A denial whose every cause is the sign-in is asked again with the strongest
//! sign-in assumed; if that would allow, the verdict says what sign-in is needed.

use std::collections::BTreeSet;

use super::PolicySet;
use super::annotation::{Note, RestsOn, SignIn};
use super::context::Asking;
use super::engine::{Answer, Failure, Matter, ReadyMatter};
use super::entities;
use super::load::Slice;
use super::nearest::nearest;
use super::place::Place;
use super::rely::{Counted, Holdings};
use super::vocabulary;
use crate::domain::facts::{Assurance, Circumstances, Question};
use crate::domain::permission::ServicePermission;
use crate::domain::verdict::{Obligation, Outcome, Reason, Stage, Stages, StepUp, Verdict};

/// A question on its way to a verdict.
pub(super) struct Deciding<'a> {
    pub(super) set: &'a PolicySet,
    pub(super) stages: &'a Stages,
}

impl Deciding<'_> {
    /// The answer to `question`.
    pub(super) fn verdict(&self, question: &Question) -> Verdict {
        self.weigh(question).unwrap_or_else(|failure| Verdict {
            reasons: vec![failure.reason()],
            ..self.denial()
        })
    }

    /// The answers to `question` under each of these circumstances, all at the question's instant.
    pub(super) fn verdicts(&self, question: &Question, under: &[Circumstances]) -> Vec<Verdict> {
        let each = self.ready(question, |matter, holdings, place| {
            let answers = under.iter().map(|circumstances| {
                let question = Question {
                    circumstances: circumstances.clone(),
                    ..question.clone()
                };
                self.judge(matter, &question, &holdings, place)
            });
            answers.collect::<Result<Vec<_>, _>>()
        });
        each.unwrap_or_else(|failure| {
            let denial = || Verdict {
                reasons: vec![failure.reason()],
                ..self.denial()
            };
            under.iter().map(|_| denial()).collect()
        })
    }

    fn weigh(&self, question: &Question) -> Result<Verdict, Failure> {
        self.ready(question, |matter, holdings, place| {
            let mut verdict = self.judge(matter, question, &holdings, place)?;
            verdict.discounted = holdings.discounted;
            Ok(verdict)
        })
    }

    /// Prepares everything that does not depend on the sign-in, for whatever is asked with it.
    fn ready<R>(
        &self,
        question: &Question,
        ask: impl FnOnce(&ReadyMatter<'_>, Holdings<'_>, &Place) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let asked = &question.asked;
        let own = ServicePermission::named(asked.permission.as_str());
        let action = match (own, asked.category) {
            (Some(own), _) => own.action(),
            (None, Some(category)) => vocabulary::category_action(category),
            (None, None) => return Err(Failure::Question("permission")),
        };
        let now = question.circumstances.now;
        let principal = &question.principal;
        let holdings = self.holdings(principal, asked.permission.as_str(), own, now)?;
        let place = Place::of(&question.target);
        let reaching: Vec<&Counted<'_>> = holdings
            .counted
            .iter()
            .filter(|counted| place.is_reached_by(counted.grant.scope) && counted.fits(&place))
            .collect();
        let (resource, mut slice) = entities::target(&question.target, &place)?;
        slice.push(entities::principal(principal, now, &holdings.tags)?);
        let matter = Matter {
            slice: self.slice(action)?,
            principal: entities::principal_uid(principal),
            resource,
            entities: slice,
            asking: Asking {
                permission: asked.permission.as_str(),
                privileged: asked.privileged,
                system: place.system.filter(|_| own.is_none()),
                disclosure_basis: reaching
                    .iter()
                    .any(|counted| counted.grant.has_disclosure_basis),
                held_beside: holdings
                    .counted
                    .iter()
                    .any(|counted| counted.is_beside(&place)),
                fresh_seconds: self.set.fresh_seconds,
            },
        };
        ask(&matter.ready(self.set)?, holdings, &place)
    }

    fn judge(
        &self,
        matter: &ReadyMatter<'_>,
        question: &Question,
        holdings: &Holdings<'_>,
        place: &Place,
    ) -> Result<Verdict, Failure> {
        let given = &question.circumstances;
        let (permits, observed) = match matter.ask(self.set, &matter.slice.all, given)? {
            Answer::Permitted(permits) => (permits, Vec::new()),
            Answer::NotPermitted => return Ok(self.nothing_permits_of(question, holdings, place)),
            Answer::Forbidden(causes) => {
                let (enforced, observed): (Vec<_>, Vec<_>) =
                    causes.into_iter().partition(|id| self.is_enforced(id));
                if !enforced.is_empty() {
                    let refused = self.refuse(matter, question, &enforced)?;
                    let unpermitted = refused.reasons == self.nothing_permits().reasons;
                    return Ok(Verdict {
                        nearest: unpermitted.then(|| nearest(&question.principal, holdings, place)),
                        ..refused
                    });
                }
                match matter.ask(self.set, &matter.slice.permits, given)? {
                    Answer::Permitted(permits) => (permits, observed),
                    Answer::NotPermitted | Answer::Forbidden(_) => {
                        return Ok(self.nothing_permits_of(question, holdings, place));
                    }
                }
            }
        };
        Ok(self.allow(&permits, observed, (holdings, place), given.emergency))
    }

    fn allow(
        &self,
        permits: &[String],
        observed: Vec<String>,
        (holdings, place): (&Holdings<'_>, &Place),
        emergency: bool,
    ) -> Verdict {
        let (notes, obligations) = self.owed(permits, emergency);
        let rests_on = |way| notes.iter().any(|note| note.rests_on == Some(way));
        let matched: Vec<&Counted<'_>> = holdings
            .counted
            .iter()
            .filter(|counted| {
                let scope = counted.grant.scope;
                let by_scope = rests_on(RestsOn::Scope) && place.is_reached_by(scope);
                let by_holder = rests_on(RestsOn::Holder) && place.holder_is_reached_by(scope);
                let beside = rests_on(RestsOn::Beside) && counted.is_beside(place);
                let anywhere = rests_on(RestsOn::Anywhere);
                counted.fits(place) && (by_scope || by_holder || beside || anywhere)
            })
            .collect();
        let mut would_refuse: BTreeSet<String> = observed.into_iter().collect();
        let rests_on_grants = notes.iter().all(|note| note.rests_on.is_some());
        if rests_on_grants && matched.iter().all(|counted| !counted.observed.is_empty()) {
            would_refuse.extend(matched.iter().flat_map(|counted| counted.observed.clone()));
        }
        Verdict {
            outcome: Outcome::Allow,
            reasons: self.reasons(notes.iter().map(|note| &note.reason.policy)),
            matched: matched.iter().map(|counted| counted.grant.id).collect(),
            obligations: obligations.into_iter().collect(),
            would_refuse: self.reasons(&would_refuse),
            ..self.denial()
        }
    }

    /// The permits that count and what they ask of the asker. What one permit allows without an active
    /// choice demands none, whatever others would ask; whoever calls an emergency owes an account of it,
    /// whatever else would have allowed it.
    fn owed(&self, permits: &[String], emergency: bool) -> (Vec<&Note>, BTreeSet<Obligation>) {
        let mut notes: Vec<&Note> = permits.iter().filter_map(|id| self.note(id)).collect();
        let asks = |note: &Note| note.obligations.contains(&Obligation::ActiveChoice);
        if notes.iter().any(|note| !asks(note)) {
            notes.retain(|note| !asks(note));
        }
        let of_permits = notes
            .iter()
            .flat_map(|note| note.obligations.iter().copied());
        let mut owed: BTreeSet<Obligation> = of_permits.collect();
        if emergency {
            owed.extend([Obligation::Notify, Obligation::Review]);
        }
        (notes, owed)
    }

    /// A denial, with the sign-in that would lift it where weak sign-in is its only cause.
    fn refuse(
        &self,
        matter: &ReadyMatter<'_>,
        question: &Question,
        causes: &[String],
    ) -> Result<Verdict, Failure> {
        let refused = Verdict {
            reasons: self.reasons(causes),
            ..self.denial()
        };
        let needs = causes.iter().map(|id| self.note(id)?.step_up);
        let Some(needs) = needs.collect::<Option<Vec<SignIn>>>() else {
            return Ok(refused);
        };
        let given = &question.circumstances;
        let strongest = Circumstances {
            assurance: Assurance {
                level: 4,
                multi_factor: true,
                authenticated_at: Some(given.now),
                ..given.assurance.clone()
            },
            ..given.clone()
        };
        match matter.ask(self.set, &matter.slice.sign_in, &strongest)? {
            Answer::NotPermitted => Ok(self.nothing_permits()),
            Answer::Forbidden(_) => Ok(refused),
            Answer::Permitted(_) => Ok(Verdict {
                step_up: self.step_up(&needs, question),
                ..refused
            }),
        }
    }

    /// A service cannot sign in more strongly, so none is offered one.
    fn step_up(&self, needs: &[SignIn], question: &Question) -> Option<StepUp> {
        question.principal.individual()?;
        let system = question.target.system.as_ref();
        let level = |need: &SignIn| match need {
            SignIn::System => system.map_or(3, |system| system.patient_level),
            SignIn::Relaxed => 2,
            SignIn::Privileged => 3,
        };
        Some(StepUp {
            level: needs.iter().map(level).max()?,
            max_age_seconds: needs
                .contains(&SignIn::Privileged)
                .then_some(self.set.fresh_seconds),
        })
    }

    pub(super) fn slice(&self, action: &str) -> Result<&Slice, Failure> {
        self.set
            .loaded
            .slices
            .get(action)
            .ok_or(Failure::Question("action"))
    }

    /// The stage of a guardrail now: the one given, else the one it was written with.
    pub(super) fn is_enforced(&self, id: &str) -> bool {
        let written = || self.note(id).map_or(Stage::Enforce, |note| note.stage);
        self.stages.get(id).copied().unwrap_or_else(written) == Stage::Enforce
    }

    fn note(&self, id: &str) -> Option<&Note> {
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

    fn nothing_permits_of(
        &self,
        question: &Question,
        holdings: &Holdings<'_>,
        place: &Place,
    ) -> Verdict {
        Verdict {
            nearest: Some(nearest(&question.principal, holdings, place)),
            ..self.nothing_permits()
        }
    }

    pub(super) fn nothing_permits(&self) -> Verdict {
        Verdict {
            reasons: vec![Reason {
                policy: "no-permit".to_owned(),
                source: None,
                law: None,
                text: "Nothing that counts permits this.".to_owned(),
                text_sv: "Inget som gäller tillåter detta.".to_owned(),
            }],
            ..self.denial()
        }
    }

    /// A denial without reasons, with the stages that were in force.
    fn denial(&self) -> Verdict {
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

//! From a question to a verdict, in at most two evaluations besides the grants'.
//!
//! The first evaluation takes every guardrail, enforced or not: the engine names all that refuse, so
//! those that are not enforced can be told apart afterwards. Only when nothing else refuses are the
//! permits asked alone. A denial whose every cause is the sign-in is asked again with the strongest
//! sign-in assumed; if that would allow, the verdict says what sign-in is needed.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::Entity;

use super::annotation::{Note, RestsOn, SignIn};
use super::context::Asking;
use super::engine::{Answer, Failure, Matter};
use super::known::{Bearer, KnownPrincipal, KnownTarget, Surroundings};
use super::nearest::nearest;
use super::place::Place;
use super::rely::{Counted, Holdings};
use super::staged::StagedPolicies;
use super::vocabulary;
use domain::facts::{Asked, Assurance, Circumstances, PrincipalFacts, Question, TargetFacts};
use domain::permission::ServicePermission;
use domain::time::Instant;
use domain::verdict::{Nearest, Obligation, Outcome, StepUp, Verdict};

/// Whose question it is, and which of their grants count for the permission: whatever it is asked about.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    principal: &'a PrincipalFacts,
    permission: &'a str,
    own: Option<ServicePermission>,
    holdings: Holdings<'a>,
    entity: Entity,
}

/// What a verdict is about.
struct About<'a> {
    prepared: &'a Prepared<'a>,
    target: &'a TargetFacts,
    place: &'a Place,
}

impl Prepared<'_> {
    /// Whether what answers follow from is the same. What else the roles hold matters only by whether the grants
    /// count.
    pub(super) fn answers_like(&self, other: &Self) -> bool {
        let (one, two) = (self.principal, other.principal);
        let themselves = one.id == two.id
            && one.kind == two.kind
            && (one.starts, one.ends) == (two.starts, two.ends);
        themselves && self.permission == other.permission && self.holdings.are_like(&other.holdings)
    }
}

impl About<'_> {
    fn nearest(&self) -> Nearest {
        nearest(self.prepared.principal, &self.prepared.holdings, self.place)
    }
}

impl StagedPolicies<'_> {
    /// The answer to `question`.
    pub(super) fn verdict(&self, question: &Question) -> Verdict {
        self.weigh(question)
            .unwrap_or_else(|failure| self.failed(&failure))
    }

    /// The answers to the principal about the target under each of these circumstances, all at the instant that it
    /// was prepared for.
    pub(super) fn verdicts(
        &self,
        prepared: &Result<Prepared<'_>, Failure>,
        (asked, target): (&Asked, &TargetFacts),
        under: &[Circumstances],
    ) -> Vec<Verdict> {
        let failed = |failure: &Failure| vec![self.failed(failure); under.len()];
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(failure) => return failed(failure),
        };
        let answers = Surroundings::of(target).and_then(|surroundings| {
            self.ready(prepared, (asked, target, &surroundings), |matter, about| {
                let answers = under.iter().map(|given| self.judge(matter, about, given));
                answers.collect()
            })
        });
        answers.unwrap_or_else(|failure| failed(&failure))
    }

    fn failed(&self, failure: &Failure) -> Verdict {
        Verdict {
            reasons: vec![failure.reason()],
            ..self.denial()
        }
    }

    /// The answer about somebody and something that are known.
    pub(super) fn known(
        &self,
        principal: &KnownPrincipal,
        about: (&Asked, &KnownTarget),
        given: &Circumstances,
    ) -> Verdict {
        self.weigh_known(principal, about, given)
            .unwrap_or_else(|failure| self.failed(&failure))
    }

    fn weigh_known(
        &self,
        principal: &KnownPrincipal,
        (asked, target): (&Asked, &KnownTarget),
        given: &Circumstances,
    ) -> Result<Verdict, Failure> {
        let bearer = principal.bearer(self.set, given.now)?;
        let who = (principal.facts(), &bearer);
        let prepared = self.prepared_for(who, asked.permission.as_str(), given.now)?;
        let about = (asked, target.facts(), target.surroundings()?);
        let mut verdict = self.ready(&prepared, about, |matter, about| {
            self.judge(matter, about, given)
        })?;
        verdict.discounted = prepared.holdings.discounted;
        Ok(verdict)
    }

    fn weigh(&self, question: &Question) -> Result<Verdict, Failure> {
        let Question {
            principal,
            asked,
            target,
            circumstances: given,
        } = question;
        let prepared = self.prepared(principal, asked.permission.as_str(), given.now)?;
        let about = (asked, target, &Surroundings::of(target)?);
        let mut verdict = self.ready(&prepared, about, |matter, about| {
            self.judge(matter, about, given)
        })?;
        verdict.discounted = prepared.holdings.discounted;
        Ok(verdict)
    }

    /// Prepares everything that depends neither on the target nor on the sign-in.
    pub(super) fn prepared<'a>(
        &self,
        principal: &'a PrincipalFacts,
        permission: &'a str,
        now: Instant,
    ) -> Result<Prepared<'a>, Failure> {
        let bearer = Arc::new(Bearer::new(self.set, principal, now)?);
        self.prepared_for((principal, &bearer), permission, now)
    }

    fn prepared_for<'a>(
        &self,
        (principal, bearer): (&'a PrincipalFacts, &Arc<Bearer>),
        permission: &'a str,
        now: Instant,
    ) -> Result<Prepared<'a>, Failure> {
        let own = ServicePermission::named(permission);
        let holdings = self.holdings((principal, bearer), permission, own, now)?;
        Ok(Prepared {
            principal,
            permission,
            own,
            entity: bearer.tagged(principal, now, &holdings.tags)?,
            holdings,
        })
    }

    /// Prepares everything that does not depend on the sign-in, for whatever is asked with it.
    fn ready<R>(
        &self,
        prepared: &Prepared<'_>,
        (asked, target, surroundings): (&Asked, &TargetFacts, &Surroundings),
        ask: impl FnOnce(&Matter<'_>, &About<'_>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let action = match (prepared.own, asked.category) {
            (Some(own), _) => own.action(),
            (None, Some(category)) => vocabulary::category_action(category),
            (None, None) => return Err(Failure::Question("permission")),
        };
        let place = &surroundings.place;
        let counted = &prepared.holdings.counted;
        let slice = self.set.slice(action)?;
        let matter = Matter {
            slice,
            principal: prepared.entity.uid(),
            resource: surroundings.resource.clone(),
            entities: surroundings.with(self.set, prepared.entity.clone(), slice)?,
            asking: Asking {
                permission: prepared.permission,
                privileged: asked.privileged,
                system: place.system.filter(|_| prepared.own.is_none()),
                disclosure_basis: counted.iter().any(|counted| {
                    counted.grant.has_disclosure_basis
                        && place.is_reached_by(counted.grant.scope)
                        && counted.fits(place)
                }),
                held_beside: counted.iter().any(|counted| counted.is_beside(place)),
                fresh_seconds: self.set.fresh_seconds,
            },
        };
        let about = About {
            prepared,
            target,
            place,
        };
        ask(&matter, &about)
    }

    fn judge(
        &self,
        matter: &Matter<'_>,
        about: &About<'_>,
        given: &Circumstances,
    ) -> Result<Verdict, Failure> {
        let (permits, observed) = match matter.ask(self.set, &matter.slice.all, given)? {
            Answer::Permitted(permits) => (permits, Vec::new()),
            Answer::NotPermitted => return Ok(self.nothing_permits_of(about)),
            Answer::Forbidden(causes) => {
                let (enforced, observed): (Vec<_>, Vec<_>) =
                    causes.into_iter().partition(|id| self.is_enforced(id));
                if !enforced.is_empty() {
                    let refused = self.refuse(matter, about, given, &enforced)?;
                    let unpermitted = refused.reasons == self.nothing_permits().reasons;
                    return Ok(Verdict {
                        nearest: unpermitted.then(|| about.nearest()),
                        ..refused
                    });
                }
                match matter.ask(self.set, &matter.slice.permits, given)? {
                    Answer::Permitted(permits) => (permits, observed),
                    Answer::NotPermitted | Answer::Forbidden(_) => {
                        return Ok(self.nothing_permits_of(about));
                    }
                }
            }
        };
        Ok(self.allow(&permits, observed, about, given.emergency))
    }

    fn allow(
        &self,
        permits: &[String],
        observed: Vec<String>,
        about: &About<'_>,
        emergency: bool,
    ) -> Verdict {
        let (place, holdings) = (about.place, &about.prepared.holdings);
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
    /// choice demands none, whatever others would ask, and what is held over the place itself is not also
    /// held beside it; whoever calls an emergency owes an account of it,
    /// whatever else would have allowed it.
    fn owed(&self, permits: &[String], emergency: bool) -> (Vec<&Note>, BTreeSet<Obligation>) {
        let mut notes: Vec<&Note> = permits.iter().filter_map(|id| self.note(id)).collect();
        let asks = |note: &Note| note.obligations.contains(&Obligation::ActiveChoice);
        if notes.iter().any(|note| !asks(note)) {
            notes.retain(|note| !asks(note));
        }
        let rests_on = |note: &Note, way| note.rests_on == Some(way);
        if notes.iter().any(|note| rests_on(note, RestsOn::Scope)) {
            notes.retain(|note| !rests_on(note, RestsOn::Beside));
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
        matter: &Matter<'_>,
        about: &About<'_>,
        given: &Circumstances,
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
                step_up: self.step_up(&needs, about),
                ..refused
            }),
        }
    }

    /// A service cannot sign in more strongly, so none is offered one.
    fn step_up(&self, needs: &[SignIn], about: &About<'_>) -> Option<StepUp> {
        about.prepared.principal.individual()?;
        let system = about.target.system.as_ref();
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

    fn nothing_permits_of(&self, about: &About<'_>) -> Verdict {
        Verdict {
            nearest: Some(about.nearest()),
            ..self.nothing_permits()
        }
    }
}

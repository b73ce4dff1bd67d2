//! Deciding again what the log says was decided: the same question, the same facts, the policies of then.
//!
//! The counterpart of `event`: what that writes, this reads. A decision that comes out differently means
//! that the event was altered, or that policies are not evaluated as they were; which of the members
//! differ says more. To let a new member be replayed: make it here as `event` and the envelope do, and
//! name it in [`COMPARED`].

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::event::CALL;
use super::past::{PastPolicies, Unreplayable};
use domain::action::ListKind;
use domain::built_in::BuiltIn;
use domain::facts::{Asked, Circumstances, PrincipalFacts, Question};
use domain::verdict::{Outcome, Reason, Stages, Verdict};
use domain::{Named as _, ServicePermission};
use policy::{ListQuestion, PolicySet};
use transparency::fact::{self, Texts};

/// The members of a decision that have to come out as they are recorded.
const COMPARED: &[&str] = &[
    "outcome",
    "askerOutcome",
    "reasons",
    "wouldRefuse",
    "stages",
    "obligations",
    "matched",
    "discounted",
    "stepUp",
    "unmet",
    "filter",
];

/// Something that came out differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The member of the event.
    pub member: &'static str,
    /// What the event says, as JSON; `None`: nothing.
    pub recorded: Option<String>,
    /// What came out, as JSON; `None`: nothing.
    pub replayed: Option<String>,
}

/// A decision as its event records it.
#[derive(Debug, Clone)]
pub struct RecordedDecision {
    pub(super) members: Map<String, Value>,
    pub(super) said: Said,
    /// Those of its members of which facts are not there any more.
    erased: Vec<&'static str>,
}

/// The members that a decision is made from.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Said {
    pub(super) permission: String,
    principal: Named,
    #[serde(default)]
    asker: Option<Named>,
    target: Aim,
    pub(super) policy: Release,
    #[serde(default)]
    pub(super) stages: Stages,
    #[serde(default)]
    reasons: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Named {
    #[serde(default)]
    id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Aim {
    id: String,
    kind: String,
    #[serde(default)]
    unknown: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Release {
    digest: String,
    #[serde(default)]
    pub(super) fresh_seconds: Option<u32>,
}

/// The facts of what was decided without a target.
#[derive(Deserialize)]
struct Standing {
    principal: PrincipalFacts,
    circumstances: Circumstances,
}

impl RecordedDecision {
    /// Reads the envelope of a decision, whose facts are among those.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(envelope: &[u8], facts: &Texts) -> Result<Self, Unreplayable> {
        let unreadable = |_| Unreplayable::Envelope;
        let whole: Value = serde_json::from_slice(envelope).map_err(unreadable)?;
        let said = Said::deserialize(&whole).map_err(unreadable)?;
        let Value::Object(mut members) = whole else {
            return Err(Unreplayable::Envelope);
        };
        if members.get("kind") != Some(&json!("decision")) {
            return Err(Unreplayable::Envelope);
        }
        let mut erased = Vec::new();
        for member in fact::MEMBERS {
            let Some(held) = members.remove(member) else {
                continue;
            };
            match fact::whole(&held, &said.target.id, facts) {
                Some(whole) => drop(members.insert(member.to_owned(), whole)),
                None => erased.push(member),
            }
        }
        Ok(Self {
            members,
            said,
            erased,
        })
    }

    /// The digest of the policies that decided.
    #[must_use]
    pub fn policy_digest(&self) -> &str {
        &self.said.policy.digest
    }

    /// Decides again and says what came out differently; empty: nothing did.
    ///
    /// # Errors
    /// When what it was decided from is not in the event.
    pub fn replay(&self, policies: &PastPolicies) -> Result<Vec<Difference>, Unreplayable> {
        let fresh = self.said.policy.fresh_seconds;
        let fresh = fresh.ok_or(Unreplayable::Absent("policy.freshSeconds"))?;
        let set = policies.0.clone().with_fresh_seconds(fresh);
        let made = self.made(&set, &set.stages_of(&self.said.stages))?;
        Ok(self.compared(&made))
    }

    /// The members of the event, made by these policies at these stages.
    pub(super) fn made(
        &self,
        set: &PolicySet,
        stages: &Stages,
    ) -> Result<Map<String, Value>, Unreplayable> {
        if self.said.permission == CALL {
            self.call()
        } else if self
            .said
            .reasons
            .iter()
            .any(|reason| reason == BuiltIn::ListFilter.name())
        {
            self.list(set, stages)
        } else if self.said.asker.is_some() {
            self.asked(set, stages)
        } else {
            let question = self.question(&self.said.principal)?;
            Ok(members(&set.decide(&question, stages)))
        }
    }

    /// A caller who was turned away: by nobody's policy, for it precedes them.
    fn call(&self) -> Result<Map<String, Value>, Unreplayable> {
        if self.said.principal.id.is_none() {
            return Ok(refused(BuiltIn::UnknownPrincipal.name()));
        }
        let Standing {
            principal,
            circumstances,
        } = self.member("facts")?;
        let live = principal.is_live(circumstances.now);
        Ok(if live {
            Map::from_iter([("outcome".to_owned(), json!(Outcome::Allow))])
        } else {
            refused(BuiltIn::CallerNotLive.name())
        })
    }

    fn list(&self, set: &PolicySet, stages: &Stages) -> Result<Map<String, Value>, Unreplayable> {
        if !self.members.contains_key("filter") {
            return Err(self.missing("filter"));
        }
        let kind = ListKind::of(&self.said.target.kind).ok_or(Unreplayable::Malformed("target"))?;
        let Standing {
            principal,
            circumstances,
        } = self.member("facts")?;
        let question = ListQuestion {
            principal,
            kind,
            circumstances,
        };
        let filter = set.filter(&question, stages);
        let mut made = Map::new();
        made.insert("outcome".to_owned(), json!(Outcome::Allow));
        made.insert("reasons".to_owned(), json!([BuiltIn::ListFilter.name()]));
        set_some(
            &mut made,
            "stages",
            json!(set.lenient(stages, question.circumstances.now)),
        );
        made.insert("filter".to_owned(), json!(filter));
        Ok(made)
    }

    /// Both answers of a question about somebody else.
    fn asked(&self, set: &PolicySet, stages: &Stages) -> Result<Map<String, Value>, Unreplayable> {
        let asker = self.said.asker.as_ref().ok_or(Unreplayable::Envelope)?;
        let by_rule = [
            BuiltIn::AskerMayNotAsk.name(),
            BuiltIn::UnknownPrincipal.name(),
            BuiltIn::UnknownTarget.name(),
        ];
        let ruled = |reason: &String| by_rule.contains(&reason.as_str());
        if self.said.reasons.iter().any(ruled) {
            let verdict = set.decide(&self.question(asker)?, stages);
            let why = match verdict.outcome {
                Outcome::Deny => BuiltIn::AskerMayNotAsk.name(),
                Outcome::Allow if self.said.principal.id.is_none() => {
                    BuiltIn::UnknownPrincipal.name()
                }
                Outcome::Allow if self.said.target.unknown => BuiltIn::UnknownTarget.name(),
                Outcome::Allow => return Err(Unreplayable::Malformed("facts")),
            };
            let mut made = refused(why);
            made.insert("askerOutcome".to_owned(), json!(verdict.outcome));
            set_some(&mut made, "stages", json!(verdict.stages));
            return Ok(made);
        }
        let question = self.question(&self.said.principal)?;
        let first: Standing = self.member("askerFacts")?;
        let may_ask = Question {
            principal: first.principal,
            asked: Asked::own(ServicePermission::DecisionAsk),
            target: question.target.clone(),
            circumstances: first.circumstances,
        };
        let mut made = members(&set.decide(&question, stages));
        let may_ask = set.decide(&may_ask, stages).outcome;
        made.insert("askerOutcome".to_owned(), json!(may_ask));
        Ok(made)
    }

    /// The question that the facts are, which has to be about that party.
    fn question(&self, about: &Named) -> Result<Question, Unreplayable> {
        let question: Question = self.member("facts")?;
        if about.id.as_deref() == Some(question.principal.id.to_string().as_str()) {
            Ok(question)
        } else {
            Err(Unreplayable::Malformed("facts"))
        }
    }

    fn member<T: for<'a> Deserialize<'a>>(&self, name: &'static str) -> Result<T, Unreplayable> {
        let value = self.members.get(name).ok_or_else(|| self.missing(name))?;
        T::deserialize(value).map_err(|_| Unreplayable::Malformed(name))
    }

    fn missing(&self, name: &'static str) -> Unreplayable {
        if self.erased.contains(&name) {
            Unreplayable::Erased(name)
        } else {
            Unreplayable::Absent(name)
        }
    }

    fn compared(&self, made: &Map<String, Value>) -> Vec<Difference> {
        let differing = COMPARED.iter().filter_map(|member| {
            let (recorded, replayed) = (self.members.get(*member), made.get(*member));
            (recorded != replayed).then(|| Difference {
                member,
                recorded: recorded.map(Value::to_string),
                replayed: replayed.map(Value::to_string),
            })
        });
        differing.collect()
    }
}

fn refused(why: &str) -> Map<String, Value> {
    let outcome = ("outcome".to_owned(), json!(Outcome::Deny));
    Map::from_iter([outcome, ("reasons".to_owned(), json!([why]))])
}

/// The members of an event that a verdict gives it, as an envelope spells them.
fn members(verdict: &Verdict) -> Map<String, Value> {
    let mut made = Map::new();
    made.insert("outcome".to_owned(), json!(verdict.outcome));
    set_some(
        &mut made,
        "reasons",
        json!(Reason::policies(&verdict.reasons)),
    );
    let would_refuse = in_order(Reason::policies(&verdict.would_refuse));
    set_some(&mut made, "wouldRefuse", json!(would_refuse));
    set_some(&mut made, "stages", json!(verdict.stages));
    let obligations = verdict.obligations.iter().map(|one| one.name().to_owned());
    set_some(&mut made, "obligations", json!(in_order(obligations)));
    let matched = verdict.matched.iter().map(ToString::to_string);
    set_some(&mut made, "matched", json!(in_order(matched)));
    let mut discounted: Vec<_> = verdict.discounted.iter().collect();
    discounted.sort_by_key(|one| one.grant);
    let discounted = discounted.into_iter().map(
        |one| json!({ "grant": one.grant.to_string(), "reasons": Reason::policies(&one.reasons) }),
    );
    set_some(&mut made, "discounted", discounted.collect());
    if let Some(step_up) = &verdict.step_up {
        made.insert("stepUp".to_owned(), json!(step_up));
    }
    if let Some(nearest) = &verdict.nearest {
        let mut unmet = Map::from_iter([("kind".to_owned(), json!(nearest.unmet))]);
        let grants = nearest.grants.iter().map(ToString::to_string);
        set_some(&mut unmet, "grants", json!(in_order(grants)));
        made.insert("unmet".to_owned(), unmet.into());
    }
    made
}

/// Sets a list or an object, if it has anything.
fn set_some(made: &mut Map<String, Value>, member: &str, value: Value) {
    let empty = match &value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    if !empty {
        made.insert(member.to_owned(), value);
    }
}

fn in_order(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let names: std::collections::BTreeSet<String> = names.into_iter().collect();
    names.into_iter().collect()
}

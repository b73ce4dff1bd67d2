//! Deciding again what the log says was decided, by other policies than those that decided it: what a release
//! would change, told before anybody is surprised by it.

use serde_json::{Map, Value, json};

use super::past::{PastPolicies, Unreplayable};
use super::replay::RecordedDecision;
use domain::verdict::Stage;

/// In which way a decision comes out otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// It was refused and would be allowed.
    Gains,
    /// It was allowed and would be refused.
    Loses,
    /// It is allowed as before, and asks the asker for something else.
    Obligations,
    /// A list would show other rows.
    List,
}

/// How a decision comes out by other policies than those that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Otherwise {
    /// In which way; `None`: it comes out the same.
    pub turn: Option<Turn>,
    /// Who it was about: an HSA-id, a client id, or whatever was given.
    pub principal: String,
    /// What was asked for.
    pub permission: String,
    /// To what, as it was named.
    pub target: String,
    /// The policies behind the new answer.
    pub because: Vec<String>,
}

impl RecordedDecision {
    /// How the decision would come out by other policies. Guardrails that the policies of then knew are as
    /// they were then; the others are at the stage they are written with.
    ///
    /// # Errors
    /// When what it was decided from is not in the event.
    pub fn otherwise(
        &self,
        then: &PastPolicies,
        other: &PastPolicies,
    ) -> Result<Otherwise, Unreplayable> {
        let fresh = self.said.policy.fresh_seconds;
        let fresh = fresh.ok_or(Unreplayable::Absent("policy.freshSeconds"))?;
        let set = other.0.clone().with_fresh_seconds(fresh);
        let stages = other.0.guardrails().map(|guardrail| {
            let was = self.said.stages.get(&guardrail.id).copied();
            let known = then.0.reason(&guardrail.id).is_some();
            let stage = was.unwrap_or(if known {
                Stage::Enforce
            } else {
                guardrail.stage
            });
            (guardrail.id, stage)
        });
        let made = self.made(&set, &stages.collect())?;
        let allowed =
            |members: &Map<String, Value>| members.get("outcome") == Some(&json!("allow"));
        let differs = |member: &str| self.members.get(member) != made.get(member);
        let reasons = made.get("reasons").and_then(Value::as_array);
        let names = |values: Option<&Vec<Value>>| -> Vec<String> {
            let texts = values.into_iter().flatten().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        };
        let text = |member: &str, keys: [&str; 3]| {
            let found = self.members.get(member);
            let given = keys.iter().find_map(|key| found?.get(key)?.as_str());
            given.unwrap_or_default().to_owned()
        };
        let turn = match (allowed(&self.members), allowed(&made)) {
            (false, true) => Some(Turn::Gains),
            (true, false) => Some(Turn::Loses),
            (true, true) if differs("filter") => Some(Turn::List),
            (true, true) if differs("obligations") => Some(Turn::Obligations),
            (true, true) | (false, false) => None,
        };
        Ok(Otherwise {
            turn,
            principal: text("principal", ["external", "named", "id"]),
            permission: self.said.permission.clone(),
            target: text("target", ["external", "id", "kind"]),
            because: names(reasons),
        })
    }
}

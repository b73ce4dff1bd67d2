//! What the envelope of a decision says, with the facts that it commits to.

use std::collections::BTreeMap;

use sea_orm::DbErr;
use serde::Deserialize;
use serde_json::Value;

use super::DecisionRecord;
use crate::StoreError;
use crate::column::FromColumn;
use crate::read::Reader;
use audit::WantedFacts;
use domain::facts::{Assurance, AssuranceSource, GrantFacts, Question};
use domain::id::{
    EngagementId, EventId, GrantId, IndividualId, OrganisationId, PersonId, SystemId,
};
use domain::verdict::{Nearest, Obligation, Outcome, Stages, StepUp};
use domain::{EntityKind, EntityRef, HsaId, Instant};
use transparency::fact::{self, Part, Texts};

/// What the envelope of a decision says.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// When it was decided, or when the asker says it happened.
    pub occurred_at: Instant,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Who it is about.
    pub principal: Who,
    /// Who asked; `None`: the principal itself.
    #[serde(default)]
    pub asker: Option<Who>,
    /// The permission.
    pub permission: String,
    /// The action of the policies.
    pub action: String,
    /// What it was aimed at.
    pub target: What,
    /// The answer.
    pub outcome: Outcome,
    /// Whether the asker may ask; `None`: the principal asked for itself.
    #[serde(default)]
    pub asker_outcome: Option<Outcome>,
    /// The policies that determined it.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// The guardrails that would have refused.
    #[serde(default)]
    pub would_refuse: Vec<String>,
    /// What the allow asks for.
    #[serde(default)]
    pub obligations: Vec<Obligation>,
    /// The grants that it rests on.
    #[serde(default)]
    pub matched: Vec<GrantId>,
    /// The grants that did not count.
    #[serde(default)]
    pub discounted: Vec<NotCounted>,
    /// What sign-in would have helped.
    #[serde(default)]
    pub step_up: Option<StepUp>,
    /// Where nothing permitted it, how near the principal came.
    #[serde(default)]
    pub unmet: Option<Nearest>,
    /// How the principal signed in; `None`: nothing was shown.
    #[serde(default)]
    pub assurance: Option<SignIn>,
    /// What the access was for.
    #[serde(default)]
    pub purpose: Option<String>,
    /// The network zone.
    #[serde(default)]
    pub network_zone: Option<String>,
    /// The policy set.
    pub policy: Release,
    /// The request.
    pub request_id: String,
    /// The trace it belongs to.
    #[serde(default)]
    pub trace_id: Option<String>,
    /// On whose behalf, under a delegation.
    #[serde(default)]
    pub acting_for: Option<PersonId>,
    /// Whether it was asked to have the answer explained, so that it opened nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// The earlier answer that the question went on from.
    #[serde(default)]
    pub confirms: Option<EventId>,
    /// The guardrails that were not enforced.
    #[serde(default)]
    pub stages: Stages,
    /// What a list returned.
    #[serde(default)]
    pub listed: Vec<EntityRef>,
    /// What else the same request looked for in vain.
    #[serde(default)]
    pub also_looked_for: Option<LookedFor>,
    /// What became of the effect: `done` or `failed`.
    #[serde(default)]
    pub effect: Option<String>,
    /// The run that it allowed.
    #[serde(default)]
    pub run: Option<EntityRef>,
    /// The personal values that it commits to, by name.
    #[serde(default)]
    pub slots: BTreeMap<String, Commitment>,
    /// How many events the facts take into account.
    pub facts_at: u64,
    facts: Option<Value>,
    asker_facts: Option<Value>,
    filter: Option<Value>,
    /// The facts used, once they are read.
    #[serde(skip)]
    pub used: Used,
}

/// What a decision was made from.
#[derive(Debug, Clone, Default)]
pub struct Used {
    /// The question, or who asked under which circumstances.
    pub facts: Option<Value>,
    /// The same of the asker, where the question is another.
    pub asker_facts: Option<Value>,
    /// The condition that the rows of a list met.
    pub filter: Option<Value>,
    /// Those of these that the event commits to and that are not there any more, by the names of their members.
    pub erased: Vec<&'static str>,
}

/// Look-ups that are told together, because one request made them and got nothing by any of them.
#[derive(Debug, Clone, Deserialize)]
pub struct LookedFor {
    /// How many there were, equal ones once.
    pub count: u64,
    /// The kinds of what was looked for.
    pub kinds: Vec<String>,
    /// The ids and names that were looked for, as far as there was room.
    #[serde(default)]
    pub names: Vec<String>,
}

/// What an event says of a personal value that stands outside it.
#[derive(Debug, Clone, Deserialize)]
pub struct Commitment {
    /// How long it is kept, by the name of a class.
    pub class: String,
    /// HMAC-SHA-256 over name and value under the salt, in hexadecimal.
    pub commitment: String,
    /// Whose value it is.
    #[serde(default)]
    pub authority: Option<OrganisationId>,
}

/// A person or service in an event.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Who {
    /// The row; `None`: unknown to the register.
    #[serde(default)]
    pub id: Option<EntityRef>,
    /// The HSA-id or client id of somebody in the register.
    #[serde(default)]
    pub external: Option<String>,
    /// The name given for somebody who is not.
    #[serde(default)]
    pub named: Option<String>,
    /// The commission.
    #[serde(default)]
    pub commission: Option<HsaId>,
    /// The human being; `None`: a service, or unknown.
    #[serde(default)]
    pub individual: Option<IndividualId>,
    /// The engagements that the matched grants rest on.
    #[serde(default)]
    pub engagements: Vec<EngagementId>,
    /// The units it belonged to.
    #[serde(default)]
    pub units: Vec<OrganisationId>,
    /// Every organisation that it belonged to.
    #[serde(default)]
    pub path: Vec<OrganisationId>,
}

impl Who {
    /// The HSA-id or client id; of a service that is called as people are the id, for it is not the person of
    /// that name.
    #[must_use]
    pub fn name(&self) -> String {
        let named = self.external.as_deref().or(self.named.as_deref());
        let named = named.unwrap_or_default();
        match &self.id {
            Some(id) if id.kind() == EntityKind::Service && named.parse::<HsaId>().is_ok() => {
                id.to_string()
            }
            Some(_) | None => named.to_owned(),
        }
    }
}

/// The target of a decision.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct What {
    /// The row, or what stands in for it.
    pub id: EntityRef,
    /// Its kind.
    pub kind: String,
    /// The name it was asked for by.
    #[serde(default)]
    pub external: Option<String>,
    /// The asker's word for what the register does not hold.
    #[serde(default)]
    pub record_kind: Option<String>,
    /// Its system.
    #[serde(default)]
    pub system: Option<SystemId>,
    /// The authority (nämnd) it belonged to.
    #[serde(default)]
    pub authority: Option<OrganisationId>,
    /// The care provider it belonged to.
    #[serde(default)]
    pub care_provider: Option<OrganisationId>,
    /// Every organisation that it was or lay below.
    #[serde(default)]
    pub path: Vec<OrganisationId>,
    /// The attributes that rest on the asker's word.
    #[serde(default)]
    pub asserted: Vec<String>,
    /// Whether the register does not know what was asked for.
    #[serde(default)]
    pub unknown: bool,
}

/// A grant that did not count, and why.
#[derive(Debug, Clone, Deserialize)]
pub struct NotCounted {
    /// The grant.
    pub grant: GrantId,
    /// The guardrails that discount it.
    pub reasons: Vec<String>,
}

/// How the principal signed in.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    level: u8,
    multi_factor: bool,
    #[serde(default)]
    acr: Option<String>,
    #[serde(default)]
    methods: Vec<String>,
    #[serde(default)]
    authenticated_at: Option<Instant>,
    source: AssuranceSource,
}

impl From<SignIn> for Assurance {
    fn from(recorded: SignIn) -> Self {
        Self {
            level: recorded.level,
            multi_factor: recorded.multi_factor,
            acr: recorded.acr,
            methods: recorded.methods,
            authenticated_at: recorded.authenticated_at,
            source: recorded.source,
        }
    }
}

/// The policy set that decided.
#[derive(Debug, Clone, Deserialize)]
pub struct Release {
    /// Its digest.
    pub digest: String,
    /// Its generation.
    pub generation: u64,
}

impl Evidence {
    /// The grants among the facts that were used; empty where the event holds no question, or they were erased.
    #[must_use]
    pub fn grants(&self) -> Vec<GrantFacts> {
        let question = self
            .used
            .facts
            .clone()
            .map(serde_json::from_value::<Question>);
        question
            .and_then(Result::ok)
            .map_or_else(Vec::new, |asked| asked.principal.grants)
    }

    fn members(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let held = [&self.facts, &self.asker_facts, &self.filter];
        let members = fact::MEMBERS.into_iter().zip(held);
        members.filter_map(|(name, value)| Some((name, value.as_ref()?)))
    }

    /// What it commits to.
    fn commitments(&self) -> impl Iterator<Item = (Part, &str)> {
        let members = self.members();
        members.flat_map(|(name, value)| fact::commitments(name, value))
    }

    /// Takes what it was made from out of those texts.
    fn use_facts(&mut self, texts: &Texts) {
        let target = self.target.id.to_string();
        let mut used = Used::default();
        for (name, value) in self.members() {
            let whole = fact::whole(value, &target, texts);
            used.erased.extend(whole.is_none().then_some(name));
            match name {
                "facts" => used.facts = whole,
                "askerFacts" => used.asker_facts = whole,
                _ => used.filter = whole,
            }
        }
        self.used = used;
    }
}

/// Reads the facts of each of the decisions.
pub(super) async fn with_facts(
    reader: &Reader,
    records: &mut [DecisionRecord],
) -> Result<(), StoreError> {
    let mut wanted = WantedFacts::default();
    for DecisionRecord { envelope, .. } in records.iter() {
        wanted.add(envelope.recorded_at, envelope.commitments());
    }
    let texts = wanted.texts(reader.transaction()).await?;
    for record in records {
        record.envelope.use_facts(&texts);
    }
    Ok(())
}

impl FromColumn for Evidence {
    type Stored = Vec<u8>;

    fn from_column(envelope: Vec<u8>) -> Result<Self, DbErr> {
        serde_json::from_slice(&envelope).map_err(|error| {
            DbErr::Type(format!(
                "an envelope is not that of a decision: wrong at line {}, column {}",
                error.line(),
                error.column()
            ))
        })
    }
}

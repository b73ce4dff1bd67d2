//! Decisions, read back from the events that record them.
//!
//! The envelope is the evidence; the columns are used to find it and for nothing else.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use serde::Deserialize;

use entity::audit_event::Column;
use entity::{audit_event, audit_head};

pub mod evidence;
pub mod past;
#[cfg(test)]
pub(super) mod plans;
pub mod review;
mod selection;
pub mod stats;

pub(crate) use selection::holds;
pub use selection::{DecisionSelection, PartyName};

use review::{ReviewRecord, with_reviews};

use super::proofs::whole_log;
use super::{By, Key, Position, Reader, Stored};
use crate::StoreError;
use crate::column::{FromColumn, row};
use crate::filter::{Moment, Placed, Places, column};
use domain::action::Read;
use domain::facts::{Assurance, AssuranceSource, GrantFacts, Question};
use domain::id::{
    self, EngagementId, EventId, GrantId, IndividualId, OrganisationId, PersonId, SystemId,
};
use domain::verdict::{Nearest, Obligation, Outcome, Stages, StepUp};
use domain::{EntityKind, EntityRef, HsaId, Instant};
use gate::Permit;

row! {
    /// A decision as it is recorded.
    #[derive(Debug, Clone)]
    pub struct DecisionRecord {
        /// Its number in the log.
        pub seq: i64,
        /// Its id.
        pub event_id: EventId,
        /// What it says.
        pub envelope: Evidence,
        /// The leaf of the tree: SHA-256 over 0x00 and the envelope.
        pub leaf: Vec<u8>,
        /// What came of its review; `None`: it owes none, or waits for it.
        pub review: Option<ReviewRecord> = None,
    }
}

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
    /// The facts used.
    #[serde(default)]
    pub facts: Option<serde_json::Value>,
    /// The facts used for whether the asker may ask.
    #[serde(default)]
    pub asker_facts: Option<serde_json::Value>,
    /// The condition that the rows of a list met.
    #[serde(default)]
    pub filter: Option<serde_json::Value>,
    /// Which of these had no room.
    #[serde(default)]
    pub omitted: Vec<String>,
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
    /// The grants among the facts that were used; empty where the event holds no question.
    #[must_use]
    pub fn grants(&self) -> Vec<GrantFacts> {
        let question = self.facts.clone().map(serde_json::from_value::<Question>);
        question
            .and_then(Result::ok)
            .map_or_else(Vec::new, |asked| asked.principal.grants)
    }
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

impl Placed for id::Event {
    fn lies_in(places: &Places, _: Moment) -> Condition {
        places.over_path()
    }

    fn system() -> Option<Expr> {
        Some(column(Column::System))
    }

    fn about_person() -> Option<Expr> {
        None
    }

    fn holder() -> Option<Expr> {
        None
    }
}

impl Stored for id::Event {
    type Entity = audit_event::Entity;
    type Record = DecisionRecord;
    type Selection = DecisionSelection;

    const ID: Column = Column::EventId;
    const KEY: Column = Column::Seq;
    const NAME_KEY: Option<Column> = None;

    fn among() -> Condition {
        Condition::all().add(selection::is_decision())
    }

    fn id(record: &DecisionRecord) -> EntityRef {
        record.event_id.into()
    }

    fn position(record: &DecisionRecord, _: By) -> Position {
        Position {
            value: None,
            key: Key::Seq(record.seq),
        }
    }

    fn complete<'a>(
        reader: &'a Reader,
        records: &'a mut [DecisionRecord],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(with_reviews(reader, records))
    }
}

row! {
    /// The head of the log, as of the moment that is read.
    #[derive(Debug, Clone)]
    pub struct HeadRecord {
        /// The log's name.
        pub origin: String,
        /// How many events it has.
        pub size: i64,
        /// The root of the tree over them.
        pub root: Vec<u8>,
        /// When the last one was recorded.
        pub last_t: Instant,
    }
}

impl Reader {
    /// The head of the log, for somebody who may read the decisions of the whole installation.
    ///
    /// # Errors
    /// The database does not answer, or the permit is for something less than the log.
    pub async fn head(&self, permit: Permit<Read<id::Event>>) -> Result<HeadRecord, StoreError> {
        whole_log(&permit)?;
        let gone = || StoreError::Gone {
            id: *permit.target(),
        };
        audit_head::Entity::find()
            .filter(audit_head::Column::LogId.eq(1))
            .into_model::<HeadRecord>()
            .one(self.connection())
            .await?
            .ok_or_else(gone)
    }
}

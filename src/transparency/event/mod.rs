//! The entries of the log, as those who cause them describe them.
//!
//! Plain data that whoever decides and changes fills in; [`super::envelope`] turns it into the bytes that
//! `FORMAT.md` defines. Only what those bytes hold is here, so a new field begins in `FORMAT.md`.

mod caps;
mod check;
mod error;
mod looked_for;

use std::collections::{BTreeMap, BTreeSet};

use super::canonical;
use super::fact::{Fact, Facts};
use super::slot::{REGISTER, SlotValue};
use domain::facts::Assurance;
use domain::id::{
    EngagementId, EntityRef, EventId, GrantId, IndividualId, OrganisationId, PersonId, RunId,
    SystemId,
};
use domain::verdict::{Nearest, Obligation, Outcome, Stages, StepUp};
use domain::{ChangeKind, HsaId, Instant};

pub use caps::{MAX_ENVELOPE, MAX_ITEMS, MAX_LOOKED_FOR, MAX_TEXT};
pub(crate) use check::within;
pub use error::EventError;
pub use looked_for::LookedFor;

/// A person or service with its place in the organisation as of then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The row.
    pub id: EntityRef,
    /// The HSA-id or the client id.
    pub external: String,
    /// The human being; `None`: a service.
    pub individual: Option<IndividualId>,
    /// The engagements that the matched grants rest on.
    pub engagements: Vec<EngagementId>,
    /// The commission chosen at sign-in.
    pub commission: Option<HsaId>,
    /// The units of the engagements.
    pub units: Vec<OrganisationId>,
    /// The authority (nämnd) of the units.
    pub authority: Option<OrganisationId>,
    /// Every organisation above the party, itself excluded.
    pub path: Vec<EntityRef>,
}

/// Who a decision is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Somebody in the register.
    Known(Box<Party>),
    /// Nobody in the register: the HSA-id or client id that was given.
    Unknown(String),
}

/// What a decision is about, with its place as of then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRecord {
    /// The kind, as in the GraphQL schema.
    pub kind: String,
    /// What the path starts from: the target, or what stands in for it.
    pub id: EntityRef,
    /// The host name, HSA-id or other name it was asked for by.
    pub external: Option<String>,
    /// The asker's word for a kind of thing that the register does not hold.
    pub record_kind: Option<String>,
    /// The system it belongs to or is.
    pub system: Option<SystemId>,
    /// The authority (nämnd) it belongs to.
    pub authority: Option<OrganisationId>,
    /// The care provider it belongs to.
    pub care_provider: Option<OrganisationId>,
    /// Every organisation above it.
    pub path: Vec<EntityRef>,
    /// The names of the attributes that rest on the asker's word.
    pub asserted: Vec<String>,
    /// Whether the register does not know what was asked for.
    pub unknown: bool,
}

/// What became of the effect that a decision allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It stands, committed together with the decision.
    Done,
    /// It failed and left nothing behind.
    Failed,
}

impl Effect {
    /// As stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionEvent {
    /// Its id, which may be in the answer before the event is on disk.
    pub id: EventId,
    /// When it was decided, or when the asker says it happened.
    pub occurred_at: Instant,
    /// Who.
    pub principal: Principal,
    /// On whose question; `None`: the principal asked for itself.
    pub asker: Option<Party>,
    /// The permission.
    pub permission: String,
    /// The policy action.
    pub action: String,
    /// On what.
    pub target: TargetRecord,
    /// The answer.
    pub outcome: Outcome,
    /// Whether the asker may ask.
    pub asker_outcome: Option<Outcome>,
    /// The determining policies, the primary one first.
    pub reasons: Vec<String>,
    /// The guardrails that would have refused.
    pub would_refuse: Vec<String>,
    /// The guardrails that were not enforced.
    pub stages: Stages,
    /// What an allow asks for.
    pub obligations: Vec<Obligation>,
    /// The grants that an allow rests on.
    pub matched: Vec<GrantId>,
    /// The grants that did not count, and the guardrails that discounted them.
    pub discounted: Vec<(GrantId, Vec<String>)>,
    /// What sign-in would have helped.
    pub step_up: Option<StepUp>,
    /// Where nothing permitted it, how near the principal came.
    pub unmet: Option<Nearest>,
    /// How the principal signed in.
    pub assurance: Option<Assurance>,
    /// The network zone the request came from.
    pub network_zone: Option<String>,
    /// What the access is for.
    pub purpose: Option<String>,
    /// The earlier answer that the question went on from.
    pub confirms: Option<EventId>,
    /// Whether it was asked to have the answer explained, so that nothing was opened by it.
    pub dry_run: bool,
    /// On whose behalf, under a delegation.
    pub acting_for: Option<PersonId>,
    /// The digest of the policy set.
    pub policy_digest: String,
    /// The generation of the policy set.
    pub policy_generation: u64,
    /// How old a sign-in could be and still count as recent; `None`: nothing was asked of the policies.
    pub fresh_seconds: Option<u32>,
    /// What the log's head said of changes where the facts were read (`FORMAT.md`, section 6).
    pub facts_at: u64,
    /// The facts used; `None`: there were none to use.
    pub facts: Option<Facts>,
    /// The facts used for whether the asker may ask, where they are others.
    pub asker_facts: Option<Facts>,
    /// The condition that the rows of a list met.
    pub filter: Option<Fact>,
    /// The request.
    pub request_id: String,
    /// The trace it belongs to.
    pub trace_id: Option<String>,
    /// The ids that a list returned.
    pub listed: Vec<EntityRef>,
    /// What else the same request looked for and was answered so.
    pub also_looked_for: Option<LookedFor>,
    /// What became of the effect; set by the log.
    pub effect: Option<Effect>,
    /// The run it allowed; set by the log.
    pub run: Option<RunId>,
    /// Personal values.
    pub slots: Vec<SlotValue>,
}

/// A change of a thing in the register, by whoever makes it: what became of it, and why. What it is from then on is
/// told by the register itself ([`ChangeEvent`]), so that no two ways of changing something tell it differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The id of the event that tells of it.
    pub id: EventId,
    /// The thing.
    pub entity: EntityRef,
    /// What became of it.
    pub kind: ChangeKind,
    /// What is to be known of the change and is no part of the thing, in clear: register ids, counts, digests.
    pub about: BTreeMap<&'static str, canonical::Value>,
    /// Why, in somebody's own words.
    pub slots: Vec<SlotValue>,
    /// What columns of its row hold by it, spelled; `None`: their default. It is not recorded where the database holds
    /// something else, nor where it holds something new that the change does not speak of: a trigger can write what
    /// nobody has decided.
    pub expects: BTreeMap<&'static str, Option<String>>,
    /// The fields, by the names that the log has, that it may have set besides: what is not known by its column.
    pub sets: BTreeSet<&'static str>,
    /// The sets of members that it has changed, by the names that the log has.
    pub members: BTreeMap<&'static str, Members>,
    /// The decision (or the host's operation) that allowed it.
    pub decision: EventId,
    /// The run it belongs to.
    pub run: Option<RunId>,
    /// The keys whose facts it may alter: register ids, and `hsa:…`, `client:…`, `host:…` for what
    /// was looked up and not found.
    pub touches: BTreeSet<String>,
}

/// What became of a set of members, each by its one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// That one is among them; the others are those that there were.
    With(String),
    /// That one is not among them; the others are those that there were.
    Without(String),
    /// They are these.
    Exactly(BTreeSet<String>),
}

impl Members {
    /// The members that there are, where there were those.
    #[must_use]
    pub fn of(&self, mut were: BTreeSet<String>) -> BTreeSet<String> {
        match self {
            Self::With(one) => {
                were.insert(one.clone());
                were
            }
            Self::Without(one) => {
                were.remove(one);
                were
            }
            Self::Exactly(these) => these.clone(),
        }
    }
}

impl Change {
    /// That this became of the thing, by that decision; it may alter the facts of the thing itself.
    #[must_use]
    pub fn new(id: EventId, entity: EntityRef, kind: ChangeKind, decision: EventId) -> Self {
        Self {
            id,
            entity,
            kind,
            about: BTreeMap::new(),
            slots: Vec::new(),
            expects: BTreeMap::new(),
            sets: BTreeSet::new(),
            members: BTreeMap::new(),
            decision,
            run: None,
            touches: BTreeSet::from([entity.to_string()]),
        }
    }

    /// May alter the facts of those keys too.
    #[must_use]
    pub fn touching<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.touches.extend(keys.into_iter().map(Into::into));
        self
    }

    /// With what a column of its row holds by it.
    #[must_use]
    pub fn expecting(mut self, column: &'static str, value: Option<String>) -> Self {
        self.expects.insert(column, value);
        self
    }

    /// May have set those fields besides, by the names that the log has.
    #[must_use]
    pub fn setting(mut self, fields: impl IntoIterator<Item = &'static str>) -> Self {
        self.sets.extend(fields);
        self
    }

    /// With what became of the members of that name.
    #[must_use]
    pub fn having(mut self, name: &'static str, members: Members) -> Self {
        self.members.insert(name, members);
        self
    }

    /// For that reason, or with whatever else somebody has said of it in their own words.
    #[must_use]
    pub fn with(mut self, slots: Vec<SlotValue>) -> Self {
        self.slots.extend(slots);
        self
    }

    /// With what else is to be known of it, as far as there is something.
    #[must_use]
    pub fn about<V: Into<canonical::Value>>(
        mut self,
        name: &'static str,
        value: Option<V>,
    ) -> Self {
        self.about.extend(value.map(|value| (name, value.into())));
        self
    }
}

/// What a thing of the register is, as far as decisions can rest on it: its own row and the members that it has.
/// What is absent is at its default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// What may stand in clear, by field.
    pub clear: canonical::Object,
    /// What is personal, by field: told in slots.
    pub personal: BTreeMap<&'static str, String>,
}

impl State {
    /// The names of its fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let clear = self.clear.iter().map(|(name, _)| name);
        clear.chain(self.personal.keys().copied())
    }

    /// The personal values, as they stand beside the event that tells of them.
    pub fn slots(&self) -> impl Iterator<Item = SlotValue> {
        self.personal.iter().map(|(name, value)| SlotValue {
            name,
            value: value.clone(),
            retention_class: REGISTER.to_owned(),
            authority: None,
        })
    }
}

/// A change as the log tells it: with what the thing is after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeEvent {
    /// What was changed, by whom and why.
    pub change: Change,
    /// What the thing is now.
    pub state: State,
    /// The seq of the last event that told of the thing; `None`: none has.
    pub previous: Option<u64>,
    /// The names of the fields that are otherwise than that event told.
    pub fields: BTreeSet<String>,
}

/// Something that happened to the log or by the host's authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationEvent {
    /// Its id.
    pub id: EventId,
    /// What: `genesis`, `runStarted`, `runCompleted`, `runAbandoned`, `runRefused`, `recover` …
    pub name: &'static str,
    /// The decision that allowed it; `None`: the host's own authority.
    pub decision: Option<EventId>,
    /// The run it belongs to.
    pub run: Option<RunId>,
    /// What only this operation has.
    pub details: canonical::Object,
}

/// A policy set that is in force from here on. It makes every pending decision stale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyEvent {
    /// Its id.
    pub id: EventId,
    /// `release` or `rollback`.
    pub change: &'static str,
    /// The generation that is now active.
    pub generation: u64,
    /// The digest of its text.
    pub digest: String,
    /// The decision that allowed it; `None`: the host's own authority.
    pub decision: Option<EventId>,
}

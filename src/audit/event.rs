//! The entries of the log, as those who cause them describe them.
//!
//! Plain data that `gate` and `store` fill in; [`super::envelope`] turns it into the bytes that
//! `FORMAT.md` defines. Only what those bytes hold is here, so a new field begins in `FORMAT.md`.

use std::collections::{BTreeMap, BTreeSet};

use super::canonical::{self, CanonicalError, Spelled};
use super::check::text;
use super::slot::SlotValue;
use domain::Words;
use domain::facts::Assurance;
use domain::id::{
    EngagementId, EntityRef, EventId, GrantId, IndividualId, OrganisationId, PersonId, RunId,
    SystemId,
};
use domain::speaks::{Speaks, verbatim, words};
use domain::verdict::{Nearest, Obligation, Outcome, Stages, StepUp};
use domain::{HsaId, Instant};

/// How many bytes the facts of a decision may have.
pub const MAX_FACTS: usize = 32 * 1_024;
/// How many bytes an envelope may have.
pub const MAX_ENVELOPE: usize = 128 * 1_024;
/// How many bytes a text that comes from outside may have.
pub const MAX_TEXT: usize = 512;
/// How many bytes the names may have together that one request looked for in vain.
pub const MAX_LOOKED_FOR: usize = 4 * 1_024;
/// How many items a list in an event may have.
pub const MAX_ITEMS: usize = 1_024;

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

/// What an event keeps of something that may have more bytes than there is room for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// All of it, at most [`MAX_FACTS`] bytes.
    Whole(Spelled),
    /// Nothing but that it was longer: the one reason why an event may lack it.
    TooLong,
}

impl Kept {
    /// What an event keeps of anything that serialises.
    ///
    /// # Errors
    /// When it holds what has no canonical form, as an instant of the year 9999.
    pub fn of(value: &impl serde::Serialize) -> Result<Self, CanonicalError> {
        match Spelled::of(value, MAX_FACTS) {
            Ok(spelled) => Ok(Self::Whole(spelled)),
            Err(CanonicalError::TooLong { .. }) => Ok(Self::TooLong),
            Err(other) => Err(other),
        }
    }

    /// The whole of it, if it is there.
    #[must_use]
    pub const fn whole(&self) -> Option<&Spelled> {
        match self {
            Self::Whole(spelled) => Some(spelled),
            Self::TooLong => None,
        }
    }
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
    /// What [`super::Snapshot::facts_at`] said where the facts were read.
    pub facts_at: u64,
    /// The facts used; `None`: there were none to use.
    pub facts: Option<Kept>,
    /// The facts used for whether the asker may ask, where they are others.
    pub asker_facts: Option<Kept>,
    /// The condition that the rows of a list met.
    pub filter: Option<Kept>,
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

/// Look-ups that are told together, because one request made them and got nothing by any of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LookedFor {
    /// How many there were, equal ones once.
    pub count: u64,
    /// The kinds of what was looked for, as in the GraphQL schema.
    pub kinds: BTreeSet<String>,
    /// The ids and names that were looked for: the first of them, with at most [`MAX_LOOKED_FOR`] bytes together.
    pub names: BTreeSet<String>,
    /// The bytes of the names.
    size: usize,
}

impl LookedFor {
    fn add(&mut self, kind: &str, name: &str) {
        self.count += 1;
        if !self.kinds.contains(kind) {
            self.kinds.insert(kind.to_owned());
        }
        if self.size + name.len() <= MAX_LOOKED_FOR && self.names.insert(name.to_owned()) {
            self.size += name.len();
        }
    }
}

impl DecisionEvent {
    /// What may be too long to be kept, each with the name of its member.
    pub(super) fn kept(&self) -> impl Iterator<Item = (&'static str, &Kept)> {
        let members = [
            ("facts", &self.facts),
            ("askerFacts", &self.asker_facts),
            ("filter", &self.filter),
        ];
        let kept = members.into_iter();
        kept.filter_map(|(member, kept)| Some((member, kept.as_ref()?)))
    }
}

/// A change of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeEvent {
    /// Its id.
    pub id: EventId,
    /// What changed.
    pub entity: EntityRef,
    /// How: `created`, `changed`, `revoked` …
    pub change: &'static str,
    /// The names of the fields that changed.
    pub fields: Vec<String>,
    /// Values that may stand in clear: register ids, HSA-ids, dates, flags.
    pub clear: BTreeMap<String, canonical::Value>,
    /// Personal values.
    pub slots: Vec<SlotValue>,
    /// The decision (or the host's operation) that allowed it.
    pub decision: EventId,
    /// The run it belongs to.
    pub run: Option<RunId>,
    /// The keys whose facts it may alter: register ids, and `hsa:…`, `client:…`, `host:…` for what
    /// was looked up and not found.
    pub touches: BTreeSet<String>,
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

/// The event cannot be recorded as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum EventError {
    /// A text is longer than the format admits.
    TooLong {
        /// The envelope's field.
        field: &'static str,
        /// Its bytes.
        size: usize,
        /// How many there may be.
        most: usize,
    },
    /// A list is longer than the format admits.
    TooMany {
        /// The envelope's field.
        field: &'static str,
        /// Its items.
        count: usize,
    },
    /// A slot is named twice, or by something that is not a word.
    Slot(String),
    /// A value has no canonical form.
    Canonical(#[from] CanonicalError),
}

impl Speaks for EventError {
    fn words(&self) -> Words {
        match self {
            Self::TooLong { field, size, most } => words!(
                "`{field}` has {size} bytes where at most {most} are recorded",
                "`{field}` är {size} byte, men högst {most} sparas.",
                field = verbatim(field),
                size,
                most
            ),
            Self::TooMany { field, count } => words!(
                "`{field}` has {count} items where at most {most} are recorded",
                "`{field}` har {count} delar, men högst {most} sparas.",
                field = verbatim(field),
                count,
                most = MAX_ITEMS
            ),
            Self::Slot(name) => words!(
                "`{name}` is not the name of one slot of the event",
                "`{name}` är inte namnet på precis ett fält i händelsen.",
                name = verbatim(name)
            ),
            Self::Canonical(error) => words!(
                "a value cannot be recorded: {error}",
                "Ett värde går inte att spara. {error}",
                error
            ),
        }
    }
}

/// A decision that is made but not on disk, and the keys that its facts rest on.
///
/// Only `gate` makes one, and it leaves the process only as part of a [`super::Receipt`].
#[derive(Debug)]
#[must_use = "a decision that is not recorded must not be answered"]
pub struct Pending {
    pub(super) event: DecisionEvent,
    pub(super) depends: BTreeSet<String>,
}

impl Pending {
    /// The decision, to be told stale if anything that `depends` names changes before it is recorded.
    ///
    /// # Errors
    /// When the event cannot be recorded as it is.
    pub fn new(event: DecisionEvent, depends: BTreeSet<String>) -> Result<Self, EventError> {
        event.check()?;
        Ok(Self { event, depends })
    }

    /// Makes it stale as well when what that key stands for changes.
    pub fn rest_on(&mut self, key: &str) {
        self.depends.insert(key.to_owned());
    }

    /// Tells of another look-up of the same request that was answered as this one, and rests on what that
    /// rested on.
    ///
    /// # Errors
    /// When the name could not stand in an event of its own.
    pub fn also_looked_for(
        &mut self,
        kind: &str,
        name: &str,
        depends: BTreeSet<String>,
    ) -> Result<(), EventError> {
        text("target", name)?;
        let others = self.event.also_looked_for.get_or_insert_default();
        others.add(kind, name);
        self.depends.extend(depends);
        Ok(())
    }

    /// The event's id.
    #[must_use]
    pub const fn id(&self) -> EventId {
        self.event.id
    }

    /// The answer.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.event.outcome
    }
}

/// Leave to have one effect: what `gate` gives out, and what the log spends.
pub trait Authorised {
    /// The decision behind it.
    fn into_pending(self) -> Pending;
}

//! Where facts come from: the one seam between deciding and the database.
//!
//! `gate` needs rows and `store` needs permits; this trait cuts that knot. What a source returns is
//! opaque to it from then on, so no use case can look at the register before a decision was made.

use std::collections::BTreeSet;

use futures_util::future::BoxFuture;

use domain::Words;
use domain::edit::Edit;
use domain::facts::{Asked, GrantFacts, Landscape, PrincipalFacts, SystemFacts, TargetFacts};
use domain::id::{EditProposalId, EventId, GrantId, IndividualId, OrganisationId, SystemId};
use domain::speaks::{Speaks, foreign, verbatim, words};
use domain::target::{PrincipalKey, TargetKey};
use domain::verdict::{DecidedStage, StagedAt, Stages};
use domain::{EntityRef, Instant, PermissionName};

pub use region::{PrincipalRecord, RolesOf, TargetRecord};

/// The register could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum FactError {
    /// The database did not answer.
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row contradicts itself or its neighbours.
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row.
        id: String,
        /// What is wrong.
        problem: Words,
    },
    /// The name stands for more than one thing.
    Ambiguous {
        /// The kind of thing.
        kind: &'static str,
    },
}

impl Speaks for FactError {
    fn words(&self) -> Words {
        match self {
            Self::Unavailable(_) => Words::new(
                "the register could not be read",
                "Registret gick inte att läsa.",
            ),
            Self::Corrupt { table, id, problem } => words!(
                "the row `{id}` of `{table}` cannot be right: {problem}",
                "Raden `{id}` i `{table}` kan inte vara rätt. {problem}",
                id = verbatim(id),
                table = verbatim(table),
                problem
            ),
            Self::Ambiguous { kind } => ambiguous(kind),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            // What the database says of itself.
            Self::Unavailable(error) => Some(foreign(error.as_ref())),
            Self::Corrupt { .. } | Self::Ambiguous { .. } => None,
        }
    }
}

/// What is said of a name that stands for more than one thing.
pub(super) fn ambiguous(kind: &'static str) -> Words {
    words!(
        "the external id of a {kind} is used by more than one source",
        "Flera källor använder samma externa id för `{kind}`.",
        kind = verbatim(kind)
    )
}

/// What the register said, and which of its parts the answer rests on.
#[derive(Debug, Clone)]
pub struct Facts<T> {
    pub(crate) found: Option<T>,
    pub(crate) depends: BTreeSet<String>,
}

impl<T> Facts<T> {
    /// Found; `depends` are the ids and names whose change could alter it.
    pub fn found(value: T, depends: BTreeSet<String>) -> Self {
        Self {
            found: Some(value),
            depends,
        }
    }

    /// What was found, for the source itself.
    #[must_use]
    pub fn found_in_source(self) -> Option<T> {
        self.found
    }

    /// Not there; `depends` are the names whose appearance would alter that.
    #[must_use]
    pub fn missing(depends: BTreeSet<String>) -> Self {
        Self {
            found: None,
            depends,
        }
    }
}

/// What every decision depends on besides what it reads: at what stage guardrails are.
pub const STAGES: &str = "stages";

/// An earlier answer about somebody else, as far as a question that goes on from it has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierAnswer {
    /// Who asked; `None`: the principal itself.
    pub asker: Option<EntityRef>,
    /// Who it was about, by HSA-id or client id.
    pub principal: String,
    /// What was asked for.
    pub permission: String,
    /// What it was aimed at; for a record the organisation that owns it.
    pub target: EntityRef,
    /// The asker's word for the kind of record.
    pub record_kind: Option<String>,
    /// The system of the target.
    pub system: Option<SystemId>,
    /// The asker's reference to the record; `None`: there was none, or it has been erased.
    pub subject: Option<String>,
    /// Whether it asked for an active choice: an allow that demands one, or a deny because the record is blocked.
    pub asked_for_choice: bool,
    /// When it was decided, by the clock that it was decided by; `None`: its id does not say.
    pub decided_at: Option<Instant>,
}

/// A policy set as it was released.
#[derive(Debug, Clone)]
pub struct PolicyTexts {
    /// Its digest as it was recorded.
    pub digest: String,
    /// Schema and policies: path and text.
    pub files: Vec<(String, String)>,
}

/// Reads facts, all as of one moment.
pub trait FactSource: Send + Sync + std::fmt::Debug {
    /// The number of the last change that these facts include.
    fn facts_at(&self) -> u64;

    /// The instant that the facts are read for, and that everything is decided at.
    fn now(&self) -> Instant;

    /// A person or service by name.
    fn principal(
        &self,
        key: PrincipalKey,
    ) -> BoxFuture<'_, Result<Facts<PrincipalRecord>, FactError>>;

    /// The grants of a principal that confer one of these permissions, those that do not count
    /// included.
    fn grants(
        &self,
        holder: EntityRef,
        permissions: Vec<PermissionName>,
    ) -> BoxFuture<'_, Result<Facts<Vec<GrantFacts>>, FactError>>;

    /// Who holds a permission by a grant that is not revoked, whether it counts or not, in the order of the
    /// ids: at most so many, after that one.
    fn holders(
        &self,
        permission: PermissionName,
        of: RolesOf,
        after: Option<String>,
        limit: u64,
    ) -> BoxFuture<'_, Result<Vec<EntityRef>, FactError>>;

    /// People and services by id, in the order of the ids, with their grants that are not revoked: those
    /// that confer one of the permissions; `None`: all of them.
    fn holdings(
        &self,
        holders: Vec<EntityRef>,
        permissions: Option<Vec<PermissionName>>,
    ) -> BoxFuture<'_, Result<Vec<PrincipalFacts>, FactError>>;

    /// Who may gain by an edit once it is made: the holders of grants that are not revoked and that it
    /// concerns, in the order of the ids; at most so many, after that one.
    fn concerned(
        &self,
        edit: &Edit,
        after: Option<String>,
        limit: u64,
    ) -> BoxFuture<'_, Result<Vec<EntityRef>, FactError>>;

    /// The human beings who count as having proposed an edit: those that did when it was proposed, and those who
    /// answer by now for the service that proposed it.
    fn proposers(
        &self,
        proposal: EditProposalId,
    ) -> BoxFuture<'_, Result<BTreeSet<IndividualId>, FactError>>;

    /// As whom these human beings can act: the people of any of their HSA-ids, and the services they answer for.
    fn guises(
        &self,
        individuals: BTreeSet<IndividualId>,
    ) -> BoxFuture<'_, Result<BTreeSet<EntityRef>, FactError>>;

    /// What is kept in the thing or run for it, itself included: databases on a server; systems, segments
    /// and databases of an organisation and those below it; segments and databases of a system.
    fn kept_in(&self, thing: EntityRef) -> BoxFuture<'_, Result<Vec<EntityRef>, FactError>>;

    /// Whether the register, or the service itself, has a permission of that name, in whatever system.
    fn is_permission(&self, name: PermissionName) -> BoxFuture<'_, Result<bool, FactError>>;

    /// The organisations that can keep records, at and below that one, as targets; `None`: all of them.
    fn keepers(
        &self,
        within: Option<OrganisationId>,
    ) -> BoxFuture<'_, Result<Vec<TargetFacts>, FactError>>;

    /// Every system.
    fn systems(&self) -> BoxFuture<'_, Result<Vec<SystemFacts>, FactError>>;

    /// Every segment and system in outline.
    fn landscape(&self) -> BoxFuture<'_, Result<Landscape, FactError>>;

    /// Targets, in the order of the keys.
    fn targets(
        &self,
        keys: Vec<TargetKey>,
    ) -> BoxFuture<'_, Result<Vec<Facts<TargetRecord>>, FactError>>;

    /// The grants of those ids, revoked or not, in the order of their ids and without what they lie in; those that
    /// are not there are left out.
    fn grants_by_id(&self, ids: Vec<GrantId>) -> BoxFuture<'_, Result<Vec<GrantFacts>, FactError>>;

    /// Reads what a look-up of that key would have read besides, had it come out the other way: `found` says how
    /// it did. What is hidden and what is not there then take the same reads, so that neither tells by its time
    /// which it is.
    fn level(&self, key: TargetKey, found: bool) -> BoxFuture<'_, Result<(), FactError>>;

    /// How the register treats permissions, each asked for in a system (or in none), in that order.
    fn asked(
        &self,
        wanted: Vec<(PermissionName, Option<SystemId>)>,
    ) -> BoxFuture<'_, Result<Vec<Facts<Asked>>, FactError>>;

    /// An answer that the log holds; `None`: it holds none of that id.
    fn earlier(&self, id: EventId) -> BoxFuture<'_, Result<Option<EarlierAnswer>, FactError>>;

    /// The generation of the policies that are in force; `None`: none were released here.
    fn generation(&self) -> BoxFuture<'_, Result<Option<u64>, FactError>>;

    /// The policies of that generation; `None`: they are not kept.
    fn policies(&self, generation: u64) -> BoxFuture<'_, Result<Option<PolicyTexts>, FactError>>;

    /// The stages that were decided for there: those of a system and an authority prevail over those of the
    /// system, these over those of the authority, and these over those for everything.
    fn stages(&self, at: StagedAt) -> BoxFuture<'_, Result<Stages, FactError>>;

    /// The stages that were decided, the wider ones first.
    fn decided_stages(&self) -> BoxFuture<'_, Result<Vec<DecidedStage>, FactError>>;

    /// The authorities at and below that organisation.
    fn authorities_within(
        &self,
        organisation: OrganisationId,
    ) -> BoxFuture<'_, Result<BTreeSet<OrganisationId>, FactError>>;
}

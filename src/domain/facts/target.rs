//! The target's side of the facts: what it is, and everything that a scope could reach it through.

use serde::{Deserialize, Serialize};

use super::{GrantFacts, SystemFacts};
use crate::id::{EntityKind, EntityRef, IndividualId, OrganisationId, PlaceKind};
use crate::time::Instant;
use crate::verdict::StagedAt;

/// One node of the target's surroundings with its direct parents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// The node.
    pub id: EntityRef,
    /// Its direct parents; every parent is a node of the same slice, except the installation.
    pub parents: Vec<EntityRef>,
}

/// What a decision is about, with the ancestors that scopes can reach it through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetFacts {
    /// The target's id; for a described record or a look-up that found nothing, what stands in for it
    /// (see `kind`) is the installation or the owning organisation.
    pub id: EntityRef,
    /// What kind it is, and what only that kind has.
    pub kind: TargetKind,
    /// The target's direct parents.
    pub parents: Vec<EntityRef>,
    /// Every ancestor of the target and of the units named in `kind`.
    pub ancestors: Vec<Node>,
    /// The system the target belongs to or is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub system: Option<SystemFacts>,
    /// The authority (nämnd) it belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authority: Option<OrganisationId>,
    /// The care provider it belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub care_provider: Option<OrganisationId>,
}

impl TargetFacts {
    /// By which stages decisions about it are made.
    #[must_use]
    pub fn staged_at(&self) -> StagedAt {
        StagedAt {
            system: self.system.as_ref().map(|system| system.id),
            authority: self.authority,
        }
    }

    /// A record that the organisation, whose facts these are, keeps in the system, neither blocked nor chosen.
    #[must_use]
    pub fn record_kept_here(&self, system: Option<SystemFacts>) -> Self {
        let mut ancestors = self.ancestors.clone();
        ancestors.push(Node {
            id: self.id,
            parents: self.parents.clone(),
        });
        Self {
            id: self.id,
            kind: TargetKind::Record {
                kind: "record".to_owned(),
                blocked: false,
                active_choice: false,
                consent: false,
            },
            parents: vec![self.id],
            ancestors,
            system,
            authority: self.authority,
            care_provider: self.care_provider,
        }
    }
}

/// What a segment is for, which holds for each of its servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hosting {
    /// Whether it is for production.
    pub production: bool,
    /// Whether it holds patient data.
    pub patient_data: bool,
    /// First instant of the period in which it may be changed; `None`: at any time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub change_from: Option<Instant>,
    /// First instant after that period.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub change_until: Option<Instant>,
}

/// The kinds of target, with the attributes that policies may ask about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum TargetKind {
    /// An organisation; the installation and look-ups that found nothing count as one.
    Organisation,
    /// A person; its parents are the units of its live engagements, else of the last ended one.
    #[serde(rename_all = "camelCase")]
    Person {
        /// The human being.
        individual: IndividualId,
        /// Whether the identity is protected (skyddade personuppgifter).
        protected_identity: bool,
        /// The human beings who are responsible for an engagement of the person.
        responsible: Vec<IndividualId>,
    },
    /// A service.
    Service,
    /// A technical account.
    Account,
    /// A system.
    System,
    /// A segment.
    Segment(Hosting),
    /// A server, with what is true of its segment.
    Server(Hosting),
    /// A database.
    #[serde(rename_all = "camelCase")]
    Database {
        /// Whether its system holds patient data.
        patient_data: bool,
    },
    /// A role.
    #[serde(rename_all = "camelCase")]
    Role {
        /// Whether it is privileged.
        privileged: bool,
    },
    /// A grant, made or about to be made; its parent is its scope.
    #[serde(rename_all = "camelCase")]
    Grant {
        /// The grant itself.
        grant: Box<GrantFacts>,
        /// The units in which the holder works.
        holder_units: Vec<OrganisationId>,
    },
    /// An event of the log; its parents are the organisations of its path.
    #[serde(rename_all = "camelCase")]
    Event {
        /// The human being that a decision is about; `None`: none, or no decision.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        individual: Option<IndividualId>,
    },
    /// Something in a governed system that the register does not hold, as the asker describes it.
    #[serde(rename_all = "camelCase")]
    Record {
        /// The asker's word for the kind of thing.
        kind: String,
        /// Whether the asker says it is blocked (spärr).
        blocked: bool,
        /// Whether an active choice has been made, in a question that confirms the one that asked for it.
        active_choice: bool,
        /// Whether the asker says that the patient consents to a blocked record being opened.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        consent: bool,
    },
}

impl TargetKind {
    /// The kinds of place through which such a target is reached.
    #[must_use]
    pub const fn within(&self) -> &'static [EntityKind] {
        match self {
            Self::Grant { .. } => &[
                EntityKind::Organisation,
                EntityKind::System,
                EntityKind::Segment,
                EntityKind::Database,
            ],
            Self::Server(_) => PlaceKind::Server.within(),
            Self::Database { .. } => PlaceKind::Database.within(),
            Self::Organisation
            | Self::Person { .. }
            | Self::Service
            | Self::Account
            | Self::System
            | Self::Segment(_)
            | Self::Role { .. }
            | Self::Event { .. }
            | Self::Record { .. } => &[EntityKind::Organisation],
        }
    }
}

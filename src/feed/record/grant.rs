//! Grants: who holds what role, where, and on whose word.

use domain::text::{ClientId, Identifier, Reference};
use domain::{Date, HsaId};

/// Who holds a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A person, by employee HSA-id.
    Person(HsaId),
    /// A service, by client id.
    Service(ClientId),
}

impl Principal {
    /// The id that the source gave it.
    #[must_use]
    pub fn external_id(&self) -> &str {
        match self {
            Self::Person(id) => id.as_str(),
            Self::Service(id) => id,
        }
    }
}

/// How far a grant reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    Installation,
    /// An organisation and all below it.
    Organisation(HsaId),
    /// A system.
    System(Identifier),
    /// A segment.
    Segment(Identifier),
    /// A database.
    Database(Identifier),
}

impl Scope {
    /// The kinds of scope.
    pub const KINDS: &'static [&'static str] = &[
        "installation",
        "organisation",
        "system",
        "segment",
        "database",
    ];
}

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The source's id.
    pub external_id: Identifier,
    /// Who holds it.
    pub principal: Principal,
    /// The engagement it rests on.
    pub engagement: Option<Identifier>,
    /// The role.
    pub role: Identifier,
    /// How far it reaches.
    pub scope: Scope,
    /// First day.
    pub from: Date,
    /// Last day; `None`: no end is set.
    pub until: Option<Date>,
    /// Reference of the needs-and-risk analysis.
    pub needs_and_risk_analysis: Option<Reference>,
    /// Last day on which that analysis counts; `None`: it is not said.
    pub analysis_review_by: Option<Date>,
    /// Who ordered it.
    pub ordered_by: Principal,
    /// Who approved it; `None` for the baseline.
    pub approved_by: Option<HsaId>,
    /// One of [`Grant::ORIGINS`].
    pub origin: &'static str,
    /// By when somebody must attest it.
    pub attest_by: Option<Date>,
}

impl Grant {
    /// How a grant comes about.
    pub const ORIGINS: &'static [&'static str] = &["baseline", "order"];
}

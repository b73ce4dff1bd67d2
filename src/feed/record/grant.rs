//! Grants: who holds what role, where, and on whose word.

use domain::target::{PrincipalKey, ScopeName};
use domain::text::{Identifier, Reference};
use domain::{Date, HsaId};

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The source's id.
    pub external_id: Identifier,
    /// Who holds it.
    pub principal: PrincipalKey,
    /// The engagement it rests on.
    pub engagement: Option<Identifier>,
    /// The role.
    pub role: Identifier,
    /// How far it reaches.
    pub scope: ScopeName,
    /// First day.
    pub from: Date,
    /// Last day; `None`: no end is set.
    pub until: Option<Date>,
    /// Reference of the needs-and-risk analysis.
    pub needs_and_risk_analysis: Option<Reference>,
    /// Last day on which that analysis counts; `None`: it is not said.
    pub analysis_review_by: Option<Date>,
    /// Who ordered it.
    pub ordered_by: PrincipalKey,
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

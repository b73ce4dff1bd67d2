//! What a decision comes to, and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::id::{GrantId, IndividualId, OrganisationId, SystemId};
use super::language::{Language, Words};
use super::permission::PermissionName;
use super::time::Date;

/// Allow or deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Allowed.
    Allow,
    /// Refused.
    Deny,
}

impl Outcome {
    /// As stored in events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// A part of an order for a grant that a guardrail can be about, so that another choice there would mend it: by the name
/// that orders and policies have for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "camelCase")]
pub enum OrderPart {
    /// Who shall hold it.
    Principal,
    /// The engagement that it shall rest on.
    Engagement,
    /// The role.
    Role,
    /// How far it shall reach.
    Scope,
    /// The last day.
    Until,
    /// The needs-and-risk analysis behind it.
    NeedsAndRiskAnalysis,
    /// Who ordered it.
    OrderedBy,
}

/// A policy that had a say, as its annotations describe it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// The policy's `@id`; `no-permit` where nothing permitted, `error` where a policy failed.
    pub policy: String,
    /// The requirement rows behind it (`@source`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<String>,
    /// The act behind it (`@law`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub law: Option<String>,
    /// In English.
    pub text: String,
    /// In Swedish.
    pub text_sv: String,
    /// The part of an order for a grant that it is about (`@about`); `None`: no other choice there would mend it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub about: Option<OrderPart>,
}

impl Reason {
    /// The ids of the policies, in their order.
    #[must_use]
    pub fn policies(reasons: &[Self]) -> Vec<String> {
        reasons.iter().map(|reason| reason.policy.clone()).collect()
    }

    /// What it says in that language.
    #[must_use]
    pub fn spoken(&self, language: Language) -> &str {
        match language {
            Language::English => &self.text,
            Language::Swedish => &self.text_sv,
        }
    }

    /// What is no policy's own words.
    #[must_use]
    pub fn saying(policy: String, words: &Words) -> Self {
        Self {
            policy,
            source: None,
            law: None,
            about: None,
            text: words.spoken(Language::English).to_owned(),
            text_sv: words.spoken(Language::Swedish).to_owned(),
        }
    }
}

/// A grant that confers what was asked for but does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Discounted {
    /// The grant.
    pub grant: GrantId,
    /// The guardrails that discount it.
    pub reasons: Vec<Reason>,
}

/// A permission that a grant's role confers, and whether its holder may rely on the grant for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conferred {
    /// The permission.
    pub permission: PermissionName,
    /// Why the grant does not count for it; empty: it counts.
    pub reasons: Vec<Reason>,
    /// What guardrails that are not enforced yet would say against it.
    pub would_refuse: Vec<Reason>,
}

impl Conferred {
    /// Whether the grant counts for it.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.reasons.is_empty()
    }
}

/// Something an allow asks of the asker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Obligation {
    /// Show the user that an active choice is needed, and ask again with its reason.
    ActiveChoice,
    /// Tell the one who answers for the target.
    Notify,
    /// Have somebody else look at it afterwards, without exception.
    Review,
}

impl Obligation {
    /// As stored in events and in `@obligation` annotations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActiveChoice => "activeChoice",
            Self::Notify => "notify",
            Self::Review => "review",
        }
    }
}

/// What sign-in would turn the denial into an allow (RFC 9470).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepUp {
    /// The assurance level that is needed.
    pub level: u8,
    /// How old the sign-in may be, in seconds; `None`: any age.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_age_seconds: Option<u32>,
}

/// What was unmet where nothing permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "camelCase")]
pub enum Unmet {
    /// No grant confers the permission.
    NotHeld,
    /// It is held, by roles of other systems only.
    OtherSystem,
    /// It is held for the target's system, over other places only.
    Elsewhere,
    /// A grant over the target confers it and does not count.
    DoesNotCount,
}

/// How near a principal came to whom nothing permitted it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nearest {
    /// What was unmet.
    #[serde(rename = "kind")]
    pub unmet: Unmet,
    /// The grants that came nearest; the first of many.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub grants: Vec<GrantId>,
}

/// Whether a guardrail refuses, or only says that it would have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "camelCase")]
pub enum Stage {
    /// The log says what would have been refused.
    Observe,
    /// As observe, and the caller is told.
    Warn,
    /// It refuses.
    Enforce,
}

/// The guardrails that are not enforced now, by policy id; one that is not named is enforced.
pub type Stages = BTreeMap<String, Stage>;

/// What stages are decided for: a system, an authority (nämnd), both, or everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StagedAt {
    /// The system; `None`: outside of all.
    pub system: Option<SystemId>,
    /// The authority; `None`: of none.
    pub authority: Option<OrganisationId>,
}

impl StagedAt {
    /// Whether what was decided for here holds there, unless something narrower was decided.
    #[must_use]
    pub fn holds(self, there: Self) -> bool {
        let here = self.system.is_none() || self.system == there.system;
        here && (self.authority.is_none() || self.authority == there.authority)
    }
}

/// A stage that was decided for a guardrail somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedStage {
    /// The guardrail.
    pub guardrail: String,
    /// Where.
    pub at: StagedAt,
    /// The stage as it holds now: enforced, where the last day is over.
    pub stage: Stage,
    /// The last day that was decided; `None`: being enforced does not end.
    pub until: Option<Date>,
    /// The human being who decided; `None`: it is not known.
    pub decided_by: Option<IndividualId>,
}

/// An answer with everything that explains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The answer.
    pub outcome: Outcome,
    /// The policies that determined it; for a deny where nothing permitted, the one reason `no-permit`.
    pub reasons: Vec<Reason>,
    /// The grants that an allow rests on.
    pub matched: Vec<GrantId>,
    /// The grants that confer the permission but do not count.
    pub discounted: Vec<Discounted>,
    /// What an allow asks of the asker.
    pub obligations: Vec<Obligation>,
    /// What guardrails that are not enforced yet would have refused.
    pub would_refuse: Vec<Reason>,
    /// What sign-in would help, when weak sign-in is the only cause of a deny.
    pub step_up: Option<StepUp>,
    /// The stages that were in force for the guardrails that are not enforced.
    pub stages: Stages,
    /// Where nothing permits, how near the principal came.
    pub nearest: Option<Nearest>,
}

impl Verdict {
    /// Whether the answer is allow.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.outcome == Outcome::Allow
    }
}

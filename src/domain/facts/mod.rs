//! What a decision is made from: the slice of the register around one principal and one target.
//!
//! Facts are the whole input of a decision besides the policy set, so an event that holds them can be
//! replayed. They are instants, never ages, so that what they say does not depend on when it is read.
//! Only what a policy can ask about is here: free text, names and addresses are not facts.

use serde::{Deserialize, Serialize};

mod engagement;
mod grant;
mod landscape;
mod principal;
mod target;

pub use engagement::{Answerable, EngagementFacts, EngagementKind};
pub use grant::{Caps, GrantFacts, OrderFacts, Origin, RoleFacts, RolePermission, Scope};
pub use landscape::{Answering, Landscape, SegmentOutline};
pub use principal::{PrincipalFacts, PrincipalKind};
pub use target::{Hosting, Node, TargetFacts, TargetKind};

use crate::id::{IndividualId, OrganisationId, SystemId};
use crate::permission::{Category, PermissionName, ServicePermission, is_privileged};
use crate::text::HsaId;
use crate::time::Instant;

/// How somebody signed in, or how a client authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assurance {
    /// Level of assurance, 0 (unknown) to 4.
    pub level: u8,
    /// Whether two independent factors were used. For a service: whether its client credential is strong.
    pub multi_factor: bool,
    /// The `acr` as it was given, when there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acr: Option<String>,
    /// The methods (`amr`) as given, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub methods: Vec<String>,
    /// When the person signed in; `None`: not known, or a service.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authenticated_at: Option<Instant>,
    /// Where this comes from.
    pub source: AssuranceSource,
}

/// Who vouches for an assurance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AssuranceSource {
    /// A token that this service verified.
    Verified,
    /// The asking system, which is trusted to assert.
    Asserted,
    /// The command line on the host.
    Host,
}

/// A system, as far as policies see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SystemFacts {
    /// The system.
    pub id: SystemId,
    /// The human being who owns it (systemägare).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<IndividualId>,
    /// Confidentiality class 1 to 4; `None`: not classified.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confidentiality: Option<u8>,
    /// Whether the separate analysis that class 4 demands is named.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub class_analysis: bool,
    /// Whether it holds patient data.
    pub patient_data: bool,
    /// The assurance level that patient data demands here.
    pub patient_level: u8,
    /// Until when password sign-in is tolerated for ordinary use.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub password_login_until: Option<Instant>,
    /// The supplier.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub supplier: Option<OrganisationId>,
    /// Until when a supplier assessment (OSL 10 kap. 2 a §) is valid; `None`: there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assessment_valid_until: Option<Instant>,
}

/// The circumstances of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Circumstances {
    /// The instant the question is decided at.
    pub now: Instant,
    /// How the principal signed in.
    pub assurance: Assurance,
    /// The commission chosen at sign-in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commission: Option<HsaId>,
    /// What the access is for, in the asker's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub purpose: Option<String>,
    /// The network zone the request came from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub network_zone: Option<String>,
    /// Whether somebody calls it an emergency, and says why.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub emergency: bool,
}

impl Circumstances {
    /// Somebody who signed in so then, verified here, and nothing besides.
    #[must_use]
    pub fn signed_in(now: Instant, level: u8, multi_factor: bool, at: Instant) -> Self {
        Self {
            now,
            assurance: Assurance {
                level,
                multi_factor,
                acr: None,
                methods: Vec::new(),
                authenticated_at: Some(at),
                source: AssuranceSource::Verified,
            },
            commission: None,
            purpose: None,
            network_zone: None,
            emergency: false,
        }
    }
}

/// The best that somebody has to sign in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BestSignIn {
    /// Nothing but a password.
    Password,
    /// A reserve card, which is handed out on less than level 3 takes.
    ReserveCard,
    /// A card, or what is as good as one.
    Card,
}

impl BestSignIn {
    /// What a decision is told of such a sign-in, made just now.
    #[must_use]
    pub fn circumstances(self, now: Instant) -> Circumstances {
        let (level, multi_factor) = match self {
            Self::Password => (1, false),
            Self::ReserveCard => (2, true),
            Self::Card => (3, true),
        };
        Circumstances::signed_in(now, level, multi_factor, now)
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// The permission.
    pub permission: PermissionName,
    /// Its category; `None`: a permission of the service itself, whose action is its own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub category: Option<Category>,
    /// Whether asking for it demands what privileged use does: marked so in the register, or one of the service
    /// itself that demands a recent sign-in.
    pub privileged: bool,
}

impl Asked {
    /// A permission of the service itself.
    #[must_use]
    pub fn own(permission: ServicePermission) -> Self {
        Self {
            permission: permission.into(),
            category: None,
            privileged: permission.demands_recent_sign_in(),
        }
    }

    /// A permission as its name suggests that it is treated.
    #[must_use]
    pub fn untreated(permission: &PermissionName) -> Self {
        let treatment = permission.treatment();
        Self {
            permission: permission.clone(),
            category: Some(treatment.category),
            privileged: treatment.privileged,
        }
    }

    /// Whether to be given it takes two human beings.
    #[must_use]
    pub const fn is_privileged(&self) -> bool {
        is_privileged(self.category, self.privileged)
    }
}

/// A whole question: everything besides the policy set that an answer depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// Who.
    pub principal: PrincipalFacts,
    /// Wants to do what.
    pub asked: Asked,
    /// To what.
    pub target: TargetFacts,
    /// When, and how signed in.
    pub circumstances: Circumstances,
}

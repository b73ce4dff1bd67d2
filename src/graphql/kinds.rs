//! The closed lists of the schema.

use async_graphql::Enum;

use domain::Language;

/// The kinds of organisation; more may be added.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "service::register::OrganisationKind")]
pub enum OrganisationKind {
    /// The built-in node above every root.
    Installation,
    /// A region.
    Region,
    /// Nämnd: an authority of its own.
    Authority,
    /// Förvaltning.
    Administration,
    /// Avdelning.
    Department,
    /// Enhet.
    Unit,
    /// IT-centrum.
    ItCentre,
    /// A vendor.
    Vendor,
    /// A private care provider.
    PrivateProvider,
}

/// The kinds of engagement; more may be added.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::facts::EngagementKind")]
pub enum EngagementKind {
    /// Employed, until further notice or for a time.
    Employee,
    /// Employed by the hour.
    Hourly,
    /// A student.
    Student,
    /// A consultant.
    Consultant,
    /// A vendor's staff.
    Vendor,
    /// A private care provider's staff.
    PrivateProvider,
    /// An auditor's expert.
    AuditorExpert,
}

/// The kinds of credential that a person can sign in with; more may be added.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "service::register::Credential")]
pub enum Credential {
    /// A SITHS card.
    Siths,
    /// A SITHS reserve card.
    SithsReserve,
    /// A mobile credential.
    Mobile,
}

/// How grants take effect in a system.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "service::register::Enforcement")]
pub enum Enforcement {
    /// The system asks for a decision each time.
    Runtime,
    /// Accounts in the system follow the grants.
    Provisioned,
    /// Somebody carries the grants over by hand.
    Manual,
    /// Grants have no effect in the system.
    None,
}

/// What a segment is for.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "service::register::Environment")]
pub enum Environment {
    /// Production.
    Production,
    /// Test.
    Test,
    /// Training.
    Training,
}

/// The kinds of technical account; more may be added.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "service::register::AccountKind")]
pub enum AccountKind {
    /// In a directory.
    Directory,
    /// On one host.
    Local,
    /// In a database.
    Database,
    /// Used by several people.
    Shared,
}

/// What a permission of a governed system lets its holder do.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::permission::Category")]
pub enum PermissionCategory {
    /// Ordinary work in the system.
    Use,
    /// Running the system itself.
    Administer,
}

/// How a grant came about.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::facts::Origin")]
pub enum GrantOrigin {
    /// It was there before the service was.
    Baseline,
    /// It was ordered.
    Order,
}

/// The kinds of scope.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub enum ScopeKind {
    /// Everything.
    Installation,
    /// An organisation and all below it.
    Organisation,
    /// A system.
    System,
    /// A segment.
    Segment,
    /// A database.
    Database,
}

/// The answer of a decision.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::verdict::Outcome")]
pub enum DecisionOutcome {
    /// Allowed.
    Allow,
    /// Refused.
    Deny,
}

/// What an allow asks of the asker; more may be added.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::verdict::Obligation")]
pub enum Obligation {
    /// Show the user that an active choice is needed, and ask again with its reason.
    ActiveChoice,
    /// Tell the one who answers for the target.
    Notify,
    /// Have somebody else look at it afterwards, without exception.
    Review,
}

/// What was unmet where nothing permitted; more may be added.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::verdict::Unmet")]
pub enum UnmetKind {
    /// No grant confers the permission.
    NotHeld,
    /// It is held, by roles of other systems only.
    OtherSystem,
    /// It is held for the target's system, over other places only.
    Elsewhere,
    /// A grant over the target confers it and does not count.
    DoesNotCount,
}

impl UnmetKind {
    /// The same in words.
    #[must_use]
    pub const fn text(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::NotHeld, Language::English) => "No grant confers the permission.",
            (Self::NotHeld, Language::Swedish) => "Ingen roll som personen har ger behörigheten.",
            (Self::OtherSystem, Language::English) => {
                "The permission is held, by roles of other systems only."
            }
            (Self::OtherSystem, Language::Swedish) => {
                "Behörigheten finns, men bara genom roller i andra system."
            }
            (Self::Elsewhere, Language::English) => {
                "The permission is held, over other places only."
            }
            (Self::Elsewhere, Language::Swedish) => "Behörigheten finns, men inte här.",
            (Self::DoesNotCount, Language::English) => {
                "A grant over the target confers the permission and does not count."
            }
            (Self::DoesNotCount, Language::Swedish) => {
                "En behörighet når hit, men den gäller inte."
            }
        }
    }
}

/// Who vouches for how somebody signed in.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::facts::AssuranceSource")]
pub enum AssuranceSource {
    /// A token that the service verified.
    Verified,
    /// The asking system, which is trusted to say it.
    Asserted,
    /// The command line on the host.
    Host,
}

/// What has become of a proposal.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "service::register::ProposalState")]
pub enum EditProposalState {
    /// Nobody has decided on it.
    Open,
    /// Somebody else accepted it, and the edit was made.
    Accepted,
    /// It was turned down by somebody who could have accepted it.
    Declined,
    /// Whoever proposed it took it back.
    Withdrawn,
}

/// How far the review of a decision has come.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "service::review::ReviewState")]
pub enum ReviewState {
    /// It owes one, and nobody has made it.
    Waiting,
    /// Somebody has reviewed it.
    Done,
}

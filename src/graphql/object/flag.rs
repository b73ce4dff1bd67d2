//! What imports have flagged.

use async_graphql::{Context, Enum, ID, Object};

use domain::FlagName;
use service::register::{FlagRecord, Flagged};

use super::node::{self, Node};

/// The flags that an import sets; more may be added.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub enum ImportFlag {
    /// A grant in force whose engagement has ended.
    EndedWithGrant,
    /// An engagement of a consultant, student or private provider without an end.
    ExternalWithoutEnd,
    /// An engagement of a vendor's staff without an end.
    VendorWithoutEnd,
    /// An engagement of somebody from outside, with no sponsor who is somebody else and employed here.
    ExternalWithoutSponsor,
    /// A grant that confers administration of servers over anything but a segment.
    WideServerAdmin,
    /// A grant of a role with patient data without a needs-and-risk analysis.
    PatientGrantWithoutAnalysis,
    /// A person without completed security training.
    TrainingMissing,
    /// A person without any credential.
    NoCredential,
    /// A system without an owner.
    OwnerMissing,
    /// A system that is not classified.
    Unclassified,
    /// A system of the highest class.
    Class4,
    /// A system where sign-in with password was tolerated until a date that has passed.
    PasswordLoginPastDate,
    /// A system with a supplier and patient data without a valid assessment.
    VendorWithoutAssessment,
    /// A service whose owner is not employed here.
    ServiceOwnerGone,
    /// A technical account without an owner.
    AccountWithoutOwner,
    /// A unit without a contact person.
    UnitWithoutContact,
    /// A human being with more than one HSA-id.
    TwoIdsOneHuman,
    /// A grant whose end has passed.
    ExpiredGrant,
    /// A grant that its own receiver ordered.
    SelfOrdered,
    /// A segment with fewer than two administrators.
    SegmentWithFewAdmins,
    /// A role that is called as another one of its system is, or as another general one, to whoever reads it.
    RoleLooksAlike,
    /// A system that is called as another one is, to whoever reads it.
    SystemLooksAlike,
    /// A service that is called as another one is, to whoever reads it.
    ServiceLooksAlike,
}

impl ImportFlag {
    /// The flag, and what it stands on.
    const fn described(self) -> (FlagName, Flagged) {
        match self {
            Self::EndedWithGrant => (FlagName::EndedWithGrant, Flagged::Grants),
            Self::ExternalWithoutEnd => (FlagName::ExternalWithoutEnd, Flagged::Engagements),
            Self::VendorWithoutEnd => (FlagName::VendorWithoutEnd, Flagged::Engagements),
            Self::ExternalWithoutSponsor => {
                (FlagName::ExternalWithoutSponsor, Flagged::Engagements)
            }
            Self::WideServerAdmin => (FlagName::WideServerAdmin, Flagged::Grants),
            Self::PatientGrantWithoutAnalysis => {
                (FlagName::PatientGrantWithoutAnalysis, Flagged::Grants)
            }
            Self::TrainingMissing => (FlagName::TrainingMissing, Flagged::Persons),
            Self::NoCredential => (FlagName::NoCredential, Flagged::Persons),
            Self::OwnerMissing => (FlagName::OwnerMissing, Flagged::Systems),
            Self::Unclassified => (FlagName::Unclassified, Flagged::Systems),
            Self::Class4 => (FlagName::Class4, Flagged::Systems),
            Self::PasswordLoginPastDate => (FlagName::PasswordLoginPastDate, Flagged::Systems),
            Self::VendorWithoutAssessment => (FlagName::VendorWithoutAssessment, Flagged::Systems),
            Self::ServiceOwnerGone => (FlagName::ServiceOwnerGone, Flagged::Services),
            Self::AccountWithoutOwner => (FlagName::AccountWithoutOwner, Flagged::Accounts),
            Self::UnitWithoutContact => (FlagName::UnitWithoutContact, Flagged::Organisations),
            Self::TwoIdsOneHuman => (FlagName::TwoIdsOneHuman, Flagged::Individuals),
            Self::ExpiredGrant => (FlagName::ExpiredGrant, Flagged::Grants),
            Self::SelfOrdered => (FlagName::SelfOrdered, Flagged::Grants),
            Self::SegmentWithFewAdmins => (FlagName::SegmentWithFewAdmins, Flagged::Segments),
            Self::RoleLooksAlike => (FlagName::RoleLooksAlike, Flagged::Roles),
            Self::SystemLooksAlike => (FlagName::SystemLooksAlike, Flagged::Systems),
            Self::ServiceLooksAlike => (FlagName::ServiceLooksAlike, Flagged::Services),
        }
    }

    /// The flag's name in feeds.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.described().0.as_str()
    }

    /// What it stands on.
    #[must_use]
    pub const fn carriers(self) -> Flagged {
        self.described().1
    }
}

/// Something that carries a flag.
#[derive(Debug, Clone)]
pub struct FlaggedThing(pub FlagRecord);

/// Something that carries a flag of the last import.
#[Object]
impl FlaggedThing {
    /// The id of what carries the flag; a human being has no node of its own.
    async fn subject_id(&self) -> ID {
        ID(self.0.entity_id.to_string())
    }

    /// What carries the flag; null: a human being, or the caller may no longer see it.
    async fn node(&self, ctx: &Context<'_>) -> Option<Node> {
        node::find(ctx, self.0.entity_id).await
    }

    /// What makes the flag true; null: the flag says it all.
    async fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }
}

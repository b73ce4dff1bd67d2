//! What an import can notice: taken as it is, and for somebody to look at.
//!
//! Apart from how each is found, for three places go by these names: the queries that raise them, the schema that
//! lists them, and the command line that says them.

macro_rules! flags {
    ($($variant:ident, $name:literal;)*) => {
        /// The name of a flag.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FlagName {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl FlagName {
            /// Every flag.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in feeds, in the database and in events.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

flags! {
    AccountWithoutOwner, "accountWithoutOwner";
    Class4, "class4";
    EndedWithGrant, "endedWithGrant";
    ExpiredGrant, "expiredGrant";
    ExternalWithoutEnd, "externalWithoutEnd";
    ExternalWithoutSponsor, "externalWithoutSponsor";
    GainOfPrivilege, "gainOfPrivilege";
    NoCredential, "noCredential";
    OwnerMissing, "ownerMissing";
    PasswordLoginPastDate, "passwordLoginPastDate";
    PatientGrantWithoutAnalysis, "patientGrantWithoutAnalysis";
    RoleLooksAlike, "roleLooksAlike";
    SegmentWithFewAdmins, "segmentWithFewAdmins";
    SelfOrdered, "selfOrdered";
    ServiceLooksAlike, "serviceLooksAlike";
    ServiceOwnerGone, "serviceOwnerGone";
    SystemLooksAlike, "systemLooksAlike";
    TrainingMissing, "trainingMissing";
    TwoIdsOneHuman, "twoIdsOneHuman";
    Unclassified, "unclassified";
    UnitWithoutContact, "unitWithoutContact";
    UnknownPermission, "unknownPermission";
    VendorWithoutAssessment, "vendorWithoutAssessment";
    VendorWithoutEnd, "vendorWithoutEnd";
    WideServerAdmin, "wideServerAdmin";
}

impl FlagName {
    /// The flag of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|flag| flag.as_str() == name)
    }
}

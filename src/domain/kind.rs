//! The kinds of things that have ids, each declared once.
//!
//! Apart from [`id`](super::id), which is about numbers and texts, so that a kind can be told by value and every
//! `match` on one is held by the compiler.

/// A kind of thing that has ids, as a type: what an [`Id`](super::Id) is the id of.
pub trait Kind: Send + Sync + 'static {
    /// The same as a value.
    const KIND: EntityKind;
}

/// What a row of the table says, or that it says nothing of that.
macro_rules! said {
    () => {
        None
    };
    ($value:expr) => {
        Some($value)
    };
}

macro_rules! kinds {
    ($($kind:ident, $id:ident, $prefix:literal, $doc:literal $(, place $place:ident)?;)*) => {
        /// A kind of thing that has ids.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EntityKind {
            $(#[doc = concat!("The kind of ", $doc, ".")] $kind,)*
        }

        impl EntityKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// Three letters that begin every id of the kind.
            #[must_use]
            pub const fn prefix(self) -> &'static str {
                match self { $(Self::$kind => $prefix,)* }
            }

            /// The kind's name in errors and events, as in the GraphQL schema.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind),)* }
            }
        }

        /// A kind of thing that others lie in: a scope or an ancestor of what is decided about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum PlaceKind {
            $($(#[doc = concat!("The kind of ", $doc, ".")] $place,)?)*
        }

        impl EntityKind {
            /// The kind as one that others lie in; `None`: nothing lies in such a thing.
            #[must_use]
            pub const fn place(self) -> Option<PlaceKind> {
                match self { $(Self::$kind => said!($(PlaceKind::$place)?),)* }
            }
        }

        /// A type for each kind, and the type of its ids.
        pub mod markers {
            use super::{EntityKind, Kind};
            use crate::domain::Id;

            $(
                #[doc = concat!("Marks ids of ", $doc, ".")]
                #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
                pub struct $kind;

                impl Kind for $kind {
                    const KIND: EntityKind = EntityKind::$kind;
                }

                #[doc = concat!("The id of ", $doc, ".")]
                pub type $id = Id<$kind>;
            )*
        }
    };
}

kinds! {
    Organisation, OrganisationId, "org", "an organisation", place Organisation;
    Individual, IndividualId, "ind", "a human being";
    Person, PersonId, "per", "a person (one employee HSA-id)";
    Engagement, EngagementId, "eng", "an engagement";
    Commission, CommissionId, "com", "a commission";
    Service, ServiceId, "svc", "a service (OAuth client)";
    Account, AccountId, "acc", "a technical account";
    System, SystemId, "sys", "a system", place System;
    Segment, SegmentId, "seg", "a server segment", place Segment;
    Server, ServerId, "srv", "a server", place Server;
    Database, DatabaseId, "dbs", "a database", place Database;
    SupplierAssessment, SupplierAssessmentId, "asm", "a supplier assessment";
    Permission, PermissionId, "prm", "a permission";
    Role, RoleId, "rol", "a role";
    Grant, GrantId, "grt", "a grant";
    Delegation, DelegationId, "dlg", "a delegation";
    EditProposal, EditProposalId, "prp", "an edit of the register that somebody proposed";
    Event, EventId, "evt", "an event of the log, a decision included";
    Run, RunId, "run", "an import run";
    PolicySet, PolicySetId, "pol", "a released policy set";
}

impl EntityKind {
    /// The kind whose ids begin with those letters; `None`: there is none.
    #[must_use]
    pub fn of_prefix(prefix: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.prefix() == prefix)
    }

    /// The kind of that name; `None`: there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_its_prefix_and_its_name_and_shares_neither() {
        for kind in EntityKind::ALL {
            assert_eq!(kind.prefix().len(), 3, "{kind:?}");
            assert_eq!(EntityKind::of_prefix(kind.prefix()), Some(*kind));
            assert_eq!(EntityKind::named(kind.name()), Some(*kind));
        }
        assert_eq!(EntityKind::of_prefix("xyz"), None);
        assert_eq!(EntityKind::named("organisation"), None);
    }
}

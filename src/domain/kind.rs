//! The kinds of things that have ids, each declared once.
//!
//! Apart from [`id`](super::id), which is about numbers and texts, so that a kind can be told by value and every
//! `match` on one is held by the compiler.

use super::action::{ListKind, Listable, Readable};
use super::permission::ServicePermission;

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
    ($(
        $kind:ident, $id:ident, $prefix:literal, $doc:literal, table $table:literal
        $(, read $read:ident)? $(, list $list:ident)? $(, place $place:ident)?;
    )*) => {
        /// A kind of thing that has ids.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EntityKind {
            $(#[doc = concat!("The kind of ", $doc, ".")] $kind,)*
        }

        /// A kind of thing that others lie in: a scope or an ancestor of what is decided about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum PlaceKind {
            $($(#[doc = concat!("The kind of ", $doc, ".")] $place,)?)*
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

            /// The name of the table whose rows are the things.
            #[must_use]
            pub const fn table(self) -> &'static str {
                match self { $(Self::$kind => $table,)* }
            }

            /// The permission that reading one takes; `None`: nothing of the kind can be read.
            #[must_use]
            pub const fn reading(self) -> Option<ServicePermission> {
                match self { $(Self::$kind => said!($(ServicePermission::$read)?),)* }
            }

            /// As what the policies list such things; `None`: they cannot be listed.
            #[must_use]
            pub const fn listed(self) -> Option<ListKind> {
                match self { $(Self::$kind => said!($(ListKind::$list)?),)* }
            }

            /// The kind as one that others lie in; `None`: nothing lies in such a thing.
            #[must_use]
            pub const fn place(self) -> Option<PlaceKind> {
                match self { $(Self::$kind => said!($(PlaceKind::$place)?),)* }
            }
        }

        /// A type for each kind, and the type of its ids.
        pub mod markers {
            use super::{EntityKind, Kind, ListKind, Listable, Readable, ServicePermission};
            use crate::domain::Id;

            $(
                #[doc = concat!("Marks ids of ", $doc, ".")]
                #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
                pub struct $kind;

                impl Kind for $kind {
                    const KIND: EntityKind = EntityKind::$kind;
                }

                $(impl Readable for $kind {
                    const NAME: &'static str = EntityKind::$kind.name();
                    const READ: ServicePermission = ServicePermission::$read;
                })?

                $(impl Listable for $kind {
                    const LISTED: ListKind = ListKind::$list;
                })?

                #[doc = concat!("The id of ", $doc, ".")]
                pub type $id = Id<$kind>;
            )*
        }
    };
}

// Of each kind: its name, the type of its ids, the letters that begin them, what it is, the table of its rows; then,
// where it can be read, the permission for that; where it can be listed, as what; and the place that it is to others.
kinds! {
    Organisation, OrganisationId, "org", "an organisation", table "organisation",
        read OrganisationRead, list Organisation, place Organisation;
    Individual, IndividualId, "ind", "a human being", table "individual";
    Person, PersonId, "per", "a person (one employee HSA-id)", table "person", read PersonRead, list Person;
    Engagement, EngagementId, "eng", "an engagement", table "engagement", read PersonRead, list Person;
    Commission, CommissionId, "com", "a commission", table "commission";
    Service, ServiceId, "svc", "a service (OAuth client)", table "service", read ServiceRead, list Service;
    Account, AccountId, "acc", "a technical account", table "account", read ServiceRead, list Account;
    System, SystemId, "sys", "a system", table "system", read SystemRead, list System, place System;
    Segment, SegmentId, "seg", "a server segment", table "segment", read ServerRead, list Segment, place Segment;
    Server, ServerId, "srv", "a server", table "server", read ServerRead, list Server, place Server;
    Database, DatabaseId, "dbs", "a database", table "database", read ServerRead, list Database, place Database;
    SupplierAssessment, SupplierAssessmentId, "asm", "a supplier assessment", table "supplier_assessment",
        read SystemRead, list System;
    Permission, PermissionId, "prm", "a permission", table "permission";
    Role, RoleId, "rol", "a role", table "role", read RoleRead, list Role;
    Grant, GrantId, "grt", "a grant", table "role_grant", read GrantRead, list Grant;
    Delegation, DelegationId, "dlg", "a delegation", table "delegation";
    EditProposal, EditProposalId, "prp", "an edit of the register that somebody proposed", table "edit_proposal",
        read GrantRead, list EditProposal;
    Event, EventId, "evt", "an event of the log, a decision included", table "audit_event",
        read DecisionRead, list Event;
    Run, RunId, "run", "an import run", table "import_run";
    PolicySet, PolicySetId, "pol", "a released policy set", table "policy_set", read PolicyRead;
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
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_kind_is_found_by_its_prefix_and_its_name_and_shares_neither() {
        for kind in EntityKind::ALL {
            assert_eq!(kind.prefix().len(), 3, "{kind:?}");
            assert_eq!(EntityKind::of_prefix(kind.prefix()), Some(*kind));
            assert_eq!(EntityKind::named(kind.name()), Some(*kind));
        }
        let tables: BTreeSet<_> = EntityKind::ALL.iter().map(|kind| kind.table()).collect();
        assert_eq!(tables.len(), EntityKind::ALL.len());
        assert_eq!(EntityKind::of_prefix("xyz"), None);
        assert_eq!(EntityKind::named("organisation"), None);
    }
}

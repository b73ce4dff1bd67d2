//! The kinds of things that have ids, each declared once.
//!
//! Apart from [`id`](super::id), which is about numbers and texts, so that a kind can be told by value and every
//! `match` on one is held by the compiler. No such `match` has an arm for all the rest where that would show, list or
//! permit something.
//!
//! # How to add a kind of thing
//!
//! Its row in the table here first. What the row does not say, the thing does not have: without `read` nobody reads
//! it, without `list` or `among` nobody lists it. Then, as far as it shall have them (what the compiler does not ask
//! for stands first in each):
//!
//! - **Rows**: a file in `migration/src` and its name in `lib.rs` there; a file in `entity/src` and its name in
//!   `lib.rs` there; how the log tells them, in `register/kinds` and in the log's format (tests name what is left).
//! - **Decisions about it** (`read`): its attributes as a variant of `TargetKind` in `domain/facts/target.rs`, or one
//!   that is there already; what the log tells of it as a struct in `region/things`, with what it refers to and is
//!   called, what stands above it in `region/lib.rs`, and its arm in `region/target.rs`; its type in
//!   `policies/behorig.cedarschema` and the actions there that may be about it, in `policy/vocabulary.rs` and
//!   `policy/entities.rs`. Where a caller names it by more than its id: `ExternalKey` in `domain/target.rs`.
//! - **Reading it**: its record, what narrows its list down and where its rows lie, a file in `store/read`, and
//!   `mod.rs` there, `records` too; its object in `graphql/object/thing.rs`, its fields, a file there, and `mod.rs`
//!   there; its variant and arm in `graphql/object/node.rs`.
//! - **Listing it** (`list`): its filter and order in `graphql/filter/mod.rs`; its field in `graphql/list/mod.rs`,
//!   `Lists` too.
//! - **The feed**: its row in `feed/kind.rs`; its struct and variant in `feed/record/mod.rs`; its reader in
//!   `feed/parse/kinds.rs`; its columns, references and row, a file in `store/import/kind`, and `mod.rs` there.
//! - **Others lie in it** (`place`): `PlaceKind::within` here, and what the compiler asks for.
//!
//! Then its cases in `policies/tests`, its rows in the matrices and in `tests/rows.rs` of `entity`; the schema and the
//! lists that are tested follow. A kind of which nothing is read yet, as [`EntityKind::Commission`], is its row here
//! and its rows.

use super::permission::ServicePermission;

/// A kind of thing that has ids, as a type: what an [`Id`](super::Id) is the id of.
pub trait Kind: Send + Sync + 'static {
    /// The same as a value.
    const KIND: EntityKind;
}

/// What can be read, with the permission that reading takes.
pub trait Readable: Send + Sync + 'static {
    /// Its name in events, as in the GraphQL schema.
    const NAME: &'static str;
    /// The permission.
    const READ: ServicePermission;
}

/// What has rows that can be listed.
pub trait Listable: Readable {
    /// As what the policies list it.
    const LISTED: ListKind;
}

/// Marks reports of who can reach what, which can be secret (OSL 18 kap. 8 §): reading one is an
/// action on what it is about, whatever else of that may be read.
#[derive(Debug, Clone, Copy)]
pub struct Reach;

impl Readable for Reach {
    const NAME: &'static str = "Reach";
    const READ: ServicePermission = ServicePermission::ReachRead;
}

impl Listable for Reach {
    const LISTED: ListKind = ListKind::Reach;
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
        $(, read $read:ident)? $(, list $list:ident)? $(, among $among:ident)? $(, place $place:ident)?;
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

        /// As what the policies list things: what they know of a row that they have not seen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ListKind {
            $($(#[doc = concat!("A list of which each row is ", $doc, ", or is an entry about one.")] $list,)?)*
            /// Segments, for reports of who administers them.
            Reach,
        }

        impl ListKind {
            /// Everything that can be listed.
            pub const ALL: &'static [Self] = &[$($(Self::$list,)?)* Self::Reach];

            /// The permission that reading it takes.
            #[must_use]
            pub const fn permission(self) -> ServicePermission {
                match self {
                    $($(Self::$list => <markers::$list as Readable>::READ,)?)*
                    Self::Reach => Reach::READ,
                }
            }
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
                match self { $(Self::$kind => said!($(ListKind::$list)? $(ListKind::$among)?),)* }
            }

            /// The kind as one that others lie in; `None`: nothing lies in such a thing.
            #[must_use]
            pub const fn place(self) -> Option<PlaceKind> {
                match self { $(Self::$kind => said!($(PlaceKind::$place)?),)* }
            }
        }

        /// A type for each kind.
        pub mod markers {
            use super::{EntityKind, Kind, ListKind, Listable, Readable, ServicePermission};

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

                $(impl Listable for $kind {
                    const LISTED: ListKind = ListKind::$among;
                })?
            )*
        }

        /// The type of the ids of each kind, where ids are.
        macro_rules! id_types {
            () => {
                $(
                    #[doc = concat!("The id of ", $doc, ".")]
                    pub type $id = Id<$kind>;
                )*
            };
        }
        pub(super) use id_types;
    };
}

// Of each kind: its name, the type of its ids, the letters that begin them, what it is, the table of its rows; then,
// where it can be read, the permission for that; where it can be listed, that it is, or among what; and the place that
// it is to others.
kinds! {
    Organisation, OrganisationId, "org", "an organisation", table "organisation",
        read OrganisationRead, list Organisation, place Organisation;
    Individual, IndividualId, "ind", "a human being", table "individual";
    Person, PersonId, "per", "a person (one employee HSA-id)", table "person", read PersonRead, list Person;
    Engagement, EngagementId, "eng", "an engagement", table "engagement", read PersonRead, among Person;
    Commission, CommissionId, "com", "a commission", table "commission";
    Service, ServiceId, "svc", "a service (OAuth client)", table "service", read ServiceRead, list Service;
    Account, AccountId, "acc", "a technical account", table "account", read ServiceRead, list Account;
    System, SystemId, "sys", "a system", table "system", read SystemRead, list System, place System;
    Segment, SegmentId, "seg", "a server segment", table "segment", read ServerRead, list Segment, place Segment;
    Server, ServerId, "srv", "a server", table "server", read ServerRead, list Server, place Server;
    Database, DatabaseId, "dbs", "a database", table "database", read ServerRead, list Database, place Database;
    SupplierAssessment, SupplierAssessmentId, "asm", "a supplier assessment", table "supplier_assessment",
        read SystemRead, among System;
    Permission, PermissionId, "prm", "a permission", table "permission";
    Role, RoleId, "rol", "a role", table "role", read RoleRead, list Role;
    Grant, GrantId, "grt", "a grant", table "role_grant", read GrantRead, list Grant;
    Delegation, DelegationId, "dlg", "a delegation", table "delegation";
    EditProposal, EditProposalId, "prp", "an edit of the register that somebody proposed", table "edit_proposal",
        read GrantRead, list EditProposal;
    Event, EventId, "evt", "an event of the log, a decision included", table "audit_event",
        read DecisionRead, list Event;
    Run, RunId, "run", "an import run", table "import_run";
    Stage, StageId, "stg", "a decision at what stage a guardrail is", table "guardrail_stage";
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

impl PlaceKind {
    /// The kinds of place through which such a place is reached.
    #[must_use]
    pub const fn within(self) -> &'static [EntityKind] {
        match self {
            Self::Organisation | Self::System | Self::Segment => &[EntityKind::Organisation],
            Self::Server => &[EntityKind::Segment, EntityKind::Organisation],
            Self::Database => &[EntityKind::Server, EntityKind::Organisation],
        }
    }
}

impl ListKind {
    /// As what things of that kind are listed, by the name that events keep; `None`: nothing of that name can be
    /// listed.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        if name == Reach::NAME {
            return Some(Reach::LISTED);
        }
        EntityKind::named(name)?.listed()
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

    #[test]
    fn what_is_listed_together_takes_one_permission_to_read() {
        for kind in EntityKind::ALL {
            if let Some(listed) = kind.listed() {
                assert_eq!(kind.reading(), Some(listed.permission()), "{kind:?}");
            }
        }
    }

    #[test]
    fn a_kind_is_listed_as_what_its_name_says_and_nothing_else_is() {
        let named = |kind: ListKind| ListKind::of(&format!("{kind:?}"));
        for kind in ListKind::ALL {
            assert_eq!(named(*kind), Some(*kind));
        }
        let kinds = EntityKind::ALL.iter();
        let unlisted: Vec<&str> = kinds
            .filter(|kind| ListKind::of(kind.name()).is_none())
            .map(|kind| kind.name())
            .collect();
        assert_eq!(
            unlisted,
            [
                "Individual",
                "Commission",
                "Permission",
                "Delegation",
                "Run",
                "Stage",
                "PolicySet"
            ]
        );
        for name in ["", "event", "Events", "Unknown"] {
            assert_eq!(ListKind::of(name), None, "{name}");
        }
    }
}

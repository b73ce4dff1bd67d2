//! As what things are listed: what the policies know of a row that they have not seen.
//!
//! Which kind is listed as what stands where kinds are declared ([`kind`](crate::domain::kind)), so that no kind can
//! be listed that nobody thought of: one that says nothing of it has no [`Listable`] and does not compile, and a
//! name that events kept is found there or is no [`ListKind`].

use super::super::id::{self, EntityKind};
use super::super::permission::ServicePermission;
use super::{Reach, Readable};

macro_rules! listed {
    ($($variant:ident: $first:path; $doc:literal;)*) => {
        /// What can be listed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ListKind {
            $(#[doc = $doc] $variant,)*
        }

        impl ListKind {
            /// Everything that can be listed.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The permission that reading it takes.
            #[must_use]
            pub const fn permission(self) -> ServicePermission {
                match self { $(Self::$variant => <$first>::READ,)* }
            }
        }
    };
}

/// What has rows that can be listed.
pub trait Listable: Readable {
    /// As what the policies list it.
    const LISTED: ListKind;
}

listed! {
    Organisation: id::Organisation; "Organisations.";
    Person: id::Person; "People, and the engagements that are entries about them.";
    Service: id::Service; "Services.";
    Account: id::Account; "Technical accounts.";
    System: id::System; "Systems, and the assessments that are about them.";
    Segment: id::Segment; "Segments.";
    Server: id::Server; "Servers.";
    Database: id::Database; "Databases.";
    Role: id::Role; "Roles.";
    Grant: id::Grant; "Grants.";
    EditProposal: id::EditProposal; "Proposed edits of the register, as segments of their kind.";
    Reach: Reach; "Segments, for reports of who administers them.";
    Event: id::Event; "Events of the log.";
}

impl Listable for Reach {
    const LISTED: ListKind = ListKind::Reach;
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
    use super::*;

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
                "PolicySet"
            ]
        );
        for name in ["", "event", "Events", "Unknown"] {
            assert_eq!(ListKind::of(name), None, "{name}");
        }
    }
}

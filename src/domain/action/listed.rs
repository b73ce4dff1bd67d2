//! What can be listed, and as what the policies list it.
//!
//! One table says it for the types that list and for the names that events kept, so that no kind can be listed
//! that nobody thought of: a kind without a line here has no [`Listable`] and does not compile, and a name
//! without one is no [`ListKind`].

use super::super::id;
use super::super::permission::ServicePermission;
use super::{Reach, Readable};

macro_rules! listed {
    ($($variant:ident: $first:path $(, $more:path)*; $doc:literal;)*) => {
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

            /// As what things of that kind are listed, by the name that events keep; `None`: nothing of that
            /// name can be listed.
            #[must_use]
            pub fn of(name: &str) -> Option<Self> {
                let known = [$(
                    (<$first>::NAME, Self::$variant), $((<$more>::NAME, Self::$variant),)*
                )*];
                known.into_iter().find(|(of, _)| *of == name).map(|(_, kind)| kind)
            }
        }

        $(
            impl Listable for $first {
                const LISTED: ListKind = ListKind::$variant;
            }
            $(impl Listable for $more {
                const LISTED: ListKind = ListKind::$variant;
            })*
        )*

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn what_is_listed_together_takes_one_permission_to_read() {
                $($(
                    assert_eq!(<$first>::READ, <$more>::READ, "{}", <$more>::NAME);
                )*)*
            }

            #[test]
            fn a_kind_is_listed_as_what_its_name_says_and_nothing_else_is() {
                $(
                    assert_eq!(ListKind::of(<$first>::NAME), Some(<$first>::LISTED));
                    $(assert_eq!(ListKind::of(<$more>::NAME), Some(<$more>::LISTED));)*
                )*
                let unlisted = id::EntityKind::ALL.iter().map(|kind| kind.name());
                let unlisted: Vec<&str> = unlisted.filter(|name| ListKind::of(name).is_none()).collect();
                assert_eq!(unlisted, [
                    "Individual", "Commission", "Permission", "Delegation", "Run", "PolicySet",
                ]);
                for name in ["", "event", "Events", "Unknown"] {
                    assert_eq!(ListKind::of(name), None, "{name}");
                }
            }
        }
    };
}

/// A kind of thing whose rows can be listed.
pub trait Listable: Readable {
    /// As what the policies list it.
    const LISTED: ListKind;
}

listed! {
    Organisation: id::Organisation; "Organisations.";
    Person: id::Person, id::Engagement; "People, and the engagements that are entries about them.";
    Service: id::Service; "Services.";
    Account: id::Account; "Technical accounts.";
    System: id::System, id::SupplierAssessment; "Systems, and the assessments that are about them.";
    Segment: id::Segment; "Segments.";
    Server: id::Server; "Servers.";
    Database: id::Database; "Databases.";
    Role: id::Role; "Roles.";
    Grant: id::Grant; "Grants.";
    EditProposal: id::EditProposal; "Proposed edits of the register, as segments of their kind.";
    Reach: Reach; "Segments, for reports of who administers them.";
    Event: id::Event; "Events of the log.";
}

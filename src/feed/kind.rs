//! The kinds of record, in the order in which they depend on each other.

use std::fmt;

macro_rules! kinds {
    ($($variant:ident, $name:literal;)*) => {
        /// A kind of record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Kind {
            /// Every kind; one refers only to itself and to kinds before it.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The kind's name in feeds.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    Organisation, "organisation";
    Person, "person";
    Engagement, "engagement";
    System, "system";
    Segment, "segment";
    Server, "server";
    Database, "database";
    Service, "service";
    Account, "account";
    SupplierAssessment, "supplierAssessment";
    Role, "role";
    Grant, "grant";
}

impl Kind {
    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

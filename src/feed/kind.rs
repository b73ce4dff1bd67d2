//! The kinds of record, in the order in which they depend on each other.
//!
//! Apart from the kinds of things ([`EntityKind`]) because not every thing comes by feed, and a feed has its own
//! names, order and way to name a thing; each is the record of one kind of thing.

use std::fmt;

use domain::EntityKind;

/// By what feeds name a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// An HSA-id, unique by itself.
    Hsa,
    /// A client id, unique by itself.
    Client,
    /// A host name, unique within its source.
    Host,
    /// Any other id, unique within its source.
    OfSource,
}

macro_rules! kinds {
    ($($variant:ident, $name:literal, by $key:ident;)*) => {
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

            /// What kind of thing it is the record of.
            #[must_use]
            pub const fn entity(self) -> EntityKind {
                match self { $(Self::$variant => EntityKind::$variant,)* }
            }

            /// By what feeds name such a thing.
            #[must_use]
            pub const fn key(self) -> Key {
                match self { $(Self::$variant => Key::$key,)* }
            }
        }
    };
}

kinds! {
    Organisation, "organisation", by Hsa;
    Person, "person", by Hsa;
    Engagement, "engagement", by OfSource;
    System, "system", by OfSource;
    Segment, "segment", by OfSource;
    Server, "server", by Host;
    Database, "database", by OfSource;
    Service, "service", by Client;
    Account, "account", by OfSource;
    SupplierAssessment, "supplierAssessment", by OfSource;
    Role, "role", by OfSource;
    Grant, "grant", by OfSource;
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

//! What things of the register are, as far as decisions ask about them, and what they refer to.
//!
//! To add a kind: its struct in one of the files, what it refers to and is called by, and its name in the list here.

mod access;
mod people;
mod reading;
mod systems;

use std::sync::Arc;

use domain::{EntityKind, EntityRef};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Told;
use crate::index::Relation;

pub(crate) use access::{EditProposal, Grant, Permission, PolicySet, Role, Stage};
pub(crate) use people::{Account, Engagement, Individual, Organisation, Person, Service};
pub(crate) use systems::{Classification, Database, Segment, Server, SupplierAssessment, System};

/// What is told of a thing is nothing that a thing of its kind can be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what the log tells of `{thing}` cannot be")]
pub struct Untellable {
    /// The thing.
    pub thing: EntityRef,
}

macro_rules! things {
    ($($kind:ident)*) => {
        /// A thing of the register.
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) enum Thing {
            $(
                #[doc = concat!("Of the kind `", stringify!($kind), "`.")]
                $kind(Arc<$kind>),
            )*
            /// Of a kind that no decision asks about.
            Other,
        }

        impl Thing {
            pub(crate) fn of(thing: EntityRef, told: Told) -> Result<Self, Untellable> {
                Ok(match thing.kind() {
                    $(EntityKind::$kind => Self::$kind(Arc::new(read(thing, told)?)),)*
                    _ => Self::Other,
                })
            }

            /// What it refers to, and as what.
            pub(crate) fn refers(&self) -> Vec<(Relation, EntityRef)> {
                match self {
                    $(Self::$kind(thing) => thing.refers(),)*
                    Self::Other => Vec::new(),
                }
            }

            /// What it is looked up by from outside, if by anything.
            pub(crate) fn name(&self) -> Option<&str> {
                match self {
                    $(Self::$kind(thing) => thing.name(),)*
                    Self::Other => None,
                }
            }
        }

        $(impl OfKind for $kind {
            const KIND: EntityKind = EntityKind::$kind;

            fn of(thing: &Thing) -> Option<&Self> {
                match thing {
                    Thing::$kind(thing) => Some(thing),
                    _ => None,
                }
            }

            fn into_thing(self: Arc<Self>) -> Thing {
                Thing::$kind(self)
            }
        })*
    };
}

things! {
    Organisation Individual Person Engagement Service Account System SupplierAssessment Segment
    Server Database Permission Role Grant EditProposal Stage PolicySet
}

/// How others find a thing.
trait Linked {
    /// What it refers to, and as what.
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        Vec::new()
    }

    /// What it is looked up by from outside; `None`: nothing looks it up by a name.
    fn name(&self) -> Option<&str> {
        None
    }
}

/// One kind of thing.
pub(crate) trait OfKind {
    /// The kind.
    const KIND: EntityKind;

    /// The thing as one of that kind.
    fn of(thing: &Thing) -> Option<&Self>;

    /// One of that kind as a thing.
    fn into_thing(self: Arc<Self>) -> Thing;
}

fn read<T: DeserializeOwned>(thing: EntityRef, told: Told) -> Result<T, Untellable> {
    let mut members = told.clear;
    let personal = told.personal.into_iter();
    members.extend(personal.map(|(name, value)| (name, Value::String(value))));
    T::deserialize(Value::Object(members)).map_err(|_| Untellable { thing })
}

/// The references that there are.
fn to<const N: usize>(
    references: [(Relation, Option<EntityRef>); N],
) -> Vec<(Relation, EntityRef)> {
    let references = references.into_iter();
    references
        .filter_map(|(relation, thing)| Some((relation, thing?)))
        .collect()
}

//! What is found other than by its id: by what it refers to, and by what it is called outside.

use std::sync::Arc;

use domain::{EntityKind, EntityRef};
use uuid::Uuid;

use crate::things::{OfKind, Thing};
use crate::{Ambiguous, Region};

/// As what one thing refers to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Relation {
    /// An organisation lies below it.
    Parent,
    /// A person is that human being.
    Individual,
    /// An engagement is that person's.
    Engaged,
    /// An engagement is in that unit.
    Unit,
    /// A service is owned by that person, or the person stands in for its owner.
    Steward,
    /// A system or segment is kept by that organisation.
    KeptBy,
    /// It is a part of that, or is about it.
    Of,
    /// A role confers that permission.
    Confers,
    /// A grant is held by that person or service.
    HeldBy,
    /// A grant is of that role.
    OfRole,
    /// A guardrail's stage was decided for it, or for all that is in the installation.
    Staged,
    /// A policy set was released for the installation.
    Released,
}

/// The id that comes before all others.
const FIRST: EntityRef = EntityRef::new(EntityKind::Account, Uuid::nil());

type Use = (EntityRef, Relation, EntityRef);
type Name = (&'static str, Arc<str>, EntityRef);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Index {
    /// What is referred to, as what, by what.
    uses: imbl::OrdSet<Use>,
    /// Kind, name, and what of that kind has it.
    names: imbl::OrdSet<Name>,
}

impl Index {
    pub(crate) fn add(&mut self, id: EntityRef, thing: &Thing) {
        for (relation, other) in thing.refers() {
            self.uses.insert((other, relation, id));
        }
        if let Some(name) = thing.name() {
            self.names.insert((id.kind().name(), name.into(), id));
        }
    }

    pub(crate) fn forget(&mut self, id: EntityRef, thing: &Thing) {
        for (relation, other) in thing.refers() {
            self.uses.remove(&(other, relation, id));
        }
        if let Some(name) = thing.name() {
            self.names.remove(&(id.kind().name(), name.into(), id));
        }
    }
}

impl Region {
    /// What refers to a thing so, in the order of the ids.
    pub(crate) fn users(
        &self,
        of: impl Into<EntityRef>,
        relation: Relation,
    ) -> impl Iterator<Item = EntityRef> {
        let of = of.into();
        let from = self.index.uses.range((of, relation, FIRST)..);
        from.take_while(move |(other, as_what, _)| *other == of && *as_what == relation)
            .map(|(.., by)| *by)
    }

    /// What of a kind has that name, in the order of the ids.
    pub(crate) fn named<'a>(
        &'a self,
        kind: EntityKind,
        name: &'a str,
    ) -> impl Iterator<Item = EntityRef> + 'a {
        let from = (kind.name(), Arc::from(name), FIRST);
        let range = self.index.names.range(from..);
        range
            .take_while(move |(of, text, _)| *of == kind.name() && **text == *name)
            .map(|(.., id)| *id)
    }

    /// What alone of a kind has that name; `None`: nothing has it.
    pub(crate) fn the_one(
        &self,
        kind: EntityKind,
        name: &str,
    ) -> Result<Option<EntityRef>, Ambiguous> {
        let mut named = self.named(kind, name);
        match (named.next(), named.next()) {
            (_, Some(_)) => Err(Ambiguous { kind: kind.name() }),
            (found, None) => Ok(found),
        }
    }

    /// The thing of that id as one of its kind; `None`: it is not there.
    pub(crate) fn get<T: OfKind>(&self, id: impl Into<EntityRef>) -> Option<&T> {
        T::of(self.things.get(&id.into())?)
    }

    /// All things of a kind that have a name, in the order of their names.
    pub(crate) fn all<T: OfKind + 'static>(&self) -> impl Iterator<Item = (EntityRef, &T)> {
        let kind = T::KIND.name();
        let from = (kind, Arc::from(""), FIRST);
        let named = self.index.names.range(from..);
        let named = named.take_while(move |(of, ..)| *of == kind);
        named.filter_map(|(.., id)| Some((*id, self.get(*id)?)))
    }
}

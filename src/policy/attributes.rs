//! Attributes on their way into entities, records and contexts, and the values that they have.

use cedar_policy::{Entity, EntityUid, RestrictedExpression};

use super::vocabulary::{self, place_type, uid};
use domain::id::{EntityRef, SystemId};
use domain::time::Instant;

/// The facts do not fit the schema.
#[derive(Debug)]
pub(super) struct Misfit;

pub(super) type Value = RestrictedExpression;
pub(super) type Built<T> = Result<T, Misfit>;

/// Attributes on their way into an entity, a record or a context.
#[derive(Default)]
pub(super) struct Attributes(pub(super) Vec<(String, Value)>);

impl Attributes {
    pub(super) fn with(mut self, name: &str, value: impl Into<Option<Value>>) -> Self {
        if let Some(value) = value.into() {
            self.0.push((name.to_owned(), value));
        }
        self
    }

    pub(super) fn flag(self, name: &str, value: bool) -> Self {
        self.with(name, Value::new_bool(value))
    }

    pub(super) fn number(self, name: &str, value: impl Into<i64>) -> Self {
        self.with(name, Value::new_long(value.into()))
    }

    pub(super) fn instant(self, name: &str, value: Option<Instant>) -> Self {
        self.with(name, value.map(|at| Value::new_long(at.as_seconds())))
    }

    pub(super) fn text(self, name: &str, value: &str) -> Self {
        self.with(name, Value::new_string(value.to_owned()))
    }

    pub(super) fn record(self) -> Built<Value> {
        Value::new_record(self.0).map_err(|_| Misfit)
    }

    pub(super) fn entity(
        self,
        id: EntityUid,
        parents: impl IntoIterator<Item = EntityUid>,
    ) -> Built<Entity> {
        Entity::new_with_tags(id, self.0, parents, []).map_err(|_| Misfit)
    }
}

pub(super) fn individual(id: impl std::fmt::Display) -> Value {
    Value::new_entity_uid(uid(&vocabulary::INDIVIDUAL, id.to_string()))
}

pub(super) fn organisation(id: impl std::fmt::Display) -> Value {
    Value::new_entity_uid(uid(&vocabulary::ORGANISATION, id.to_string()))
}

pub(super) fn system(id: SystemId) -> Value {
    Value::new_entity_uid(uid(&vocabulary::SYSTEM, id.to_string()))
}

pub(super) fn places(ids: impl IntoIterator<Item = EntityRef>) -> impl Iterator<Item = EntityUid> {
    ids.into_iter()
        .filter_map(|id| place_type(id).map(|kind| uid(kind, id.to_string())))
}

pub(super) fn set(ids: impl IntoIterator<Item = EntityRef>) -> Value {
    Value::new_set(places(ids).map(Value::new_entity_uid))
}

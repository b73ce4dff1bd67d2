//! Typed identifiers: a prefix that names the kind and a version 7 UUID in base 32.
//!
//! The same text is the primary key, the GraphQL id, the Cedar entity id and what an event cites, so
//! one string can be followed through all of them. Text order is time order.

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use data_encoding::{Encoding, Specification};
use std::sync::LazyLock;
use uuid::Uuid;

use super::time::Instant;

pub use super::kind::markers::*;
pub use super::kind::{EntityKind, Kind, PlaceKind};

static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut spec = Specification::new();
    spec.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    #[expect(
        clippy::expect_used,
        reason = "a constant specification, held by a test"
    )]
    spec.encoding().expect("a valid base 32 alphabet")
});

/// An id of one kind: `prefix_` and 26 characters of base 32.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

super::kind::id_types!();

impl<K: Kind> Id<K> {
    /// The id that holds `uuid`.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self {
            uuid,
            kind: PhantomData,
        }
    }

    /// The UUID inside.
    #[must_use]
    pub const fn uuid(&self) -> Uuid {
        self.uuid
    }

    /// When it was made, by the clock of whoever made it; `None`: it does not say.
    #[must_use]
    pub fn made_at(&self) -> Option<Instant> {
        let (seconds, nanos) = self.uuid.get_timestamp()?.to_unix();
        let seconds = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
        Some(Instant::from_micros(
            seconds.checked_add(i64::from(nanos / 1_000))?,
        ))
    }

    /// The id, with its kind as a value.
    #[must_use]
    pub const fn to_ref(self) -> EntityRef {
        EntityRef {
            kind: K::KIND,
            uuid: self.uuid,
        }
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}
impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_ref().fmt(f)
    }
}

/// 26 characters, most significant first, so that text order is number order.
fn encode(uuid: Uuid) -> String {
    let mut padded = [0_u8; 20];
    // 20 bytes are 32 characters; the number sits in the low 16, its first 6 characters are zeros.
    padded[4..].copy_from_slice(uuid.as_bytes());
    BASE32.encode(&padded).split_off(6)
}

/// The number that 26 characters stand for.
fn number(digits: &str) -> Option<Uuid> {
    if digits.len() != 26 {
        return None;
    }
    let padded = BASE32.decode(format!("000000{digits}").as_bytes()).ok()?;
    match padded.split_at_checked(4) {
        Some(([0, 0, 0, 0], number)) => Uuid::from_slice(number).ok(),
        _ => None,
    }
}

/// The text is not an id of what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdParseError {
    /// It is not an id of that kind.
    #[error("no id of the kind {}: expected `{}_` and 26 characters", .0.name(), .0.prefix())]
    NotOf(EntityKind),
    /// It begins with no kind's prefix.
    #[error("no id: expected the three letters of a kind, as `{}`, then `_` and 26 characters", EntityKind::Person.prefix())]
    NoKind,
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let entity: EntityRef = text.parse().map_err(|_| IdParseError::NotOf(K::KIND))?;
        entity.to_id()
    }
}

impl<K: Kind> serde::Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> serde::Deserialize<'de> for Id<K> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An id of any kind, which is a value beside the number: what events, slices and lists cite.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntityRef {
    kind: EntityKind,
    uuid: Uuid,
}

impl EntityRef {
    /// The id of that kind that holds `uuid`.
    #[must_use]
    pub const fn new(kind: EntityKind, uuid: Uuid) -> Self {
        Self { kind, uuid }
    }

    /// What kind of thing it is the id of.
    #[must_use]
    pub const fn kind(self) -> EntityKind {
        self.kind
    }

    /// The id as one of that kind.
    ///
    /// # Errors
    /// It is of another kind.
    pub fn to_id<K: Kind>(self) -> Result<Id<K>, IdParseError> {
        if self.kind == K::KIND {
            Ok(Id::from_uuid(self.uuid))
        } else {
            Err(IdParseError::NotOf(K::KIND))
        }
    }
}

/// As the texts, so that what is kept in order stands in the order of what is written.
impl Ord for EntityRef {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_prefix = self.kind.prefix().cmp(other.kind.prefix());
        by_prefix.then_with(|| self.uuid.cmp(&other.uuid))
    }
}

impl PartialOrd for EntityRef {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.kind.prefix(), encode(self.uuid))
    }
}

impl FromStr for EntityRef {
    type Err = IdParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (prefix, digits) = text.split_once('_').ok_or(IdParseError::NoKind)?;
        let kind = EntityKind::of_prefix(prefix).ok_or(IdParseError::NoKind)?;
        let uuid = number(digits).ok_or(IdParseError::NotOf(kind))?;
        Ok(Self { kind, uuid })
    }
}

impl serde::Serialize for EntityRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for EntityRef {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl<K: Kind> From<Id<K>> for EntityRef {
    fn from(id: Id<K>) -> Self {
        id.to_ref()
    }
}

/// The built-in organisation above every root (regions, vendors, private providers).
pub const INSTALLATION: OrganisationId = Id::from_uuid(Uuid::from_u128(1));

/// The built-in service that imports run as; only the command line on the host can act as it.
pub const BOOTSTRAP: ServiceId = Id::from_uuid(Uuid::from_u128(2));

/// The client id of [`BOOTSTRAP`]; no token can name it.
pub const BOOTSTRAP_CLIENT: &str = "behorig-bootstrap";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_a_round_trip_and_keeps_the_order_of_numbers() {
        let ids =
            [1_u128, 2, 31, 32, u128::MAX].map(|n| OrganisationId::from_uuid(Uuid::from_u128(n)));
        let texts = ids.map(|id| id.to_string());
        assert!(texts.is_sorted());
        for (id, text) in ids.iter().zip(&texts) {
            assert_eq!(text.parse(), Ok(*id));
        }
        assert_eq!(INSTALLATION.to_string(), "org_00000000000000000000000001");
    }

    #[test]
    fn another_kinds_prefix_a_short_text_and_an_overflow_are_refused() {
        for text in [
            "per_00000000000000000000000001",
            "org_1",
            "org_z0000000000000000000000000",
            "org_0000000000000000000000000é",
            "",
        ] {
            assert!(text.parse::<OrganisationId>().is_err(), "{text}");
        }
        for text in [
            "org_z0000000000000000000000000",
            "org_0000000000000000000000000\0",
            "xyz_00000000000000000000000001",
        ] {
            assert!(text.parse::<EntityRef>().is_err(), "{text:?}");
        }
        assert_eq!("xyz_1".parse::<EntityRef>(), Err(IdParseError::NoKind));
        assert_eq!(
            "per_1".parse::<EntityRef>(),
            Err(IdParseError::NotOf(EntityKind::Person))
        );
        assert!(
            "per_00000000000000000000000001"
                .parse::<EntityRef>()
                .is_ok()
        );
    }

    #[test]
    fn ids_of_any_kind_stand_in_the_order_of_their_texts() {
        let numbers = [0_u128, 31, u128::MAX].map(Uuid::from_u128);
        let mut ids: Vec<EntityRef> = EntityKind::ALL
            .iter()
            .flat_map(|kind| numbers.map(|uuid| EntityRef::new(*kind, uuid)))
            .collect();
        ids.sort_unstable();
        let texts: Vec<String> = ids.iter().map(EntityRef::to_string).collect();
        assert!(texts.is_sorted(), "{texts:?}");
        for (id, text) in ids.iter().zip(&texts) {
            assert_eq!(text.parse(), Ok(*id));
            assert_eq!(serde_json::to_string(id).unwrap(), format!("\"{text}\""));
            assert_eq!(
                serde_json::from_str::<EntityRef>(&format!("\"{text}\"")).unwrap(),
                *id
            );
        }
        assert!(serde_json::from_str::<EntityRef>("\"xyz_1\"").is_err());
    }
}

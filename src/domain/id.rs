//! Typed identifiers: a prefix that names the kind and a version 7 UUID in base 32.
//!
//! The same text is the primary key, the GraphQL id, the Cedar entity id and what an event cites, so
//! one string can be followed through all of them. Text order is time order.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use data_encoding::{Encoding, Specification};
use std::sync::LazyLock;
use uuid::Uuid;

use super::time::Instant;

/// A kind of thing that has ids.
pub trait Kind: Send + Sync + 'static {
    /// Three letters that begin every id of the kind.
    const PREFIX: &'static str;
    /// The kind's name in errors and events, as in the GraphQL schema.
    const NAME: &'static str;
}

macro_rules! kinds {
    ($($marker:ident, $alias:ident, $prefix:literal, $doc:literal;)*) => {$(
        #[doc = concat!("Marks ids of ", $doc, ".")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $marker;
        impl Kind for $marker {
            const PREFIX: &'static str = $prefix;
            const NAME: &'static str = stringify!($marker);
        }
        #[doc = concat!("The id of ", $doc, ".")]
        pub type $alias = Id<$marker>;
    )*
        /// Every prefix with the name of its kind.
        pub const PREFIXES: &[(&str, &str)] = &[$(($prefix, stringify!($marker)),)*];
    };
}

kinds! {
    Organisation, OrganisationId, "org", "an organisation";
    Individual, IndividualId, "ind", "a human being";
    Person, PersonId, "per", "a person (one employee HSA-id)";
    Engagement, EngagementId, "eng", "an engagement";
    Commission, CommissionId, "com", "a commission";
    Service, ServiceId, "svc", "a service (OAuth client)";
    Account, AccountId, "acc", "a technical account";
    System, SystemId, "sys", "a system";
    Segment, SegmentId, "seg", "a server segment";
    Server, ServerId, "srv", "a server";
    Database, DatabaseId, "dbs", "a database";
    SupplierAssessment, SupplierAssessmentId, "asm", "a supplier assessment";
    Permission, PermissionId, "prm", "a permission";
    Role, RoleId, "rol", "a role";
    Grant, GrantId, "grt", "a grant";
    Delegation, DelegationId, "dlg", "a delegation";
    EditProposal, EditProposalId, "prp", "an edit of the register that somebody proposed";
    Event, EventId, "evt", "an event of the log, a decision included";
    Run, RunId, "run", "an import run";
    PolicySet, PolicySetId, "pol", "a released policy set";
}

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

    /// The id without its kind.
    #[must_use]
    pub fn to_ref(self) -> EntityRef {
        EntityRef(self.to_string())
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
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
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
        // 128 bits are padded to 130: a leading byte run of 17 would shift, so the number is encoded.
        write!(f, "{}_{}", K::PREFIX, encode(self.uuid))
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

/// The text is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no id of the kind {kind}: expected `{prefix}_` and 26 characters")]
pub struct IdParseError {
    given: String,
    kind: &'static str,
    prefix: &'static str,
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || IdParseError {
            given: text.chars().take(64).collect(),
            kind: K::NAME,
            prefix: K::PREFIX,
        };
        text.strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(number)
            .map(Self::from_uuid)
            .ok_or_else(wrong)
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

/// An id whose kind is told by its prefix: what events, slices and lists cite.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct EntityRef(String);

impl EntityRef {
    /// The id in that text, if its prefix is known.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, digits) = text.split_once('_')?;
        let known = PREFIXES.iter().any(|(known, _)| *known == prefix);
        (known && number(digits).is_some()).then(|| Self(text.to_owned()))
    }

    /// The whole text, prefix included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The three letters before the underscore.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.split_once('_').map_or("", |(prefix, _)| prefix)
    }

    /// The kind's name, as in the GraphQL schema.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        let prefix = self.prefix();
        PREFIXES
            .iter()
            .find(|(known, _)| *known == prefix)
            .map_or("Unknown", |(_, name)| name)
    }
}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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
            assert_eq!(EntityRef::parse(text), None, "{text:?}");
        }
        assert!(EntityRef::parse("per_00000000000000000000000001").is_some());
    }
}

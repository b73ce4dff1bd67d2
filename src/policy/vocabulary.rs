//! The schema's names in Rust: entity types, actions and how ids become entities.

use std::sync::LazyLock;

use cedar_policy::{EntityId, EntityTypeName, EntityUid};

use domain::Named;
use domain::action::ListKind;
use domain::facts::TargetKind;
use domain::id::{EntityRef, PlaceKind};
use domain::permission::{Category, ServicePermission};

/// The schema's file name.
pub(super) const SCHEMA: &str = "behorig.cedarschema";

macro_rules! types {
    ($($constant:ident = $name:literal;)*) => {$(
        pub(super) static $constant: LazyLock<EntityTypeName> = LazyLock::new(|| named($name));
    )*};
}

#[expect(clippy::expect_used, reason = "constant names, each used by a test")]
fn named(name: &str) -> EntityTypeName {
    name.parse().expect("a valid name of an entity type")
}

types! {
    ACCOUNT = "Account";
    ACTION = "Action";
    DATABASE = "Database";
    EVENT = "Event";
    GRANT = "Grant";
    INDIVIDUAL = "Individual";
    ORGANISATION = "Organisation";
    PERSON = "Person";
    PERSON_ENTRY = "PersonEntry";
    RECORD = "Record";
    ROLE = "Role";
    SEGMENT = "Segment";
    SERVER = "Server";
    SERVICE = "Service";
    SERVICE_ENTRY = "ServiceEntry";
    SYSTEM = "System";
}

/// The action that asks whether a grant counts.
pub(super) const RELY: &str = "rely";

/// The actions that only gather others.
pub(super) const GROUPS: [&str; 3] = ["changes", "exercise", "privileged"];

/// The action for a governed permission of the category.
pub(super) fn category_action(category: Category) -> &'static str {
    category.name()
}

/// The permissions besides the one asked for whose grants the policies look at.
#[must_use]
pub const fn companions(asked: ServicePermission) -> &'static [ServicePermission] {
    if matches!(
        asked,
        ServicePermission::PersonRead | ServicePermission::ReachRead
    ) {
        &[ServicePermission::PersonManage]
    } else {
        &[]
    }
}

pub(super) fn uid(kind: &EntityTypeName, id: impl AsRef<str>) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

pub(super) fn action(name: &str) -> EntityUid {
    uid(&ACTION, name)
}

/// The type that a scope or an ancestor of that id has; `None` for what nothing lies in.
pub(super) fn place_type(id: EntityRef) -> Option<&'static EntityTypeName> {
    Some(match id.kind().place()? {
        PlaceKind::Organisation => &ORGANISATION,
        PlaceKind::System => &SYSTEM,
        PlaceKind::Segment => &SEGMENT,
        PlaceKind::Server => &SERVER,
        PlaceKind::Database => &DATABASE,
    })
}

/// What the schema calls rows of the kind.
pub(super) fn row_type(kind: ListKind) -> &'static EntityTypeName {
    match kind {
        ListKind::Organisation => &ORGANISATION,
        ListKind::Person => &PERSON_ENTRY,
        ListKind::Service => &SERVICE_ENTRY,
        ListKind::Account => &ACCOUNT,
        ListKind::System => &SYSTEM,
        ListKind::Segment | ListKind::EditProposal | ListKind::Reach => &SEGMENT,
        ListKind::Server => &SERVER,
        ListKind::Database => &DATABASE,
        ListKind::Role => &ROLE,
        ListKind::Grant => &GRANT,
        ListKind::Event => &EVENT,
    }
}

/// What the schema calls such a target.
pub(super) fn target_type(kind: &TargetKind) -> &'static EntityTypeName {
    match kind {
        TargetKind::Organisation => &ORGANISATION,
        TargetKind::Person { .. } => &PERSON_ENTRY,
        TargetKind::Service => &SERVICE_ENTRY,
        TargetKind::Account => &ACCOUNT,
        TargetKind::System => &SYSTEM,
        TargetKind::Segment { .. } => &SEGMENT,
        TargetKind::Server { .. } => &SERVER,
        TargetKind::Database { .. } => &DATABASE,
        TargetKind::Role { .. } => &ROLE,
        TargetKind::Grant { .. } => &GRANT,
        TargetKind::Event { .. } => &EVENT,
        TargetKind::Record { .. } => &RECORD,
    }
}

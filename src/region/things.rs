//! What things of the register are, as far as decisions ask about them, and what they refer to.

use std::sync::Arc;

use domain::facts::{EngagementKind, Origin, Scope};
use domain::id::{
    DatabaseId, EngagementId, INSTALLATION, IndividualId, OrganisationId, PermissionId, PersonId,
    RoleId, SegmentId, ServerId, ServiceId, SystemId,
};
use domain::permission::Category;
use domain::{Date, EntityKind, EntityRef, HsaId, Instant, Named as _, PermissionName, verdict};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::Told;
use crate::index::Relation;

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
        #[derive(Debug, Clone)]
        pub enum Thing {
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
}

fn read<T: DeserializeOwned>(thing: EntityRef, told: Told) -> Result<T, Untellable> {
    let mut members = told.clear;
    let personal = told.personal.into_iter();
    members.extend(personal.map(|(name, value)| (name, Value::String(value))));
    T::deserialize(Value::Object(members)).map_err(|_| Untellable { thing })
}

/// An organisation.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organisation {
    pub(crate) hsa_id: Option<String>,
    #[serde(default)]
    pub(crate) authority: bool,
    #[serde(default)]
    pub(crate) care_provider: bool,
    pub(crate) parent: Option<OrganisationId>,
    pub(crate) max_privileged_grants: Option<u32>,
}

impl Linked for Organisation {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([(Relation::Parent, self.parent.map(Into::into))])
    }

    fn name(&self) -> Option<&str> {
        self.hsa_id.as_deref()
    }
}

/// A human being.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Individual {
    #[serde(default, deserialize_with = "instant")]
    pub(crate) suspended_at: Option<Instant>,
}

impl Linked for Individual {}

/// A person.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    pub(crate) hsa_id: HsaId,
    pub(crate) individual: IndividualId,
    #[serde(default, deserialize_with = "spoken")]
    pub(crate) protected_identity: bool,
    pub(crate) training_completed_on: Option<Date>,
}

impl Linked for Person {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([(Relation::Individual, Some(self.individual.into()))])
    }

    fn name(&self) -> Option<&str> {
        Some(self.hsa_id.as_str())
    }
}

/// An engagement.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Engagement {
    pub(crate) external_id: String,
    pub(crate) person: PersonId,
    #[serde(rename = "type")]
    pub(crate) kind: EngagementKind,
    pub(crate) employer: OrganisationId,
    pub(crate) unit: OrganisationId,
    pub(crate) responsible: Option<PersonId>,
    pub(crate) from: Date,
    pub(crate) until: Option<Date>,
    pub(crate) absent_from: Option<Date>,
    pub(crate) absent_until: Option<Date>,
}

impl Linked for Engagement {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([
            (Relation::Engaged, Some(self.person.into())),
            (Relation::Unit, Some(self.unit.into())),
        ])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A service.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    pub(crate) external_id: String,
    pub(crate) owner: Option<PersonId>,
    pub(crate) deputy: Option<PersonId>,
    pub(crate) organisation: OrganisationId,
    pub(crate) from: Date,
    pub(crate) until: Option<Date>,
    #[serde(default)]
    pub(crate) trusted_to_assert: bool,
    pub(crate) declared_scope: Option<OrganisationId>,
}

impl Linked for Service {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([
            (Relation::Steward, self.owner.map(Into::into)),
            (Relation::Steward, self.deputy.map(Into::into)),
        ])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A technical account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    pub(crate) external_id: String,
    pub(crate) system: Option<SystemId>,
}

impl Linked for Account {
    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A system.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct System {
    pub(crate) external_id: String,
    pub(crate) owner: Option<PersonId>,
    pub(crate) organisation: OrganisationId,
    pub(crate) supplier: Option<OrganisationId>,
    #[serde(default)]
    pub(crate) patient_data: bool,
    pub(crate) patient_level: u8,
    pub(crate) password_login_until: Option<Date>,
    pub(crate) classification: Option<Classification>,
}

/// How a system is classified.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Classification {
    pub(crate) confidentiality: u8,
    pub(crate) analysis: Option<String>,
}

impl Linked for System {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([(Relation::KeptBy, Some(self.organisation.into()))])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// An assessment of a system's supplier.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SupplierAssessment {
    pub(crate) external_id: String,
    pub(crate) supplier: Option<OrganisationId>,
    pub(crate) system: SystemId,
    pub(crate) decided_on: Date,
    pub(crate) valid_until: Date,
}

impl Linked for SupplierAssessment {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([(Relation::Of, Some(self.system.into()))])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A segment.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Segment {
    pub(crate) external_id: String,
    pub(crate) system: Option<SystemId>,
    pub(crate) organisation: OrganisationId,
    pub(crate) environment: String,
    #[serde(default)]
    pub(crate) patient_data: bool,
    pub(crate) change_from: Option<Date>,
    pub(crate) change_until: Option<Date>,
    #[serde(default)]
    pub(crate) controls: Vec<SegmentId>,
}

impl Linked for Segment {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([
            (Relation::KeptBy, Some(self.organisation.into())),
            (Relation::Of, self.system.map(Into::into)),
        ])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A server.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    pub(crate) external_id: String,
    pub(crate) segment: SegmentId,
}

impl Linked for Server {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([(Relation::Of, Some(self.segment.into()))])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A database.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Database {
    pub(crate) external_id: String,
    pub(crate) system: SystemId,
    pub(crate) server: ServerId,
}

impl Linked for Database {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([
            (Relation::Of, Some(self.system.into())),
            (Relation::Of, Some(self.server.into())),
        ])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A permission, of a system or of none.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Permission {
    pub(crate) system: Option<SystemId>,
    pub(crate) name: PermissionName,
    #[serde(default, deserialize_with = "category")]
    pub(crate) category: Option<Category>,
    #[serde(default)]
    pub(crate) privileged: bool,
}

impl Linked for Permission {
    fn name(&self) -> Option<&str> {
        Some(self.name.as_str())
    }
}

/// A role.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    pub(crate) external_id: String,
    pub(crate) system: Option<SystemId>,
    #[serde(default)]
    pub(crate) privileged: bool,
    #[serde(default)]
    pub(crate) patient_data: bool,
    pub(crate) max_holders: Option<u32>,
    #[serde(default)]
    pub(crate) permissions: Vec<PermissionId>,
}

impl Linked for Role {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        let permissions = self.permissions.iter();
        permissions
            .map(|id| (Relation::Confers, EntityRef::from(*id)))
            .collect()
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A grant.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    pub(crate) external_id: String,
    pub(crate) person: Option<PersonId>,
    pub(crate) service: Option<ServiceId>,
    pub(crate) engagement: Option<EngagementId>,
    pub(crate) role: RoleId,
    #[serde(flatten)]
    pub(crate) scope: ScopeTold,
    pub(crate) from: Date,
    pub(crate) until: Option<Date>,
    pub(crate) needs_and_risk_analysis: Option<String>,
    pub(crate) analysis_review_by: Option<Date>,
    pub(crate) disclosure_basis: Option<String>,
    pub(crate) ordered_by: Option<PersonId>,
    #[serde(default)]
    pub(crate) approvals: Vec<Approval>,
    pub(crate) origin: Origin,
    pub(crate) attest_by: Option<Date>,
    #[serde(default, deserialize_with = "instant")]
    pub(crate) revoked_at: Option<Instant>,
}

/// Who approved a grant.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Approval {
    pub(crate) person: PersonId,
}

/// How far a grant reaches, as it is told.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(tag = "scopeKind", rename_all = "camelCase")]
pub(crate) enum ScopeTold {
    Installation,
    Organisation { organisation: OrganisationId },
    System { system: SystemId },
    Segment { segment: SegmentId },
    Database { database: DatabaseId },
}

impl Grant {
    pub(crate) const fn scope(&self) -> Scope {
        match self.scope {
            ScopeTold::Installation => Scope::Installation,
            ScopeTold::Organisation { organisation } => Scope::Organisation(organisation),
            ScopeTold::System { system } => Scope::System(system),
            ScopeTold::Segment { segment } => Scope::Segment(segment),
            ScopeTold::Database { database } => Scope::Database(database),
        }
    }

    /// Who holds it; `None`: nobody, which no grant is.
    pub(crate) fn holder(&self) -> Option<EntityRef> {
        let person = self.person.map(EntityRef::from);
        person.or_else(|| self.service.map(EntityRef::from))
    }
}

impl Linked for Grant {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([
            (Relation::HeldBy, self.holder()),
            (Relation::OfRole, Some(self.role.into())),
        ])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A proposal of an edit.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EditProposal {
    pub(crate) organisation: OrganisationId,
    pub(crate) system: Option<SystemId>,
    pub(crate) proposed_by: Option<EntityRef>,
    #[serde(default)]
    pub(crate) proposers: Vec<IndividualId>,
}

impl Linked for EditProposal {}

/// At what stage a guardrail is somewhere.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    pub(crate) guardrail: String,
    #[serde(default, deserialize_with = "named")]
    pub(crate) system: Option<SystemId>,
    #[serde(default, deserialize_with = "named")]
    pub(crate) authority: Option<OrganisationId>,
    #[serde(rename = "stage", deserialize_with = "stage")]
    pub(crate) at: verdict::Stage,
    pub(crate) until: Option<Date>,
    pub(crate) decided_by: Option<IndividualId>,
}

impl Linked for Stage {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([(Relation::Staged, Some(INSTALLATION.into()))])
    }
}

/// A policy set.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicySet {
    pub(crate) generation: u64,
    pub(crate) digest: String,
    #[serde(default)]
    pub(crate) active: bool,
}

impl Linked for PolicySet {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([(Relation::Released, Some(INSTALLATION.into()))])
    }
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

/// A yes that is kept as a word.
fn spoken<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "true" => Ok(true),
        _ => Err(D::Error::custom("no yes")),
    }
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Instant>, D::Error> {
    let at = Option::<Instant>::deserialize(deserializer)?;
    at.map(|at| {
        at.in_range()
            .ok_or_else(|| D::Error::custom("out of range"))
    })
    .transpose()
}

fn category<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Category>, D::Error> {
    let named = Option::<String>::deserialize(deserializer)?;
    named
        .map(|name| Category::named(&name).ok_or_else(|| D::Error::custom("no category")))
        .transpose()
}

fn stage<'de, D: Deserializer<'de>>(deserializer: D) -> Result<verdict::Stage, D::Error> {
    let name = String::deserialize(deserializer)?;
    verdict::Stage::named(&name).ok_or_else(|| D::Error::custom("no stage"))
}

/// What an empty text names is nothing.
fn named<'de, D: Deserializer<'de>, T: std::str::FromStr>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(|_| D::Error::custom("no id")))
        .transpose()
}

//! Edits of the register that can widen what somebody reaches without a grant being made, and what is gained
//! by one.
//!
//! Apart from the actions that order them because an edit is also kept, shown and compared: what a second
//! human being accepts has to be what was proposed. To add an edit: a variant here, what the register is by it in
//! `region::edited`, whom it can concern in `region::edits`, how it is written in `store::write::edits`, and its input
//! in the schema.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest as _, Sha256};

use super::change::ChangeKind;
use super::id::{
    EntityKind, EntityRef, GrantId, INSTALLATION, IndividualId, OrganisationId, RoleId, SegmentId,
    ServerId, ServiceId, SystemId,
};
use super::named::Named as _;
use super::permission::{PermissionName, ServicePermission};
use super::text::Reference;
use super::text::characters::is_blank;
use super::time::Date;

/// How many rows a gain tells one by one; of more it is only known that there are more. Whether somebody in
/// particular gains is never looked for among the rows.
pub const MOST_GAINED: usize = 1_000;

/// A change of the register that is a grant in disguise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Edit {
    /// Moving an organisation with all that is below it.
    MoveOrganisation {
        /// What is moved.
        organisation: OrganisationId,
        /// Below what.
        parent: OrganisationId,
    },
    /// Moving a server into a segment.
    MoveServer {
        /// The server.
        server: ServerId,
        /// The segment.
        segment: SegmentId,
    },
    /// Giving a role a permission, or taking one from it.
    SetRolePermission {
        /// The role.
        role: RoleId,
        /// The permission, of the role's system.
        permission: PermissionName,
        /// Whether the role holds it.
        held: bool,
    },
    /// Saying whether a role is privileged.
    SetRolePrivileged {
        /// The role.
        role: RoleId,
        /// Whether it is.
        privileged: bool,
    },
    /// Saying whether a permission of a governed system is privileged.
    SetPermissionPrivileged {
        /// The permission.
        permission: PermissionName,
        /// The system that has it; `None`: it is held by general roles.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        system: Option<SystemId>,
        /// Whether it is.
        privileged: bool,
    },
    /// Classifying a system.
    #[serde(rename_all = "camelCase")]
    ClassifySystem {
        /// The system.
        system: SystemId,
        /// Confidentiality class, 1 to 4.
        confidentiality: u8,
        /// Integrity class, 1 to 4.
        integrity: u8,
        /// Availability class, 1 to 4.
        availability: u8,
        /// When it was decided.
        decided_on: Date,
        /// When it is to be looked at again.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        review_by: Option<Date>,
        /// The separate analysis that class 4 demands.
        #[serde(
            skip_serializing_if = "Option::is_none",
            default,
            deserialize_with = "kept_analysis"
        )]
        analysis: Option<Reference>,
    },
    /// Saying whether servers of a segment can be taken over from another.
    SetControl {
        /// From where.
        controller: SegmentId,
        /// What.
        controlled: SegmentId,
        /// Whether they can.
        controls: bool,
    },
    /// Taking a service's word about how people signed in, or ceasing to.
    SetTrustedToAssert {
        /// The service.
        service: ServiceId,
        /// Whether its word is taken.
        trusted: bool,
    },
}

/// An analysis as it was kept, whatever the rules were then; but a blank one is none.
fn kept_analysis<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Reference>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !is_blank(text)).map(Reference::recorded))
}

impl Edit {
    /// What becomes of the thing by it.
    #[must_use]
    pub const fn change(&self) -> ChangeKind {
        match self {
            Self::MoveOrganisation { .. } => ChangeKind::MoveOrganisation,
            Self::MoveServer { .. } => ChangeKind::MoveServer,
            Self::SetRolePermission { .. } => ChangeKind::SetRolePermission,
            Self::SetRolePrivileged { .. } => ChangeKind::SetRolePrivileged,
            Self::SetPermissionPrivileged { .. } => ChangeKind::SetPermissionPrivileged,
            Self::ClassifySystem { .. } => ChangeKind::ClassifySystem,
            Self::SetControl { .. } => ChangeKind::SetControl,
            Self::SetTrustedToAssert { .. } => ChangeKind::SetTrustedToAssert,
        }
    }

    /// What it is called where it is kept and recorded.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.change().name()
    }

    /// The permission that it takes, over what it changes.
    #[must_use]
    pub const fn permission(&self) -> ServicePermission {
        match self {
            Self::MoveOrganisation { .. } => ServicePermission::OrganisationManage,
            Self::MoveServer { .. } | Self::SetControl { .. } => ServicePermission::ServerManage,
            Self::SetRolePermission { .. }
            | Self::SetRolePrivileged { .. }
            | Self::SetPermissionPrivileged { .. } => ServicePermission::RoleManage,
            Self::ClassifySystem { .. } => ServicePermission::SystemManage,
            Self::SetTrustedToAssert { .. } => ServicePermission::PolicyManage,
        }
    }

    /// What it changes; for a permission that no system has, the installation.
    #[must_use]
    pub fn thing(&self) -> EntityRef {
        match self {
            Self::MoveOrganisation { organisation, .. } => (*organisation).into(),
            Self::MoveServer { server, .. } => (*server).into(),
            Self::SetRolePermission { role, .. } | Self::SetRolePrivileged { role, .. } => {
                (*role).into()
            }
            Self::SetPermissionPrivileged { system, .. } => {
                system.map_or_else(|| INSTALLATION.into(), EntityRef::from)
            }
            Self::ClassifySystem { system, .. } => (*system).into(),
            Self::SetControl { controlled, .. } => (*controlled).into(),
            Self::SetTrustedToAssert { service, .. } => (*service).into(),
        }
    }

    /// What else it takes the same permission over: where something is moved to, or controlled from.
    #[must_use]
    pub fn also(&self) -> Option<EntityRef> {
        match self {
            Self::MoveOrganisation { parent, .. } => Some((*parent).into()),
            Self::MoveServer { segment, .. } => Some((*segment).into()),
            Self::SetControl { controller, .. } => Some((*controller).into()),
            Self::SetRolePermission { .. }
            | Self::SetRolePrivileged { .. }
            | Self::SetPermissionPrivileged { .. }
            | Self::ClassifySystem { .. }
            | Self::SetTrustedToAssert { .. } => None,
        }
    }

    /// Whether it takes two human beings even where nobody is known to gain: what is not privileged any more is
    /// granted without anybody's approval from then on, and what a service is believed to say of sign-ins holds
    /// for everybody.
    #[must_use]
    pub const fn lifts_a_protection(&self) -> bool {
        matches!(
            self,
            Self::SetRolePrivileged {
                privileged: false,
                ..
            } | Self::SetPermissionPrivileged {
                privileged: false,
                ..
            } | Self::SetTrustedToAssert { trusted: true, .. }
        )
    }

    /// The permission that it gives a role; `None`: it gives none.
    #[must_use]
    pub const fn gives(&self) -> Option<&PermissionName> {
        match self {
            Self::SetRolePermission {
                permission,
                held: true,
                ..
            } => Some(permission),
            Self::MoveOrganisation { .. }
            | Self::MoveServer { .. }
            | Self::SetRolePermission { held: false, .. }
            | Self::SetRolePrivileged { .. }
            | Self::SetPermissionPrivileged { .. }
            | Self::ClassifySystem { .. }
            | Self::SetControl { .. }
            | Self::SetTrustedToAssert { .. } => None,
        }
    }

    /// Whom it favours by itself, beside those who gain by grants: a service whose word is taken.
    #[must_use]
    pub fn favours(&self) -> Option<EntityRef> {
        match self {
            Self::SetTrustedToAssert {
                service,
                trusted: true,
            } => Some((*service).into()),
            Self::MoveOrganisation { .. }
            | Self::MoveServer { .. }
            | Self::SetRolePermission { .. }
            | Self::SetRolePrivileged { .. }
            | Self::SetPermissionPrivileged { .. }
            | Self::ClassifySystem { .. }
            | Self::SetControl { .. }
            | Self::SetTrustedToAssert { trusted: false, .. } => None,
        }
    }

    /// What it makes of the thing, field by field, as the log and its reviewers are told.
    #[must_use]
    pub fn fields(&self) -> BTreeMap<&'static str, String> {
        let yes_or_no = |value: bool| value.to_string();
        match self {
            Self::MoveOrganisation { parent, .. } => [("parent", parent.to_string())].into(),
            Self::MoveServer { segment, .. } => [("segment", segment.to_string())].into(),
            Self::SetRolePermission {
                permission, held, ..
            } => [
                ("permission", permission.to_string()),
                ("held", yes_or_no(*held)),
            ]
            .into(),
            Self::SetRolePrivileged { privileged, .. } => {
                [("privileged", yes_or_no(*privileged))].into()
            }
            Self::SetPermissionPrivileged {
                permission,
                privileged,
                ..
            } => [
                ("permission", permission.to_string()),
                ("privileged", yes_or_no(*privileged)),
            ]
            .into(),
            Self::ClassifySystem {
                confidentiality,
                integrity,
                availability,
                decided_on,
                review_by,
                analysis,
                ..
            } => {
                let mut fields = BTreeMap::from([
                    ("confidentiality", confidentiality.to_string()),
                    ("integrity", integrity.to_string()),
                    ("availability", availability.to_string()),
                    ("decidedOn", decided_on.to_string()),
                ]);
                fields.extend(review_by.map(|day| ("reviewBy", day.to_string())));
                fields.extend(analysis.clone().map(|text| ("analysis", text.into())));
                fields
            }
            Self::SetControl {
                controller,
                controls,
                ..
            } => [
                ("controller", controller.to_string()),
                ("controls", yes_or_no(*controls)),
            ]
            .into(),
            Self::SetTrustedToAssert { trusted, .. } => {
                [("trustedToAssert", yes_or_no(*trusted))].into()
            }
        }
    }
}

/// By what way something is gained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GainedBy {
    /// It was refused however strong the sign-in was.
    Reach,
    /// It took a stronger or more recent sign-in.
    WeakerSignIn,
    /// It can be taken over from what somebody administers.
    TakeOver,
    /// It is not to be had now, but once nothing stands in its way any more: a date, an absence, a missing
    /// analysis, a guardrail that does not stay as it is, or another grant that ends.
    Later,
}

/// Something privileged, or access to patient data, that somebody has only after the edit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gained {
    /// The person or service.
    pub holder: EntityRef,
    /// The human being; `None`: a service.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub individual: Option<IndividualId>,
    /// What can be done.
    pub permission: PermissionName,
    /// On what; for records the organisation that keeps them.
    pub over: EntityRef,
    /// The system, where it is about the records kept in one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub records_in: Option<SystemId>,
    /// By what way.
    pub by: GainedBy,
    /// Whether the permission is privileged, or was.
    pub privileged: bool,
    /// Whether it gives access to patient data.
    pub patient_data: bool,
    /// The grants that it rests on.
    pub grants: BTreeSet<GrantId>,
}

/// Who gains what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gain {
    /// What is gained, in order; at most [`MOST_GAINED`].
    pub rows: BTreeSet<Gained>,
    /// Whether more is gained than the rows tell.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub more: bool,
}

impl Gain {
    /// Whether nobody gains anything.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether there is nothing in it that was not in what somebody has seen.
    #[must_use]
    pub fn is_within(&self, seen: &Self) -> bool {
        self.rows.is_subset(&seen.rows) && (!self.more || (seen.more && self.rows == seen.rows))
    }

    /// How many people gain, by their ids.
    #[must_use]
    pub fn people(&self) -> usize {
        self.holders(EntityKind::Person)
    }

    /// How many services gain.
    #[must_use]
    pub fn services(&self) -> usize {
        self.holders(EntityKind::Service)
    }

    fn holders(&self, kind: EntityKind) -> usize {
        let holders = self.rows.iter().map(|row| &row.holder);
        let holders: BTreeSet<_> = holders.filter(|id| id.kind() == kind).collect();
        holders.len()
    }

    /// SHA-256 of the rows, in lower-case hexadecimal: what a reviewer says to have seen.
    ///
    /// # Errors
    /// Never for rows that can be kept.
    pub fn digest(&self) -> Result<String, serde_json::Error> {
        let text = serde_json::to_vec(self)?;
        Ok(data_encoding::HEXLOWER.encode(&Sha256::digest(text)))
    }
}

#[cfg(test)]
mod tests;

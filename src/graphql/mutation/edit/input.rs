//! What callers say when they edit the register, accept an edit or turn one down.

use async_graphql::{InputObject, OneofObject};

use crate::domain::id;
use crate::graphql::scalar::{Date, HsaId, IdOf, Permission};
use crate::service::edits::{Acceptance, Class, Declining, EditName, NewEdit};

/// An edit of the register.
#[derive(Debug, Clone, InputObject)]
pub struct EditRegisterInput {
    /// What is to be changed.
    edit: RegisterEditInput,
    /// Why, in free text that can be erased; null: not said.
    justification: Option<String>,
    /// The version of what is changed that the caller saw; null: any.
    expected_version: Option<i64>,
    /// 16 to 64 characters of the caller's own, so that a retry does nothing twice; null: none.
    idempotency_key: Option<String>,
}

/// What is to be changed. More kinds may come.
#[derive(Debug, Clone, OneofObject)]
pub enum RegisterEditInput {
    /// An organisation is moved, with all that is below it. Takes `organisation:manage` over it and its new parent.
    MoveOrganisation(MoveOrganisationInput),
    /// A server is moved. Takes `server:manage` over it and the segment.
    MoveServer(MoveServerInput),
    /// A role is given a permission, or loses one. Takes `role:manage` over it.
    SetRolePermission(SetRolePermissionInput),
    /// It is said whether a role is privileged. Takes `role:manage` over it.
    SetRolePrivileged(SetRolePrivilegedInput),
    /// It is said whether a permission is privileged. Takes `role:manage` over its system, or the installation.
    SetPermissionPrivileged(SetPermissionPrivilegedInput),
    /// A system is classified. Takes `system:manage` over it.
    ClassifySystem(ClassifySystemInput),
    /// It is said whether servers of a segment can be taken over from another. Takes `server:manage` over both.
    SetControl(SetControlInput),
}

/// Where an organisation is moved.
#[derive(Debug, Clone, InputObject)]
pub struct MoveOrganisationInput {
    /// The organisation, by HSA-id.
    organisation: HsaId,
    /// Directly below which one, by HSA-id.
    parent: HsaId,
}

/// Where a server is moved.
#[derive(Debug, Clone, InputObject)]
pub struct MoveServerInput {
    /// The server, by host name.
    server: String,
    /// Into which segment, by external id.
    segment: String,
}

/// What a role holds.
#[derive(Debug, Clone, InputObject)]
pub struct SetRolePermissionInput {
    /// The role, by external id.
    role: String,
    /// The permission, one that the role's system has, or for a general role a general one.
    permission: Permission,
    /// Whether the role holds it.
    held: bool,
}

/// Whether a role is privileged.
#[derive(Debug, Clone, InputObject)]
pub struct SetRolePrivilegedInput {
    /// The role, by external id.
    role: String,
    /// Whether it is.
    privileged: bool,
}

/// Whether a permission is privileged.
#[derive(Debug, Clone, InputObject)]
pub struct SetPermissionPrivilegedInput {
    /// The permission, of a governed system: those of this service are what they are.
    permission: Permission,
    /// The system that has it, by external id; null: general roles hold it.
    system: Option<String>,
    /// Whether it is.
    privileged: bool,
}

/// How a system is classified.
#[derive(Debug, Clone, InputObject)]
pub struct ClassifySystemInput {
    /// The system, by external id.
    system: String,
    /// The class of confidentiality, 1 to 4.
    confidentiality: i64,
    /// The class of integrity, 1 to 4.
    integrity: i64,
    /// The class of availability, 1 to 4.
    availability: i64,
    /// When it was decided.
    decided_on: Date,
    /// When it is to be looked at again; null: not said.
    review_by: Option<Date>,
    /// The separate analysis that class 4 demands; null: none is named.
    analysis: Option<String>,
}

/// What can be taken over from where.
#[derive(Debug, Clone, InputObject)]
pub struct SetControlInput {
    /// The segment from which, by external id.
    controller: String,
    /// The segment whose servers, by external id.
    controlled: String,
    /// Whether they can.
    controls: bool,
}

/// Which proposal is accepted.
#[derive(Debug, Clone, InputObject)]
pub struct AcceptEditInput {
    /// The proposal.
    proposal: IdOf<id::EditProposal>,
    /// The digest of the gain that the caller has seen.
    gain_digest: String,
    /// Why, in free text that can be erased; null: not said.
    justification: Option<String>,
    /// 16 to 64 characters of the caller's own, so that a retry does nothing twice; null: none.
    idempotency_key: Option<String>,
}

/// Which proposal is turned down, or taken back.
#[derive(Debug, Clone, InputObject)]
pub struct DeclineEditInput {
    /// The proposal.
    proposal: IdOf<id::EditProposal>,
    /// Why, in free text that can be erased; null: not said.
    reason: Option<String>,
    /// 16 to 64 characters of the caller's own, so that a retry does nothing twice; null: none.
    idempotency_key: Option<String>,
}

impl From<RegisterEditInput> for EditName {
    fn from(input: RegisterEditInput) -> Self {
        match input {
            RegisterEditInput::MoveOrganisation(it) => Self::MoveOrganisation {
                organisation: it.organisation.0,
                parent: it.parent.0,
            },
            RegisterEditInput::MoveServer(it) => Self::MoveServer {
                server: it.server,
                segment: it.segment,
            },
            RegisterEditInput::SetRolePermission(it) => Self::SetRolePermission {
                role: it.role,
                permission: it.permission.0,
                held: it.held,
            },
            RegisterEditInput::SetRolePrivileged(it) => Self::SetRolePrivileged {
                role: it.role,
                privileged: it.privileged,
            },
            RegisterEditInput::SetPermissionPrivileged(it) => Self::SetPermissionPrivileged {
                permission: it.permission.0,
                system: it.system,
                privileged: it.privileged,
            },
            RegisterEditInput::ClassifySystem(it) => Self::ClassifySystem {
                system: it.system,
                class: Class {
                    confidentiality: it.confidentiality,
                    integrity: it.integrity,
                    availability: it.availability,
                    decided_on: it.decided_on.0,
                    review_by: it.review_by.map(|day| day.0),
                    analysis: it.analysis,
                },
            },
            RegisterEditInput::SetControl(it) => Self::SetControl {
                controller: it.controller,
                controlled: it.controlled,
                controls: it.controls,
            },
        }
    }
}

impl EditRegisterInput {
    pub(in crate::graphql::mutation) fn into_order(self) -> NewEdit {
        NewEdit {
            edit: self.edit.into(),
            justification: self.justification,
            expected_version: self.expected_version,
            idempotency_key: self.idempotency_key,
        }
    }
}

impl AcceptEditInput {
    pub(in crate::graphql::mutation) fn into_order(self) -> Acceptance {
        Acceptance {
            proposal: self.proposal.0,
            gain_digest: self.gain_digest,
            justification: self.justification,
            idempotency_key: self.idempotency_key,
        }
    }
}

impl DeclineEditInput {
    pub(in crate::graphql::mutation) fn into_order(self) -> Declining {
        Declining {
            proposal: self.proposal.0,
            reason: self.reason,
            idempotency_key: self.idempotency_key,
        }
    }
}

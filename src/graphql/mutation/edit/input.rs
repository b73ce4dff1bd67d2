//! What callers say when they edit the register, accept an edit or turn one down.

use async_graphql::{ID, InputObject, OneofObject};

use crate::mutation::form::{Form, Misread, WrongForm};
use crate::scalar::{Date, HsaId, Permission};
use service::edits::{Acceptance, Class, Declining, EditName, NewEdit};
use service::error::InputPath;

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
pub(super) enum RegisterEditInput {
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
pub(super) struct MoveOrganisationInput {
    /// The organisation, by HSA-id.
    organisation: HsaId,
    /// Directly below which one, by HSA-id.
    parent: HsaId,
}

/// Where a server is moved.
#[derive(Debug, Clone, InputObject)]
pub(super) struct MoveServerInput {
    /// The server, by host name.
    server: String,
    /// Into which segment, by external id.
    segment: String,
}

/// What a role holds.
#[derive(Debug, Clone, InputObject)]
pub(super) struct SetRolePermissionInput {
    /// The role, by external id.
    role: String,
    /// The permission, one that the role's system has, or for a general role a general one.
    permission: Permission,
    /// Whether the role holds it.
    held: bool,
}

/// Whether a role is privileged.
#[derive(Debug, Clone, InputObject)]
pub(super) struct SetRolePrivilegedInput {
    /// The role, by external id.
    role: String,
    /// Whether it is.
    privileged: bool,
}

/// Whether a permission is privileged.
#[derive(Debug, Clone, InputObject)]
pub(super) struct SetPermissionPrivilegedInput {
    /// The permission, of a governed system: those of this service are what they are.
    permission: Permission,
    /// The system that has it, by external id; null: general roles hold it.
    system: Option<String>,
    /// Whether it is.
    privileged: bool,
}

/// How a system is classified.
#[derive(Debug, Clone, InputObject)]
pub(super) struct ClassifySystemInput {
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
pub(super) struct SetControlInput {
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
    proposal: ID,
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
    proposal: ID,
    /// Why, in free text that can be erased; null: not said.
    reason: Option<String>,
    /// 16 to 64 characters of the caller's own, so that a retry does nothing twice; null: none.
    idempotency_key: Option<String>,
}

impl RegisterEditInput {
    /// The edit, which stands at `path` in the input.
    fn into_name(self, path: &InputPath, form: &mut Form) -> Result<EditName, Misread> {
        Ok(match self {
            Self::MoveOrganisation(it) => EditName::MoveOrganisation {
                organisation: it.organisation.0,
                parent: it.parent.0,
            },
            Self::MoveServer(it) => {
                let path = path.at("moveServer");
                let server = form.text(&path, "server", &it.server);
                let segment = form.text(&path, "segment", &it.segment);
                EditName::MoveServer {
                    server: server?,
                    segment: segment?,
                }
            }
            Self::SetRolePermission(it) => EditName::SetRolePermission {
                role: form.text(&path.at("setRolePermission"), "role", &it.role)?,
                permission: it.permission.0,
                held: it.held,
            },
            Self::SetRolePrivileged(it) => EditName::SetRolePrivileged {
                role: form.text(&path.at("setRolePrivileged"), "role", &it.role)?,
                privileged: it.privileged,
            },
            Self::SetPermissionPrivileged(it) => {
                let path = path.at("setPermissionPrivileged");
                EditName::SetPermissionPrivileged {
                    permission: it.permission.0,
                    system: form.text_if(&path, "system", it.system.as_deref())?,
                    privileged: it.privileged,
                }
            }
            Self::ClassifySystem(it) => it.into_name(&path.at("classifySystem"), form)?,
            Self::SetControl(it) => {
                let path = path.at("setControl");
                let from = form.text(&path, "controller", &it.controller);
                let over = form.text(&path, "controlled", &it.controlled);
                EditName::SetControl {
                    controller: from?,
                    controlled: over?,
                    controls: it.controls,
                }
            }
        })
    }
}

impl ClassifySystemInput {
    fn into_name(self, path: &InputPath, form: &mut Form) -> Result<EditName, Misread> {
        let system = form.text(path, "system", &self.system);
        let analysis = form.text_if(path, "analysis", self.analysis.as_deref());
        Ok(EditName::ClassifySystem {
            system: system?,
            class: Class {
                confidentiality: self.confidentiality,
                integrity: self.integrity,
                availability: self.availability,
                decided_on: self.decided_on.0,
                review_by: self.review_by.map(|day| day.0),
                analysis: analysis?,
            },
        })
    }
}

impl EditRegisterInput {
    pub(in crate::mutation) fn into_order(self) -> Result<NewEdit, WrongForm> {
        let path = InputPath::input();
        let mut form = Form::default();
        let edit = self.edit.into_name(&path.at("edit"), &mut form);
        let justification = form.text_if(&path, "justification", self.justification.as_deref());
        let key = form.text_if(&path, "idempotencyKey", self.idempotency_key.as_deref());
        let order = || {
            Ok(NewEdit {
                edit: edit?,
                justification: justification?,
                expected_version: self.expected_version,
                idempotency_key: key?,
            })
        };
        form.finish(order())
    }
}

impl AcceptEditInput {
    pub(in crate::mutation) fn into_order(self) -> Result<Acceptance, WrongForm> {
        let path = InputPath::input();
        let mut form = Form::default();
        let proposal = form.id(&path, "proposal", &self.proposal);
        let gain_digest = form.text(&path, "gainDigest", &self.gain_digest);
        let justification = form.text_if(&path, "justification", self.justification.as_deref());
        let key = form.text_if(&path, "idempotencyKey", self.idempotency_key.as_deref());
        let order = || {
            Ok(Acceptance {
                proposal: proposal?,
                gain_digest: gain_digest?,
                justification: justification?,
                idempotency_key: key?,
            })
        };
        form.finish(order())
    }
}

impl DeclineEditInput {
    pub(in crate::mutation) fn into_order(self) -> Result<Declining, WrongForm> {
        let path = InputPath::input();
        let mut form = Form::default();
        let proposal = form.id(&path, "proposal", &self.proposal);
        let reason = form.text_if(&path, "reason", self.reason.as_deref());
        let key = form.text_if(&path, "idempotencyKey", self.idempotency_key.as_deref());
        let order = || {
            Ok(Declining {
                proposal: proposal?,
                reason: reason?,
                idempotency_key: key?,
            })
        };
        form.finish(order())
    }
}

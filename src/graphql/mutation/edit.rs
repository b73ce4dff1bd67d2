//! The words of `editRegister`, `acceptEdit` and `declineEdit`.

use async_graphql::{ComplexObject, Context, Enum, InputObject, OneofObject, SimpleObject};

use crate::domain::{EntityRef, id};
use crate::graphql::node::{self, Node};
use crate::graphql::object::decision::Decision;
use crate::graphql::object::proposal::EditProposal;
use crate::graphql::scalar::{Date, HsaId, IdOf, Permission};
use crate::service::change::Changed;
use crate::service::edits::{
    Acceptance, Class, Declining, EditConflict, EditName, EditProblem, NewEdit, ProposalConflict,
    ProposalProblem,
};
use crate::service::error::Problem;

use super::seen::{self, shown};

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
    pub(super) fn into_order(self) -> NewEdit {
        NewEdit {
            edit: self.edit.into(),
            justification: self.justification,
            expected_version: self.expected_version,
            idempotency_key: self.idempotency_key,
        }
    }
}

impl AcceptEditInput {
    pub(super) fn into_order(self) -> Acceptance {
        Acceptance {
            proposal: self.proposal.0,
            gain_digest: self.gain_digest,
            justification: self.justification,
            idempotency_key: self.idempotency_key,
        }
    }
}

impl DeclineEditInput {
    pub(super) fn into_order(self) -> Declining {
        Declining {
            proposal: self.proposal.0,
            reason: self.reason,
            idempotency_key: self.idempotency_key,
        }
    }
}

/// What came of an order to edit the register.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct EditRegisterPayload {
    /// Whether the edit was made; if not, and nothing stood against it, it waits for somebody to accept it.
    made: bool,
    /// What stood against it.
    errors: Vec<EditRegisterError>,
    /// The decision; null where nothing could be decided on.
    decision: Option<Decision>,
    #[graphql(skip)]
    subject: Option<EntityRef>,
}

#[ComplexObject]
impl EditRegisterPayload {
    /// What waits for somebody else to accept it; null: the edit was made, or the caller may not see the proposal.
    async fn proposal(&self, ctx: &Context<'_>) -> Option<EditProposal> {
        seen::proposal(ctx, self.subject.as_ref()?).await
    }

    /// What was changed; null: nothing was, or the caller may not see it.
    async fn thing(&self, ctx: &Context<'_>) -> Option<Node> {
        let subject = self.subject.as_ref().filter(|_| self.made)?;
        node::find(ctx, subject.as_str()).await
    }
}

/// What came of an order to accept a proposal.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct AcceptEditPayload {
    /// What stood against it.
    errors: Vec<EditProposalError>,
    /// The decision; null where nothing could be decided on.
    decision: Option<Decision>,
    #[graphql(skip)]
    subject: Option<EntityRef>,
}

#[ComplexObject]
impl AcceptEditPayload {
    /// The proposal, whose edit has been made; null: it was not accepted.
    async fn proposal(&self, ctx: &Context<'_>) -> Option<EditProposal> {
        seen::proposal(ctx, self.subject.as_ref()?).await
    }
}

/// What came of an order to turn a proposal down, or to take it back.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct DeclineEditPayload {
    /// What stood against it.
    errors: Vec<EditProposalError>,
    /// The decision; null where nothing could be decided on.
    decision: Option<Decision>,
    #[graphql(skip)]
    subject: Option<EntityRef>,
}

#[ComplexObject]
impl DeclineEditPayload {
    /// The proposal; null: it was not turned down.
    async fn proposal(&self, ctx: &Context<'_>) -> Option<EditProposal> {
        seen::proposal(ctx, self.subject.as_ref()?).await
    }
}

/// Something that stands against an edit.
#[derive(Debug, Clone, SimpleObject)]
pub struct EditRegisterError {
    /// What.
    code: EditRegisterErrorCode,
    /// The same in words.
    message: String,
    /// Where in the input.
    path: Vec<String>,
}

/// What can stand against an edit. More kinds may come.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub enum EditRegisterErrorCode {
    /// There is no such thing, or the caller may not see it.
    NotFound,
    /// It is so already.
    Unchanged,
    /// It is not as the caller saw it.
    VersionConflict,
    /// An organisation is not moved below itself, and the installation not at all.
    NoPlace,
    /// The role's system has no such permission.
    NoSuchPermission,
    /// What permissions of this service are is not for the register to say.
    OwnPermission,
    /// A segment controls others, not itself.
    ControlsItself,
}

/// Something that stands against deciding on a proposal.
#[derive(Debug, Clone, SimpleObject)]
pub struct EditProposalError {
    /// What.
    code: EditProposalErrorCode,
    /// The same in words.
    message: String,
    /// Where in the input.
    path: Vec<String>,
}

/// What can stand against deciding on a proposal. More kinds may come.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub enum EditProposalErrorCode {
    /// There is no such proposal, or the caller may not see it.
    NotFound,
    /// It has been decided on.
    AlreadyDecided,
    /// It takes another human being than the one who proposed it.
    SecondIndividual,
    /// Whoever gains by it does not accept it.
    OwnGain,
    /// More is gained by now than the proposal says: propose it anew.
    GainGrew,
    /// The digest is not the one of the proposal's gain.
    NotSeen,
    /// Only whoever proposed it takes it back.
    NotOwn,
    /// The register no longer admits the edit.
    NotPossible,
}

impl From<Changed<EditProblem>> for EditRegisterPayload {
    fn from(changed: Changed<EditProblem>) -> Self {
        let made = |subject: &EntityRef| subject.kind() != "EditProposal";
        Self {
            made: changed.subject.as_ref().is_some_and(made),
            errors: changed.problems.into_iter().map(Into::into).collect(),
            decision: changed.decision.map(shown),
            subject: changed.subject,
        }
    }
}

impl From<Changed<ProposalProblem>> for AcceptEditPayload {
    fn from(changed: Changed<ProposalProblem>) -> Self {
        Self {
            errors: changed.problems.into_iter().map(Into::into).collect(),
            decision: changed.decision.map(shown),
            subject: changed.subject,
        }
    }
}

impl From<Changed<ProposalProblem>> for DeclineEditPayload {
    fn from(changed: Changed<ProposalProblem>) -> Self {
        let AcceptEditPayload {
            errors,
            decision,
            subject,
        } = changed.into();
        Self {
            errors,
            decision,
            subject,
        }
    }
}

impl From<Problem<EditProblem>> for EditRegisterError {
    fn from(problem: Problem<EditProblem>) -> Self {
        use EditRegisterErrorCode as Code;
        let (code, message) = match problem.code {
            EditProblem::NotFound => (Code::NotFound, "nothing of that name is to be found"),
            EditProblem::Conflict(conflict) => against(conflict),
        };
        Self {
            code,
            message: message.to_owned(),
            path: problem.path.segments().to_vec(),
        }
    }
}

const fn against(conflict: EditConflict) -> (EditRegisterErrorCode, &'static str) {
    use EditRegisterErrorCode as Code;
    match conflict {
        EditConflict::Unchanged => (Code::Unchanged, "it is so already"),
        EditConflict::VersionConflict => (
            Code::VersionConflict,
            "it has been changed since the caller saw it",
        ),
        EditConflict::NoPlace => (
            Code::NoPlace,
            "an organisation is not moved below itself, and the installation not at all",
        ),
        EditConflict::NoSuchPermission => (
            Code::NoSuchPermission,
            "there is no such permission where the role is",
        ),
        EditConflict::OwnPermission => (
            Code::OwnPermission,
            "what permissions of this service are is not for the register to say",
        ),
        EditConflict::Itself => (
            Code::ControlsItself,
            "a segment controls others, not itself",
        ),
    }
}

impl From<Problem<ProposalProblem>> for EditProposalError {
    fn from(problem: Problem<ProposalProblem>) -> Self {
        use EditProposalErrorCode as Code;
        let (code, message) = match problem.code {
            ProposalProblem::NotFound => (Code::NotFound, "no such proposal is to be found"),
            ProposalProblem::Conflict(conflict) => match conflict {
                ProposalConflict::Decided => (Code::AlreadyDecided, "it has been decided on"),
                ProposalConflict::SecondIndividual => (
                    Code::SecondIndividual,
                    "it takes another human being than the one who proposed it",
                ),
                ProposalConflict::OwnGain => {
                    (Code::OwnGain, "whoever gains by it does not accept it")
                }
                ProposalConflict::GainGrew => (
                    Code::GainGrew,
                    "more is gained by now than the proposal says: propose it anew",
                ),
                ProposalConflict::NotSeen => (
                    Code::NotSeen,
                    "expected the digest of the proposal's gain, as it was shown",
                ),
                ProposalConflict::NotOwn => {
                    (Code::NotOwn, "only whoever proposed it takes it back")
                }
                ProposalConflict::Edit(conflict) => (Code::NotPossible, against(conflict).1),
            },
        };
        Self {
            code,
            message: message.to_owned(),
            path: problem.path.segments().to_vec(),
        }
    }
}

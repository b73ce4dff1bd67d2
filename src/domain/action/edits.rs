//! Editing the register, and deciding on what somebody else proposed.

use super::Action;
use crate::edit::Edit;
use crate::id::EditProposalId;
use crate::permission::ServicePermission;
use crate::target::TargetKey;

/// An action that carries out an edit of the register, or has it kept for somebody else to accept.
pub trait Edits: Action {
    /// The edit.
    fn edit(&self) -> &Edit;

    /// The proposal that is accepted; `None`: it is whoever carries it out who proposes it.
    fn proposal(&self) -> Option<EditProposalId> {
        None
    }
}

/// Editing the register where that may widen what somebody reaches.
#[derive(Debug, Clone)]
pub struct EditRegister {
    /// What is to be changed.
    pub edit: Edit,
    /// The id of the proposal, if it becomes one.
    pub proposal: EditProposalId,
}

impl Action for EditRegister {
    fn permission(&self) -> ServicePermission {
        self.edit.permission()
    }

    fn target(&self) -> TargetKey {
        TargetKey::Entity(self.edit.thing())
    }
}

impl Edits for EditRegister {
    fn edit(&self) -> &Edit {
        &self.edit
    }
}

/// Accepting what somebody else proposed: approving the grants that it amounts to.
#[derive(Debug, Clone)]
pub struct AcceptEdit {
    /// The proposal.
    pub proposal: EditProposalId,
    /// What it proposes.
    pub edit: Edit,
    /// The digest of the gain that the accepting person has seen.
    pub seen: String,
}

impl Action for AcceptEdit {
    fn permission(&self) -> ServicePermission {
        ServicePermission::GrantApprove
    }

    fn target(&self) -> TargetKey {
        TargetKey::Entity(self.proposal.into())
    }
}

impl Edits for AcceptEdit {
    fn edit(&self) -> &Edit {
        &self.edit
    }

    fn proposal(&self) -> Option<EditProposalId> {
        Some(self.proposal)
    }
}

/// Turning a proposal down, or taking it back.
#[derive(Debug, Clone)]
pub struct DeclineEdit {
    /// The proposal.
    pub proposal: EditProposalId,
    /// What it proposes, when whoever proposed it takes it back; `None`: it is turned down by somebody who
    /// could accept it.
    pub withdrawn: Option<Edit>,
}

impl Action for DeclineEdit {
    fn permission(&self) -> ServicePermission {
        self.withdrawn
            .as_ref()
            .map_or(ServicePermission::GrantApprove, Edit::permission)
    }

    fn target(&self) -> TargetKey {
        let thing = self.withdrawn.as_ref().map(Edit::thing);
        TargetKey::Entity(thing.unwrap_or_else(|| self.proposal.into()))
    }
}

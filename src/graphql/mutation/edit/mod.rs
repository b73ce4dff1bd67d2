//! The words of `editRegister`, `acceptEdit` and `declineEdit`.

use async_graphql::{ComplexObject, Context, Enum, SimpleObject};

use crate::domain::EntityRef;
use crate::graphql::node::{self, Node};
use crate::graphql::object::decision::Decision;
use crate::graphql::object::proposal::EditProposal;
use crate::service::change::Changed;
use crate::service::edits::{EditConflict, EditProblem, ProposalConflict, ProposalProblem};
use crate::service::error::Problem;

use super::seen::{self, shown};

mod input;

pub use input::{AcceptEditInput, DeclineEditInput, EditRegisterInput};

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
    /// The service is built in; nothing asks through it.
    BuiltIn,
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
    /// It takes another human being than the one who proposed it, or who answers for the service that did.
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
        Self {
            made: changed.subject.as_ref().is_some_and(seen::is_made),
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
        EditConflict::BuiltIn => (
            Code::BuiltIn,
            "the service is built in, and nothing asks through it",
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
                    "it takes another human being than the one who proposed it or answers for the service that did",
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

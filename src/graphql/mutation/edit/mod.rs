//! The words of `editRegister`, `acceptEdit` and `declineEdit`.

use async_graphql::{ComplexObject, Context, Enum, SimpleObject};

use crate::node::{self, Node};
use crate::object::decision::Decision;
use crate::object::proposal::EditProposal;
use crate::spoken::Told;
use domain::EntityRef;
use domain::Words;
use service::change::Changed;
use service::edits::{EditConflict, EditProblem, ProposalConflict, ProposalProblem};
use service::error::Problem;

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
        node::find(ctx, *subject).await
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
    message: Told,
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
    message: Told,
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
            EditProblem::NotFound(missing) => (Code::NotFound, missing.words()),
            EditProblem::Conflict(conflict) => against(conflict),
        };
        Self {
            code,
            message: message.into(),
            path: problem.path.segments().to_vec(),
        }
    }
}

const fn against(conflict: EditConflict) -> (EditRegisterErrorCode, Words) {
    use EditRegisterErrorCode as Code;
    match conflict {
        EditConflict::Unchanged => (
            Code::Unchanged,
            Words::new(
                "the register says so already: there is nothing to change",
                "Registret säger redan det. Det finns inget att ändra.",
            ),
        ),
        EditConflict::VersionConflict => (
            Code::VersionConflict,
            Words::new(
                "it has been changed since you saw it: look again and try once more",
                "Det har ändrats sedan du såg det. Titta efter på nytt och försök igen.",
            ),
        ),
        EditConflict::NoPlace => (
            Code::NoPlace,
            Words::new(
                "expected a place that does not lie below the organisation itself; the installation cannot be moved",
                "Välj en plats som inte ligger under organisationen själv. Installationen går inte att flytta.",
            ),
        ),
        EditConflict::NoSuchPermission => (
            Code::NoSuchPermission,
            Words::new(
                "expected a permission of the system that the role belongs to",
                "Välj en behörighet i det system som rollen hör till.",
            ),
        ),
        EditConflict::OwnPermission => (
            Code::OwnPermission,
            Words::new(
                "the permissions of this service itself cannot be changed here",
                "Den här tjänstens egna behörigheter går inte att ändra här.",
            ),
        ),
        EditConflict::Itself => (
            Code::ControlsItself,
            Words::new(
                "expected another segment: none controls itself",
                "Välj ett annat segment: inget styr sig självt.",
            ),
        ),
        EditConflict::BuiltIn => (
            Code::BuiltIn,
            Words::new(
                "expected another service: this one is built in, and nothing asks through it",
                "Välj en annan tjänst: den här är inbyggd, och ingenting frågar genom den.",
            ),
        ),
    }
}

impl From<Problem<ProposalProblem>> for EditProposalError {
    fn from(problem: Problem<ProposalProblem>) -> Self {
        use EditProposalErrorCode as Code;
        let (code, message) = match problem.code {
            ProposalProblem::NotFound => (
                Code::NotFound,
                Words::new(
                    "there is no proposal by that id that you may see",
                    "Det finns inget förslag med det id:t som du får se.",
                ),
            ),
            ProposalProblem::Conflict(conflict) => match conflict {
                ProposalConflict::Decided => (
                    Code::AlreadyDecided,
                    Words::new(
                        "the proposal has been decided on already",
                        "Förslaget är redan avgjort.",
                    ),
                ),
                ProposalConflict::SecondIndividual => (
                    Code::SecondIndividual,
                    Words::new(
                        "it takes another human being than the one who proposed it or answers for the service that did: ask somebody else",
                        "Det krävs någon annan än den som la fram förslaget eller svarar för tjänsten som gjorde det. Be någon annan.",
                    ),
                ),
                ProposalConflict::OwnGain => (
                    Code::OwnGain,
                    Words::new(
                        "you gain by the proposal, so somebody else has to accept it",
                        "Du vinner själv på förslaget, så någon annan ska godkänna det.",
                    ),
                ),
                ProposalConflict::GainGrew => (
                    Code::GainGrew,
                    Words::new(
                        "more is gained by now than the proposal says: propose it anew",
                        "Förslaget ger nu mer än när det lades fram. Lägg fram det på nytt.",
                    ),
                ),
                ProposalConflict::NotSeen => (
                    Code::NotSeen,
                    Words::new(
                        "expected the digest of the proposal's gain, as it was shown",
                        "Ange kontrollsumman av det som förslaget ger, så som den visades.",
                    ),
                ),
                ProposalConflict::NotOwn => (
                    Code::NotOwn,
                    Words::new(
                        "only whoever proposed it takes it back: decline it instead",
                        "Bara den som la fram förslaget kan ta tillbaka det. Avböj det i stället.",
                    ),
                ),
                ProposalConflict::Edit(conflict) => (Code::NotPossible, against(conflict).1),
            },
        };
        Self {
            code,
            message: message.into(),
            path: problem.path.segments().to_vec(),
        }
    }
}

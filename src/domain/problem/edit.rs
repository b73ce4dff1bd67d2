//! What can stand against edits of the register, proposals of them, and reviews.

use strum::{EnumDiscriminants, EnumMessage, EnumString, IntoStaticStr, VariantArray};

use super::{Coded, Missing};
use crate::{Speaks, Words};

/// What can stand against an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(EditProblemCode),
    derive(VariantArray, IntoStaticStr, EnumString, EnumMessage),
    strum(serialize_all = "SCREAMING_SNAKE_CASE")
)]
pub enum EditProblem {
    /// There is no such thing, or the caller may not see it.
    NotFound(Missing),
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

impl Coded for EditProblem {
    const NAME: &'static str = "EditRegisterError";
    const ONE: &'static str = "Something that stands against an edit.";
    const CODES: &'static str = "What can stand against an edit. More kinds may come.";

    fn field(&self) -> Option<&'static str> {
        (*self == Self::VersionConflict).then_some("expectedVersion")
    }
}

impl Speaks for EditProblem {
    fn words(&self) -> Words {
        match self {
            Self::NotFound(missing) => missing.words(),
            Self::Unchanged => Words::new(
                "the register says so already: there is nothing to change",
                "Registret säger redan det. Det finns inget att ändra.",
            ),
            Self::VersionConflict => Words::new(
                "it has been changed since you saw it: look again and try once more",
                "Det har ändrats sedan du såg det. Titta efter på nytt och försök igen.",
            ),
            Self::NoPlace => Words::new(
                "expected a place that does not lie below the organisation itself; the installation cannot be moved",
                "Välj en plats som inte ligger under organisationen själv. Installationen går inte att flytta.",
            ),
            Self::NoSuchPermission => Words::new(
                "expected a permission of the system that the role belongs to",
                "Välj en behörighet i det system som rollen hör till.",
            ),
            Self::OwnPermission => Words::new(
                "the permissions of this service itself cannot be changed here",
                "Den här tjänstens egna behörigheter går inte att ändra här.",
            ),
            Self::ControlsItself => Words::new(
                "expected another segment: none controls itself",
                "Välj ett annat segment: inget styr sig självt.",
            ),
            Self::BuiltIn => Words::new(
                "expected another service: this one is built in, and nothing asks through it",
                "Välj en annan tjänst: den här är inbyggd, och ingenting frågar genom den.",
            ),
        }
    }
}

/// What can stand against deciding on a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(ProposalProblemCode),
    derive(VariantArray, IntoStaticStr, EnumString, EnumMessage),
    strum(serialize_all = "SCREAMING_SNAKE_CASE")
)]
pub enum ProposalProblem {
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
    NotPossible(EditProblem),
}

impl Coded for ProposalProblem {
    const NAME: &'static str = "EditProposalError";
    const ONE: &'static str = "Something that stands against deciding on a proposal.";
    const CODES: &'static str =
        "What can stand against deciding on a proposal. More kinds may come.";

    fn field(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotSeen => "gainDigest",
            Self::NotFound
            | Self::AlreadyDecided
            | Self::SecondIndividual
            | Self::OwnGain
            | Self::GainGrew
            | Self::NotOwn
            | Self::NotPossible(_) => "proposal",
        })
    }
}

impl Speaks for ProposalProblem {
    fn words(&self) -> Words {
        match self {
            Self::NotFound => Words::new(
                "there is no proposal by that id that you may see",
                "Det finns inget förslag med det id:t som du får se.",
            ),
            Self::AlreadyDecided => Words::new(
                "the proposal has been decided on already",
                "Förslaget är redan avgjort.",
            ),
            Self::SecondIndividual => Words::new(
                "it takes another human being than the one who proposed it or answers for the service that did: ask somebody else",
                "Det krävs någon annan än den som la fram förslaget eller svarar för tjänsten som gjorde det. Be någon annan.",
            ),
            Self::OwnGain => Words::new(
                "you gain by the proposal, so somebody else has to accept it",
                "Du vinner själv på förslaget, så någon annan ska godkänna det.",
            ),
            Self::GainGrew => Words::new(
                "more is gained by now than the proposal says: propose it anew",
                "Förslaget ger nu mer än när det lades fram. Lägg fram det på nytt.",
            ),
            Self::NotSeen => Words::new(
                "expected the digest of the proposal's gain, as it was shown",
                "Ange kontrollsumman av det som förslaget ger, så som den visades.",
            ),
            Self::NotOwn => Words::new(
                "only whoever proposed it takes it back: decline it instead",
                "Bara den som la fram förslaget kan ta tillbaka det. Avböj det i stället.",
            ),
            Self::NotPossible(edit) => edit.words(),
        }
    }
}

/// What can stand against taking a service's word, or ceasing to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(TrustProblemCode),
    derive(VariantArray, IntoStaticStr, EnumString, EnumMessage),
    strum(serialize_all = "SCREAMING_SNAKE_CASE")
)]
pub enum TrustProblem {
    /// The service is built in; nothing asks through it.
    BuiltIn,
    /// It is not as the caller saw it.
    VersionConflict,
}

impl Coded for TrustProblem {
    const NAME: &'static str = "SetTrustedToAssertError";
    const ONE: &'static str = "Something that stands against it.";
    const CODES: &'static str = "What can stand against it. More kinds may come.";

    fn field(&self) -> Option<&'static str> {
        Some(match self {
            Self::BuiltIn => "service",
            Self::VersionConflict => "expectedVersion",
        })
    }
}

impl From<EditProblem> for TrustProblem {
    /// What else can stand against an edit cannot against this one, unless the service has changed.
    fn from(problem: EditProblem) -> Self {
        if problem == EditProblem::BuiltIn {
            Self::BuiltIn
        } else {
            Self::VersionConflict
        }
    }
}

impl Speaks for TrustProblem {
    fn words(&self) -> Words {
        match self {
            Self::BuiltIn => EditProblem::BuiltIn.words(),
            Self::VersionConflict => Words::new(
                "the service has been changed since you saw it: look again and try once more",
                "Tjänsten har ändrats sedan du såg den. Titta efter på nytt och försök igen.",
            ),
        }
    }
}

/// What can stand against a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(ReviewProblemCode),
    derive(VariantArray, IntoStaticStr, EnumString, EnumMessage),
    strum(serialize_all = "SCREAMING_SNAKE_CASE")
)]
pub enum ReviewProblem {
    /// There is no such decision, or the caller may not see it.
    NotFound,
    /// The decision owes no review.
    NothingToReview,
    /// The decision has been reviewed.
    AlreadyReviewed,
    /// It takes a human being, and another one than the decision is about.
    SecondIndividual,
}

impl Coded for ReviewProblem {
    const NAME: &'static str = "ReviewDecisionError";
    const ONE: &'static str = "Something that stands against it.";
    const CODES: &'static str = "What can stand against it. More kinds may come.";

    fn field(&self) -> Option<&'static str> {
        Some("decision")
    }
}

impl Speaks for ReviewProblem {
    fn words(&self) -> Words {
        match self {
            Self::NotFound => Words::new(
                "there is no decision by that id that you may see",
                "Det finns inget beslut med det id:t som du får se.",
            ),
            Self::NothingToReview => Words::new(
                "the decision needs no review",
                "Beslutet behöver inte granskas.",
            ),
            Self::AlreadyReviewed => Words::new(
                "the decision has been reviewed already",
                "Beslutet är redan granskat.",
            ),
            Self::SecondIndividual => Words::new(
                "it takes a human being, and another one than the decision is about: ask somebody else",
                "Granskningen ska göras av en människa, och av någon annan än den som beslutet gäller. Be någon annan.",
            ),
        }
    }
}

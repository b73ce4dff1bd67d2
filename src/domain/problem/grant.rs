//! What can stand against making and ending grants.

use strum::{EnumDiscriminants, EnumMessage, EnumString, IntoStaticStr, VariantArray};

use super::{Coded, Missing};
use crate::verdict::{OrderPart, Reason};
use crate::{Named as _, Speaks, Words};

/// What can stand against a grant.
#[derive(Debug, Clone, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(GrantProblemCode),
    derive(VariantArray, IntoStaticStr, EnumString, EnumMessage),
    strum(serialize_all = "SCREAMING_SNAKE_CASE")
)]
pub enum GrantProblem {
    /// There is no such thing, or the caller may not see it.
    NotFound(Missing),
    /// The person has no live engagement or several, so that one has to be named.
    EngagementRequired,
    /// The engagement is another person's, or a service was given one.
    EngagementOfAnother,
    /// The last day comes before the first.
    DatesOutOfOrder,
    /// The last day has passed.
    AlreadyOver,
    /// A role of a system does not reach into another system.
    ScopeDoesNotFit,
    /// The same is granted already, for the whole time.
    AlreadyGranted,
    /// The same is granted already, for a part of the time.
    Overlapping,
    /// Nobody makes a grant for themselves.
    ExecutorIsHolder,
    /// A guardrail refuses it, and another choice here would do; the message is the guardrail's.
    Guardrail(Reason),
}

impl Coded for GrantProblem {
    const NAME: &'static str = "CreateGrantError";
    const ONE: &'static str = "Something that stands against a grant.";
    const CODES: &'static str = "What can stand against a grant. More kinds may come.";

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::EngagementRequired | Self::EngagementOfAnother => Some("engagement"),
            Self::DatesOutOfOrder | Self::AlreadyOver => Some("until"),
            Self::ScopeDoesNotFit => Some("scope"),
            Self::ExecutorIsHolder => Some("principal"),
            Self::Guardrail(reason) => reason.about.map(OrderPart::name),
            Self::NotFound(_) | Self::AlreadyGranted | Self::Overlapping => None,
        }
    }
}

impl Speaks for GrantProblem {
    fn words(&self) -> Words {
        match self {
            Self::NotFound(missing) => missing.words(),
            Self::EngagementRequired => Words::new(
                "the person has no engagement that is live, or several: name the one that the grant rests on",
                "Personen har ingen pågående anställning eller uppdrag, eller flera. Ange vilken behörigheten bygger på.",
            ),
            Self::EngagementOfAnother => Words::new(
                "expected an engagement of whoever gets the grant; a service has none",
                "Ange en anställning eller ett uppdrag som den som får behörigheten har. En tjänst har ingetdera.",
            ),
            Self::DatesOutOfOrder => Words::new(
                "expected a last day that does not come before the first",
                "Sista dagen får inte komma före den första.",
            ),
            Self::AlreadyOver => Words::new(
                "expected a last day that has not passed",
                "Sista dagen har redan varit. Ange en senare.",
            ),
            Self::ScopeDoesNotFit => Words::new(
                "expected a scope of the role's own system, or an organisation",
                "Ange en omfattning i rollens eget system, eller en organisation.",
            ),
            Self::AlreadyGranted => Words::new(
                "the same is granted already, for the whole time: nothing more is needed",
                "Samma behörighet finns redan för hela tiden. Inget mer behövs.",
            ),
            Self::Overlapping => Words::new(
                "the same is granted already, for a part of the time: choose other days",
                "Samma behörighet finns redan för en del av tiden. Välj andra dagar.",
            ),
            Self::ExecutorIsHolder => Words::new(
                "you cannot make a grant to yourself: ask somebody else",
                "Du kan inte lägga upp en behörighet åt dig själv. Be någon annan.",
            ),
            Self::Guardrail(reason) => Words::made(reason.text.clone(), reason.text_sv.clone()),
        }
    }
}

/// What can stand against ending a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(RevokeProblemCode),
    derive(VariantArray, IntoStaticStr, EnumString, EnumMessage),
    strum(serialize_all = "SCREAMING_SNAKE_CASE")
)]
pub enum RevokeProblem {
    /// It has been revoked before.
    AlreadyRevoked,
    /// It is not as the caller saw it.
    VersionConflict,
}

impl Coded for RevokeProblem {
    const NAME: &'static str = "RevokeGrantError";
    const ONE: &'static str = "Something that stands against ending a grant.";
    const CODES: &'static str = "What can stand against ending a grant. More kinds may come.";

    fn field(&self) -> Option<&'static str> {
        Some(match self {
            Self::AlreadyRevoked => "grant",
            Self::VersionConflict => "expectedVersion",
        })
    }
}

impl Speaks for RevokeProblem {
    fn words(&self) -> Words {
        match self {
            Self::AlreadyRevoked => Words::new(
                "the grant has been taken away already",
                "Behörigheten är redan borttagen.",
            ),
            Self::VersionConflict => Words::new(
                "the grant has been changed since you saw it: look again and try once more",
                "Behörigheten har ändrats sedan du såg den. Titta efter på nytt och försök igen.",
            ),
        }
    }
}

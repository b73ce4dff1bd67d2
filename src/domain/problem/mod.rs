//! What can stand against what callers order, as a form can show it: one enumeration a mutation, which the register
//! and the use cases raise alike and the schema shows as it is written here.
//!
//! Apart from what raises them because one list is raised on two floors and shown on a third. What has nothing to do
//! with what was ordered, as an outage, is no problem but an error. To add a problem: a variant, whose first sentences
//! are its description in the schema, and its words.

mod edit;
mod grant;
mod provision;
mod run;

pub use edit::{EditProblem, ProposalProblem, ReviewProblem, TrustProblem};
pub use grant::{GrantProblem, RevokeProblem};
pub use provision::{ConfirmProblem, ProvisionProblem};
pub use run::{AbandonRunProblem, BeginRunProblem, CompleteRunProblem};

use std::fmt::Debug;

use strum::{EnumMessage, IntoDiscriminant};

use super::{Named, Speaks, Words};

/// A closed list of what can stand against one kind of order, each with a code and words.
pub trait Coded:
    Speaks + Debug + Clone + Send + Sync + 'static + IntoDiscriminant<Discriminant: Named + EnumMessage>
{
    /// The name of its type in the schema; that of its codes has `Code` behind it.
    const NAME: &'static str;
    /// What one is, in the schema.
    const ONE: &'static str;
    /// What its codes are, in the schema.
    const CODES: &'static str;

    /// The field of the input that it is about wherever it is met; `None`: the whole input, unless whoever meets
    /// it says more.
    fn field(&self) -> Option<&'static str> {
        None
    }
}

/// Why nothing is known by a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// There is nothing by it, or nothing that the caller may see.
    Nothing,
    /// It is an HSA-id in small letters, and the one in capitals names something that the caller may see.
    InSmallLetters,
}

impl Missing {
    /// What the caller is told.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Nothing => Words::new(
                "there is nothing here by that name that you may see: look at how it is spelled, or ask for leave to see it",
                "Det finns inget med det namnet som du får se. Se efter hur det stavas, eller be om att få se det.",
            ),
            Self::InSmallLetters => Words::new(
                "nothing has this HSA-id with small letters: expected its letters in capitals, as the register spells it",
                "Inget har detta HSA-id med små bokstäver. Skriv bokstäverna stora, som i registret.",
            ),
        }
    }
}

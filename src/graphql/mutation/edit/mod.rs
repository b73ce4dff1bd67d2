//! The words of `editRegister`, `acceptEdit` and `declineEdit`.

use async_graphql::{ComplexObject, Context, SimpleObject};

use crate::object::node::{self, Node};
use crate::object::thing::EditProposal;
use domain::problem::{EditProblem, ProposalProblem};

use super::problem::Outcome;
use super::seen;

mod input;

pub use input::{AcceptEditInput, DeclineEditInput, EditRegisterInput};

/// What came of an order to edit the register.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct EditRegisterPayload {
    #[graphql(flatten)]
    pub(super) outcome: Outcome<EditProblem>,
}

#[ComplexObject]
impl EditRegisterPayload {
    /// Whether the edit was made; if not, and nothing stood against it, it waits for somebody to accept it.
    async fn made(&self) -> bool {
        self.outcome.made().is_some()
    }

    /// What waits for somebody else to accept it; null: the edit was made, or the caller may not see the proposal.
    async fn proposal(&self, ctx: &Context<'_>) -> Option<EditProposal> {
        seen::proposal(ctx, self.outcome.subject.as_ref()?).await
    }

    /// What was changed; null: nothing was, or the caller may not see it.
    async fn thing(&self, ctx: &Context<'_>) -> Option<Node> {
        node::find(ctx, self.outcome.made()?).await
    }
}

/// What came of an order to accept a proposal.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct AcceptEditPayload {
    #[graphql(flatten)]
    pub(super) outcome: Outcome<ProposalProblem>,
}

#[ComplexObject]
impl AcceptEditPayload {
    /// The proposal, whose edit has been made; null: it was not accepted.
    async fn proposal(&self, ctx: &Context<'_>) -> Option<EditProposal> {
        seen::proposal(ctx, self.outcome.subject.as_ref()?).await
    }
}

/// What came of an order to turn a proposal down, or to take it back.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct DeclineEditPayload {
    #[graphql(flatten)]
    pub(super) outcome: Outcome<ProposalProblem>,
}

#[ComplexObject]
impl DeclineEditPayload {
    /// The proposal; null: it was not turned down.
    async fn proposal(&self, ctx: &Context<'_>) -> Option<EditProposal> {
        seen::proposal(ctx, self.outcome.subject.as_ref()?).await
    }
}

//! The words of `setTrustedToAssert`.

use async_graphql::{ComplexObject, Context, ID, InputObject, SimpleObject};

use crate::object::thing::{EditProposal, Service};
use domain::problem::TrustProblem;
use service::error::InputPath;
use service::trust::Trust;

use super::form::{Form, WrongForm};
use super::problem::Outcome;
use super::seen;

/// Whose word shall be taken, or no longer.
#[derive(Debug, Clone, InputObject)]
pub struct SetTrustedToAssertInput {
    /// The service.
    service: ID,
    /// Whether its word about how people signed in is taken.
    trusted: bool,
    /// Why, in free text that can be erased; null: not said.
    reason: Option<String>,
    /// The version that the caller saw; null: any.
    expected_version: Option<i64>,
    /// 16 to 64 characters of the caller's own, so that a retry does nothing twice; null: none.
    idempotency_key: Option<String>,
}

impl SetTrustedToAssertInput {
    pub(super) fn into_order(self) -> Result<Trust, WrongForm> {
        let path = InputPath::input();
        let mut form = Form::default();
        let service = form.id(&path, "service", &self.service);
        let reason = form.text_if(&path, "reason", self.reason.as_deref());
        let key = form.text_if(&path, "idempotencyKey", self.idempotency_key.as_deref());
        let order = || {
            Ok(Trust {
                service: service?,
                trusted: self.trusted,
                reason: reason?,
                expected_version: self.expected_version,
                idempotency_key: key?,
            })
        };
        form.finish(order())
    }
}

/// What came of it.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct SetTrustedToAssertPayload {
    #[graphql(flatten)]
    pub(super) outcome: Outcome<TrustProblem>,
}

#[ComplexObject]
impl SetTrustedToAssertPayload {
    /// Whether the service is now as ordered; if not, and nothing stood against it, it waits for somebody to
    /// accept it.
    async fn made(&self) -> bool {
        self.outcome.made().is_some()
    }

    /// The service; null: nothing was set, or the caller may not read it.
    async fn service(&self, ctx: &Context<'_>) -> Option<Service> {
        seen::service(ctx, &self.outcome.made()?).await
    }

    /// What waits for somebody else to accept it with `acceptEdit`; null: it was made, or the caller may not see
    /// the proposal.
    async fn proposal(&self, ctx: &Context<'_>) -> Option<EditProposal> {
        seen::proposal(ctx, self.outcome.subject.as_ref()?).await
    }
}

//! The words of `setTrustedToAssert`.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, SimpleObject};

use crate::object::decision::Decision;
use crate::object::proposal::EditProposal;
use crate::object::service::Service;
use crate::spoken::Told;
use domain::EntityRef;
use domain::Words;
use service::change::Changed;
use service::error::{InputPath, Problem};
use service::trust::{Trust, TrustProblem};

use super::form::{Form, WrongForm};
use super::seen::{self, shown};

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
    /// Whether the service is now as ordered; if not, and nothing stood against it, it waits for somebody to
    /// accept it.
    made: bool,
    /// What stood against it.
    errors: Vec<SetTrustedToAssertError>,
    /// The decision; null where nothing could be decided on.
    decision: Option<Decision>,
    #[graphql(skip)]
    subject: Option<EntityRef>,
}

#[ComplexObject]
impl SetTrustedToAssertPayload {
    /// The service; null: nothing was set, or the caller may not read it.
    async fn service(&self, ctx: &Context<'_>) -> Option<Service> {
        let subject = self.subject.as_ref().filter(|_| self.made)?;
        seen::service(ctx, subject).await
    }

    /// What waits for somebody else to accept it with `acceptEdit`; null: it was made, or the caller may not see
    /// the proposal.
    async fn proposal(&self, ctx: &Context<'_>) -> Option<EditProposal> {
        seen::proposal(ctx, self.subject.as_ref()?).await
    }
}

/// Something that stands against it.
#[derive(Debug, Clone, SimpleObject)]
pub struct SetTrustedToAssertError {
    /// What.
    code: SetTrustedToAssertErrorCode,
    /// The same in words.
    message: Told,
    /// Where in the input.
    path: Vec<String>,
}

/// What can stand against it. More kinds may come.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub enum SetTrustedToAssertErrorCode {
    /// The service is built in; nothing asks through it.
    BuiltIn,
    /// It is not as the caller saw it.
    VersionConflict,
}

impl From<Changed<TrustProblem>> for SetTrustedToAssertPayload {
    fn from(changed: Changed<TrustProblem>) -> Self {
        Self {
            made: changed.subject.as_ref().is_some_and(seen::is_made),
            errors: changed
                .problems
                .into_iter()
                .map(SetTrustedToAssertError::from)
                .collect(),
            decision: changed.decision.map(shown),
            subject: changed.subject,
        }
    }
}

impl From<Problem<TrustProblem>> for SetTrustedToAssertError {
    fn from(problem: Problem<TrustProblem>) -> Self {
        let (code, message) = match problem.code {
            TrustProblem::BuiltIn => (
                SetTrustedToAssertErrorCode::BuiltIn,
                Words::new(
                    "expected another service: this one is built in, and nothing asks through it",
                    "Välj en annan tjänst: den här är inbyggd, och ingenting frågar genom den.",
                ),
            ),
            TrustProblem::VersionConflict => (
                SetTrustedToAssertErrorCode::VersionConflict,
                Words::new(
                    "the service has been changed since you saw it: look again and try once more",
                    "Tjänsten har ändrats sedan du såg den. Titta efter på nytt och försök igen.",
                ),
            ),
        };
        Self {
            code,
            message: message.into(),
            path: problem.path.segments().to_vec(),
        }
    }
}

//! Whose word about how people signed in is taken.
//!
//! What a trusted service says of sign-ins holds for everybody whom it asks about, so to trust one is an edit of the
//! register that waits for another human being, like those of [`super::edits`]; to cease to is made at once.

use domain::edit::Edit;
use domain::id::ServiceId;
use domain::problem::TrustProblem;
use domain::text::{ErasableText, IdempotencyKey};

use super::change::Changed;
use super::edits::{Ordered, WhenSo, order_edit};
use super::error::ServiceError;
use super::idempotency::{InputDigest, Key, Mutation};
use super::session::Session;

/// An order to take a service's word, or to cease to.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The service.
    pub service: ServiceId,
    /// Whether its word is taken.
    pub trusted: bool,
    /// Why, in free text; kept erasable.
    pub reason: Option<ErasableText>,
    /// The version that the caller saw, if it must not have changed.
    pub expected_version: Option<i64>,
    /// The caller's key for retries.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Proposes to take a service's word from now on, or ceases to.
///
/// # Errors
/// A refusal, a key that was used for something else, or an outage; what a form can show is in the
/// answer.
pub async fn set_trusted_to_assert(
    session: &Session,
    input: Trust,
) -> Result<Changed<TrustProblem>, ServiceError> {
    let key = Key::new(input.idempotency_key.clone(), input.digest());
    if let Some(effect) = session.effect(Mutation::SetTrustedToAssert) {
        return Ok(effect.into());
    }
    let ordered = Ordered {
        mutation: Mutation::SetTrustedToAssert,
        edit: Edit::SetTrustedToAssert {
            service: input.service,
            trusted: input.trusted,
        },
        key,
        reason: input.reason,
        expected_version: input.expected_version,
        when_so: WhenSo::Leave,
    };
    let problem = |problem| TrustProblem::from(problem).into();
    order_edit(session, ordered, problem).await
}

impl Trust {
    fn digest(&self) -> InputDigest {
        InputDigest::default()
            .with("service", Some(self.service))
            .with("trusted", Some(self.trusted))
            .with("reason", self.reason.as_ref())
            .with("expectedVersion", self.expected_version)
    }
}

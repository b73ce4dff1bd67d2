//! The guardrails of the policies in force, and at what stage they are.

use crate::domain::action::Read;

pub use crate::gate::Guardrail;

use super::error::ServiceError;
use super::session::Session;

/// The guardrails, in the order of their ids; `None`: the caller may not read policies.
///
/// # Errors
/// It could not be decided or read, or a stronger sign-in would show them.
pub async fn guardrails(session: &Session) -> Result<Option<Vec<Guardrail>>, ServiceError> {
    match session.leave(Read::released()).await? {
        Some(permit) => Ok(Some(session.operation().guardrails(&permit).await?)),
        None => Ok(None),
    }
}

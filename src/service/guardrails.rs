//! The guardrails of the policies in force, and at what stage they are.

use domain::ServicePermission;
use domain::action::Read;

pub use gate::Guardrail;
use gate::Refusal;

use super::error::ServiceError;
use super::session::Session;

/// The guardrails, in the order of their ids.
///
/// # Errors
/// The caller may not read policies, a stronger sign-in would show them, or it could not be decided or read.
pub async fn guardrails(session: &Session) -> Result<Vec<Guardrail>, ServiceError> {
    let operation = session.operation();
    match operation.read(Read::released()).await {
        Ok(permit) => Ok(operation.guardrails(&permit)),
        // Everybody knows that there are policies.
        Err(Refusal::NotFound { decision }) => {
            let permission = ServicePermission::PolicyRead;
            let refused = operation.refused_everywhere(permission, decision);
            Err(refused.await?.into())
        }
        Err(refusal) => Err(refusal.into()),
    }
}

//! Making and ending grants.
//!
//! Every piece that the caller names is read as the caller first: what may not be seen cannot be granted
//! on, and looks like what is not there. What depends on other grants is checked by the store, in the
//! transaction that makes the change.

use domain::action::{CreateGrant, RevokeGrant};
use domain::id::GrantId;
use domain::problem::{GrantProblem, RevokeProblem};
use domain::target::GrantDraft;
use domain::text::{ErasableText, IdempotencyKey};
use domain::{EntityRef, Named as _, ServicePermission};
use store::write;

use super::change::{Changed, Order};
use super::error::{InputPath, Problem, ServiceError};
use super::idempotency::{InputDigest, Key, Mutation};
use super::session::Session;

mod draft;
mod form;

pub use form::NewGrant;
use form::Problems;

/// An order to end a grant at once.
#[derive(Debug, Clone)]
pub struct Revocation {
    /// The grant.
    pub grant: GrantId,
    /// Why, in free text; kept erasable.
    pub reason: Option<ErasableText>,
    /// The version that the caller saw, if it must not have changed.
    pub expected_version: Option<i64>,
    /// The caller's key for retries.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Makes a grant.
///
/// # Errors
/// A refusal, a key that was used for something else, or an outage; everything that a form can show is in the
/// answer, unless the caller may not make grants at all.
pub async fn create_grant(
    session: &Session,
    input: NewGrant,
) -> Result<Changed<GrantProblem>, ServiceError> {
    let key = Key::new(input.idempotency_key.clone(), input.digest());
    if let Some(effect) = session.effect(Mutation::CreateGrant) {
        return Ok(effect.into());
    }
    let drafted = draft::draft(session, &input).await?;
    let draft = match (drafted.draft, drafted.wrong) {
        (Some(draft), wrong) if wrong.is_empty() => draft,
        (draft, wrong) => {
            // No form mends that.
            let permission = ServicePermission::GrantProvision;
            session.operation().holds_somewhere(permission).await?;
            return Ok(Changed::none(all_wrong(session, draft, wrong).await?));
        }
    };
    let subject = EntityRef::from(draft.id);
    let permit = session.operation().write(CreateGrant { draft }).await?;
    let order = Order {
        mutation: Mutation::CreateGrant,
        subject,
        key,
        reason: input.justification,
        expected_version: None,
    };
    session
        .change_unless(permit, order, write::create_grant, |conflicts| {
            conflicts.into_iter().map(Problem::from).collect()
        })
        .await
}

/// What the form got wrong, with what the guardrails would say besides about what it got right.
async fn all_wrong(
    session: &Session,
    draft: Option<GrantDraft>,
    mut wrong: Problems,
) -> Result<Problems, ServiceError> {
    let Some(draft) = draft else { return Ok(wrong) };
    let asked = session.operation().could(CreateGrant { draft }).await;
    let reasons = match asked.map_err(ServiceError::from) {
        Ok(()) | Err(ServiceError::NotFound { .. }) => return Ok(wrong),
        Err(ServiceError::Forbidden { reasons, .. })
            if reasons.iter().all(|reason| reason.about.is_some()) =>
        {
            reasons
        }
        Err(error) => return Err(error),
    };
    let besides = reasons.into_iter().filter_map(|reason| {
        let path = InputPath::input().at(reason.about?.name());
        // What is said of a part that is wrong anyway says nothing.
        let is_wrong = wrong.iter().any(|problem| problem.path.is_within(&path));
        (!is_wrong).then(|| GrantProblem::Guardrail(reason).into())
    });
    let besides: Problems = besides.collect();
    wrong.extend(besides);
    Ok(wrong)
}

/// Ends a grant at once.
///
/// # Errors
/// As [`create_grant`]; a grant that the caller may not see is refused as not found.
pub async fn revoke_grant(
    session: &Session,
    input: Revocation,
) -> Result<Changed<RevokeProblem>, ServiceError> {
    let key = Key::new(input.idempotency_key.clone(), input.digest());
    if let Some(effect) = session.effect(Mutation::RevokeGrant) {
        return Ok(effect.into());
    }
    let permit = session
        .operation()
        .write(RevokeGrant { grant: input.grant })
        .await?;
    let order = Order {
        mutation: Mutation::RevokeGrant,
        subject: input.grant.into(),
        key,
        reason: input.reason,
        expected_version: input.expected_version,
    };
    session
        .change(permit, order, write::revoke_grant, Problem::from)
        .await
}

impl Revocation {
    fn digest(&self) -> InputDigest {
        InputDigest::default()
            .with("grant", Some(self.grant))
            .with("reason", self.reason.as_ref())
            .with("expectedVersion", self.expected_version)
    }
}

//! The words of `createGrant` and `revokeGrant`.

use async_graphql::{ComplexObject, Context, ID, InputObject, SimpleObject};

use crate::object::thing::Grant;
use crate::scalar::{Date, HsaId};
use domain::problem::{GrantProblem, RevokeProblem};
use service::error::InputPath;
use service::grants::{NewGrant, Revocation};

use super::form::{Form, WrongForm};
use super::problem::Outcome;
use super::seen;
use super::{PrincipalInput, ScopeInput};

/// A grant as it is ordered.
#[derive(Debug, Clone, InputObject)]
pub struct CreateGrantInput {
    /// Who shall hold it.
    principal: PrincipalInput,
    /// The external id of the engagement it shall rest on; null: the person's only live one.
    engagement: Option<String>,
    /// The external id of the role.
    role: String,
    /// How far it shall reach.
    scope: ScopeInput,
    /// The first day; null: today.
    from: Option<Date>,
    /// The last day; null: no end.
    until: Option<Date>,
    /// The needs-and-risk analysis behind it; null: none.
    needs_and_risk_analysis: Option<String>,
    /// The last day on which that analysis counts; null: it is not said.
    analysis_review_by: Option<Date>,
    /// The HSA-id of the person who ordered it; null: the caller. Whoever ordered a grant does not make it.
    ordered_by: Option<HsaId>,
    /// Why, in free text that can be erased; null: not said.
    justification: Option<String>,
    /// 16 to 64 characters of the caller's own, so that a retry does nothing twice; null: none.
    idempotency_key: Option<String>,
}

impl CreateGrantInput {
    pub(super) fn into_order(self) -> Result<NewGrant, WrongForm> {
        let path = InputPath::input();
        let mut form = Form::default();
        let principal = form.keep(self.principal.into_key(&path.at("principal")));
        let engagement = form.text_if(&path, "engagement", self.engagement.as_deref());
        let role = form.text(&path, "role", &self.role);
        let scope = form.keep(self.scope.into_name(&path.at("scope")));
        let analysis = self.needs_and_risk_analysis.as_deref();
        let analysis = form.text_if(&path, "needsAndRiskAnalysis", analysis);
        let justification = form.text_if(&path, "justification", self.justification.as_deref());
        let key = form.text_if(&path, "idempotencyKey", self.idempotency_key.as_deref());
        let order = || {
            Ok(NewGrant {
                principal: principal?,
                engagement: engagement?,
                role: role?,
                scope: scope?,
                from: self.from.map(|day| day.0),
                until: self.until.map(|day| day.0),
                needs_and_risk_analysis: analysis?,
                analysis_review_by: self.analysis_review_by.map(|day| day.0),
                ordered_by: self.ordered_by.map(|hsa_id| hsa_id.0),
                justification: justification?,
                idempotency_key: key?,
            })
        };
        form.finish(order())
    }
}

/// Which grant shall end.
#[derive(Debug, Clone, InputObject)]
pub struct RevokeGrantInput {
    /// The grant.
    grant: ID,
    /// Why, in free text that can be erased; null: not said.
    reason: Option<String>,
    /// The version that the caller saw; null: any.
    expected_version: Option<i64>,
    /// 16 to 64 characters of the caller's own, so that a retry does nothing twice; null: none.
    idempotency_key: Option<String>,
}

impl RevokeGrantInput {
    pub(super) fn into_order(self) -> Result<Revocation, WrongForm> {
        let path = InputPath::input();
        let mut form = Form::default();
        let grant = form.id(&path, "grant", &self.grant);
        let reason = form.text_if(&path, "reason", self.reason.as_deref());
        let key = form.text_if(&path, "idempotencyKey", self.idempotency_key.as_deref());
        let order = || {
            Ok(Revocation {
                grant: grant?,
                reason: reason?,
                expected_version: self.expected_version,
                idempotency_key: key?,
            })
        };
        form.finish(order())
    }
}

/// What came of an order for a grant.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct CreateGrantPayload {
    #[graphql(flatten)]
    pub(super) outcome: Outcome<GrantProblem>,
}

#[ComplexObject]
impl CreateGrantPayload {
    /// The grant; null: none was made, or the caller may not read it.
    async fn grant(&self, ctx: &Context<'_>) -> Option<Grant> {
        seen::grant(ctx, self.outcome.subject.as_ref()?).await
    }
}

/// What came of an order to end a grant.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct RevokeGrantPayload {
    #[graphql(flatten)]
    pub(super) outcome: Outcome<RevokeProblem>,
}

#[ComplexObject]
impl RevokeGrantPayload {
    /// The grant; null: it was not revoked, or the caller may not read it.
    async fn grant(&self, ctx: &Context<'_>) -> Option<Grant> {
        seen::grant(ctx, self.outcome.subject.as_ref()?).await
    }
}

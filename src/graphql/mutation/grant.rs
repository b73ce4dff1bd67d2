//! The words of `createGrant` and `revokeGrant`.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, SimpleObject};

use crate::object::decision::Decision;
use crate::object::grant::Grant;
use crate::scalar::{Date, HsaId};
use crate::spoken::Told;
use domain::EntityRef;
use domain::Words;
use service::change::Changed;
use service::error::{InputPath, Problem};
use service::grants::{GrantProblem, NewGrant, Revocation, RevokeProblem};

use super::form::{Form, WrongForm};
use super::seen::{self, shown};
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
    /// What stood against it.
    errors: Vec<CreateGrantError>,
    /// The decision; null where nothing could be decided on.
    decision: Option<Decision>,
    #[graphql(skip)]
    subject: Option<EntityRef>,
}

#[ComplexObject]
impl CreateGrantPayload {
    /// The grant; null: none was made, or the caller may not read it.
    async fn grant(&self, ctx: &Context<'_>) -> Option<Grant> {
        seen::grant(ctx, self.subject.as_ref()?).await
    }
}

/// What came of an order to end a grant.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct RevokeGrantPayload {
    /// What stood against it.
    errors: Vec<RevokeGrantError>,
    /// The decision; null where nothing could be decided on.
    decision: Option<Decision>,
    #[graphql(skip)]
    subject: Option<EntityRef>,
}

#[ComplexObject]
impl RevokeGrantPayload {
    /// The grant; null: it was not revoked, or the caller may not read it.
    async fn grant(&self, ctx: &Context<'_>) -> Option<Grant> {
        seen::grant(ctx, self.subject.as_ref()?).await
    }
}

/// Something that stands against a grant.
#[derive(Debug, Clone, SimpleObject)]
pub struct CreateGrantError {
    /// What.
    code: CreateGrantErrorCode,
    /// The same in words.
    message: Told,
    /// Where in the input.
    path: Vec<String>,
}

/// What can stand against a grant. More kinds may come.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub enum CreateGrantErrorCode {
    /// There is no such thing, or the caller may not see it.
    NotFound,
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
    Guardrail,
}

/// Something that stands against ending a grant.
#[derive(Debug, Clone, SimpleObject)]
pub struct RevokeGrantError {
    /// What.
    code: RevokeGrantErrorCode,
    /// The same in words.
    message: Told,
    /// Where in the input.
    path: Vec<String>,
}

/// What can stand against ending a grant. More kinds may come.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub enum RevokeGrantErrorCode {
    /// It has been revoked before.
    AlreadyRevoked,
    /// It is not as the caller saw it.
    VersionConflict,
}

impl From<Changed<GrantProblem>> for CreateGrantPayload {
    fn from(changed: Changed<GrantProblem>) -> Self {
        Self {
            errors: changed
                .problems
                .into_iter()
                .map(CreateGrantError::from)
                .collect(),
            decision: changed.decision.map(shown),
            subject: changed.subject,
        }
    }
}

impl From<Changed<RevokeProblem>> for RevokeGrantPayload {
    fn from(changed: Changed<RevokeProblem>) -> Self {
        Self {
            errors: changed
                .problems
                .into_iter()
                .map(RevokeGrantError::from)
                .collect(),
            decision: changed.decision.map(shown),
            subject: changed.subject,
        }
    }
}

impl From<Problem<GrantProblem>> for CreateGrantError {
    fn from(problem: Problem<GrantProblem>) -> Self {
        use CreateGrantErrorCode as Code;
        let (code, message) = match problem.code {
            GrantProblem::NotFound(missing) => (Code::NotFound, missing.words()),
            GrantProblem::EngagementRequired => (
                Code::EngagementRequired,
                Words::new(
                    "the person has no engagement that is live, or several: name the one that the grant rests on",
                    "Personen har ingen pågående anställning eller uppdrag, eller flera. Ange vilken behörigheten bygger på.",
                ),
            ),
            GrantProblem::EngagementOfAnother => (
                Code::EngagementOfAnother,
                Words::new(
                    "expected an engagement of whoever gets the grant; a service has none",
                    "Ange en anställning eller ett uppdrag som den som får behörigheten har. En tjänst har ingetdera.",
                ),
            ),
            GrantProblem::DatesOutOfOrder => (
                Code::DatesOutOfOrder,
                Words::new(
                    "expected a last day that does not come before the first",
                    "Sista dagen får inte komma före den första.",
                ),
            ),
            GrantProblem::AlreadyOver => (
                Code::AlreadyOver,
                Words::new(
                    "expected a last day that has not passed",
                    "Sista dagen har redan varit. Ange en senare.",
                ),
            ),
            GrantProblem::ScopeDoesNotFit => (
                Code::ScopeDoesNotFit,
                Words::new(
                    "expected a scope of the role's own system, or an organisation",
                    "Ange en omfattning i rollens eget system, eller en organisation.",
                ),
            ),
            GrantProblem::AlreadyGranted => (
                Code::AlreadyGranted,
                Words::new(
                    "the same is granted already, for the whole time: nothing more is needed",
                    "Samma behörighet finns redan för hela tiden. Inget mer behövs.",
                ),
            ),
            GrantProblem::Overlapping => (
                Code::Overlapping,
                Words::new(
                    "the same is granted already, for a part of the time: choose other days",
                    "Samma behörighet finns redan för en del av tiden. Välj andra dagar.",
                ),
            ),
            GrantProblem::ExecutorIsHolder => (
                Code::ExecutorIsHolder,
                Words::new(
                    "you cannot make a grant to yourself: ask somebody else",
                    "Du kan inte lägga upp en behörighet åt dig själv. Be någon annan.",
                ),
            ),
            GrantProblem::Guardrail(reason) => {
                (Code::Guardrail, Words::made(reason.text, reason.text_sv))
            }
        };
        Self {
            code,
            message: message.into(),
            path: problem.path.segments().to_vec(),
        }
    }
}

impl From<Problem<RevokeProblem>> for RevokeGrantError {
    fn from(problem: Problem<RevokeProblem>) -> Self {
        let (code, message) = match problem.code {
            RevokeProblem::AlreadyRevoked => (
                RevokeGrantErrorCode::AlreadyRevoked,
                Words::new(
                    "the grant has been taken away already",
                    "Behörigheten är redan borttagen.",
                ),
            ),
            RevokeProblem::VersionConflict => (
                RevokeGrantErrorCode::VersionConflict,
                Words::new(
                    "the grant has been changed since you saw it: look again and try once more",
                    "Behörigheten har ändrats sedan du såg den. Titta efter på nytt och försök igen.",
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

//! What callers can have done: each field takes one input and answers with one payload.
//!
//! A resolver translates its input, calls one use case and translates what came of it; what a form can
//! show is in the payload's `errors`, everything else is an error of the response. To add one: a use
//! case, a file here, a field below, and its row in the access matrix.

use async_graphql::{Context, Object, Result};

use crate::reach::Reach as _;
use domain::Words;
use domain::problem::Coded;
use service::authorize::{self, AskProblem, Question};
use service::change::Changed;
use service::error::{InputPath, Problem, ServiceError};
use service::provision::{
    abandon_run, begin_run, complete_run, confirm_run, provision as provision_records,
};
use service::session::Session;
use service::{edits, grants, review as reviews, trust};

use super::failure::failure;
use super::surroundings::Surroundings;
use form::WrongForm;

mod ask;
mod edit;
mod form;
mod grant;
mod input;
mod problem;
mod provision;
mod review;
mod seen;
mod target;
mod trusted;

#[cfg(test)]
mod tests;

pub use ask::{AuthorizeInput, AuthorizeManyInput, AuthorizeManyPayload, AuthorizePayload};
pub use edit::{
    AcceptEditInput, AcceptEditPayload, DeclineEditInput, DeclineEditPayload, EditRegisterInput,
    EditRegisterPayload,
};
pub use grant::{CreateGrantInput, CreateGrantPayload, RevokeGrantInput, RevokeGrantPayload};
pub use input::PrincipalInput;
pub use problem::{FormError, Outcome};
pub use provision::{
    AbandonRunInput, AbandonRunPayload, BeginRunInput, BeginRunPayload, CompleteRunInput,
    CompleteRunPayload, ConfirmRunInput, ConfirmRunPayload, ProvisionInput, ProvisionPayload,
};
pub use review::{ReviewDecisionInput, ReviewDecisionPayload};
pub use target::{RecordInput, ScopeInput, TargetInput};
pub use trusted::{SetTrustedToAssertInput, SetTrustedToAssertPayload};

/// How many questions one request may ask.
const MAX_QUESTIONS: usize = 100;

/// The root of mutations.
#[derive(Debug, Default, Clone, Copy)]
pub struct MutationRoot;

/// What callers can have done. One field a request.
#[Object(name = "Mutation")]
impl MutationRoot {
    /// Asks whether somebody may do something to something, now. Needs `decision:ask` over the target.
    async fn authorize(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The question.")] input: AuthorizeInput,
    ) -> Result<AuthorizePayload> {
        let answered = answer(ctx, input, &InputPath::input()).await;
        answered.map_err(|error| told(ctx, &error))
    }

    /// Asks up to 100 questions, which are recorded in one commit; the answers come in their order.
    async fn authorize_many(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The questions.")] input: AuthorizeManyInput,
    ) -> Result<AuthorizeManyPayload> {
        answer_all(ctx, input)
            .await
            .map_err(|error| told(ctx, &error))
    }

    /// Makes a grant. Needs `grant:provision` over its scope.
    async fn create_grant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The grant.")] input: CreateGrantInput,
    ) -> Result<CreateGrantPayload> {
        let outcome = |outcome| CreateGrantPayload { outcome };
        ordered(ctx, input.into_order(), grants::create_grant, outcome).await
    }

    /// Ends a grant at once. Needs `grant:revoke` over its scope.
    async fn revoke_grant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which grant.")] input: RevokeGrantInput,
    ) -> Result<RevokeGrantPayload> {
        let outcome = |outcome| RevokeGrantPayload { outcome };
        ordered(ctx, input.into_order(), grants::revoke_grant, outcome).await
    }

    /// Edits the register, or proposes to: an edit by which somebody gains something privileged or access to
    /// patient data, now or later, by which a role is given something privileged, or by which something ceases to
    /// be privileged, waits for another human being to accept it. Takes the permission that the kind of edit names.
    async fn edit_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: EditRegisterInput,
    ) -> Result<EditRegisterPayload> {
        let outcome = |outcome| EditRegisterPayload { outcome };
        ordered(ctx, input.into_order(), edits::edit_register, outcome).await
    }

    /// Accepts an edit that somebody else proposed, and makes it. Needs `grant:approve` over what it changes, and
    /// a human being who neither proposed it nor gains by it.
    async fn accept_edit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which proposal, and what of it was seen.")] input: AcceptEditInput,
    ) -> Result<AcceptEditPayload> {
        let outcome = |outcome| AcceptEditPayload { outcome };
        ordered(ctx, input.into_order(), edits::accept_edit, outcome).await
    }

    /// Turns down an edit that somebody else proposed, which needs `grant:approve` over what it changes; or takes
    /// one's own proposal back.
    async fn decline_edit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which proposal.")] input: DeclineEditInput,
    ) -> Result<DeclineEditPayload> {
        let outcome = |outcome| DeclineEditPayload { outcome };
        ordered(ctx, input.into_order(), edits::decline_edit, outcome).await
    }

    /// Provisions records of an integration's own: what is new is registered, what differs is changed, what is not given
    /// stays. A record belongs to the service that brought it. What would widen what somebody reaches is held, except
    /// what follows from an employment; grants are made by `createGrant`. Takes the permission that each kind of record
    /// names, for the place that all of them lie in.
    async fn provision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The records, and how they are applied.")] input: ProvisionInput,
    ) -> Result<ProvisionPayload> {
        let order = input.into_order().map_err(|wrong| wrong.told(ctx))?;
        let outcome = Box::pin(provision_records(ctx.session(), order)).await;
        let outcome = outcome.map_err(|error| told(ctx, &error))?;
        Ok(outcome.into())
    }

    /// Begins a run that takes several calls of `provision`: nothing of them is applied before it is completed, so that the
    /// order in which records come does not matter. A source has one open run at most, for a day at most. Takes the
    /// permission that each kind of record names, for the place.
    async fn begin_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the run will have.")] input: BeginRunInput,
    ) -> Result<BeginRunPayload> {
        let begun = Box::pin(begin_run(ctx.session(), input.into())).await;
        Ok(begun.map_err(|error| told(ctx, &error))?.into())
    }

    /// Completes a run: its records are looked at as the register is now, and applied each by itself. Of a snapshot, what
    /// the source no longer has ends; what would take from many waits for `confirmRun`. Asked again, it answers as before.
    async fn complete_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run, and how many records it has.")] input: CompleteRunInput,
    ) -> Result<CompleteRunPayload> {
        let order = input.into_order().map_err(|wrong| wrong.told(ctx))?;
        let completed = Box::pin(complete_run(ctx.session(), order)).await;
        Ok(completed.map_err(|error| told(ctx, &error))?.into())
    }

    /// Abandons a run, of which nothing is applied.
    async fn abandon_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run.")] input: AbandonRunInput,
    ) -> Result<AbandonRunPayload> {
        let order = input.into_order().map_err(|wrong| wrong.told(ctx))?;
        let abandoned = Box::pin(abandon_run(ctx.session(), order)).await;
        Ok(abandoned.map_err(|error| told(ctx, &error))?.into())
    }

    /// Confirms what of a call was halted because it would take from many, which is applied then; or looks at it. Takes
    /// `person:manage` over its place, and a human being who does not answer for the service that brought it.
    async fn confirm_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run, and what of it was seen.")] input: ConfirmRunInput,
    ) -> Result<ConfirmRunPayload> {
        let order = input.into_order().map_err(|wrong| wrong.told(ctx))?;
        let confirmed = Box::pin(confirm_run(ctx.session(), order)).await;
        let confirmed = confirmed.map_err(|error| told(ctx, &error))?;
        Ok(confirmed.into())
    }

    /// Says what the review of a decision came to that opened something in an emergency. Needs `decision:review`
    /// over what it was aimed at, leave to read it, and another human being than it is about.
    async fn review_decision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which decision, and what the review came to.")]
        input: ReviewDecisionInput,
    ) -> Result<ReviewDecisionPayload> {
        let (review, payload) = (reviews::review_decision, ReviewDecisionPayload::from);
        ordered(ctx, input.into_order(), review, payload).await
    }

    /// Proposes to take a service's word about how people signed in, which waits for another human being to accept
    /// it with `acceptEdit`; or ceases to, which is made at once. Needs `policy:manage`.
    async fn set_trusted_to_assert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service, and whether.")] input: SetTrustedToAssertInput,
    ) -> Result<SetTrustedToAssertPayload> {
        let outcome = |outcome| SetTrustedToAssertPayload { outcome };
        ordered(
            ctx,
            input.into_order(),
            trust::set_trusted_to_assert,
            outcome,
        )
        .await
    }
}

/// Has an order carried out, or tells everything that is wrong with it.
async fn ordered<'a, O, C: Coded, P, F>(
    ctx: &'a Context<'_>,
    order: std::result::Result<O, WrongForm>,
    carry_out: impl FnOnce(&'a Session, O) -> F,
    payload: impl FnOnce(Outcome<C>) -> P,
) -> Result<P>
where
    F: Future<Output = std::result::Result<Changed<C>, ServiceError>>,
{
    let order = order.map_err(|wrong| wrong.told(ctx))?;
    let changed = Box::pin(carry_out(ctx.session(), order)).await;
    let changed = changed.map_err(|error| told(ctx, &error))?;
    Ok(payload(changed.into()))
}

/// The error as the caller gets it.
fn told(ctx: &Context<'_>, error: &ServiceError) -> async_graphql::Error {
    failure(error, &ctx.data_unchecked::<Surroundings>().telling())
}

async fn answer(
    ctx: &Context<'_>,
    input: AuthorizeInput,
    path: &InputPath,
) -> std::result::Result<AuthorizePayload, ServiceError> {
    put(ctx, input.into_question(path)?, path).await
}

/// Puts a question, unless it is wrong in a way that a form can show.
async fn put(
    ctx: &Context<'_>,
    question: std::result::Result<Question, Problem<AskProblem>>,
    path: &InputPath,
) -> std::result::Result<AuthorizePayload, ServiceError> {
    let answer = match question {
        Ok(question) => authorize::authorize(ctx.session(), ctx.asking(), question, path).await?,
        Err(problem) => Err(problem),
    };
    Ok(AuthorizePayload::from(answer))
}

async fn answer_all(
    ctx: &Context<'_>,
    input: AuthorizeManyInput,
) -> std::result::Result<AuthorizeManyPayload, ServiceError> {
    let path = InputPath::input().at("questions");
    if input.questions.len() > MAX_QUESTIONS {
        let problem = Words::made(
            format!("expected at most {MAX_QUESTIONS} questions"),
            format!("Ställ högst {MAX_QUESTIONS} frågor åt gången."),
        );
        return Err(ServiceError::Input { path, problem });
    }
    let mut questions = Vec::with_capacity(input.questions.len());
    for (n, question) in input.questions.into_iter().enumerate() {
        questions.push((question.into_question(&path.at(n))?, path.at(n)));
    }
    let mut answers = Vec::with_capacity(questions.len());
    for (question, path) in questions {
        answers.push(put(ctx, question, &path).await?);
    }
    Ok(AuthorizeManyPayload { answers })
}

//! What callers can have done: each field takes one input and answers with one payload.
//!
//! A resolver translates its input, calls one use case and translates what came of it; what a form can
//! show is in the payload's `errors`, everything else is an error of the response. To add one: a use
//! case, a file here, a field below, and its row in the access matrix.

use async_graphql::{Context, Object, Result};

use crate::domain::Words;
use crate::graphql::errors::ErrorCode;
use crate::service::authorize::{self, AskProblem, Asking, Question};
use crate::service::error::{InputPath, Problem, ServiceError};
use crate::service::session::Session;
use crate::service::{edits, grants, review as reviews, trust};

use super::executor::Surroundings;
use super::failure::failure;

mod ask;
mod edit;
mod grant;
mod input;
mod review;
mod seen;
mod target;
mod trusted;

#[cfg(test)]
mod tests;

pub use ask::{
    AuthorizeError, AuthorizeErrorCode, AuthorizeInput, AuthorizeManyInput, AuthorizeManyPayload,
    AuthorizePayload,
};
pub use edit::{
    AcceptEditInput, AcceptEditPayload, DeclineEditInput, DeclineEditPayload, EditProposalError,
    EditProposalErrorCode, EditRegisterError, EditRegisterErrorCode, EditRegisterInput,
    EditRegisterPayload,
};
pub use grant::{
    CreateGrantError, CreateGrantErrorCode, CreateGrantInput, CreateGrantPayload, RevokeGrantError,
    RevokeGrantErrorCode, RevokeGrantInput, RevokeGrantPayload,
};
pub use input::PrincipalInput;
pub use review::{
    ReviewDecisionError, ReviewDecisionErrorCode, ReviewDecisionInput, ReviewDecisionPayload,
};
pub use target::{RecordInput, ScopeInput, TargetInput};
pub use trusted::{
    SetTrustedToAssertError, SetTrustedToAssertErrorCode, SetTrustedToAssertInput,
    SetTrustedToAssertPayload,
};

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
        let answered = match here(ctx) {
            Ok((session, asking)) => answer(session, asking, input, &InputPath::input()).await,
            Err(error) => Err(error),
        };
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
        let changed = match (here(ctx), input.into_order()) {
            (Ok((session, _)), Ok(order)) => grants::create_grant(session, order).await,
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        changed
            .map(CreateGrantPayload::from)
            .map_err(|error| told(ctx, &error))
    }

    /// Ends a grant at once. Needs `grant:revoke` over its scope.
    async fn revoke_grant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which grant.")] input: RevokeGrantInput,
    ) -> Result<RevokeGrantPayload> {
        let changed = match (here(ctx), input.into_order()) {
            (Ok((session, _)), Ok(order)) => grants::revoke_grant(session, order).await,
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        changed
            .map(RevokeGrantPayload::from)
            .map_err(|error| told(ctx, &error))
    }

    /// Edits the register, or proposes to: an edit by which somebody gains something privileged or access to
    /// patient data, now or later, by which a role is given something privileged, or by which something ceases to
    /// be privileged, waits for another human being to accept it. Takes the permission that the kind of edit names.
    async fn edit_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: EditRegisterInput,
    ) -> Result<EditRegisterPayload> {
        let changed = match (here(ctx), input.into_order()) {
            (Ok((session, _)), Ok(order)) => Box::pin(edits::edit_register(session, order)).await,
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        changed
            .map(EditRegisterPayload::from)
            .map_err(|error| told(ctx, &error))
    }

    /// Accepts an edit that somebody else proposed, and makes it. Needs `grant:approve` over what it changes, and
    /// a human being who neither proposed it nor gains by it.
    async fn accept_edit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which proposal, and what of it was seen.")] input: AcceptEditInput,
    ) -> Result<AcceptEditPayload> {
        let changed = match (here(ctx), input.into_order()) {
            (Ok((session, _)), Ok(order)) => edits::accept_edit(session, order).await,
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        changed
            .map(AcceptEditPayload::from)
            .map_err(|error| told(ctx, &error))
    }

    /// Turns down an edit that somebody else proposed, which needs `grant:approve` over what it changes; or takes
    /// one's own proposal back.
    async fn decline_edit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which proposal.")] input: DeclineEditInput,
    ) -> Result<DeclineEditPayload> {
        let changed = match (here(ctx), input.into_order()) {
            (Ok((session, _)), Ok(order)) => edits::decline_edit(session, order).await,
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        changed
            .map(DeclineEditPayload::from)
            .map_err(|error| told(ctx, &error))
    }

    /// Says what the review of a decision came to that opened something in an emergency. Needs `decision:review`
    /// over what it was aimed at, leave to read it, and another human being than it is about.
    async fn review_decision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which decision, and what the review came to.")]
        input: ReviewDecisionInput,
    ) -> Result<ReviewDecisionPayload> {
        let changed = match (here(ctx), input.into_order()) {
            (Ok((session, _)), Ok(order)) => reviews::review_decision(session, order).await,
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        changed
            .map(ReviewDecisionPayload::from)
            .map_err(|error| told(ctx, &error))
    }

    /// Proposes to take a service's word about how people signed in, which waits for another human being to accept
    /// it with `acceptEdit`; or ceases to, which is made at once. Needs `policy:manage`.
    async fn set_trusted_to_assert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which service, and whether.")] input: SetTrustedToAssertInput,
    ) -> Result<SetTrustedToAssertPayload> {
        let changed = match (here(ctx), input.into_order()) {
            (Ok((session, _)), Ok(order)) => trust::set_trusted_to_assert(session, order).await,
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        changed
            .map(SetTrustedToAssertPayload::from)
            .map_err(|error| told(ctx, &error))
    }
}

/// The request's session and what questions are answered with.
fn here<'a>(ctx: &'a Context<'_>) -> std::result::Result<(&'a Session, &'a Asking), ServiceError> {
    match (ctx.data_opt::<Session>(), ctx.data_opt::<Surroundings>()) {
        (Some(session), Some(around)) => Ok((session, &around.asking)),
        _ => Err(ServiceError::Broken(
            "a request was run without a session".into(),
        )),
    }
}

/// The error as the caller gets it.
fn told(ctx: &Context<'_>, error: &ServiceError) -> async_graphql::Error {
    match ctx.data_opt::<Surroundings>() {
        Some(around) => failure(error, &around.telling()),
        None => ErrorCode::InternalServerError.words().into(),
    }
}

async fn answer(
    session: &Session,
    asking: &Asking,
    input: AuthorizeInput,
    path: &InputPath,
) -> std::result::Result<AuthorizePayload, ServiceError> {
    let question = input.into_question(path)?;
    put(session, asking, question, path).await
}

/// Puts a question, unless it is wrong in a way that a form can show.
async fn put(
    session: &Session,
    asking: &Asking,
    question: std::result::Result<Question, Problem<AskProblem>>,
    path: &InputPath,
) -> std::result::Result<AuthorizePayload, ServiceError> {
    let answer = match question {
        Ok(question) => authorize::authorize(session, asking, question, path).await?,
        Err(problem) => Err(problem),
    };
    Ok(AuthorizePayload::from(answer))
}

async fn answer_all(
    ctx: &Context<'_>,
    input: AuthorizeManyInput,
) -> std::result::Result<AuthorizeManyPayload, ServiceError> {
    let (session, asking) = here(ctx)?;
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
        answers.push(put(session, asking, question, &path).await?);
    }
    Ok(AuthorizeManyPayload { answers })
}

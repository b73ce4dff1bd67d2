//! Answering governed systems: may this person do this to that, now?

use std::sync::Arc;

use authn::{TokenError, Verifier};
use domain::id::EventId;
use domain::target::{PrincipalKey, TargetKey};
use domain::verdict::Outcome;
use domain::{Instant, Words};
use gate::{Ask, AskAssurance, Unasked};

pub use gate::Inquiry;
pub use problem::AskProblem;

use crate::decisions::Decision;
use crate::error::{InputPath, Problem, ServiceError};
use crate::session::Session;
use crate::sign_in::{AssertedSignIn, SignInWords};

mod problem;

/// How the principal signed in, in the asker's words.
#[derive(Clone)]
pub enum SignIn {
    /// The principal's own token.
    Token(String),
    /// The asker's assertion.
    Asserted(AssertedSignIn),
}

/// A token is not shown.
impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token(_) => f.write_str("Token"),
            Self::Asserted(said) => f.debug_tuple("Asserted").field(said).finish(),
        }
    }
}

/// A question about somebody else, with what the asker shows.
#[derive(Debug, Clone)]
pub struct Question {
    /// What is asked.
    pub inquiry: Inquiry,
    /// How the principal signed in.
    pub sign_in: Option<SignIn>,
    /// The earlier answer that asked for an active choice.
    pub confirms: Option<EventId>,
}

/// What questions are answered with besides the session.
#[derive(Debug, Clone)]
pub struct Asking {
    /// Checks the tokens of those who are asked about.
    pub verifier: Arc<Verifier>,
    /// What words about a sign-in mean.
    pub words: Arc<SignInWords>,
}

/// Decides one question; `path` says where in the input it stands.
///
/// # Errors
/// Where it could not be decided; a refused asker gets a deny.
pub async fn authorize(
    session: &Session,
    asking: &Asking,
    question: Question,
    path: &InputPath,
) -> Result<Result<Decision, Problem<AskProblem>>, ServiceError> {
    if let Some(problem) = question.check_reasons(path) {
        return Ok(Err(problem));
    }
    let inquiry = question.inquiry;
    if let Some(occurred_at) = inquiry.occurred_at {
        in_the_past(session, occurred_at, path.at("occurredAt"))?;
    }
    let wrong = |code, path| Ok(Err(Problem { code, path }));
    let at = path.at("assurance");
    let shown = assurance(session, asking, question.sign_in, &inquiry.principal, &at).await?;
    let (assurance, issuer) = match shown {
        Ok(shown) => shown,
        Err(problem) => return Ok(Err(problem)),
    };
    let mut ask = Ask {
        inquiry,
        assurance,
        confirmation: None,
    };
    if !ask.shows_own_token() {
        return wrong(AskProblem::SubjectTokenMismatch, at.at("subjectToken"));
    }
    if let Some(earlier) = question.confirms {
        ask.confirmation = session.operation().confirm(&ask.inquiry, earlier).await?;
        if ask.confirmation.is_none() {
            return wrong(AskProblem::ConfirmationInvalid, path.at("confirms"));
        }
    }
    let emergency = ask.inquiry.emergency.is_some();
    let answer = match session.operation().ask(ask).await {
        Ok(answer) => answer,
        Err(Unasked::UnknownPermission) => {
            return wrong(AskProblem::PermissionUnknown, path.at("permission"));
        }
        Err(Unasked::NotTrusted) => {
            return wrong(AskProblem::NotTrustedToAssert, at.at("asserted"));
        }
        Err(Unasked::Undecided(refusal)) => return Err(refusal.into()),
    };
    if emergency && !answer.dry_run && answer.verdict.is_allowed() {
        tracing::warn!(decision = %answer.decision, "emergency access: to be notified and reviewed");
    }
    Ok(Ok(Decision {
        issuer,
        ..Decision::from(answer)
    }))
}

/// Decides one question as a dry run, for its explanation.
///
/// # Errors
/// As [`authorize`], and where the caller may not ask: that is not an answer.
pub async fn explain(
    session: &Session,
    asking: &Asking,
    mut question: Question,
    path: &InputPath,
) -> Result<Result<Decision, Problem<AskProblem>>, ServiceError> {
    question.inquiry.dry_run = true;
    let answered = authorize(session, asking, question, path).await?;
    match &answered {
        Ok(answer) if answer.asker_outcome == Some(Outcome::Deny) => Err(ServiceError::Forbidden {
            decision: answer.id,
            reasons: answer.reasons.clone(),
        }),
        Ok(_) | Err(_) => Ok(answered),
    }
}

/// How the one who is asked about has signed in, and by whose word where a token was shown.
async fn assurance(
    session: &Session,
    asking: &Asking,
    sign_in: Option<SignIn>,
    principal: &PrincipalKey,
    at: &InputPath,
) -> Result<Result<(AskAssurance, Option<String>), Problem<AskProblem>>, ServiceError> {
    let wrong = |code, path| Ok(Err(Problem { code, path }));
    match sign_in {
        Some(SignIn::Asserted(said)) => {
            let path = at.at("asserted").at("authenticatedAt");
            in_the_past(session, said.authenticated_at, path)?;
            let said = asking.words.assurance(said);
            Ok(Ok((AskAssurance::Asserted(said), None)))
        }
        Some(SignIn::Token(token)) => {
            let now = session.operation().now();
            match asking.verifier.authenticate(&token, now).await {
                Ok(claimant) => {
                    let issuer = claimant.issuer().to_owned();
                    let verified = AskAssurance::Verified(Box::new(claimant));
                    Ok(Ok((verified, Some(issuer))))
                }
                Err(unknown @ TokenError::KeysUnavailable) => {
                    Err(ServiceError::Unavailable(unknown.into()))
                }
                Err(rule) => wrong(AskProblem::SubjectTokenInvalid(rule), at.at("subjectToken")),
            }
        }
        None if matches!(principal, PrincipalKey::Person(_)) => {
            wrong(AskProblem::AssuranceRequired, at.clone())
        }
        None => Ok(Ok((AskAssurance::None, None))),
    }
}

/// How far ahead of ours another clock may be, in seconds; policies allow a sign-in as much.
const AHEAD_SECONDS: i64 = 60;

/// Whether what is said to have happened has.
fn in_the_past(session: &Session, at: Instant, path: InputPath) -> Result<(), ServiceError> {
    if at <= session.operation().now().plus_seconds(AHEAD_SECONDS) {
        return Ok(());
    }
    Err(ServiceError::Input {
        path,
        problem: Words::new(
            "expected an instant that has been: this one lies ahead",
            "Ange en tidpunkt som har varit. Den här ligger framåt i tiden.",
        ),
    })
}

impl Question {
    /// An active choice has its reason and the answer that asked for it.
    fn check_reasons(&self, path: &InputPath) -> Option<Problem<AskProblem>> {
        let problem = |code, path| Some(Problem { code, path });
        let choice = match &self.inquiry.target {
            TargetKey::Record(record) => record.active_choice.as_ref(),
            TargetKey::External(_) | TargetKey::Entity(_) | TargetKey::Draft(_) => None,
        };
        let at = path.at("target").at("record").at("activeChoice");
        match (choice, self.confirms) {
            (None, Some(_)) => problem(AskProblem::ReasonRequired, at),
            (Some(_), None) => problem(AskProblem::ConfirmationRequired, path.at("confirms")),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_printed() {
        let shown = format!("{:?}", SignIn::Token("eyJhbGciOi".to_owned()));
        assert!(!shown.contains("eyJ"), "{shown}");
    }
}

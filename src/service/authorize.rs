//! Answering governed systems: may this person do this to that, now?

use std::sync::Arc;

use crate::authn::{TokenError, Verifier};
use crate::domain::id::EventId;
use crate::domain::target::{ExternalKey, PrincipalKey, RecordDescription, TargetKey};
use crate::domain::{EntityRef, HsaId, Instant, PermissionName, looks_like_personal_number};
use crate::gate::{Ask, AskAssurance};

use super::decisions::Decision;
use super::error::{InputPath, Problem, ServiceError};
use super::session::Session;
use super::sign_in::{AssertedSignIn, SignInWords};
use super::text;

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

/// What a question is about, as the asker names it.
#[derive(Debug, Clone)]
pub enum Target {
    /// Something in the register.
    Registered(ExternalKey),
    /// Something in the register, by its id there: what has no name outside.
    Held(EntityRef),
    /// Something in the asker's own keeping.
    Described(RecordDescription),
}

/// A question about somebody else.
#[derive(Debug, Clone)]
pub struct Question {
    /// Who wants to do it.
    pub principal: PrincipalKey,
    /// What.
    pub permission: PermissionName,
    /// To what.
    pub target: Target,
    /// How the principal signed in.
    pub sign_in: Option<SignIn>,
    /// What it is for.
    pub purpose: Option<String>,
    /// Why, in free text; kept erasable.
    pub justification: Option<String>,
    /// The case it belongs to; kept erasable.
    pub case_reference: Option<String>,
    /// The network zone the principal is in.
    pub network_zone: Option<String>,
    /// The commission chosen at sign-in.
    pub commission: Option<HsaId>,
    /// The device it is done from; kept erasable.
    pub device: Option<String>,
    /// When it happened, if not now.
    pub occurred_at: Option<Instant>,
    /// Why it is an emergency, in free text; kept erasable. `None`: it is none.
    pub emergency: Option<String>,
    /// The earlier answer that asked for an active choice.
    pub confirms: Option<EventId>,
    /// Whether only the answer and its explanation are wanted.
    pub dry_run: bool,
}

/// What an asker can get wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskProblem {
    /// A question about a person says how the person signed in.
    AssuranceRequired,
    /// The token is not one that is taken here.
    SubjectTokenInvalid,
    /// The token is somebody else's.
    SubjectTokenMismatch,
    /// A reference looks like a personal identity number.
    PersonalNumber,
    /// An active choice is made after an answer has asked for it, and this one names none.
    ConfirmationRequired,
    /// What is named is no recent answer of the caller's to the same question.
    ConfirmationInvalid,
    /// Nothing was chosen, or no reason is given.
    ReasonRequired,
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
    question.check_texts(path)?;
    let wrong = question.check_references(path);
    if let Some(problem) = wrong.or_else(|| question.check_reasons(path)) {
        return Ok(Err(problem));
    }
    let at = path.at("assurance");
    let mut issuer = None;
    let assurance = match question.sign_in {
        Some(SignIn::Asserted(said)) => AskAssurance::Asserted(asking.words.assurance(said)),
        Some(SignIn::Token(token)) => {
            let now = session.operation().now();
            match asking.verifier.authenticate(&token, now).await {
                Ok(claimant) => {
                    issuer = Some(claimant.issuer().to_owned());
                    AskAssurance::Verified(Box::new(claimant))
                }
                Err(TokenError::KeysUnavailable) => {
                    return Err(ServiceError::Unavailable(
                        TokenError::KeysUnavailable.into(),
                    ));
                }
                Err(_) => {
                    let path = at.at("subjectToken");
                    return Ok(Err(Problem {
                        code: AskProblem::SubjectTokenInvalid,
                        path,
                    }));
                }
            }
        }
        None if matches!(question.principal, PrincipalKey::Person(_)) => {
            return Ok(Err(Problem {
                code: AskProblem::AssuranceRequired,
                path: at,
            }));
        }
        None => AskAssurance::None,
    };
    let mut ask = Ask {
        principal: question.principal,
        permission: question.permission,
        target: match question.target {
            Target::Registered(key) => TargetKey::External(key),
            Target::Held(id) => TargetKey::Entity(id),
            Target::Described(record) => TargetKey::Record(Box::new(record)),
        },
        assurance,
        purpose: question.purpose,
        justification: question.justification,
        case_reference: question.case_reference,
        device: question.device,
        network_zone: question.network_zone,
        commission: question.commission,
        occurred_at: question.occurred_at,
        emergency: question.emergency,
        confirmation: None,
        dry_run: question.dry_run,
    };
    if !ask.shows_own_token() {
        let path = at.at("subjectToken");
        return Ok(Err(Problem {
            code: AskProblem::SubjectTokenMismatch,
            path,
        }));
    }
    if let Some(earlier) = question.confirms {
        ask.confirmation = session.operation().confirm(&ask, earlier).await?;
        if ask.confirmation.is_none() {
            let path = path.at("confirms");
            return Ok(Err(Problem {
                code: AskProblem::ConfirmationInvalid,
                path,
            }));
        }
    }
    let emergency = ask.emergency.is_some();
    let answer = session.operation().ask(ask).await?;
    if emergency && !answer.dry_run && answer.verdict.is_allowed() {
        tracing::warn!(decision = %answer.decision, "emergency access: to be notified and reviewed");
    }
    Ok(Ok(Decision {
        issuer,
        ..Decision::from(answer)
    }))
}

impl Question {
    /// What stands in clear in the event names nobody.
    fn check_references(&self, path: &InputPath) -> Option<Problem<AskProblem>> {
        let target = path.at("target");
        let mut named = vec![(path.at("purpose"), self.purpose.as_deref())];
        match &self.target {
            Target::Registered(key) => named.push((target, Some(key.as_str()))),
            Target::Held(_) => {}
            Target::Described(record) => {
                let record_at = target.at("record");
                named.push((record_at.at("id"), Some(&record.id)));
                named.push((record_at.at("kind"), Some(&record.kind)));
                named.push((record_at.at("system"), Some(&record.system)));
            }
        }
        named
            .into_iter()
            .find(|(_, text)| text.is_some_and(looks_like_personal_number))
            .map(|(path, _)| Problem {
                code: AskProblem::PersonalNumber,
                path,
            })
    }

    /// An active choice has its reason and the answer that asked for it; an emergency has its reason.
    fn check_reasons(&self, path: &InputPath) -> Option<Problem<AskProblem>> {
        let problem = |code, path| Some(Problem { code, path });
        let blank = |text: &String| text.trim().is_empty();
        if self.emergency.as_ref().is_some_and(blank) {
            return problem(AskProblem::ReasonRequired, path.at("emergency"));
        }
        let choice = match &self.target {
            Target::Described(record) => record.active_choice.as_ref(),
            Target::Registered(_) | Target::Held(_) => None,
        };
        let at = path.at("target").at("record").at("activeChoice");
        match (choice, self.confirms) {
            (Some(reason), _) if blank(reason) => problem(AskProblem::ReasonRequired, at),
            (None, Some(_)) => problem(AskProblem::ReasonRequired, at),
            (Some(_), None) => problem(AskProblem::ConfirmationRequired, path.at("confirms")),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }

    fn check_texts(&self, path: &InputPath) -> Result<(), ServiceError> {
        let target = path.at("target");
        text::at_most(
            text::SHORT,
            &path.at("principal"),
            Some(self.principal.as_str()),
        )?;
        text::at_most(text::SHORT, &path.at("purpose"), self.purpose.as_deref())?;
        text::at_most(
            text::SHORT,
            &path.at("networkZone"),
            self.network_zone.as_deref(),
        )?;
        text::at_most(
            text::LONG,
            &path.at("justification"),
            self.justification.as_deref(),
        )?;
        text::at_most(
            text::LONG,
            &path.at("caseReference"),
            self.case_reference.as_deref(),
        )?;
        text::at_most(text::LONG, &path.at("device"), self.device.as_deref())?;
        text::at_most(text::LONG, &path.at("emergency"), self.emergency.as_deref())?;
        if let Some(SignIn::Asserted(said)) = &self.sign_in {
            let at = path.at("assurance").at("asserted");
            text::at_most(text::SHORT, &at.at("acr"), Some(&said.acr))?;
            for method in &said.amr {
                text::at_most(text::SHORT, &at.at("amr"), Some(method))?;
            }
            if said.amr.len() > 32 {
                let problem = "expected at most 32 methods".to_owned();
                return Err(ServiceError::Input {
                    path: at.at("amr"),
                    problem,
                });
            }
        }
        match &self.target {
            Target::Registered(key) => text::at_most(text::SHORT, &target, Some(key.as_str())),
            Target::Held(_) => Ok(()),
            Target::Described(record) => {
                let at = target.at("record");
                text::at_most(text::SHORT, &at.at("system"), Some(&record.system))?;
                text::at_most(text::SHORT, &at.at("kind"), Some(&record.kind))?;
                text::at_most(text::LONG, &at.at("id"), Some(&record.id))?;
                text::at_most(
                    text::LONG,
                    &at.at("activeChoice"),
                    record.active_choice.as_deref(),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about_record(id: &str) -> Question {
        Question {
            principal: PrincipalKey::Person("SE2321000016-1001".parse().unwrap()),
            permission: "record:read".parse().unwrap(),
            target: Target::Described(RecordDescription {
                system: "cosmic".to_owned(),
                organisation: "SE2321000016-2001".parse().unwrap(),
                kind: "patient".to_owned(),
                id: id.to_owned(),
                blocked: false,
                consent: false,
                active_choice: None,
            }),
            sign_in: None,
            purpose: None,
            justification: None,
            case_reference: None,
            network_zone: None,
            commission: None,
            device: None,
            occurred_at: None,
            emergency: None,
            confirms: None,
            dry_run: false,
        }
    }

    #[test]
    fn a_reference_that_names_a_patient_is_refused_where_it_stands() {
        let path = InputPath::input().at("questions").at(3);
        let problem = about_record("19121212-1212")
            .check_references(&path)
            .unwrap();
        assert_eq!(problem.code, AskProblem::PersonalNumber);
        let at = ["input", "questions", "3", "target", "record", "id"];
        assert_eq!(problem.path.segments(), at);
        assert_eq!(about_record("b7c1f0").check_references(&path), None);
    }

    #[test]
    fn a_token_is_never_printed() {
        let shown = format!("{:?}", SignIn::Token("eyJhbGciOi".to_owned()));
        assert!(!shown.contains("eyJ"), "{shown}");
    }
}

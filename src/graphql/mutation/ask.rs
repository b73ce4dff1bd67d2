//! The words of `authorize` and `authorizeMany`.

use async_graphql::{InputObject, OneofObject, SimpleObject};

use crate::object::thing::Decision;
use crate::scalar::{DateTime, HsaId, IdOf};
use domain::Words;
use domain::target::PrincipalKey;
use domain::{PermissionName, id};
use service::authorize::{AskProblem, Inquiry, Question, SignIn};
use service::decisions;
use service::error::{InputPath, Problem, ServiceError};
use service::sign_in::AssertedSignIn;

use super::input::{AskWrong, in_clear, reason};
use super::problem::FormError;
use super::seen::shown;
use super::{PrincipalInput, TargetInput};

/// The most methods that an assertion names.
const MAX_METHODS: usize = 32;

/// A question: may this principal do this to that, now?
#[derive(Debug, Clone, InputObject)]
pub struct AuthorizeInput {
    /// Who wants to do it.
    principal: PrincipalInput,
    /// What, as `noun:verb`.
    permission: String,
    /// To what.
    target: TargetInput,
    /// How the principal signed in; required for a person, null for a service.
    assurance: Option<AssuranceInput>,
    /// What the access is for; null: not said.
    purpose: Option<String>,
    /// Why, in free text that can be erased; null: not said.
    justification: Option<String>,
    /// The case it belongs to, erasable; null: none.
    case_reference: Option<String>,
    /// The network zone that the principal is in; null: not said.
    network_zone: Option<String>,
    /// The commission chosen at sign-in; null: none.
    commission: Option<HsaId>,
    /// The device it is done from, erasable; null: not said.
    device: Option<String>,
    /// When it happened; null: now.
    occurred_at: Option<DateTime>,
    /// Why it is an emergency, in free text that can be erased; null: it is none. Only guardrails that say so
    /// give way, and the access is notified and reviewed.
    emergency: Option<String>,
    /// The decision that asked for the active choice which the target now carries: the caller's own, on the
    /// same question, at most 15 minutes old; null: this is the first question.
    confirms: Option<IdOf<id::Event>>,
}

/// Several questions.
#[derive(Debug, Clone, InputObject)]
pub struct AuthorizeManyInput {
    /// The questions, at most 100.
    pub(super) questions: Vec<AuthorizeInput>,
}

/// How a principal signed in: shown by a token, or in the asker's words.
#[derive(Clone, OneofObject)]
pub(super) enum AssuranceInput {
    /// The principal's own token.
    SubjectToken(String),
    /// The asker's word, which counts only where the asker is trusted to give it.
    Asserted(AssertedAssuranceInput),
}

/// A token is not shown.
impl std::fmt::Debug for AssuranceInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SubjectToken(_) => f.write_str("SubjectToken"),
            Self::Asserted(said) => f.debug_tuple("Asserted").field(said).finish(),
        }
    }
}

/// A sign-in as the asker saw it.
#[derive(Debug, Clone, InputObject)]
pub(super) struct AssertedAssuranceInput {
    /// The authentication context.
    acr: String,
    /// The methods; null: not known.
    amr: Option<Vec<String>>,
    /// When the person signed in.
    authenticated_at: DateTime,
}

impl AssuranceInput {
    fn into_sign_in(self, path: &InputPath) -> Result<SignIn, AskWrong> {
        let said = match self {
            Self::SubjectToken(token) => return Ok(SignIn::Token(token)),
            Self::Asserted(said) => said,
        };
        let path = path.at("asserted");
        let methods = said.amr.unwrap_or_default();
        if methods.len() > MAX_METHODS {
            return Err(AskWrong::Unusable(ServiceError::Input {
                path: path.at("amr"),
                problem: Words::made(
                    format!("expected at most {MAX_METHODS} methods"),
                    format!("Ange högst {MAX_METHODS} metoder."),
                ),
            }));
        }
        let at = path.at("amr");
        let amr = methods.iter().enumerate();
        let amr = amr.map(|(n, method)| in_clear(&at, &n.to_string(), method));
        Ok(SignIn::Asserted(AssertedSignIn {
            acr: in_clear(&path, "acr", &said.acr)?,
            amr: amr.collect::<Result<_, _>>()?,
            authenticated_at: said.authenticated_at.0,
        }))
    }
}

impl AuthorizeInput {
    /// The question, which stands at `path` in the input, or what a form can show of it.
    pub(crate) fn into_question(
        self,
        path: &InputPath,
    ) -> Result<Result<Question, Problem<AskProblem>>, ServiceError> {
        match self.parsed(path) {
            Ok(question) => Ok(Ok(question)),
            Err(AskWrong::Shown(problem)) => Ok(Err(problem)),
            Err(AskWrong::Unusable(error)) => Err(error),
        }
    }

    fn parsed(self, path: &InputPath) -> Result<Question, AskWrong> {
        let permission = PermissionName::given(&self.permission).map_err(|error| {
            let path = path.at("permission");
            ServiceError::Input {
                path,
                problem: error.words(),
            }
        })?;
        let clear = |field: &str, text: Option<&str>| {
            text.map(|text| in_clear(path, field, text)).transpose()
        };
        let principal = match self.principal {
            PrincipalInput::HsaId(hsa_id) => PrincipalKey::Person(hsa_id.0),
            PrincipalInput::ClientId(client_id) => {
                PrincipalKey::Service(in_clear(&path.at("principal"), "clientId", &client_id)?)
            }
        };
        let target = self.target.into_target(&path.at("target"))?;
        let sign_in = self
            .assurance
            .map(|shown| shown.into_sign_in(&path.at("assurance")));
        let sign_in = sign_in.transpose()?;
        let inquiry = Inquiry {
            principal,
            permission,
            target,
            purpose: clear("purpose", self.purpose.as_deref())?,
            justification: path.text_if("justification", self.justification.as_deref())?,
            case_reference: path.text_if("caseReference", self.case_reference.as_deref())?,
            network_zone: clear("networkZone", self.network_zone.as_deref())?,
            commission: self.commission.map(|hsa_id| hsa_id.0),
            device: path.text_if("device", self.device.as_deref())?,
            occurred_at: self.occurred_at.map(|at| at.0),
            emergency: reason(path, "emergency", self.emergency.as_deref())?,
            dry_run: false,
        };
        Ok(Question {
            inquiry,
            sign_in,
            confirms: self.confirms.map(|id| id.0),
        })
    }
}

/// What came of a question.
#[derive(Debug, Clone, SimpleObject)]
pub struct AuthorizePayload {
    /// The decision; null where the question could not be put.
    decision: Option<Decision>,
    /// What the question got wrong.
    errors: Vec<FormError<AskProblem>>,
}

/// What came of several questions.
#[derive(Debug, Clone, SimpleObject)]
pub struct AuthorizeManyPayload {
    /// What came of each, in the order of the questions.
    pub(super) answers: Vec<AuthorizePayload>,
}

impl From<Result<decisions::Decision, Problem<AskProblem>>> for AuthorizePayload {
    fn from(answer: Result<decisions::Decision, Problem<AskProblem>>) -> Self {
        match answer {
            Ok(answer) => Self {
                decision: Some(shown(answer)),
                errors: Vec::new(),
            },
            Err(problem) => Self {
                decision: None,
                errors: vec![problem.into()],
            },
        }
    }
}

//! What several inputs have in common.

use std::str::FromStr;

use async_graphql::OneofObject;

use crate::scalar::HsaId;
use domain::target::PrincipalKey;
use domain::text::{ErasableText, TextError};
use service::authorize::AskProblem;
use service::error::{InputPath, Problem, ServiceError};

/// A person or a service, by name.
#[derive(Debug, Clone, OneofObject)]
pub enum PrincipalInput {
    /// A person, by employee HSA-id.
    HsaId(HsaId),
    /// A service, by OAuth client id.
    ClientId(String),
}

impl PrincipalInput {
    /// The name, which stands at `path` in the input.
    pub(crate) fn into_key(self, path: &InputPath) -> Result<PrincipalKey, ServiceError> {
        Ok(match self {
            Self::HsaId(hsa_id) => PrincipalKey::Person(hsa_id.0),
            Self::ClientId(client_id) => PrincipalKey::Service(path.text("clientId", &client_id)?),
        })
    }
}

/// What a question cannot be put for.
pub(super) enum AskWrong {
    /// What a form can show.
    Shown(Problem<AskProblem>),
    /// A value that cannot be used.
    Unusable(ServiceError),
}

impl From<ServiceError> for AskWrong {
    fn from(error: ServiceError) -> Self {
        Self::Unusable(error)
    }
}

/// A text that stands in clear, so that a form can show that it names a human being.
pub(super) fn in_clear<T: FromStr<Err = TextError>>(
    path: &InputPath,
    field: &str,
    text: &str,
) -> Result<T, AskWrong> {
    match text.parse::<T>() {
        Err(TextError::PersonalNumber) => Err(AskWrong::Shown(Problem {
            code: AskProblem::PersonalNumber,
            path: path.at(field),
        })),
        Err(_) | Ok(_) => Ok(path.text(field, text)?),
    }
}

/// A reason that the question cannot do without, so that a form can show that it is blank.
pub(super) fn reason(
    path: &InputPath,
    field: &str,
    text: Option<&str>,
) -> Result<Option<ErasableText>, AskWrong> {
    match text.map(str::parse::<ErasableText>) {
        Some(Err(TextError::Blank)) => Err(AskWrong::Shown(Problem {
            code: AskProblem::ReasonRequired,
            path: path.at(field),
        })),
        Some(_) | None => Ok(path.text_if(field, text)?),
    }
}

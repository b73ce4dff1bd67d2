//! Why a use case gave no answer.
//!
//! What a form can show is not here but in the use case's own outcome. To add a way to fail: a variant
//! here and its code in the one place that gives codes, `graphql::failure`.

use std::fmt;
use std::str::FromStr;

use crate::audit::EventError;
use crate::domain::id::EventId;
use crate::domain::text::TextError;
use crate::domain::verdict::{Reason, StepUp};
use crate::gate::{FactError, Refusal};
use crate::store::write::WriteError;

pub use crate::audit::OutOfLog;

/// Where in its input a caller went wrong, from `input` inwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputPath(Vec<String>);

impl InputPath {
    /// The whole input.
    #[must_use]
    pub fn input() -> Self {
        Self(vec!["input".to_owned()])
    }

    /// An argument of a field.
    #[must_use]
    pub fn argument(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }

    /// A field of it, or an item of a list.
    #[must_use]
    pub fn at(&self, field: impl fmt::Display) -> Self {
        let mut path = self.0.clone();
        path.push(field.to_string());
        Self(path)
    }

    /// The text of a field below this place, as what it has to be.
    ///
    /// # Errors
    /// What would be right, and where.
    pub fn text<T: FromStr<Err = TextError>>(
        &self,
        field: &str,
        text: &str,
    ) -> Result<T, ServiceError> {
        self.at(field).is(text)
    }

    /// As [`InputPath::text`], of a field that need not be given.
    ///
    /// # Errors
    /// As [`InputPath::text`].
    pub fn text_if<T: FromStr<Err = TextError>>(
        &self,
        field: &str,
        text: Option<&str>,
    ) -> Result<Option<T>, ServiceError> {
        text.map(|text| self.text(field, text)).transpose()
    }

    /// The text in this place, as what it has to be.
    ///
    /// # Errors
    /// As [`InputPath::text`].
    pub fn is<T: FromStr<Err = TextError>>(&self, text: &str) -> Result<T, ServiceError> {
        text.parse()
            .map_err(|wrong: TextError| ServiceError::Input {
                path: self.clone(),
                problem: wrong.to_string(),
            })
    }

    /// The field's names, outermost first.
    #[must_use]
    pub fn segments(&self) -> &[String] {
        &self.0
    }
}

/// Something in the input that a form can show: the use case's own code for it, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem<C> {
    /// What.
    pub code: C,
    /// Where.
    pub path: InputPath,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There is no such thing, or the caller may not know that there is.
    #[error("no such thing")]
    NotFound {
        /// The event of the decision.
        decision: EventId,
    },
    /// The policies refuse.
    #[error("refused")]
    Forbidden {
        /// The event of the decision.
        decision: EventId,
        /// Why.
        reasons: Vec<Reason>,
    },
    /// A stronger or more recent sign-in would be allowed.
    #[error("a stronger sign-in is needed")]
    StepUp {
        /// The event of the decision.
        decision: EventId,
        /// What sign-in.
        step_up: StepUp,
        /// Why.
        reasons: Vec<Reason>,
    },
    /// A value in the input cannot be used.
    #[error("{problem}")]
    Input {
        /// Where.
        path: InputPath,
        /// What would be right; never the value itself.
        problem: String,
    },
    /// A name stands for more than one thing.
    #[error("the external id of a {kind} is used by more than one source")]
    Ambiguous {
        /// The kind of thing.
        kind: &'static str,
    },
    /// What the caller gave cannot stand in the log.
    #[error("the request cannot be recorded")]
    Unrecordable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The caller's key was used for another input.
    #[error("the idempotency key was used with another input")]
    KeyReused,
    /// The log does not hold what is asked for.
    #[error(transparent)]
    OutOfLog(#[from] OutOfLog),
    /// The token that a lasting answer was begun with no longer counts.
    #[error("the token has expired")]
    TokenExpired,
    /// The caller is unknown, has ended or has not begun; that is on record.
    #[error("the caller is not known here")]
    UnknownCaller,
    /// The facts have moved, or the register has just been changed: the operation has to run again.
    #[error("the operation has to run again")]
    Again,
    /// There was no answer in time, or nobody waits for it any more.
    #[error("there was no answer in time")]
    Timeout,
    /// The caller has caused too many events; nothing was decided.
    #[error("the caller has caused too many events")]
    RateLimited {
        /// For how many seconds it can cause none.
        seconds: u64,
    },
    /// The register or the log cannot be used now.
    #[error("the register or the log cannot be used")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What was found in the register cannot be right.
    #[error("the register contradicts itself")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ServiceError {
    /// What stands there is the name of no permission that the register knows.
    pub(in crate::service) fn unknown_permission(path: InputPath) -> Self {
        let problem =
            "expected the name of a permission that this service or a system in the register has";
        Self::Input {
            path,
            problem: problem.to_owned(),
        }
    }
}

impl From<Refusal> for ServiceError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound { decision } => Self::NotFound { decision },
            Refusal::Forbidden {
                decision,
                reasons,
                discounted,
            } => {
                let discounting = discounted.into_iter().flat_map(|grant| grant.reasons);
                let mut all = reasons;
                for reason in discounting {
                    if !all.contains(&reason) {
                        all.push(reason);
                    }
                }
                Self::Forbidden {
                    decision,
                    reasons: all,
                }
            }
            Refusal::StepUp {
                decision,
                step_up,
                reasons,
            } => Self::StepUp {
                decision,
                step_up,
                reasons,
            },
            Refusal::UnknownPermission => {
                Self::unknown_permission(InputPath::argument("permission"))
            }
            Refusal::Ambiguous { kind } => Self::Ambiguous { kind },
            // Not the caller's doing: what came from outside had a canonical form when it was taken in.
            Refusal::Unrecordable(error @ EventError::Canonical(_)) => {
                Self::Unavailable(Box::new(error))
            }
            Refusal::Unrecordable(error) => Self::Unrecordable(Box::new(error)),
            Refusal::Undecided(error) => error.into(),
        }
    }
}

impl From<FactError> for ServiceError {
    fn from(error: FactError) -> Self {
        match error {
            FactError::Ambiguous { kind } => Self::Ambiguous { kind },
            FactError::Unavailable(_) => Self::Unavailable(Box::new(error)),
            FactError::Corrupt { .. } => Self::Broken(Box::new(error)),
        }
    }
}

impl From<WriteError> for ServiceError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Database(_) | WriteError::Overtaken { .. } => {
                Self::Unavailable(Box::new(error))
            }
            WriteError::Corrupt { .. } => Self::Broken(Box::new(error)),
        }
    }
}

//! Why a use case gave no answer.
//!
//! What a form can show is not here but in the use case's own outcome. To add a way to fail: a variant
//! here and its code in the one place that gives codes, `graphql::failure`.

use std::fmt;
use std::str::FromStr;

use domain::id::EventId;
use domain::problem::{Coded, Missing};
use domain::text::TextError;
use domain::verdict::{Reason, StepUp};
use domain::{Speaks, Words};
use gate::{FactError, Refusal, TURNED};
use store::write::WriteError;
use transparency::event::EventError;

pub use audit::OutOfLog;

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
                problem: wrong.words(),
            })
    }

    /// Whether it is that place, or lies in it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The field's names, outermost first.
    #[must_use]
    pub fn segments(&self) -> &[String] {
        &self.0
    }
}

/// Something in the input that a form can show: the mutation's own code for it, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem<C> {
    /// What.
    pub code: C,
    /// Where.
    pub path: InputPath,
}

impl<C: Coded> Problem<C> {
    /// It at the field that it is always about, else at `path`.
    pub(crate) fn at(code: C, path: InputPath) -> Self {
        let own = code.field().map(|field| InputPath::input().at(field));
        let path = own.unwrap_or(path);
        Self { code, path }
    }
}

impl<C: Coded> From<C> for Problem<C> {
    fn from(code: C) -> Self {
        Self::at(code, InputPath::input())
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum ServiceError {
    /// There is no such thing, or the caller may not know that there is.
    NotFound {
        /// The event of the decision.
        decision: EventId,
    },
    /// The policies refuse.
    Forbidden {
        /// The event of the decision.
        decision: EventId,
        /// Why.
        reasons: Vec<Reason>,
    },
    /// A stronger or more recent sign-in would be allowed.
    StepUp {
        /// The event of the decision.
        decision: EventId,
        /// What sign-in.
        step_up: StepUp,
        /// Why.
        reasons: Vec<Reason>,
    },
    /// A value in the input cannot be used.
    Input {
        /// Where.
        path: InputPath,
        /// What would be right; never the value itself.
        problem: Words,
    },
    /// A name stands for more than one thing.
    Ambiguous {
        /// The kind of thing.
        kind: &'static str,
    },
    /// What the caller gave cannot stand in the log.
    Unrecordable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The caller's key was used for another input.
    KeyReused,
    /// The log does not hold what is asked for.
    OutOfLog(OutOfLog),
    /// No checkpoint covers what is asked for yet.
    NotCovered {
        /// How many events the newest one has.
        newest: u64,
    },
    /// The token that a lasting answer was begun with no longer counts.
    TokenExpired,
    /// The caller is unknown, has ended or has not begun; that is on record.
    UnknownCaller,
    /// There was no answer in time, or nobody waits for it any more.
    Timeout,
    /// The caller has caused too many events; nothing was decided.
    RateLimited {
        /// For how many seconds it can cause none.
        seconds: u64,
    },
    /// The register or the log cannot be used now.
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What was found in the register cannot be right.
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ServiceError {
    /// What the caller is told; nothing internal.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::NotFound { .. } => Missing::Nothing.words(),
            Self::Forbidden { .. } => Words::new(
                "you may not do this: the reasons say why",
                "Du får inte göra detta. Skälen säger varför.",
            ),
            Self::StepUp { .. } => Words::new(
                "sign in again, more strongly or more recently, and try once more",
                "Logga in på nytt, med en starkare inloggning om det behövs, och försök igen.",
            ),
            Self::Input { problem, .. } => problem.clone(),
            Self::Ambiguous { kind } => Words::made(
                format!(
                    "more than one source uses the external id of the {kind}: name it by its id here"
                ),
                "Flera källor använder samma externa id. Ange id:t som det har här i stället."
                    .to_owned(),
            ),
            Self::Unrecordable(_) => Words::new(
                "the request cannot be recorded, and so not answered: something in it is too long or of a form that \
                 the log does not take",
                "Begäran går inte att logga och besvaras därför inte: något i den är för långt eller av en form som \
                 loggen inte tar emot.",
            ),
            Self::KeyReused => Words::new(
                "the idempotency key was used with another input: take a new one",
                "Nyckeln för omförsök har använts med andra uppgifter. Använd en ny.",
            ),
            Self::OutOfLog(out) => out.words(),
            Self::NotCovered { newest } => Words::made(
                format!(
                    "no checkpoint covers that yet: the newest one is of {newest} events. Wait for the notary, or \
                     ask for less"
                ),
                format!(
                    "Ingen kontrollpunkt omfattar det ännu. Den senaste gäller {newest} händelser. Vänta på notarien, \
                     eller hämta mindre."
                ),
            ),
            Self::TokenExpired => Words::new(
                "the token has expired: sign in again",
                "Inloggningen har gått ut. Logga in på nytt.",
            ),
            Self::UnknownCaller => TURNED,
            // Not seen by anybody: the run that met it is thrown away.
            Self::Timeout => Words::new(
                "there was no answer in time: try again",
                "Svaret hann inte bli klart. Försök igen.",
            ),
            Self::RateLimited { .. } => Words::new(
                "the caller has caused more events than it may, and nothing was decided: wait and try again",
                "Anroparen har orsakat fler händelser än den får, och ingenting avgjordes. Vänta och försök igen.",
            ),
            Self::Unavailable(_) => Words::new(
                "the register or the log cannot be used now: try again",
                "Registret eller loggen går inte att använda just nu. Försök igen.",
            ),
            Self::Broken(_) => Words::new(
                "the service failed to answer: tell whoever runs it the `x-request-id` of the answer",
                "Tjänsten kunde inte svara. Felet är loggat. Ge den som driver tjänsten svarets `x-request-id`.",
            ),
        }
    }
}

impl From<OutOfLog> for ServiceError {
    fn from(out: OutOfLog) -> Self {
        Self::OutOfLog(out)
    }
}

impl ServiceError {
    /// What stands there is the name of no permission that the register knows.
    pub(crate) fn unknown_permission(path: InputPath) -> Self {
        let problem = Self::permission_words();
        Self::Input { path, problem }
    }

    /// What would be right where a permission is named that nobody knows.
    #[must_use]
    pub fn permission_words() -> Words {
        Words::new(
            "expected the name of a permission that this service or a system in the register has",
            "Ange namnet på en behörighet som den här tjänsten eller ett system i registret har.",
        )
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
                    // What is about a grant that the caller holds is about nothing in what is ordered.
                    let reason = Reason {
                        about: None,
                        ..reason
                    };
                    if all.iter().all(|other| other.policy != reason.policy) {
                        all.push(reason);
                    }
                }
                // What nothing in the order would mend comes first.
                all.sort_by_key(|reason| reason.about.is_some());
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

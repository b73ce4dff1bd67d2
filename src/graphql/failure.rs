//! Which code a failure of the service has, and what the caller is told of it.
//!
//! The one place that maps them, so that the same failure looks the same wherever it is met. Both
//! matches are exhaustive: a new way to fail does not compile until somebody has said how it looks.

use std::sync::Arc;

use async_graphql::{Error, ErrorExtensions, Value};

use domain::Language;
use domain::Named;
use domain::verdict::{Reason, StepUp};
use service::error::{InputPath, OutOfLog, ServiceError};
use service::sign_in::SignInWords;

use super::errors::ErrorCode;
use super::spoken::Spoken;
use super::surroundings::Surroundings;

/// The member of `extensions` that says which events are gone.
pub const PRUNED_BELOW: &str = "prunedBelow";

/// The member of `extensions` with the `acr` values that would do (RFC 9470), a list of texts.
pub const ACR_VALUES: &str = "acrValues";

/// The member of `extensions` that says how old a sign-in may be (RFC 9470), in seconds.
pub const MAX_AGE: &str = "maxAgeSeconds";

/// What failures are told with: the caller's language, how the caller signs in, and the request's id.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'a> {
    /// The language that reasons are given in.
    pub language: Language,
    /// What sign-ins are called.
    pub words: &'a SignInWords,
    /// Who has signed the caller in, and would do it again.
    pub issuer: &'a str,
    /// The request's id, for the log.
    pub request_id: &'a str,
}

impl Surroundings {
    /// How a failure is told here.
    #[must_use]
    pub fn telling(&self) -> Telling<'_> {
        Telling {
            language: self.language,
            words: &self.asking.words,
            issuer: &self.issuer,
            request_id: &self.request_id,
        }
    }
}

/// The code of a failure.
#[must_use]
pub fn code_of(error: &ServiceError) -> ErrorCode {
    match error {
        ServiceError::NotFound { .. } | ServiceError::OutOfLog(OutOfLog::Pruned { .. }) => {
            ErrorCode::NotFound
        }
        ServiceError::Forbidden { .. } => ErrorCode::Forbidden,
        ServiceError::StepUp { .. } => ErrorCode::InsufficientUserAuthentication,
        ServiceError::Input { .. }
        | ServiceError::Ambiguous { .. }
        | ServiceError::Unrecordable(_) => ErrorCode::BadUserInput,
        ServiceError::OutOfLog(OutOfLog::Beyond { .. })
        | ServiceError::NotCovered { .. }
        | ServiceError::KeyReused => ErrorCode::Conflict,
        ServiceError::TokenExpired | ServiceError::UnknownCaller => ErrorCode::Unauthenticated,
        ServiceError::Timeout => ErrorCode::Timeout,
        ServiceError::RateLimited { .. } => ErrorCode::RateLimited,
        ServiceError::Unavailable(_) => ErrorCode::Unavailable,
        ServiceError::Broken(_) => ErrorCode::InternalServerError,
    }
}

/// The error that the caller gets. What is not the caller's doing is logged here, once, with its causes.
#[must_use]
pub fn failure(error: &ServiceError, telling: &Telling<'_>) -> Error {
    let mut told = Error::new(error.words().spoken(telling.language));
    told.source = Some(Arc::new(Spoken));
    let told = told.extend_with(|_, e| e.set("code", code_of(error).name()));
    match error {
        ServiceError::NotFound { decision } => {
            told.extend_with(|_, e| e.set("decisionId", decision.to_string()))
        }
        ServiceError::Forbidden { decision, reasons } => told.extend_with(|_, e| {
            e.set("decisionId", decision.to_string());
            e.set("reasons", reasons_of(reasons, telling.language));
        }),
        ServiceError::StepUp {
            decision,
            step_up,
            reasons,
        } => told.extend_with(|_, e| {
            e.set("decisionId", decision.to_string());
            e.set("reasons", reasons_of(reasons, telling.language));
            let StepUp {
                level,
                max_age_seconds,
            } = step_up;
            let enough = telling.words.acr_values(*level, Some(telling.issuer));
            e.set(ACR_VALUES, enough);
            if let Some(age) = max_age_seconds {
                e.set(MAX_AGE, *age);
            }
        }),
        ServiceError::Input { path, .. } => {
            told.extend_with(|_, e| e.set("inputPath", path.segments().to_vec()))
        }
        ServiceError::OutOfLog(OutOfLog::Pruned { below }) => {
            told.extend_with(|_, e| e.set(PRUNED_BELOW, *below))
        }
        ServiceError::OutOfLog(OutOfLog::Beyond { size }) => {
            told.extend_with(|_, e| e.set("size", *size))
        }
        ServiceError::NotCovered { newest } => {
            told.extend_with(|_, e| e.set("checkpointSize", *newest))
        }
        ServiceError::Ambiguous { .. }
        | ServiceError::KeyReused
        | ServiceError::TokenExpired
        | ServiceError::UnknownCaller
        | ServiceError::Timeout => told,
        ServiceError::RateLimited { seconds } => {
            told.extend_with(|_, e| e.set("retryAfterSeconds", *seconds))
        }
        ServiceError::Unrecordable(cause) => {
            tracing::warn!(
                request_id = telling.request_id,
                error = %causes(cause.as_ref()),
                "a request cannot be recorded"
            );
            told
        }
        ServiceError::Unavailable(cause) | ServiceError::Broken(cause) => {
            tracing::error!(
                request_id = telling.request_id,
                error = %causes(cause.as_ref()),
                "a use case failed"
            );
            told
        }
    }
}

/// An error with everything that caused it.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        said.push_str(": ");
        said.push_str(&cause.to_string());
        next = cause.source();
    }
    said
}

fn reasons_of(reasons: &[Reason], language: Language) -> Value {
    let shown = reasons.iter().map(|reason| {
        let source = reason.source.clone().map_or(Value::Null, Value::from);
        let mut members = vec![
            ("policyId", Value::from(reason.policy.clone())),
            ("source", source),
            ("text", Value::from(reason.spoken(language).to_owned())),
        ];
        if let Some(part) = reason.about {
            let path = InputPath::input().at(part.name());
            members.push(("inputPath", Value::from(path.segments().to_vec())));
        }
        Value::Object(
            members
                .into_iter()
                .map(|(name, value)| (async_graphql::Name::new(name), value))
                .collect(),
        )
    });
    Value::List(shown.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Words;
    use domain::id::EventId;
    use uuid::Uuid;

    fn decision() -> EventId {
        EventId::from_uuid(Uuid::from_u128(7))
    }

    fn told(error: &ServiceError, language: Language) -> serde_json::Value {
        let words = SignInWords {
            levels: [("urn:siths".to_owned(), 3), ("urn:efos".to_owned(), 4)].into(),
            of_issuers: [("urn:idp".to_owned(), [("urn:siths".to_owned(), 3)].into())].into(),
            ..SignInWords::default()
        };
        let telling = Telling {
            language,
            words: &words,
            issuer: "urn:idp",
            request_id: "req-1",
        };
        let error = failure(error, &telling).into_server_error(async_graphql::Pos::default());
        serde_json::to_value(error).unwrap()
    }

    fn reasons() -> Vec<Reason> {
        vec![Reason {
            policy: "no-escalation".to_owned(),
            source: Some("JK-P10".to_owned()),
            law: None,
            text: "Needs an approval.".to_owned(),
            text_sv: "Kräver ett godkännande.".to_owned(),
            about: None,
        }]
    }

    #[test]
    fn a_refusal_names_its_decision_and_its_reasons_in_the_callers_language() {
        let error = ServiceError::Forbidden {
            decision: decision(),
            reasons: reasons(),
        };
        let told = told(&error, Language::Swedish);
        assert_eq!(told["extensions"]["code"], "FORBIDDEN");
        assert_eq!(told["extensions"]["decisionId"], decision().to_string());
        assert_eq!(
            told["extensions"]["reasons"][0]["policyId"],
            "no-escalation"
        );
        assert_eq!(
            told["extensions"]["reasons"][0]["text"],
            "Kräver ett godkännande."
        );
    }

    #[test]
    fn a_weak_sign_in_is_told_what_would_do() {
        let step_up = StepUp {
            level: 3,
            max_age_seconds: Some(900),
        };
        let error = ServiceError::StepUp {
            decision: decision(),
            step_up,
            reasons: reasons(),
        };
        let told = told(&error, Language::English);
        assert_eq!(
            told["extensions"]["code"],
            "INSUFFICIENT_USER_AUTHENTICATION"
        );
        assert_eq!(
            told["extensions"]["acrValues"],
            serde_json::json!(["urn:siths"])
        );
        assert_eq!(told["extensions"]["maxAgeSeconds"], 900);
    }

    #[test]
    fn what_went_wrong_inside_stays_inside() {
        let secret = || "password hunter2 at db.internal".into();
        for error in [
            ServiceError::Unavailable(secret()),
            ServiceError::Broken(secret()),
            ServiceError::Unrecordable(secret()),
        ] {
            let told = told(&error, Language::English).to_string();
            assert!(!told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn a_wrong_value_is_named_by_its_place() {
        let path = InputPath::input().at("questions").at(3).at("permission");
        let error = ServiceError::Input {
            path,
            problem: Words::new("expected `noun:verb`", "Skriv `substantiv:verb`."),
        };
        let told = told(&error, Language::English);
        assert_eq!(told["extensions"]["code"], "BAD_USER_INPUT");
        let place = serde_json::json!(["input", "questions", "3", "permission"]);
        assert_eq!(told["extensions"]["inputPath"], place);
    }
}

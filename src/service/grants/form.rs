//! A grant as a form describes it.

use domain::problem::GrantProblem;
use domain::target::{PrincipalKey, ScopeName};
use domain::text::{ErasableText, IdempotencyKey, Identifier, Reference};
use domain::{Date, HsaId};

use crate::error::Problem;
use crate::idempotency::InputDigest;

/// A grant as it is ordered.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// Who shall hold it.
    pub principal: PrincipalKey,
    /// The engagement it shall rest on, by external id; `None`: the person's only live one.
    pub engagement: Option<Identifier>,
    /// The role, by external id.
    pub role: Identifier,
    /// How far it shall reach.
    pub scope: ScopeName,
    /// The first day; `None`: today.
    pub from: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
    /// The needs-and-risk analysis behind it.
    pub needs_and_risk_analysis: Option<Reference>,
    /// Last day on which that analysis counts.
    pub analysis_review_by: Option<Date>,
    /// Who ordered it; `None`: the caller, when a person.
    pub ordered_by: Option<HsaId>,
    /// Why, in free text; kept erasable.
    pub justification: Option<ErasableText>,
    /// The caller's key for retries.
    pub idempotency_key: Option<IdempotencyKey>,
}

pub(super) type Problems = Vec<Problem<GrantProblem>>;

impl NewGrant {
    pub(super) fn digest(&self) -> InputDigest {
        let kind = match self.principal {
            PrincipalKey::Person(_) => "hsaId",
            PrincipalKey::Service(_) => "clientId",
        };
        InputDigest::default()
            .with(kind, Some(self.principal.as_str()))
            .with("engagement", self.engagement.as_ref())
            .with("role", Some(&self.role))
            .with(self.scope.kind(), Some(self.scope.name()))
            .with("from", self.from)
            .with("until", self.until)
            .with(
                "needsAndRiskAnalysis",
                self.needs_and_risk_analysis.as_ref(),
            )
            .with("analysisReviewBy", self.analysis_review_by)
            .with("orderedBy", self.ordered_by.as_ref())
            .with("justification", self.justification.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idempotency::Key;
    use domain::text::ClientId;

    fn input() -> NewGrant {
        NewGrant {
            principal: PrincipalKey::Person("SE2321000016-1001".parse().unwrap()),
            engagement: None,
            role: "lakare".parse().unwrap(),
            scope: ScopeName::System("cosmic".parse().unwrap()),
            from: None,
            until: Some("2026-12-31".parse().unwrap()),
            needs_and_risk_analysis: None,
            analysis_review_by: None,
            ordered_by: None,
            justification: None,
            idempotency_key: Some("0123456789abcdef".parse().unwrap()),
        }
    }

    #[test]
    fn a_key_stands_for_the_input_and_not_for_itself() {
        let key =
            |input: &NewGrant| Key::new(Some("0123456789abcdef".parse().unwrap()), input.digest());
        let same = NewGrant {
            idempotency_key: Some("another-key-00001".parse().unwrap()),
            ..input()
        };
        assert_eq!(key(&input()), key(&same));
        let others = [
            NewGrant {
                scope: ScopeName::Segment("cosmic".parse().unwrap()),
                ..input()
            },
            NewGrant {
                until: None,
                ..input()
            },
            NewGrant {
                principal: PrincipalKey::Service(ClientId::recorded(
                    "SE2321000016-1001".to_owned(),
                )),
                ..input()
            },
            NewGrant {
                justification: Some("nytt uppdrag".parse().unwrap()),
                ..input()
            },
        ];
        for other in others {
            assert_ne!(key(&input()), key(&other), "{other:?}");
        }
    }
}

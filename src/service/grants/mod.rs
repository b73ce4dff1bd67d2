//! Making and ending grants.
//!
//! Every piece that the caller names is read as the caller first: what may not be seen cannot be granted
//! on, and looks like what is not there. What depends on other grants is checked by the store, in the
//! transaction that makes the change.

use domain::action::{CreateGrant, RevokeGrant};
use domain::id::GrantId;
use domain::target::{GrantDraft, PrincipalKey};
use domain::text::{ErasableText, IdempotencyKey, Identifier, Reference};
use domain::verdict::Reason;
use domain::{Date, EntityRef, HsaId, ServicePermission};
use store::write::{self, Conflict, RevokeConflict};

use super::change::{Changed, Order};
use super::error::{InputPath, Problem, ServiceError};
use super::idempotency::{InputDigest, Key, Mutation};
use super::register::Missing;
use super::session::Session;

mod draft;

/// How far a grant is to reach, as the caller names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScopeName {
    /// Everything.
    Installation,
    /// An organisation and all below it.
    Organisation(HsaId),
    /// A system, by external id.
    System(Identifier),
    /// A segment, by external id.
    Segment(Identifier),
    /// A database, by external id.
    Database(Identifier),
}

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

/// An order to end a grant at once.
#[derive(Debug, Clone)]
pub struct Revocation {
    /// The grant.
    pub grant: GrantId,
    /// Why, in free text; kept erasable.
    pub reason: Option<ErasableText>,
    /// The version that the caller saw, if it must not have changed.
    pub expected_version: Option<i64>,
    /// The caller's key for retries.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// What a form for a grant can get wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantProblem {
    /// There is no such thing, or the caller may not see it.
    NotFound(Missing),
    /// The person has no live engagement or several, so that one has to be named.
    EngagementRequired,
    /// The engagement is another person's, or a service was given one.
    EngagementOfAnother,
    /// The last day comes before the first.
    DatesOutOfOrder,
    /// The last day has passed.
    AlreadyOver,
    /// A role of a system does not reach into another system.
    ScopeDoesNotFit,
    /// A grant that is not revoked already gives the same for the whole time.
    AlreadyGranted,
    /// A grant that is not revoked already gives the same for a part of the time.
    Overlapping,
    /// Nobody makes a grant for themselves.
    ExecutorIsHolder,
    /// A guardrail refuses it, and another choice would do.
    Guardrail(Reason),
}

type Problems = Vec<Problem<GrantProblem>>;

/// What a form for a revocation can get wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevokeProblem {
    /// It has been revoked before.
    AlreadyRevoked,
    /// It is not as the caller saw it.
    VersionConflict,
}

/// Makes a grant.
///
/// # Errors
/// A refusal, a key that was used for something else, or an outage; everything that a form can show is in the
/// answer, unless the caller may not make grants at all.
pub async fn create_grant(
    session: &Session,
    input: NewGrant,
) -> Result<Changed<GrantProblem>, ServiceError> {
    let key = Key::new(input.idempotency_key.clone(), input.digest());
    if let Some(effect) = session.effect(Mutation::CreateGrant) {
        return Ok(effect.into());
    }
    let drafted = draft::draft(session, &input).await?;
    let draft = match (drafted.draft, drafted.wrong) {
        (Some(draft), wrong) if wrong.is_empty() => draft,
        (draft, wrong) => {
            // No form mends that.
            let permission = ServicePermission::GrantProvision;
            session.operation().holds_somewhere(permission).await?;
            return Ok(Changed::none(all_wrong(session, draft, wrong).await?));
        }
    };
    let subject = EntityRef::from(draft.id);
    let permit = session.operation().write(CreateGrant { draft }).await?;
    let order = Order {
        mutation: Mutation::CreateGrant,
        subject,
        key,
        reason: input.justification,
        expected_version: None,
    };
    session
        .change_unless(permit, order, write::create_grant, |conflicts| {
            conflicts.into_iter().map(GrantProblem::of).collect()
        })
        .await
}

/// What the form got wrong, with what the guardrails would say besides about what it got right.
async fn all_wrong(
    session: &Session,
    draft: Option<GrantDraft>,
    mut wrong: Problems,
) -> Result<Problems, ServiceError> {
    let Some(draft) = draft else { return Ok(wrong) };
    let asked = session.operation().could(CreateGrant { draft }).await;
    let reasons = match asked.map_err(ServiceError::from) {
        Ok(()) | Err(ServiceError::NotFound { .. }) => return Ok(wrong),
        Err(ServiceError::Forbidden { reasons, .. })
            if reasons.iter().all(|reason| reason.about.is_some()) =>
        {
            reasons
        }
        Err(error) => return Err(error),
    };
    let besides = reasons.into_iter().filter_map(|reason| {
        let path = InputPath::input().at(reason.about?.name());
        // What is said of a part that is wrong anyway says nothing.
        let is_wrong = wrong.iter().any(|problem| problem.path.is_within(&path));
        (!is_wrong).then(|| self::wrong(GrantProblem::Guardrail(reason), path))
    });
    let besides: Problems = besides.collect();
    wrong.extend(besides);
    Ok(wrong)
}

/// Ends a grant at once.
///
/// # Errors
/// As [`create_grant`]; a grant that the caller may not see is refused as not found.
pub async fn revoke_grant(
    session: &Session,
    input: Revocation,
) -> Result<Changed<RevokeProblem>, ServiceError> {
    let key = Key::new(input.idempotency_key.clone(), input.digest());
    if let Some(effect) = session.effect(Mutation::RevokeGrant) {
        return Ok(effect.into());
    }
    let permit = session
        .operation()
        .write(RevokeGrant { grant: input.grant })
        .await?;
    let order = Order {
        mutation: Mutation::RevokeGrant,
        subject: input.grant.into(),
        key,
        reason: input.reason,
        expected_version: input.expected_version,
    };
    session
        .change(permit, order, write::revoke_grant, RevokeProblem::of)
        .await
}

fn wrong(code: GrantProblem, path: InputPath) -> Problem<GrantProblem> {
    Problem { code, path }
}

impl ScopeName {
    /// The field of the input that names it.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Installation => "installation",
            Self::Organisation(_) => "organisation",
            Self::System(_) => "system",
            Self::Segment(_) => "segment",
            Self::Database(_) => "database",
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Installation => "",
            Self::Organisation(hsa_id) => hsa_id.as_str(),
            Self::System(name) | Self::Segment(name) | Self::Database(name) => name,
        }
    }
}

impl NewGrant {
    fn digest(&self) -> InputDigest {
        let kind = match self.principal {
            PrincipalKey::Person(_) => "hsaId",
            PrincipalKey::Service(_) => "clientId",
        };
        InputDigest::default()
            .with(kind, Some(self.principal.as_str()))
            .with("engagement", self.engagement.as_ref())
            .with("role", Some(&self.role))
            .with(self.scope.field(), Some(self.scope.name()))
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

impl Revocation {
    fn digest(&self) -> InputDigest {
        InputDigest::default()
            .with("grant", Some(self.grant))
            .with("reason", self.reason.as_ref())
            .with("expectedVersion", self.expected_version)
    }
}

impl GrantProblem {
    fn of(conflict: Conflict) -> Problem<Self> {
        let at = InputPath::input();
        match conflict {
            Conflict::ScopeDoesNotFit => wrong(Self::ScopeDoesNotFit, at.at("scope")),
            Conflict::EngagementOfAnother => wrong(Self::EngagementOfAnother, at.at("engagement")),
            Conflict::AlreadyGranted => wrong(Self::AlreadyGranted, at),
            Conflict::Overlapping => wrong(Self::Overlapping, at),
            Conflict::ExecutorIsHolder => wrong(Self::ExecutorIsHolder, at.at("principal")),
        }
    }
}

impl RevokeProblem {
    fn of(conflict: RevokeConflict) -> Problem<Self> {
        let at = InputPath::input();
        match conflict {
            RevokeConflict::AlreadyRevoked => Problem {
                code: Self::AlreadyRevoked,
                path: at.at("grant"),
            },
            RevokeConflict::VersionConflict => Problem {
                code: Self::VersionConflict,
                path: at.at("expectedVersion"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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

//! From names in a form to a grant that can be decided on.
//!
//! Apart from the use case because every name is looked up as the caller, one by one, and each can be
//! what the form got wrong.

use crate::clock::fresh;
use crate::domain::action::Read;
use crate::domain::facts::{PrincipalKind, Scope};
use crate::domain::id::{self, EngagementId};
use crate::domain::target::{ExternalKey, GrantDraft, Holder, PrincipalKey};
use crate::gate::Permit;
use crate::service::error::{InputPath, Problem, ServiceError};
use crate::service::register::named;
use crate::service::session::Session;
use crate::store::write::{self, Held};

use super::{GrantProblem, NewGrant, ScopeName, wrong};

type Form<T> = Result<T, Problem<GrantProblem>>;

/// The grant that the form describes, or what it got wrong.
pub(super) async fn draft(
    session: &Session,
    input: &NewGrant,
) -> Result<Form<GrantDraft>, ServiceError> {
    let at = InputPath::input();
    let today = session.operation().now().date();
    let from = input.from.unwrap_or(today);
    if input.until.is_some_and(|until| until < from) {
        return Ok(Err(wrong(GrantProblem::DatesOutOfOrder, at.at("until"))));
    }
    if input.until.is_some_and(|until| until < today) {
        return Ok(Err(wrong(GrantProblem::AlreadyOver, at.at("until"))));
    }
    let (holder, engagement) = match holder(session, input).await? {
        Ok(found) => found,
        Err(problem) => return Ok(Err(problem)),
    };
    let key = ExternalKey::Role(input.role.clone());
    let Some(role) = named::<id::Role>(session, key).await? else {
        return Ok(Err(wrong(GrantProblem::NotFound, at.at("role"))));
    };
    let Some(scope) = scope(session, &input.scope).await? else {
        let path = at.at("scope").at(input.scope.field());
        return Ok(Err(wrong(GrantProblem::NotFound, path)));
    };
    let ordered_by = match &input.ordered_by {
        Some(orderer) => {
            let key = ExternalKey::Principal(PrincipalKey::Person(orderer.clone()));
            let Some((person, _)) = named::<id::Person>(session, key).await? else {
                return Ok(Err(wrong(GrantProblem::NotFound, at.at("orderedBy"))));
            };
            Some(person)
        }
        None => match session.operation().actor().kind() {
            PrincipalKind::Person { person, .. } => Some(*person),
            PrincipalKind::Service { .. } => None,
        },
    };
    Ok(Ok(GrantDraft {
        id: fresh(session.clock()),
        holder,
        engagement,
        role: role.0,
        scope,
        from,
        until: input.until,
        needs_and_risk_analysis: input.needs_and_risk_analysis.clone(),
        analysis_review_by: input.analysis_review_by,
        ordered_by,
        approved_by: None,
        approved_by_individual: None,
    }))
}

async fn holder(
    session: &Session,
    input: &NewGrant,
) -> Result<Form<(Holder, Option<EngagementId>)>, ServiceError> {
    let at = InputPath::input();
    let key = ExternalKey::Principal(input.principal.clone());
    match &input.principal {
        PrincipalKey::Person(_) => {
            let Some((person, permit)) = named::<id::Person>(session, key).await? else {
                let path = at.at("principal").at("hsaId");
                return Ok(Err(wrong(GrantProblem::NotFound, path)));
            };
            let engagement = engagement(session, input, &permit).await?;
            Ok(engagement.map(|engagement| (Holder::Person(person), Some(engagement))))
        }
        PrincipalKey::Service(_) => {
            let Some((service, _)) = named::<id::Service>(session, key).await? else {
                let path = at.at("principal").at("clientId");
                return Ok(Err(wrong(GrantProblem::NotFound, path)));
            };
            if input.engagement.is_some() {
                let path = at.at("engagement");
                return Ok(Err(wrong(GrantProblem::EngagementOfAnother, path)));
            }
            Ok(Ok((Holder::Service(service), None)))
        }
    }
}

async fn engagement(
    session: &Session,
    input: &NewGrant,
    person: &Permit<Read<id::Person>>,
) -> Result<Form<EngagementId>, ServiceError> {
    let path = InputPath::input().at("engagement");
    let held = write::engagements_to_rest_on(session.snapshot(), person).await?;
    let Some(name) = &input.engagement else {
        let only = only_live(session, &held);
        return Ok(only.ok_or_else(|| wrong(GrantProblem::EngagementRequired, path)));
    };
    let key = ExternalKey::Engagement(name.clone());
    let Some((engagement, _)) = named::<id::Engagement>(session, key).await? else {
        return Ok(Err(wrong(GrantProblem::NotFound, path)));
    };
    if held.iter().any(|held| held.id == engagement) {
        Ok(Ok(engagement))
    } else {
        Ok(Err(wrong(GrantProblem::EngagementOfAnother, path)))
    }
}

fn only_live(session: &Session, held: &[Held]) -> Option<EngagementId> {
    let (calendar, now) = (session.calendar(), session.operation().now());
    let mut live = held.iter().filter(|held| {
        let ended = held
            .until
            .is_some_and(|day| calendar.ends_with_grace(day) <= now);
        calendar.starts(held.from) <= now && !ended
    });
    match (live.next(), live.next()) {
        (Some(only), None) => Some(only.id),
        _ => None,
    }
}

async fn scope(session: &Session, name: &ScopeName) -> Result<Option<Scope>, ServiceError> {
    Ok(match name {
        ScopeName::Installation => Some(Scope::Installation),
        ScopeName::Organisation(hsa_id) => {
            let key = ExternalKey::Organisation(hsa_id.clone());
            named::<id::Organisation>(session, key)
                .await?
                .map(|(id, _)| Scope::Organisation(id))
        }
        ScopeName::System(name) => {
            let key = ExternalKey::System(name.clone());
            named::<id::System>(session, key)
                .await?
                .map(|(id, _)| Scope::System(id))
        }
        ScopeName::Segment(name) => {
            let key = ExternalKey::Segment(name.clone());
            named::<id::Segment>(session, key)
                .await?
                .map(|(id, _)| Scope::Segment(id))
        }
        ScopeName::Database(name) => {
            let key = ExternalKey::Database(name.clone());
            named::<id::Database>(session, key)
                .await?
                .map(|(id, _)| Scope::Database(id))
        }
    })
}

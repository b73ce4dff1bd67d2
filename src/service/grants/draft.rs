//! From names in a form to a grant that can be decided on.
//!
//! Apart from the use case because every name is looked up as the caller, one by one, and each can be
//! wrong: the form is told all of it at once.

use crate::error::{InputPath, Problem, ServiceError};
use crate::register::{Named, named};
use crate::session::Session;
use domain::Date;
use domain::action::Read;
use domain::clock::fresh;
use domain::facts::{EngagementFacts, Scope};
use domain::id::{self, EngagementId, Id, PersonId, RoleId};
use domain::target::{ExternalKey, GrantDraft, Holder, PrincipalKey, ScopeName};
use gate::Permit;

use super::{GrantProblem, NewGrant, Problems};

/// What a form describes.
pub(super) struct Drafted {
    /// The grant, without what the form got wrong; `None`: what is decided about it would be of another grant.
    pub(super) draft: Option<GrantDraft>,
    /// Everything that the form got wrong.
    pub(super) wrong: Problems,
}

/// The grant that the form describes, and everything that it got wrong. Every name is looked up whatever became of
/// the others, so what is wrong with one does not show by how soon the answer comes.
pub(super) async fn draft(session: &Session, input: &NewGrant) -> Result<Drafted, ServiceError> {
    let mut wrong = Problems::new();
    let from = days(session, input, &mut wrong);
    let (holder, engagement) = holder(session, input, &mut wrong).await?;
    let role = role(session, input, &mut wrong).await?;
    let scope = scope(session, &input.scope, &mut wrong).await?;
    let ordered_by = orderer(session, input, &mut wrong).await?;
    let complete = || {
        Some(GrantDraft {
            id: fresh(session.clock()),
            holder: holder?,
            engagement: engagement.ok()?,
            role: role?,
            scope: scope?,
            from,
            until: input.until,
            needs_and_risk_analysis: input.needs_and_risk_analysis.clone(),
            analysis_review_by: input.analysis_review_by,
            ordered_by,
            approved_by: None,
            approved_by_individual: None,
        })
    };
    let draft = complete();
    Ok(Drafted { draft, wrong })
}

/// The form is wrong about the engagement, which is noted. It says much of what guardrails ask: without the right one
/// they would refuse what they need not.
struct Unfounded;

/// The engagement that a grant rests on; `None`: none, as a service's.
type Rests = Result<Option<EngagementId>, Unfounded>;

/// The first day.
fn days(session: &Session, input: &NewGrant, wrong: &mut Problems) -> Date {
    let today = session.operation().now().date();
    let from = input.from.unwrap_or(today);
    if input.until.is_some_and(|until| until < from) {
        wrong.push(GrantProblem::DatesOutOfOrder.into());
    } else if input.until.is_some_and(|until| until < today) {
        wrong.push(GrantProblem::AlreadyOver.into());
    }
    from
}

/// Who shall hold it and, of a person, on which engagement.
async fn holder(
    session: &Session,
    input: &NewGrant,
    wrong: &mut Problems,
) -> Result<(Option<Holder>, Rests), ServiceError> {
    let key = ExternalKey::Principal(input.principal.clone());
    let at = InputPath::input().at("principal");
    Ok(match &input.principal {
        PrincipalKey::Person(_) => {
            let found = named::<id::Person>(session, key).await?;
            let permit = found.as_ref().ok().map(|(_, permit)| permit);
            let engagement = engagement(session, input, permit, wrong).await?;
            let person = noted(&found, at.at("hsaId"), wrong);
            (person.map(Holder::Person), engagement)
        }
        PrincipalKey::Service(_) => {
            let engagement = match input.engagement {
                Some(_) => Err(unfounded(GrantProblem::EngagementOfAnother, wrong)),
                None => Ok(None),
            };
            let found = named::<id::Service>(session, key).await?;
            let service = noted(&found, at.at("clientId"), wrong);
            (service.map(Holder::Service), engagement)
        }
    })
}

fn unfounded(problem: GrantProblem, wrong: &mut Problems) -> Unfounded {
    wrong.push(problem.into());
    Unfounded
}

/// The engagement, as far as it can be told without the person.
async fn engagement(
    session: &Session,
    input: &NewGrant,
    person: Option<&Permit<Read<id::Person>>>,
    wrong: &mut Problems,
) -> Result<Rests, ServiceError> {
    let held = person.map(|person| session.operation().engagements(person));
    let Some(name) = &input.engagement else {
        return Ok(match held.map(|held| only_live(session, &held)) {
            Some(None) => Err(unfounded(GrantProblem::EngagementRequired, wrong)),
            only => Ok(only.flatten()),
        });
    };
    let key = ExternalKey::Engagement(name.clone());
    let found = named::<id::Engagement>(session, key).await?;
    let Some(engagement) = noted(&found, InputPath::input().at("engagement"), wrong) else {
        return Ok(Err(Unfounded));
    };
    let is_of_another = |held: &Vec<EngagementFacts>| held.iter().all(|held| held.id != engagement);
    if held.as_ref().is_some_and(is_of_another) {
        return Ok(Err(unfounded(GrantProblem::EngagementOfAnother, wrong)));
    }
    Ok(Ok(Some(engagement)))
}

async fn role(
    session: &Session,
    input: &NewGrant,
    wrong: &mut Problems,
) -> Result<Option<RoleId>, ServiceError> {
    let key = ExternalKey::Role(input.role.clone());
    let found = named::<id::Role>(session, key).await?;
    Ok(noted(&found, InputPath::input().at("role"), wrong))
}

/// Who orders it: whom the form names, else the caller, when a person.
async fn orderer(
    session: &Session,
    input: &NewGrant,
    wrong: &mut Problems,
) -> Result<Option<PersonId>, ServiceError> {
    let Some(orderer) = &input.ordered_by else {
        return Ok(session.operation().actor().holder().person());
    };
    let key = ExternalKey::Principal(PrincipalKey::Person(orderer.clone()));
    let found = named::<id::Person>(session, key).await?;
    Ok(noted(&found, InputPath::input().at("orderedBy"), wrong))
}

fn only_live(session: &Session, held: &[EngagementFacts]) -> Option<EngagementId> {
    let now = session.operation().now();
    let mut live = held.iter().filter(|held| {
        let has_ended = held.ends.is_some_and(|end| end <= now);
        held.starts <= now && !has_ended
    });
    match (live.next(), live.next()) {
        (Some(only), None) => Some(only.id),
        _ => None,
    }
}

async fn scope(
    session: &Session,
    name: &ScopeName,
    wrong: &mut Problems,
) -> Result<Option<Scope>, ServiceError> {
    let path = InputPath::input().at("scope").at(name.kind());
    Ok(match name {
        ScopeName::Installation => Some(Scope::Installation),
        ScopeName::Organisation(hsa_id) => {
            let key = ExternalKey::Organisation(hsa_id.clone());
            let found = named::<id::Organisation>(session, key).await?;
            noted(&found, path, wrong).map(Scope::Organisation)
        }
        ScopeName::System(name) => {
            let found = named::<id::System>(session, ExternalKey::System(name.clone())).await?;
            noted(&found, path, wrong).map(Scope::System)
        }
        ScopeName::Segment(name) => {
            let found = named::<id::Segment>(session, ExternalKey::Segment(name.clone())).await?;
            noted(&found, path, wrong).map(Scope::Segment)
        }
        ScopeName::Database(name) => {
            let found = named::<id::Database>(session, ExternalKey::Database(name.clone())).await?;
            noted(&found, path, wrong).map(Scope::Database)
        }
    })
}

/// What was found, or a note that it was not.
fn noted<K>(found: &Named<K>, path: InputPath, wrong: &mut Problems) -> Option<Id<K>> {
    match found {
        Ok((id, _)) => Some(*id),
        Err(missing) => {
            wrong.push(Problem::at(GrantProblem::NotFound(*missing), path));
            None
        }
    }
}

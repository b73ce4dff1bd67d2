//! What decisions are asked for by.

use async_graphql::{ID, InputObject};

use crate::kinds::{DecisionOutcome, ReviewState};
use crate::scalar::{AnyId, Date, DateTime, IdOf, Permission};
use domain::target::PrincipalKey;
use domain::text::HsaIdError;
use domain::{HsaId, id};
use service::decisions::{DecisionSelection, PartyName, StatsSelection};
use service::error::{InputPath, ServiceError};

use super::Narrowing;

/// Which decisions; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct DecisionFilter {
    /// Only those about this person or service: an HSA-id, a client id or an id; null: any.
    pub principal: Option<ID>,
    /// Only those about a person who is this human being; null: any.
    pub individual: Option<IdOf<id::Individual>>,
    /// Only those on the question of this person or service: an HSA-id, a client id or an id; null: any.
    pub asker: Option<ID>,
    /// Only those with this answer; null: any.
    pub outcome: Option<DecisionOutcome>,
    /// Only those for this permission; null: any.
    pub permission: Option<Permission>,
    /// Only those aimed at this, or lists that showed it; null: any.
    pub resource: Option<AnyId>,
    /// Only those about something in this system; null: any.
    pub system: Option<IdOf<id::System>>,
    /// Only those aimed at something that was this organisation or below it when it was decided; null: any.
    pub organisation: Option<IdOf<id::Organisation>>,
    /// Only those about somebody who belonged to this organisation or below it when it was decided;
    /// null: any.
    pub principal_organisation: Option<IdOf<id::Organisation>>,
    /// Only those whose first reason is the policy of this id; null: any.
    pub policy: Option<String>,
    /// Only those in which the policy of this id had a say: as a reason, by discounting a grant, or as a
    /// guardrail that is not enforced; null: any.
    pub reason: Option<String>,
    /// Only those with a sign-in of this level; null: any.
    pub assurance_level: Option<u8>,
    /// Only those that opened something in an emergency and whose review has come so far; null: any. What waits is
    /// no longer listed as soon as it has been reviewed.
    pub review: Option<ReviewState>,
    /// Only those recorded at this instant or later; null: any.
    pub recorded_from: Option<DateTime>,
    /// Only those recorded earlier than this instant; null: any.
    pub recorded_before: Option<DateTime>,
}

impl Narrowing<DecisionSelection> for DecisionFilter {
    fn selection(self, path: &InputPath) -> Result<DecisionSelection, ServiceError> {
        Ok(DecisionSelection {
            principal: party(path, "principal", self.principal)?,
            individual: self.individual.map(|id| id.0),
            asker: party(path, "asker", self.asker)?,
            outcome: self.outcome.map(Into::into),
            permission: self.permission.map(|name| name.0),
            resource: self.resource.map(|id| id.0),
            system: self.system.map(|id| id.0),
            organisation: self.organisation.map(|id| id.0),
            principal_organisation: self.principal_organisation.map(|id| id.0),
            policy: path.text_if("policy", self.policy.as_deref())?,
            reason: path.text_if("reason", self.reason.as_deref())?,
            level: self.assurance_level,
            review: self.review.map(Into::into),
            from: self.recorded_from.map(|at| at.0),
            before: self.recorded_before.map(|at| at.0),
        })
    }
}

/// A person or service by id, HSA-id or client id, without the spaces that were pasted along its ends.
fn party(
    path: &InputPath,
    field: &str,
    given: Option<ID>,
) -> Result<Option<PartyName>, ServiceError> {
    let read = |given: ID| {
        let text = given.trim();
        if let Ok(id) = text.parse() {
            return Ok(PartyName::Id(id));
        }
        // Whoever looks for somebody need not know in which case the id is spelled.
        match HsaId::given(text).or_else(|_| HsaId::given(&text.to_ascii_uppercase())) {
            Ok(person) => Ok(PartyName::Key(PrincipalKey::Person(person))),
            Err(spaced @ HsaIdError::Space) => Err(ServiceError::Input {
                path: path.at(field),
                problem: spaced.words(),
            }),
            Err(_) => {
                let client = path.text(field, text)?;
                Ok(PartyName::Key(PrincipalKey::Service(client)))
            }
        }
    };
    given.map(read).transpose()
}

/// Which decisions are counted; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct DecisionStatsFilter {
    /// Only those recorded on this day (Europe/Stockholm) or later; null: any.
    pub day_from: Option<Date>,
    /// Only those recorded before this day (Europe/Stockholm); null: any.
    pub day_before: Option<Date>,
    /// Only those with this answer; null: any.
    pub outcome: Option<DecisionOutcome>,
    /// Only those whose first reason is the policy of this id; null: any.
    pub policy: Option<String>,
    /// Only those about something in this system; null: any.
    pub system: Option<IdOf<id::System>>,
    /// Only those with a sign-in of this level; null: any.
    pub assurance_level: Option<u8>,
}

impl Narrowing<StatsSelection> for DecisionStatsFilter {
    fn selection(self, path: &InputPath) -> Result<StatsSelection, ServiceError> {
        Ok(StatsSelection {
            from: self.day_from.map(|day| day.0),
            before: self.day_before.map(|day| day.0),
            outcome: self.outcome.map(Into::into),
            reason: path.text_if("policy", self.policy.as_deref())?,
            system: self.system.map(|id| id.0),
            level: self.assurance_level,
        })
    }
}

//! People and services, without grants.

use std::collections::{BTreeMap, BTreeSet};

use domain::facts::{
    Answerable, BestSignIn, EngagementFacts, EngagementKind, PrincipalFacts, PrincipalKind,
};
use domain::id::{EngagementId, IndividualId, OrganisationId, PersonId, ServiceId};
use domain::target::{Place, PrincipalKey};
use domain::{EntityKind, EntityRef, Instant};

use crate::index::Relation;
use crate::things::{Engagement, Individual, Person, Service};
use crate::{Ambiguous, At};

/// For how long a completed security training counts, in days.
const TRAINING_DAYS: i32 = 365;

/// A person or service as the register knows it, without grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalRecord {
    /// What policies may ask about; `grants` is empty.
    pub facts: PrincipalFacts,
    /// The HSA-id or client id.
    pub external: String,
    /// Where it belongs.
    pub place: Place,
}

/// The kind of card that is handed out on less than level 3 takes.
const RESERVE_CARD: &str = "siths-reserve";

impl At<'_> {
    /// The people who have no card, or anything as good, to sign in with, each with the best that they have.
    #[must_use]
    pub fn without_card(&self) -> BTreeMap<EntityRef, BestSignIn> {
        let people = self.region.all::<Person>();
        let best = people.filter_map(|(id, person)| {
            let mut kinds = person.credentials.split_whitespace().peekable();
            let has_any = kinds.peek().is_some();
            if kinds.any(|kind| kind != RESERVE_CARD) {
                None
            } else if has_any {
                Some((id, BestSignIn::ReserveCard))
            } else {
                Some((id, BestSignIn::Password))
            }
        });
        best.collect()
    }

    /// A person or service by name; and what the answer rests on.
    ///
    /// # Errors
    /// When more than one has the name.
    pub fn principal(
        &self,
        key: &PrincipalKey,
    ) -> Result<(Option<PrincipalRecord>, BTreeSet<String>), Ambiguous> {
        let mut depends = BTreeSet::from([key.dependency()]);
        let kind = match key {
            PrincipalKey::Person(_) => EntityKind::Person,
            PrincipalKey::Service(_) => EntityKind::Service,
        };
        let id = self.region.the_one(kind, key.as_str())?;
        let Some(facts) = id.and_then(|id| self.principal_facts(id)) else {
            return Ok((None, depends));
        };
        let units = match &facts.kind {
            PrincipalKind::Person { engagements, .. } => units_of(engagements, self.now),
            PrincipalKind::Service { organisation, .. } => vec![*organisation],
        };
        let place = self.region.lineage(&units).place;
        depends.insert(facts.id.to_string());
        // Which care provider somebody works for is said by what is above their units.
        depends.extend(place.path.iter().map(ToString::to_string));
        if let PrincipalKind::Service { stewards, .. } = &facts.kind {
            depends.extend(stewards.keys().map(ToString::to_string));
        }
        let record = PrincipalRecord {
            facts,
            external: key.as_str().to_owned(),
            place,
        };
        Ok((Some(record), depends))
    }

    /// A person or service, without grants; `None`: it is not there.
    pub(crate) fn principal_facts(&self, id: EntityRef) -> Option<PrincipalFacts> {
        let person = id.to_id().ok().and_then(|id| self.person_facts(id));
        person.or_else(|| self.service_facts(id.to_id().ok()?))
    }

    fn person_facts(&self, id: PersonId) -> Option<PrincipalFacts> {
        let person: &Person = self.region.get(id)?;
        let individual: Option<&Individual> = self.region.get(person.individual);
        let engagements = self.engagements(id);
        let trained = person.training_completed_on;
        let trained = trained.and_then(|day| day.plus_days(TRAINING_DAYS));
        let starts = engagements.iter().map(|engagement| engagement.starts).min();
        let ends = [last_end(&engagements), individual?.suspended_at];
        Some(PrincipalFacts {
            id: id.into(),
            starts: starts.unwrap_or(Instant::NEVER),
            ends: ends.into_iter().flatten().min(),
            kind: PrincipalKind::Person {
                person: id,
                hsa_id: person.hsa_id.clone(),
                individual: person.individual,
                training_valid_until: trained.map(|day| self.calendar.ends(day)),
                engagements,
            },
            grants: Vec::new(),
        })
    }

    fn service_facts(&self, id: ServiceId) -> Option<PrincipalFacts> {
        let service: &Service = self.region.get(id)?;
        let steward = |person: &PersonId| Some((*person, self.individual_of(*person)?));
        let stewards = [&service.owner, &service.deputy].into_iter().flatten();
        Some(PrincipalFacts {
            id: id.into(),
            starts: self.calendar.starts(service.from),
            ends: service.until.map(|day| self.calendar.ends(day)),
            kind: PrincipalKind::Service {
                service: id,
                client_id: service.external_id.clone(),
                organisation: service.organisation,
                trusted_to_assert: service.trusted_to_assert,
                declared_scope: service.declared_scope,
                stewards: stewards.filter_map(steward).collect::<BTreeMap<_, _>>(),
            },
            grants: Vec::new(),
        })
    }

    /// The human being behind a person.
    pub(crate) fn individual_of(&self, person: PersonId) -> Option<IndividualId> {
        let person: &Person = self.region.get(person)?;
        Some(person.individual)
    }

    /// Every engagement of a person, by first day.
    #[must_use]
    pub fn engagements(&self, person: PersonId) -> Vec<EngagementFacts> {
        let mut engaged: Vec<(EngagementId, &Engagement)> = self.engaged(person).collect();
        engaged.sort_by_key(|(id, engagement)| (engagement.from, *id));
        let engaged = engaged.into_iter();
        engaged
            .map(|(id, engagement)| self.engagement(id, engagement))
            .collect()
    }

    fn engaged(&self, person: PersonId) -> impl Iterator<Item = (EngagementId, &Engagement)> {
        let ids = self.region.users(person, Relation::Engaged);
        ids.filter_map(|id| Some((id.to_id().ok()?, self.region.get(id)?)))
    }

    fn engagement(&self, id: EngagementId, told: &Engagement) -> EngagementFacts {
        EngagementFacts {
            id,
            kind: told.kind,
            employer: told.employer,
            unit: told.unit,
            care_provider: self.region.care_provider(told.unit),
            starts: self.calendar.starts(told.from),
            ends: told.until.map(|day| self.calendar.ends_with_grace(day)),
            absent_from: told.absent_from.map(|day| self.calendar.starts(day)),
            absent_until: told.absent_until.map(|day| self.calendar.ends(day)),
            has_responsible: told.responsible.is_some(),
            responsible: None,
        }
    }

    /// An engagement, with who answers for it.
    pub(crate) fn answered(&self, id: EngagementId) -> Option<EngagementFacts> {
        let told: &Engagement = self.region.get(id)?;
        Some(EngagementFacts {
            responsible: told.responsible.and_then(|person| self.answerable(person)),
            ..self.engagement(id, told)
        })
    }

    /// Whose the engagement is.
    pub(crate) fn engaged_by(&self, id: EngagementId) -> Option<PersonId> {
        let told: &Engagement = self.region.get(id)?;
        Some(told.person)
    }

    /// A manager or sponsor: somebody who is or was of the region's own staff.
    fn answerable(&self, person: PersonId) -> Option<Answerable> {
        let individual = self.individual_of(person)?;
        let human: &Individual = self.region.get(individual)?;
        let own = self.engaged(person).filter(|(_, engagement)| {
            let kinds = [EngagementKind::Employee, EngagementKind::Hourly];
            kinds.contains(&engagement.kind) && engagement.from <= self.today
        });
        let last: Vec<_> = own.map(|(_, engagement)| engagement.until).collect();
        if last.is_empty() {
            return None;
        }
        let ended: Option<Vec<_>> = last.into_iter().collect();
        let ended = ended.and_then(|days| days.into_iter().max());
        let ends = ended.map(|day| self.calendar.ends_with_grace(day));
        Some(Answerable {
            person,
            individual,
            ends: [ends, human.suspended_at].into_iter().flatten().min(),
        })
    }
}

/// The units of the live engagements, else the unit of the one that ended last, else of the one that begins first.
pub(crate) fn units_of(engagements: &[EngagementFacts], now: Instant) -> Vec<OrganisationId> {
    let mut units: Vec<OrganisationId> = Vec::new();
    for engagement in engagements.iter().filter(|one| one.is_live(now)) {
        if !units.contains(&engagement.unit) {
            units.push(engagement.unit);
        }
    }
    if units.is_empty() {
        let ended = engagements
            .iter()
            .filter(|one| one.ends.is_some_and(|ends| ends <= now));
        let last = ended
            .max_by_key(|one| one.ends)
            .or_else(|| engagements.first());
        units.extend(last.map(|engagement| engagement.unit));
    }
    units
}

/// When the last engagement ends; `None` while one has no end.
fn last_end(engagements: &[EngagementFacts]) -> Option<Instant> {
    let ends: Option<Vec<Instant>> = engagements.iter().map(|one| one.ends).collect();
    ends.map(|ends| ends.into_iter().max().unwrap_or(Instant::from_micros(0)))
}

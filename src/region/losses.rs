//! What a unit would lose at once if engagements ceased to count: for the brake that stands before whatever takes from
//! many.
//!
//! What ceased to count, or soon will, by what was said since yesterday counts as lost with it, so that what is sent piece
//! by piece on a day is weighed as one.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::{EngagementId, OrganisationId, PersonId, RoleId};

use crate::At;
use crate::index::Relation;
use crate::things::{Engagement, Grant, Role};

/// What would be taken too much of, at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// Of those who may use patient data in the unit, so many of so many.
    Readers {
        /// How many would lose it, those who lost it since yesterday included.
        lost: usize,
        /// How many had it yesterday.
        of: usize,
    },
    /// A role's last holder in the unit.
    LastHolder,
}

/// How many of a hundred who may use patient data in a unit may lose that at once.
const MOST_READERS: usize = 10;
/// How many days ahead it is looked.
const SOON: i32 = 14;
/// So few may always.
const FEW: usize = 1;

/// Somebody of a unit, with the roles that rest on the engagement there.
struct Member {
    engagement: EngagementId,
    person: PersonId,
    roles: BTreeSet<RoleId>,
    gone: bool,
}

impl At<'_> {
    /// The engagements among those that would take too much from their unit at once if they ceased to count, with the first
    /// reason. `lately`: those of which something was said since yesterday, and before that too.
    #[must_use]
    pub fn losses(
        &self,
        ends: &BTreeSet<EngagementId>,
        lately: &BTreeSet<EngagementId>,
    ) -> BTreeMap<EngagementId, Loss> {
        let units: BTreeSet<OrganisationId> = (ends.iter())
            .filter_map(|id| Some(self.region.get::<Engagement>(*id)?.unit))
            .collect();
        let mut losses = BTreeMap::new();
        for unit in units {
            let members = self.members(unit, ends, lately);
            for (engagement, loss) in self.of_unit(&members, ends) {
                losses.entry(engagement).or_insert(loss);
            }
        }
        losses
    }

    /// Those who work in the unit, or did yesterday.
    fn members(
        &self,
        unit: OrganisationId,
        ends: &BTreeSet<EngagementId>,
        lately: &BTreeSet<EngagementId>,
    ) -> Vec<Member> {
        let yesterday = self.today.plus_days(-1).unwrap_or(self.today);
        let engagements = self.region.users(unit, Relation::Unit);
        let members = engagements.filter_map(|id| {
            let engagement: EngagementId = id.to_id().ok()?;
            let told: &Engagement = self.region.get(engagement)?;
            let here = told.from <= self.today && told.until.is_none_or(|until| until >= yesterday);
            let changed = lately.contains(&engagement);
            (here || changed).then(|| Member {
                engagement,
                person: told.person,
                roles: self.resting_on(engagement, told.person),
                gone: ends.contains(&engagement)
                    || told.until.is_some_and(|until| until <= self.today)
                    || changed && self.ceases_soon(told),
            })
        });
        members.collect()
    }

    /// Whether there is a day in the next two weeks on which it does not count.
    fn ceases_soon(&self, told: &Engagement) -> bool {
        let soon = self.today.plus_days(SOON).unwrap_or(self.today);
        let absent = told.absent_from.is_some_and(|from| from <= soon)
            && told.absent_until.is_none_or(|until| until >= self.today);
        absent || self.today < told.from || told.until.is_some_and(|until| until < soon)
    }

    /// The roles of the grants in force that rest on the engagement, or would if it had not just ended.
    fn resting_on(&self, engagement: EngagementId, person: PersonId) -> BTreeSet<RoleId> {
        let grants = self.region.users(person, Relation::HeldBy);
        let grants = grants.filter_map(|id| self.region.get::<Grant>(id));
        let counting = grants.filter(|grant| {
            grant.engagement == Some(engagement)
                && grant.revoked_at.is_none()
                && grant.from <= self.today
                && grant.until.is_none_or(|until| until >= self.today)
        });
        counting.map(|grant| grant.role).collect()
    }

    fn of_unit(
        &self,
        members: &[Member],
        ends: &BTreeSet<EngagementId>,
    ) -> Vec<(EngagementId, Loss)> {
        let reads = |member: &&Member| {
            let roles = member.roles.iter();
            let mut roles = roles.filter_map(|role| self.region.get::<Role>(*role));
            roles.any(|role| role.patient_data)
        };
        let ending = |member: &&Member| ends.contains(&member.engagement);
        let mut losses = Vec::new();
        let (lost, of) = lost_of(members.iter().filter(reads));
        if lost > FEW && lost * 100 > of * MOST_READERS {
            let readers = members.iter().filter(reads).filter(ending);
            losses.extend(readers.map(|member| (member.engagement, Loss::Readers { lost, of })));
        }
        let roles: BTreeSet<RoleId> = members.iter().flat_map(|one| one.roles.clone()).collect();
        for role in roles {
            let holders = || members.iter().filter(|member| member.roles.contains(&role));
            let (lost, of) = lost_of(holders());
            if lost == of {
                let ending = holders().filter(ending);
                losses.extend(ending.map(|member| (member.engagement, Loss::LastHolder)));
            }
        }
        losses
    }
}

/// How many of the people lose what they have by all of their engagements there, and how many they are.
fn lost_of<'m>(members: impl Iterator<Item = &'m Member>) -> (usize, usize) {
    let mut gone: BTreeMap<PersonId, bool> = BTreeMap::new();
    for member in members {
        let all = gone.entry(member.person).or_insert(true);
        *all &= member.gone;
    }
    (gone.values().filter(|gone| **gone).count(), gone.len())
}

#[cfg(test)]
mod tests {
    use domain::id::{GrantId, Id, Kind};
    use domain::{Calendar, EntityRef, Instant};
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::{Region, Told};

    fn id<K: Kind>(number: u128) -> Id<K> {
        EntityRef::new(K::KIND, Uuid::from_u128(number))
            .to_id()
            .unwrap()
    }

    fn tell(region: &mut Region, thing: impl Into<EntityRef>, clear: &Value) {
        let told = Told {
            clear: clear.as_object().cloned().unwrap(),
            ..Told::default()
        };
        region.tell(thing.into(), told).unwrap();
    }

    /// A ward with so many nurses, and a manager who is one of them.
    fn ward(nurses: u128) -> Region {
        let mut region = Region::default();
        let ward: OrganisationId = id(1);
        tell(&mut region, ward, &json!({ "hsaId": "SE2321000016-1" }));
        let [nurse, manager]: [RoleId; 2] = [id(1), id(2)];
        tell(
            &mut region,
            nurse,
            &json!({ "externalId": "n", "patientData": true }),
        );
        tell(&mut region, manager, &json!({ "externalId": "m" }));
        for n in 1..=nurses {
            let (person, engagement): (PersonId, EngagementId) = (id(n), id(n));
            let hsa = format!("SE2321000016-{n}00");
            tell(
                &mut region,
                person,
                &json!({ "hsaId": hsa, "individual": id::<domain::id::Individual>(n) }),
            );
            tell(
                &mut region,
                engagement,
                &json!({ "externalId": hsa, "person": person, "type": "employee",
                "employer": ward, "unit": ward, "from": "2020-01-01" }),
            );
            let roles = [nurse].into_iter().chain((n == 1).then_some(manager));
            for (nth, role) in roles.enumerate() {
                let grant: GrantId = id(n * 10 + nth as u128);
                tell(
                    &mut region,
                    grant,
                    &json!({ "externalId": hsa, "person": person, "engagement": engagement,
                    "role": role, "scopeKind": "organisation", "organisation": ward, "from": "2020-01-01",
                    "origin": "baseline" }),
                );
            }
        }
        region
    }

    fn losses(region: &Region, ends: impl IntoIterator<Item = u128>) -> Vec<(u128, Loss)> {
        let now: Instant = "2026-11-30T08:00:00Z".parse().unwrap();
        let at = region.at(Calendar::default(), now);
        let losses = at.losses(&ends.into_iter().map(id).collect(), &BTreeSet::new());
        let number = |engagement| (1..=20).find(|n| id(*n) == engagement).unwrap();
        let losses = losses.into_iter();
        losses.map(|(id, loss)| (number(id), loss)).collect()
    }

    #[test]
    fn a_ward_may_lose_one_and_not_more_than_a_tenth_at_once() {
        assert_eq!(losses(&ward(5), [2]), []);
        let two = Loss::Readers { lost: 2, of: 5 };
        assert_eq!(losses(&ward(5), [2, 3]), [(2, two), (3, two)]);
        assert_eq!(losses(&ward(20), [2, 3]), []);
        assert_eq!(losses(&ward(20), [2, 3, 4]).len(), 3);
    }

    #[test]
    fn nobody_is_the_last_of_a_role_to_go() {
        assert_eq!(losses(&ward(20), [1, 2]), [(1, Loss::LastHolder)]);
        assert_eq!(losses(&ward(1), [1]), [(1, Loss::LastHolder)]);
    }
}

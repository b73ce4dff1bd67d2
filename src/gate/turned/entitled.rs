//! Who could do a thing: everybody who holds the permission, decided one by one.
//!
//! Nothing of the register is open to anybody without a grant that confers what is asked for (one's own entry
//! is, and no such target), so whoever holds none need not be asked about; a test compares with everybody.
//!
//! What somebody uses a system for is mostly its records. A report about a system or an organisation therefore
//! asks about the thing itself, and then about the records that lie there, as `authorize` is asked about one.

use domain::action::{Reach, Read};
use domain::facts::{Asked, Circumstances, GrantFacts, PrincipalFacts, TargetFacts};
use domain::target::{RecordDescription, TargetKey};
use domain::verdict::{Obligation, Reason, Stages, Verdict};
use domain::{EntityRef, Instant, PermissionName};

use super::pause;
use super::records::Records;
use crate::operation::Operation;
use crate::permit::Permit;
use crate::refusal::Refusal;
use crate::worked::with_companions;
use region::RolesOf;

/// Somebody who would be allowed something.
#[derive(Debug, Clone)]
pub struct Entitled {
    /// The person or service.
    pub id: EntityRef,
    /// The grants that it rests on.
    pub grants: Vec<GrantFacts>,
    /// What an allow would ask of the asker.
    pub obligations: Vec<Obligation>,
    /// What guardrails that are not enforced yet would have refused.
    pub would_refuse: Vec<Reason>,
    /// Whether it is only allowed on some of the records there, and not on the thing as a whole.
    pub only_records: bool,
}

/// What somebody could do something to.
struct About {
    thing: TargetFacts,
    asked: Asked,
    stages: Stages,
    /// The records that lie there; `None`: it is not what is done to records, or the thing is one.
    records: Option<Records>,
}

impl Operation {
    /// Who would be allowed to exercise the permission on what the permit is about, now and with the strongest
    /// sign-in, in the order of the ids: so many, after that one. `record`: on such a record of that organisation.
    ///
    /// # Errors
    /// The register could not be read.
    pub async fn entitled(
        &self,
        permit: &Permit<Read<Reach>>,
        permission: &PermissionName,
        record: Option<RecordDescription>,
        (after, most): (Option<EntityRef>, usize),
    ) -> Result<Vec<Entitled>, Refusal> {
        let Some(about) = self.about(permit, permission, record).await? else {
            return Ok(Vec::new());
        };
        let of = about.roles();
        let mut entitled = Vec::new();
        let asked = with_companions(permission);
        let holders = self.register.at().holders(permission, of).into_iter();
        for holder in holders.filter(|id| after.is_none_or(|after| *id > after)) {
            pause().await;
            let principal = self.register.at().holding(holder, Some(&asked));
            entitled.extend(principal.and_then(|one| self.entitled_one(&about, &one)));
            if entitled.len() >= most {
                break;
            }
        }
        Ok(entitled)
    }

    async fn about(
        &self,
        permit: &Permit<Read<Reach>>,
        permission: &PermissionName,
        record: Option<RecordDescription>,
    ) -> Result<Option<About>, Refusal> {
        let place = *permit.target();
        let is_record = record.is_some();
        let key = record.map_or(TargetKey::Entity(place), |record| {
            TargetKey::Record(Box::new(record))
        });
        let target = self.target(key).await?;
        let asked = self.treated(permission, &target);
        let asked = asked.found.unwrap_or_else(|| Asked::untreated(permission));
        let Some(target) = target.found else {
            return Ok(None);
        };
        let thing = target.facts().clone();
        let records = if is_record {
            None
        } else {
            Records::in_place(&self.register.at(), &thing, &asked)
        };
        Ok(Some(About {
            stages: self.register.at().stages(thing.staged_at()),
            thing,
            asked,
            records,
        }))
    }

    fn entitled_one(&self, about: &About, principal: &PrincipalFacts) -> Option<Entitled> {
        let under = [strongest(self.now)];
        let set = &self.policies.set;
        let permission = &about.asked.permission;
        let prepared = set.prepared(principal, permission, self.now, &about.stages);
        let verdicts = prepared.decide_each(&about.asked, &about.thing, &under);
        let whole = verdicts.iter().find(|verdict| verdict.is_allowed());
        if let Some(verdict) = whole {
            return Some(Entitled::by(verdict, principal, false));
        }
        let mildest = about.records.as_ref()?.mildest(set, principal, &under[0])?;
        Some(Entitled::by(&mildest, principal, true))
    }
}

impl About {
    /// Of what the roles are that can have a say.
    fn roles(&self) -> RolesOf {
        let system = self.thing.system.as_ref().map(|system| system.id);
        match (system, &self.records) {
            (None, Some(_)) => RolesOf::Everything,
            (system, _) => RolesOf::System(system),
        }
    }
}

impl Entitled {
    fn by(verdict: &Verdict, principal: &PrincipalFacts, only_records: bool) -> Self {
        let grants = principal.grants.iter();
        let matched = grants.filter(|grant| verdict.matched.contains(&grant.id));
        Self {
            id: principal.id,
            grants: matched.cloned().collect(),
            obligations: verdict.obligations.clone(),
            would_refuse: verdict.would_refuse.clone(),
            only_records,
        }
    }
}

/// Nobody can sign in more strongly, or more recently.
fn strongest(now: Instant) -> Circumstances {
    Circumstances::signed_in(now, 4, true, now)
}

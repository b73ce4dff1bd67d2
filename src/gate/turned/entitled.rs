//! Who could do a thing: everybody who holds the permission, decided one by one.
//!
//! Nothing of the register is open to anybody without a grant that confers what is asked for (one's own entry
//! is, and no such target), so whoever holds none need not be asked about; a test compares with everybody.

use crate::domain::action::{Reach, Read};
use crate::domain::facts::{Circumstances, GrantFacts, PrincipalFacts, Question};
use crate::domain::target::TargetKey;
use crate::domain::verdict::{Obligation, Reason, Verdict};
use crate::domain::{EntityRef, Instant, PermissionName};

use super::administrators::AT_ONCE;
use super::pause;
use crate::gate::ask::untreated;
use crate::gate::facts::RolesOf;
use crate::gate::operation::{Operation, with_companions};
use crate::gate::permit::Permit;
use crate::gate::refusal::Refusal;

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
}

impl Operation {
    /// Who would be allowed to exercise the permission on what the permit is about, now and with the strongest
    /// sign-in, in the order of the ids: so many, after that one.
    ///
    /// # Errors
    /// The register could not be read.
    pub async fn entitled(
        &self,
        permit: &Permit<Read<Reach>>,
        permission: &PermissionName,
        mut after: Option<String>,
        most: usize,
    ) -> Result<Vec<Entitled>, Refusal> {
        let target = self
            .target(TargetKey::Entity(permit.target().clone()))
            .await?;
        let asked = self.treated(permission, &target).await?;
        let asked = asked.found.unwrap_or_else(|| untreated(permission));
        let Some(target) = target.found else {
            return Ok(Vec::new());
        };
        let system = target.facts.system.as_ref().map(|system| system.id);
        let stages = self.source.stages(target.facts.staged_at()).await?;
        let of = RolesOf::System(system.or(permit.target().as_str().parse().ok()));
        let mut question = Question {
            principal: self.actor.record.facts.clone(),
            asked,
            target: target.facts,
            circumstances: strongest(self.now),
        };
        let mut entitled = Vec::new();
        loop {
            let name = permission.clone();
            let ids = self.source.holders(name, of, after.take(), AT_ONCE).await?;
            let Some(last) = ids.last() else { break };
            after = Some(last.to_string());
            let asked = Some(with_companions(permission));
            for principal in self.source.holdings(ids, asked).await? {
                pause().await;
                question.principal = principal;
                let verdict = self.policies.set.decide(&question, &stages);
                entitled.extend(Entitled::by(&verdict, &question.principal));
                if entitled.len() >= most {
                    return Ok(entitled);
                }
            }
        }
        Ok(entitled)
    }
}

impl Entitled {
    fn by(verdict: &Verdict, principal: &PrincipalFacts) -> Option<Self> {
        verdict.is_allowed().then(|| {
            let grants = principal.grants.iter();
            let matched = grants.filter(|grant| verdict.matched.contains(&grant.id));
            Self {
                id: principal.id.clone(),
                grants: matched.cloned().collect(),
                obligations: verdict.obligations.clone(),
                would_refuse: verdict.would_refuse.clone(),
            }
        })
    }
}

/// Nobody can sign in more strongly, or more recently.
fn strongest(now: Instant) -> Circumstances {
    Circumstances::signed_in(now, 4, true, now)
}

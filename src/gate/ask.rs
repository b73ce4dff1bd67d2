//! Decisions about somebody else, for a governed system that asks.
//!
//! One event holds both answers: may the asker ask about this target, and what is the answer. Where
//! the asker may not ask, the question is not evaluated and the answer is deny.

use std::sync::Arc;

use domain::action::{Action, AskDecision};
use domain::built_in::BuiltIn;
use domain::clock::fresh;
use domain::facts::{Asked, Assurance, AssuranceSource, Circumstances, GrantFacts, PrincipalKind};
use domain::id::EventId;
use domain::target::{PrincipalKey, TargetKey};
use domain::verdict::{Outcome, Verdict};
use domain::{Instant, PermissionName, ServicePermission};
use region::PrincipalRecord;

use super::about::About;
use super::event::{self, Asking};
use super::facts::Facts;
use super::inquiry::{Ask, AskAssurance};
use super::operation::{Decided, Operation};
use super::refusal::Refusal;
use super::worked::TargetAt;

/// Why a question about somebody else has no answer: it is told what is wrong with it, or could not be decided.
#[derive(Debug, thiserror::Error)]
pub enum Unasked {
    /// The asker says how somebody signed in, and is not trusted to.
    #[error("the asker's word about sign-ins is not taken")]
    NotTrusted,
    /// The register knows no permission of the name that is asked about.
    #[error("no permission of that name is known")]
    UnknownPermission,
    /// It could not be decided.
    #[error(transparent)]
    Undecided(#[from] Refusal),
}

/// The answer to an [`Ask`].
#[derive(Debug, Clone)]
pub struct Answer {
    /// The event.
    pub decision: EventId,
    /// The answer and why.
    pub verdict: Verdict,
    /// The grants that matched or were discounted, as they were judged.
    pub grants: Vec<GrantFacts>,
    /// Whether the asker may ask.
    pub asker: Outcome,
    /// Whether it opens nothing.
    pub dry_run: bool,
    /// Who was asked about, as named.
    pub principal: PrincipalKey,
    /// What was asked for.
    pub permission: PermissionName,
    /// What it was aimed at, as named.
    pub target: TargetKey,
    /// When it was decided.
    pub decided_at: Instant,
    /// By which policies.
    pub policy_digest: String,
}

impl Operation {
    /// Decides a question about somebody else and puts the event into the docket. An asker who may ask and whose
    /// word about sign-ins is not taken is told so instead: by it everybody is refused, and no sign-in would help.
    /// Not so in a dry run, where the sign-in is supposed and nothing is opened by it.
    ///
    /// # Errors
    /// Where it could not be decided, or something is wrong with the question; a refused asker gets an answer, and
    /// is not told which permissions there are.
    pub async fn ask(&self, ask: Ask) -> Result<Answer, Unasked> {
        let ask = ask.without_unconfirmed_choice();
        let inquiry = &ask.inquiry;
        let action = AskDecision {
            about: inquiry.target.clone(),
        };
        let found = self.target(action.target()).await?;
        let (target, unknown) = self.or_installation(found).await?;
        let may_ask = self.decide_asker(&target)?;
        let decision = fresh(self.clock.as_ref());
        let asker = may_ask.verdict.outcome;
        if asker == Outcome::Deny {
            self.seek_in_vain();
        } else if matches!(ask.assurance, AskAssurance::Asserted(_)) && !self.takes_word(&ask) {
            return Err(Unasked::NotTrusted);
        }
        if asker == Outcome::Allow && !self.is_permission(&inquiry.permission) {
            return Err(Unasked::UnknownPermission);
        }
        let principal = if asker == Outcome::Allow {
            let found = self.register.principal(&inquiry.principal);
            found.map_err(Refusal::from)?
        } else {
            Facts::missing([inquiry.principal.dependency()].into())
        };
        let (mut decided, asked_first) = match (&principal.found, asker) {
            (_, Outcome::Deny) => (may_ask.refusing(BuiltIn::AskerMayNotAsk), None),
            (None, Outcome::Allow) => (may_ask.refusing(BuiltIn::UnknownPrincipal), None),
            (Some(_), Outcome::Allow) if unknown => {
                (may_ask.refusing(BuiltIn::UnknownTarget), None)
            }
            (Some(record), Outcome::Allow) => {
                let decided = self.decide_about(record, &ask, &target)?;
                (decided, Some(may_ask.question))
            }
        };
        decided.question.depends.extend(&self.actor.depends);
        decided.question.depends.extend(&principal.depends);
        decided.question.depends.extend(&target.depends);
        let verdict = decided.verdict.clone();
        let grants = decided.question.standing.grants_named_by(&verdict);
        let about = About::of(&target, &inquiry.target, unknown);
        let asking = Asking {
            ask: &ask,
            principal: principal.found.as_deref(),
            asker,
            asked_first: asked_first.as_ref(),
        };
        let pending = event::asked(self, decision, decided, about, &asking);
        self.enter(pending.map_err(Refusal::from)?);
        let inquiry = ask.inquiry;
        Ok(Answer {
            decision,
            verdict,
            grants,
            asker,
            dry_run: inquiry.dry_run,
            principal: inquiry.principal,
            permission: inquiry.permission,
            target: inquiry.target,
            decided_at: self.now,
            policy_digest: self.policy_digest().to_owned(),
        })
    }

    fn decide_asker(&self, target: &Facts<Arc<TargetAt>>) -> Result<Decided, Refusal> {
        self.decide_again(ServicePermission::DecisionAsk, target, self.circumstances())
    }

    /// How a permission is treated where the target is; missing: as its name suggests.
    pub(crate) fn treated(
        &self,
        permission: &PermissionName,
        target: &Facts<Arc<TargetAt>>,
    ) -> Facts<Asked> {
        let found = target.found.as_ref();
        let system = found.and_then(|found| found.facts().system.as_ref());
        let system = system.map(|system| system.id);
        self.register.at().asked(permission.clone(), system).into()
    }

    fn decide_about(
        &self,
        record: &PrincipalRecord,
        ask: &Ask,
        target: &Facts<Arc<TargetAt>>,
    ) -> Result<Decided, Refusal> {
        let inquiry = &ask.inquiry;
        let asked = self.treated(&inquiry.permission, target);
        let circumstances = Circumstances {
            now: self.now,
            assurance: self.assurance_of(ask),
            commission: inquiry.commission.clone(),
            purpose: inquiry.purpose.clone().map(Into::into),
            network_zone: inquiry.network_zone.clone().map(Into::into),
            emergency: inquiry.emergency.is_some(),
        };
        let treated = asked
            .found
            .unwrap_or_else(|| Asked::untreated(&inquiry.permission));
        let mut decided = self.decide(record, treated, target, circumstances)?;
        decided.question.depends.extend(&asked.depends);
        Ok(decided)
    }

    /// What the asker's word about a sign-in is worth: nothing, unless it is taken.
    fn assurance_of(&self, ask: &Ask) -> Assurance {
        let nothing = Assurance {
            level: 0,
            multi_factor: false,
            acr: None,
            methods: Vec::new(),
            authenticated_at: None,
            source: AssuranceSource::Asserted,
        };
        match &ask.assurance {
            AskAssurance::Verified(claimant) => claimant.assurance().clone(),
            AskAssurance::Asserted(assurance) if self.takes_word(ask) => Assurance {
                source: AssuranceSource::Asserted,
                ..assurance.clone()
            },
            AskAssurance::Asserted(_) | AskAssurance::None => nothing,
        }
    }

    /// Whether the caller's word about how somebody signed in is taken: it is trusted to give it, or only supposes.
    fn takes_word(&self, ask: &Ask) -> bool {
        if ask.inquiry.dry_run {
            return true;
        }
        match self.actor.kind() {
            PrincipalKind::Service {
                trusted_to_assert, ..
            } => *trusted_to_assert,
            PrincipalKind::Person { .. } => false,
        }
    }
}

impl Decided {
    /// The same facts, with a deny for a reason that lies outside the policies.
    fn refusing(mut self, why: BuiltIn) -> Self {
        self.verdict = Verdict {
            outcome: Outcome::Deny,
            reasons: vec![why.reason()],
            matched: Vec::new(),
            discounted: Vec::new(),
            obligations: Vec::new(),
            would_refuse: Vec::new(),
            step_up: None,
            stages: std::mem::take(&mut self.verdict.stages),
            nearest: None,
        };
        self
    }
}

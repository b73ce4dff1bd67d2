//! Decisions, and what they rest on.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use crate::kinds::{AssuranceSource, DecisionOutcome, Obligation, UnmetKind};
use crate::reach::Reach;
use crate::scalar::{DateTime, SequenceNumber};
use crate::surroundings::Surroundings;
use domain::facts;
use domain::id;
use domain::id::GrantId;
use service::decisions;
use service::effect::DecisionNote;
use service::proofs;

use super::evidence::DecisionEvidence;
use super::grant::is_more;
use super::log::InclusionProof;
use super::reason::Reason;
use super::review::DecisionReview;
use super::thing::{Decision, Grant, Links, Said};

#[Object]
impl Said {
    /// The id of its event in the log.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The answer.
    async fn outcome(&self) -> DecisionOutcome {
        self.0.outcome.into()
    }

    /// Whether the asker may ask about the target; null: nobody asked for somebody else.
    async fn asker_outcome(&self) -> Option<DecisionOutcome> {
        self.0.asker_outcome.map(DecisionOutcome::from)
    }

    /// Whether it was asked by `explain`: the answer was explained and nothing was opened by it.
    async fn dry_run(&self) -> bool {
        self.0.dry_run
    }

    /// What an allow asks of the asker.
    async fn obligations(&self) -> Vec<Obligation> {
        self.0
            .obligations
            .iter()
            .copied()
            .map(Obligation::from)
            .collect()
    }

    /// The policies that determined the answer, the primary one first.
    async fn reasons(&self, ctx: &Context<'_>) -> Vec<Reason> {
        Reason::several(&self.0.reasons, ctx.language())
    }

    /// What guardrails that are not enforced yet would have refused.
    async fn would_refuse(&self, ctx: &Context<'_>) -> Vec<Reason> {
        Reason::several(&self.0.would_refuse, ctx.language())
    }

    /// What sign-in would turn the answer into an allow; null: weak sign-in is not its only cause.
    async fn step_up(&self, ctx: &Context<'_>) -> Option<StepUp> {
        let needed = self.0.step_up.as_ref()?;
        let words = &ctx.data_unchecked::<Surroundings>().asking.words;
        Some(StepUp {
            acr_values: words.acr_values(needed.level, self.0.issuer.as_deref()),
            level: needed.level.into(),
            max_age_seconds: needed.max_age_seconds,
        })
    }

    /// Who it is about: an HSA-id or a client id.
    async fn principal(&self) -> &str {
        &self.0.principal
    }

    /// Who asked: an HSA-id or a client id; null: the principal itself.
    async fn asker(&self) -> Option<&str> {
        self.0.asker.as_deref()
    }

    /// What was asked for.
    async fn permission(&self) -> &str {
        &self.0.permission
    }

    /// What it was aimed at: a name from outside where it has one, else an id.
    async fn target(&self) -> &str {
        &self.0.target
    }

    /// The kind of target; null: not told in the answer that is being recorded.
    async fn target_kind(&self) -> Option<&str> {
        self.0.target_kind.as_deref()
    }

    /// How the principal signed in; null: not shown, or not told in the answer that is being recorded.
    async fn assurance(&self) -> Option<Assurance> {
        self.0.assurance.clone().map(Assurance::from)
    }

    /// The network zone that the principal was in: of a caller where the request came from, of somebody
    /// asked about the asker's word; null: not known, or not told in the answer that is being recorded.
    async fn network_zone(&self) -> Option<&str> {
        self.0.network_zone.as_deref()
    }

    /// When it was decided.
    async fn decided_at(&self) -> DateTime {
        DateTime(self.0.decided_at)
    }

    /// Until when what an emergency opened may be kept open; null: it was none, and the answer holds for this
    /// question alone.
    async fn valid_until(&self) -> Option<DateTime> {
        self.0.valid_until().map(DateTime)
    }

    /// The SHA-256 of the policies that decided, in hexadecimal.
    async fn policy_digest(&self) -> &str {
        &self.0.policy_digest
    }

    /// When it was recorded; null: in the answer that is being recorded.
    async fn recorded_at(&self) -> Option<DateTime> {
        self.0.recorded.map(|recorded| DateTime(recorded.at))
    }

    /// Its number in the log, counted from 0; null: in the answer that is being recorded.
    async fn seq(&self) -> Option<SequenceNumber> {
        self.0.recorded.map(|recorded| recorded.seq.into())
    }
}

#[Object]
impl Links {
    /// The grants that an allow rests on.
    async fn matched_grants(&self, ctx: &Context<'_>) -> Vec<Grant> {
        let more = ctx.field().selection_set().any(|field| is_more(&field));
        let mut grants = Vec::with_capacity(self.0.matched.len());
        for id in &self.0.matched {
            grants.extend(self.grant(ctx, *id, more).await);
        }
        grants
    }

    /// The grants that confer the permission but do not count.
    async fn discounted_grants(&self, ctx: &Context<'_>) -> Vec<DiscountedGrant> {
        let selected = ctx.field().selection_set().collect::<Vec<_>>();
        let mut of_grants = selected.iter().filter(|field| field.name() == "grant");
        let more = of_grants.any(|grant| grant.selection_set().any(|field| is_more(&field)));
        let mut grants = Vec::with_capacity(self.0.discounted.len());
        for discounted in &self.0.discounted {
            grants.push(DiscountedGrant {
                grant_id: ID(discounted.grant.to_string()),
                grant: self.grant(ctx, discounted.grant, more).await,
                reasons: Reason::several(&discounted.reasons, ctx.language()),
            });
        }
        grants
    }

    /// Where nothing permitted it, how near the principal came; null: something did, or a guardrail refused.
    async fn unmet(&self, ctx: &Context<'_>) -> Option<Unmet> {
        let nearest = self.0.nearest.as_ref()?;
        let wanted = ctx.look_ahead().field("grants").exists();
        let mut grants = Vec::new();
        for id in nearest.grants.iter().filter(|_| wanted) {
            grants.extend(ctx.read::<id::Grant>(*id).await.map(Grant::from));
        }
        let kind = UnmetKind::from(nearest.unmet);
        let text = kind.text(ctx.language()).to_owned();
        Some(Unmet { kind, text, grants })
    }

    /// Everything else that its event records; null: in the answer that is being recorded.
    async fn evidence(&self) -> Option<DecisionEvidence> {
        self.0.record.clone().map(DecisionEvidence)
    }

    /// Whether it opened something in an emergency that nobody has reviewed yet.
    async fn review_due(&self) -> bool {
        self.0.review_due()
    }

    /// What came of its review; null: it owes none, or waits for it.
    async fn review(&self) -> Option<DecisionReview> {
        DecisionReview::of(self.0.record.as_ref()?)
    }

    /// The proof that it is in what the newest checkpoint covers; null: none covers it yet, or in the answer
    /// that is being recorded.
    async fn proof(&self, ctx: &Context<'_>) -> Option<InclusionProof> {
        self.0.recorded?;
        let found = proofs::inclusion(ctx.session(), self.0.id).await;
        ctx.shown(found).flatten().map(InclusionProof::from)
    }
}

impl From<decisions::Decision> for Decision {
    fn from(decision: decisions::Decision) -> Self {
        let decision = Arc::new(decision);
        Self(Said(Arc::clone(&decision)), Links(decision))
    }
}

impl From<DecisionNote> for Decision {
    fn from(note: DecisionNote) -> Self {
        decisions::Decision::from(note).into()
    }
}

impl Decision {
    /// The id of its event in the log, for what has an id.
    pub(crate) async fn id(&self, ctx: &Context<'_>) -> async_graphql::Result<ID> {
        self.0.id(ctx).await
    }
}

impl Links {
    /// The grant as the caller may see it, else what the decision says of it.
    async fn grant(&self, ctx: &Context<'_>, id: GrantId, more: bool) -> Option<Grant> {
        let judged = self.0.grants.iter().find(|grant| grant.id == id);
        Grant::judged(ctx, id, judged, more).await
    }
}

/// Which part was unmet where nothing permitted.
#[derive(Debug, Clone, SimpleObject)]
pub struct Unmet {
    /// What.
    kind: UnmetKind,
    /// The same in words, in the language that the request prefers.
    text: String,
    /// The grants that came nearest, at most 10, of those that the caller may read.
    grants: Vec<Grant>,
}

/// A grant that confers what was asked for but does not count.
#[derive(Debug, Clone, SimpleObject)]
pub struct DiscountedGrant {
    /// The grant's id.
    grant_id: ID,
    /// The grant; null: neither the caller may see it nor does the decision hold an extract of it.
    grant: Option<Grant>,
    /// The guardrails that discount it.
    reasons: Vec<Reason>,
}

/// The sign-in that would turn a refusal into an allow (RFC 9470).
#[derive(Debug, Clone, SimpleObject)]
pub struct StepUp {
    /// The values of `acr` that would do, the lowest level first: those of the issuer that has signed the
    /// principal in, or of any issuer, where that is not known.
    acr_values: Vec<String>,
    /// The assurance level, 1 to 4.
    level: i32,
    /// How old the sign-in may be, in seconds; null: any age.
    max_age_seconds: Option<u32>,
}

/// How somebody signed in, or how a client authenticated.
#[derive(Debug, Clone, SimpleObject)]
pub struct Assurance {
    /// The assurance level, 0 (unknown) to 4.
    level: i32,
    /// Whether two independent factors were used; for a service, whether its credential is strong.
    multi_factor: bool,
    /// The `acr` as given; null: none was.
    acr: Option<String>,
    /// The methods (`amr`) as given, sorted.
    methods: Vec<String>,
    /// When the person signed in; null: not known, or a service.
    authenticated_at: Option<DateTime>,
    /// Who vouches for it.
    source: AssuranceSource,
}

impl From<facts::Assurance> for Assurance {
    fn from(known: facts::Assurance) -> Self {
        Self {
            level: known.level.into(),
            multi_factor: known.multi_factor,
            acr: known.acr,
            methods: known.methods,
            authenticated_at: known.authenticated_at.map(DateTime),
            source: known.source.into(),
        }
    }
}

//! What somebody holds, and where it counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use crate::reach::Reach as _;
use domain::Language;
use domain::verdict::{Conferred, StagedAt};
use service::turned;

use super::grant::is_more;
use super::reason::Reason;
use super::thing::{Grant, Organisation, System};

/// A grant that somebody holds, with what it confers.
#[derive(Debug, Clone)]
pub struct HeldGrant(pub turned::HeldGrant);

/// A grant that somebody holds, with what it confers.
#[Object]
impl HeldGrant {
    /// The grant, with its role and scope.
    async fn grant(&self, ctx: &Context<'_>) -> Grant {
        let more = ctx.field().selection_set().any(|field| is_more(&field));
        Grant::known(ctx, &self.0.grant, more).await
    }

    /// Whether its dates hold, nobody has revoked it, and the engagement that it rests on is live.
    async fn in_force(&self, ctx: &Context<'_>) -> bool {
        let now = ctx.session().operation().now();
        self.0.grant.is_in_force(now)
    }

    /// Whether the holder can rely on it now for anything that its role confers.
    async fn counts(&self) -> bool {
        self.0.counts()
    }

    /// The guardrails by which it does not count for all that its role confers; empty: it does.
    async fn why_not(&self, ctx: &Context<'_>) -> Vec<Reason> {
        Reason::several(&self.0.why_not(), ctx.language())
    }

    /// What its role confers, each with whether the grant counts for it now.
    async fn permissions(&self, ctx: &Context<'_>) -> Vec<ConferredPermission> {
        ConferredPermission::several(&self.0.conferred, ctx.language())
    }

    /// Where else within its scope stages that were decided for a system or an authority make it otherwise: what
    /// holds somewhere is told by the row of that system and authority, else by that of the authority, else by
    /// `permissions`.
    async fn elsewhere(&self) -> Vec<HeldElsewhere> {
        let held = Arc::new(self.0.elsewhere.clone());
        let places = held.keys().copied().collect::<Vec<_>>().into_iter();
        let told = |at| HeldElsewhere {
            held: Arc::clone(&held),
            at,
        };
        places.map(told).collect()
    }
}

/// What a grant confers where stages of their own hold.
#[derive(Debug, Clone)]
pub struct HeldElsewhere {
    held: Arc<BTreeMap<StagedAt, Vec<Conferred>>>,
    at: StagedAt,
}

/// What a grant confers where stages of their own hold.
#[Object]
impl HeldElsewhere {
    /// The id of the system; null: every system that no other row names with this authority.
    async fn system_id(&self) -> Option<ID> {
        self.at.system.map(|id| ID(id.to_string()))
    }

    /// The system; null: none is named, or the caller may not see it.
    async fn system(&self, ctx: &Context<'_>) -> Option<System> {
        ctx.read(self.at.system?).await.map(System)
    }

    /// The id of the authority (nämnd); null: every authority that no other row names, but for the one that the
    /// scope belongs to.
    async fn authority_id(&self) -> Option<ID> {
        self.at.authority.map(|id| ID(id.to_string()))
    }

    /// The authority (nämnd); null: none is named, or the caller may not see it.
    async fn authority(&self, ctx: &Context<'_>) -> Option<Organisation> {
        ctx.read(self.at.authority?).await.map(Organisation)
    }

    /// What the role confers, each with whether the grant counts for it there now.
    async fn permissions(&self, ctx: &Context<'_>) -> Vec<ConferredPermission> {
        let here = self.held.get(&self.at);
        here.map_or_else(Vec::new, |here| {
            ConferredPermission::several(here, ctx.language())
        })
    }
}

/// A permission that a role confers, and whether a grant of it counts.
#[derive(Debug, Clone, SimpleObject)]
pub struct ConferredPermission {
    /// The permission.
    permission: String,
    /// Whether the holder may rely on the grant for it now: of a grant over its scope, by the stages of the
    /// role's system and of the authority (nämnd) that the scope belongs to.
    counts: bool,
    /// The guardrails by which it does not count; empty: it counts.
    reasons: Vec<Reason>,
    /// What guardrails that are not enforced yet would say against it.
    would_refuse: Vec<Reason>,
}

impl ConferredPermission {
    fn several(conferred: &[Conferred], language: Language) -> Vec<Self> {
        let told = |one: &Conferred| Self {
            permission: one.permission.to_string(),
            counts: one.counts(),
            reasons: Reason::several(&one.reasons, language),
            would_refuse: Reason::several(&one.would_refuse, language),
        };
        conferred.iter().map(told).collect()
    }
}

//! Guardrails, and at what stage they are.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::reach::Reach as _;
use crate::scalar::Date;
use domain::verdict::DecidedStage;
use service::guardrails;

use super::evidence::Stage;
use super::thing::{Organisation, System};

/// A guardrail of the policies in force: it refuses whatever the grants permit, or says that it would.
#[derive(Debug, Clone)]
pub struct Guardrail(Arc<guardrails::Guardrail>);

impl Guardrail {
    /// The guardrail.
    #[must_use]
    pub fn of(guardrail: guardrails::Guardrail) -> Self {
        Self(Arc::new(guardrail))
    }
}

/// A guardrail of the policies in force: it refuses whatever the grants permit, or says that it would.
#[Object]
impl Guardrail {
    /// The policy's id.
    async fn policy_id(&self) -> &str {
        &self.0.reason.policy
    }

    /// The requirement that it comes from; null: none is named.
    async fn source(&self) -> Option<&str> {
        self.0.reason.source.as_deref()
    }

    /// The act that it comes from; null: none is named.
    async fn law(&self) -> Option<&str> {
        self.0.reason.law.as_deref()
    }

    /// Why it refuses, in the language that the request prefers.
    async fn text(&self, ctx: &Context<'_>) -> &str {
        self.0.reason.spoken(ctx.language())
    }

    /// By what kind of exception it can be passed, such as `emergency`; null: by none.
    async fn overridable(&self) -> Option<&str> {
        self.0.overridable.as_deref()
    }

    /// Whether its stage is the same everywhere, because it has a say about what lists show.
    async fn same_everywhere(&self) -> bool {
        self.0.same_everywhere
    }

    /// The stage that it is written with.
    async fn written_stage(&self) -> Stage {
        self.0.written.into()
    }

    /// The last day of that, after which it is enforced by itself; null: it is written as enforced.
    async fn written_until(&self) -> Option<Date> {
        self.0.written_until.map(Date)
    }

    /// At what stage it is now, wherever nothing else was decided.
    async fn stage(&self) -> Stage {
        self.0.stage.into()
    }

    /// The stages that were decided: those of a system and an authority prevail over those of the system, these
    /// over those of the authority, and these over those for everything.
    async fn decided(&self) -> Vec<StageDecided> {
        self.0.decided.iter().cloned().map(StageDecided).collect()
    }
}

/// A stage that was decided for a guardrail somewhere.
#[derive(Debug, Clone)]
pub struct StageDecided(DecidedStage);

/// A stage that was decided for a guardrail somewhere.
#[Object]
impl StageDecided {
    /// The id of the system; null: every system.
    async fn system_id(&self) -> Option<ID> {
        self.0.at.system.map(|id| ID(id.to_string()))
    }

    /// The system; null: every system, or the caller may not see it.
    async fn system(&self, ctx: &Context<'_>) -> Option<System> {
        ctx.read(self.0.at.system?).await.map(System)
    }

    /// The id of the authority (nämnd); null: every authority.
    async fn authority_id(&self) -> Option<ID> {
        self.0.at.authority.map(|id| ID(id.to_string()))
    }

    /// The authority (nämnd); null: every authority, or the caller may not see it.
    async fn authority(&self, ctx: &Context<'_>) -> Option<Organisation> {
        ctx.read(self.0.at.authority?).await.map(Organisation)
    }

    /// The stage as it holds now: enforced, where the last day is over.
    async fn stage(&self) -> Stage {
        self.0.stage.into()
    }

    /// The last day that was decided; null: being enforced does not end.
    async fn until(&self) -> Option<Date> {
        self.0.until.map(Date)
    }

    /// The id of the human being who decided; null: not known.
    async fn decided_by_individual_id(&self) -> Option<ID> {
        self.0.decided_by.map(|id| ID(id.to_string()))
    }
}

//! Whom a guardrail stops, or would stop.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::page::{Connection, Count, Cursor, report};
use service::policy_impact::{ImpactReport, Stopped};
use service::register::{Page, Window};
use service::session::Session;
use service::turned;

/// Whom a guardrail stops, or would stop once it is enforced.
#[derive(Debug, Clone)]
pub struct PolicyImpact {
    guardrail: String,
    report: Arc<ImpactReport>,
}

impl PolicyImpact {
    /// That of the guardrail.
    #[must_use]
    pub fn of(guardrail: String, report: ImpactReport) -> Self {
        let report = Arc::new(report);
        Self { guardrail, report }
    }
}

/// Whom a guardrail stops, or would stop once it is enforced.
#[Object]
impl PolicyImpact {
    /// The guardrail.
    async fn guardrail(&self) -> &str {
        &self.guardrail
    }

    /// How many people and services it stops or would stop.
    async fn principals_stopped(&self) -> usize {
        self.report.impact.len()
    }

    /// The people and services, in the order of their HSA-ids and client ids; null: the list could not be made.
    async fn principals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<StoppedPrincipal>> {
        let all = self.report.impact.iter();
        let all = all.map(|(external, stopped)| StoppedPrincipal {
            external: external.clone(),
            stopped: stopped.clone(),
        });
        let all: Vec<StoppedPrincipal> = all.collect();
        let rows = async |_: &Session, window: &Window| {
            Ok(Some(Page::of_whole(
                all,
                |one| one.external.clone(),
                window,
            )))
        };
        let position = |one: &StoppedPrincipal| turned::position(&one.external);
        let of = ("PolicyImpact", self.guardrail.as_str());
        report(
            ctx,
            (first, after, last, before),
            of,
            rows,
            position,
            |one| one,
        )
        .await
    }

    /// The external ids of the segments that enforcing it would leave unmanned: with fewer than two people who
    /// administer them by grants over the segment itself. Of segmentation all such segments, of another guardrail
    /// those that are so only without the grants that it stops.
    async fn unmanned_segments(&self) -> &[String] {
        &self.report.unmanned
    }
}

/// Somebody whom a guardrail stops, or would stop.
#[derive(Debug, Clone)]
pub struct StoppedPrincipal {
    external: String,
    stopped: Stopped,
}

/// Somebody whom a guardrail stops, or would stop.
#[Object]
impl StoppedPrincipal {
    /// The HSA-id of the person, or the client id of the service.
    async fn external_id(&self) -> &str {
        &self.external
    }

    /// The ids of the grants that do not count by it, or would not, or that the person cannot use by it for want of a
    /// card to sign in with.
    async fn grant_ids(&self) -> Vec<ID> {
        self.stopped
            .grants
            .iter()
            .map(|grant| ID(grant.to_string()))
            .collect()
    }

    /// How many decisions of the period it refused, or discounted a grant in.
    async fn refused(&self) -> u64 {
        self.stopped.refused
    }

    /// How many decisions of the period it would have refused.
    async fn would_refuse(&self) -> u64 {
        self.stopped.would_refuse
    }
}

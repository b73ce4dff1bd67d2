//! Decisions as those are told who follow the log.

use std::sync::Arc;

use async_graphql::{Context, ID, MergedObject, Object, SimpleObject};

use crate::kinds::UnmetKind;
use crate::reach::Reach;
use service::decisions::{self, DecisionRecord};

use super::evidence::named;
use super::thing::Said;

/// A decision as it is told to those who follow the log: by its event alone, since looking anything up would
/// be decided and recorded, and followed in turn. Its id leads to the rest, by `decision(id:)`.
#[derive(Debug, Clone, MergedObject)]
pub struct RecordedDecision(Said, Ids);

/// The ids in the event of a decision.
#[derive(Debug, Clone)]
struct Ids(Arc<decisions::Decision>, Arc<DecisionRecord>);

#[Object]
impl Ids {
    /// The leaf of the tree: SHA-256 over a zero byte and the envelope (RFC 9162), in hexadecimal.
    async fn leaf_hash(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.1.leaf)
    }

    /// The id of whom it is about; null: nobody in the register.
    async fn principal_id(&self) -> Option<ID> {
        self.1.envelope.principal.id.as_ref().map(named)
    }

    /// The human being it is about; null: a service, or nobody in the register.
    async fn individual_id(&self) -> Option<ID> {
        self.1.envelope.principal.individual.as_ref().map(named)
    }

    /// The id of who asked; null: the principal itself.
    async fn asker_id(&self) -> Option<ID> {
        self.1.envelope.asker.as_ref()?.id.as_ref().map(named)
    }

    /// The id of what it was aimed at, or of what stands in for it.
    async fn target_id(&self) -> ID {
        named(&self.1.envelope.target.id)
    }

    /// The system of the target; null: none.
    async fn system_id(&self) -> Option<ID> {
        self.1.envelope.target.system.as_ref().map(named)
    }

    /// The ids of the grants that an allow rests on.
    async fn matched_grant_ids(&self) -> Vec<ID> {
        self.0.matched.iter().map(named).collect()
    }

    /// The ids of the grants that confer the permission but do not count.
    async fn discounted_grant_ids(&self) -> Vec<ID> {
        let discounted = self.0.discounted.iter();
        discounted.map(|one| named(&one.grant)).collect()
    }

    /// Where nothing permitted it, how near the principal came; null: something did, or a guardrail refused.
    async fn unmet(&self, ctx: &Context<'_>) -> Option<RecordedUnmet> {
        let nearest = self.0.nearest.as_ref()?;
        let kind = UnmetKind::from(nearest.unmet);
        Some(RecordedUnmet {
            kind,
            text: kind.text(ctx.language()).to_owned(),
            grant_ids: nearest.grants.iter().map(named).collect(),
        })
    }

    /// The request.
    async fn request_id(&self) -> &str {
        &self.1.envelope.request_id
    }
}

impl RecordedDecision {
    /// The decision that its event tells; `None`: it has not been recorded.
    #[must_use]
    pub fn of(decision: decisions::Decision) -> Option<Self> {
        let record = decision.record.clone()?;
        let decision = Arc::new(decision);
        Some(Self(Said(Arc::clone(&decision)), Ids(decision, record)))
    }
}

/// Which part was unmet where nothing permitted, by the event alone.
#[derive(Debug, Clone, SimpleObject)]
pub struct RecordedUnmet {
    /// What.
    kind: UnmetKind,
    /// The same in words, in the language that the request prefers.
    text: String,
    /// The ids of the grants that came nearest, at most 10.
    grant_ids: Vec<ID>,
}

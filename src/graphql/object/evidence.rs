//! What the event of a decision records besides the answer, and what it leads to.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use crate::reach::Reach;
use crate::scalar::SequenceNumber;
use domain::{HsaId, verdict};
use service::decisions::DecisionRecord;
use service::evidence::{self, CausedRecord, PolicyTexts, Slot};

/// Everything that the event of a decision records besides the answer.
#[derive(Debug, Clone)]
pub struct DecisionEvidence(pub Arc<DecisionRecord>);

/// Everything that the event of a decision records besides the answer. Places are those of then.
#[Object]
impl DecisionEvidence {
    /// The leaf of the tree: SHA-256 over a zero byte and the envelope (RFC 9162), in hexadecimal.
    async fn leaf_hash(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0.leaf)
    }

    /// The id of whom it is about; null: nobody in the register.
    async fn principal_id(&self) -> Option<ID> {
        self.0.envelope.principal.id.as_ref().map(named)
    }

    /// The human being it is about; null: a service, or nobody in the register.
    async fn individual_id(&self) -> Option<ID> {
        self.0.envelope.principal.individual.as_ref().map(named)
    }

    /// The engagements that the matched grants rest on.
    async fn engagement_ids(&self) -> Vec<ID> {
        all(&self.0.envelope.principal.engagements)
    }

    /// The HSA-id of the commission chosen at sign-in; null: none.
    async fn commission(&self) -> Option<&str> {
        let commission = self.0.envelope.principal.commission.as_ref();
        commission.map(HsaId::as_str)
    }

    /// The units where the principal belonged.
    async fn unit_ids(&self) -> Vec<ID> {
        all(&self.0.envelope.principal.units)
    }

    /// The units and every organisation above them.
    async fn principal_organisation_ids(&self) -> Vec<ID> {
        all(&self.0.envelope.principal.path)
    }

    /// The id of who asked; null: the principal itself.
    async fn asker_id(&self) -> Option<ID> {
        let asker = self.0.envelope.asker.as_ref()?;
        asker.id.as_ref().map(named)
    }

    /// The earlier decision on the same question that this one went on from; null: none.
    async fn confirms_id(&self) -> Option<ID> {
        self.0.envelope.confirms.map(|id| ID(id.to_string()))
    }

    /// On whose behalf, under a delegation; null: the principal's own.
    async fn acting_for_id(&self) -> Option<ID> {
        self.0.envelope.acting_for.as_ref().map(named)
    }

    /// The id of what it was aimed at, or of what stands in for it.
    async fn target_id(&self) -> ID {
        named(&self.0.envelope.target.id)
    }

    /// Whether the register did not know what was asked for.
    async fn target_unknown(&self) -> bool {
        self.0.envelope.target.unknown
    }

    /// The system of the target; null: none.
    async fn system_id(&self) -> Option<ID> {
        self.0.envelope.target.system.as_ref().map(named)
    }

    /// The authority (nämnd) of the target; null: none.
    async fn authority_id(&self) -> Option<ID> {
        self.0.envelope.target.authority.as_ref().map(named)
    }

    /// The care provider of the target; null: none.
    async fn care_provider_id(&self) -> Option<ID> {
        self.0.envelope.target.care_provider.as_ref().map(named)
    }

    /// Every organisation that the target was or lay below.
    async fn organisation_ids(&self) -> Vec<ID> {
        all(&self.0.envelope.target.path)
    }

    /// The attributes of the target that rest on the asker's word.
    async fn asserted(&self) -> &[String] {
        &self.0.envelope.target.asserted
    }

    /// The action of the policies.
    async fn action(&self) -> &str {
        &self.0.envelope.action
    }

    /// What the access was for; null: not said.
    async fn purpose(&self) -> Option<&str> {
        self.0.envelope.purpose.as_deref()
    }

    /// The network zone; null: not known.
    async fn network_zone(&self) -> Option<&str> {
        self.0.envelope.network_zone.as_deref()
    }

    /// The guardrails that were not enforced.
    async fn stages(&self) -> Vec<GuardrailStage> {
        let stages = self.0.envelope.stages.iter();
        let told = stages.map(|(policy, stage)| GuardrailStage {
            policy_id: policy.clone(),
            stage: (*stage).into(),
        });
        told.collect()
    }

    /// The ids that a list returned.
    async fn listed_ids(&self) -> Vec<ID> {
        all(&self.0.envelope.listed)
    }

    /// What else the same request looked for in vain, which this event tells of as well; null: nothing.
    async fn also_looked_for(&self) -> Option<LookedFor> {
        let others = self.0.envelope.also_looked_for.clone()?;
        Some(LookedFor {
            count: others.count,
            kinds: others.kinds,
            names: others.names,
        })
    }

    /// What became of the effect, `done` or `failed`; null: it allowed none.
    async fn effect(&self) -> Option<&str> {
        self.0.envelope.effect.as_deref()
    }

    /// The run that it allowed; null: none.
    async fn run_id(&self) -> Option<ID> {
        self.0.envelope.run.as_ref().map(named)
    }

    /// The first 200 events that name the decision as what allowed them.
    async fn caused(&self, ctx: &Context<'_>) -> Vec<CausedEvent> {
        let found = evidence::caused(ctx.session(), self.0.event_id).await;
        let caused = ctx.shown(found).unwrap_or_default();
        caused.into_iter().map(CausedEvent::from).collect()
    }

    /// The request.
    async fn request_id(&self) -> &str {
        &self.0.envelope.request_id
    }

    /// The trace it belongs to; null: none.
    async fn trace_id(&self) -> Option<&str> {
        self.0.envelope.trace_id.as_deref()
    }

    /// The changes with a lower number in the log, and no others, are in the facts.
    async fn facts_at(&self) -> SequenceNumber {
        self.0.envelope.facts_at.into()
    }

    /// The facts used, as JSON; null: none, or erased.
    async fn facts(&self) -> Option<String> {
        self.0.envelope.used.facts.as_ref().map(ToString::to_string)
    }

    /// The facts used for whether the asker may ask, as JSON; null: none of their own, or erased.
    async fn asker_facts(&self) -> Option<String> {
        let facts = self.0.envelope.used.asker_facts.as_ref();
        facts.map(ToString::to_string)
    }

    /// The condition that the rows of a list met, as JSON; null: no list, or erased.
    async fn filter(&self) -> Option<String> {
        self.0
            .envelope
            .used
            .filter
            .as_ref()
            .map(ToString::to_string)
    }

    /// Which of the facts and the condition the event commits to, and are not there any more.
    async fn erased(&self) -> &[&'static str] {
        &self.0.envelope.used.erased
    }

    /// The personal values that the event commits to without holding them.
    async fn slots(&self, ctx: &Context<'_>) -> Vec<DecisionSlot> {
        let shown = ctx.look_ahead().field("value").exists();
        let found = evidence::slots(ctx.session(), &self.0, shown).await;
        let slots = ctx.shown(found).unwrap_or_default();
        slots.into_iter().map(DecisionSlot::from).collect()
    }

    /// The policies that decided, as they were released; null: they are not kept, or the caller may not
    /// read policies.
    async fn policy_set(&self, ctx: &Context<'_>) -> Option<PastPolicySet> {
        let found = evidence::policies(ctx.session(), &self.0).await;
        let texts = ctx.shown(found).flatten()?;
        Some(PastPolicySet::of(texts, &self.0))
    }
}

pub(super) fn named(id: &impl ToString) -> ID {
    ID(id.to_string())
}

fn all<T: ToString>(ids: &[T]) -> Vec<ID> {
    ids.iter().map(named).collect()
}

/// What one request looked for in vain, besides what its event is about.
#[derive(Debug, Clone, SimpleObject)]
pub struct LookedFor {
    /// How many look-ups there were, equal ones once.
    count: u64,
    /// The kinds of what was looked for.
    kinds: Vec<String>,
    /// The ids and names that were looked for, as far as the event has room for them.
    names: Vec<String>,
}

/// The stages of a guardrail.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "verdict::Stage")]
pub enum Stage {
    /// The log says what would have been refused.
    Observe,
    /// As observe, and the caller is told.
    Warn,
    /// It refuses.
    Enforce,
}

/// A guardrail with its stage.
#[derive(Debug, Clone, SimpleObject)]
pub struct GuardrailStage {
    /// The policy's id.
    policy_id: String,
    /// The stage.
    stage: Stage,
}

/// An event that names a decision as what allowed it.
#[derive(Debug, Clone, SimpleObject)]
pub struct CausedEvent {
    /// The event's id.
    event_id: ID,
    /// Its number in the log.
    seq: SequenceNumber,
    /// Its kind: `change`, `operation` or `policy`.
    kind: String,
    /// What happened: `created`, `changed`, `revoked`, `runStarted` …
    action: String,
    /// The id of what changed; null: nothing in the register.
    entity_id: Option<ID>,
    /// The names of the fields that changed.
    fields: Vec<String>,
}

impl From<CausedRecord> for CausedEvent {
    fn from(record: CausedRecord) -> Self {
        Self {
            event_id: named(&record.id),
            seq: record.seq.into(),
            kind: record.kind,
            action: record.action,
            entity_id: record.entity.as_ref().map(named),
            fields: record.fields,
        }
    }
}

/// A personal value that an event commits to.
#[derive(Debug, Clone, SimpleObject)]
pub struct DecisionSlot {
    /// Its name.
    name: String,
    /// How long it is kept, by the name of a class.
    retention_class: String,
    /// The authority whose value it is; null: none is named.
    authority_id: Option<ID>,
    /// What the event says of it, in hexadecimal.
    commitment: String,
    /// Whether it has been erased.
    erased: bool,
    /// The value, for those who may also read whom the decision is about; null: erased, or not to be seen.
    value: Option<String>,
}

impl From<Slot> for DecisionSlot {
    fn from(slot: Slot) -> Self {
        Self {
            name: slot.name,
            retention_class: slot.class,
            authority_id: slot.authority.as_ref().map(named),
            commitment: slot.commitment,
            erased: slot.erased,
            value: slot.value,
        }
    }
}

/// A set of policies as it was released.
#[derive(Debug, Clone, SimpleObject)]
pub struct PastPolicySet {
    /// SHA-256 of its files, in hexadecimal.
    digest: String,
    /// Which release it was.
    generation: u64,
    /// Those that had a say in the decision; empty: none, or this version cannot read the files.
    policies: Vec<PastPolicy>,
    /// Its files, whole.
    files: Vec<PolicyFile>,
}

/// A policy as it was released.
#[derive(Debug, Clone, SimpleObject)]
pub struct PastPolicy {
    /// Its id.
    policy_id: String,
    /// The file that it stands in.
    path: String,
    /// Its text there.
    text: String,
}

/// A file of a policy set.
#[derive(Debug, Clone, SimpleObject)]
pub struct PolicyFile {
    /// Its path.
    path: String,
    /// Its text.
    text: String,
}

impl PastPolicySet {
    fn of(texts: PolicyTexts, record: &DecisionRecord) -> Self {
        let said = &record.envelope;
        let discounting = said.discounted.iter().flat_map(|one| &one.reasons);
        let ids: BTreeSet<&String> = said
            .reasons
            .iter()
            .chain(&said.would_refuse)
            .chain(discounting)
            .collect();
        let policy = |id: &String| {
            let (path, text) = texts.policies.as_ref()?.text(id)?;
            Some(PastPolicy {
                policy_id: id.clone(),
                path: path.to_owned(),
                text: text.to_owned(),
            })
        };
        let policies = ids.into_iter().filter_map(policy).collect();
        let file = |(path, text)| PolicyFile { path, text };
        Self {
            digest: texts.released.digest,
            generation: texts.released.generation,
            policies,
            files: texts.released.files.into_iter().map(file).collect(),
        }
    }
}

//! Decisions as callers see them: just made, or read back from the log.

use std::sync::Arc;

use domain::action::List;
use domain::built_in::BuiltIn;
use domain::facts::{Assurance, GrantFacts};
use domain::id::{self, EventId, GrantId};
use domain::target::TargetKey;
use domain::verdict::{Discounted, Nearest, Obligation, Outcome, Reason, StepUp};
use domain::{Instant, Named as _, Words};

pub use gate::Answer;
pub use store::read::decisions::stats::{
    Common, CountedBy, Counts, MAX_COUNTED, MAX_COUNTS, StatsSelection,
};
pub use store::read::decisions::{DecisionRecord, DecisionSelection, HeadRecord, PartyName};

use super::effect::DecisionNote;
use super::error::ServiceError;
use super::session::Session;

/// How long what an emergency opened may be kept open, in seconds.
pub const EMERGENCY_SECONDS: i64 = 900;

/// A decision with everything that explains it.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The event.
    pub id: EventId,
    /// The answer.
    pub outcome: Outcome,
    /// Whether the asker may ask; `None`: the principal asked for itself.
    pub asker_outcome: Option<Outcome>,
    /// Whether it was asked to have the answer explained, so that it opened nothing.
    pub dry_run: bool,
    /// What an allow asks for.
    pub obligations: Vec<Obligation>,
    /// The policies that determined it.
    pub reasons: Vec<Reason>,
    /// The grants that an allow rests on.
    pub matched: Vec<GrantId>,
    /// The grants that did not count.
    pub discounted: Vec<Discounted>,
    /// Those grants as they were judged, where that is known.
    pub grants: Vec<GrantFacts>,
    /// What guardrails that are not enforced yet would have refused.
    pub would_refuse: Vec<Reason>,
    /// What sign-in would have helped, when weak sign-in was the only cause.
    pub step_up: Option<StepUp>,
    /// Who has signed the principal in; `None`: not known, or not at hand.
    pub issuer: Option<String>,
    /// Where nothing permitted it, how near the principal came.
    pub nearest: Option<Nearest>,
    /// Who, by HSA-id or client id.
    pub principal: String,
    /// On whose question; `None`: the principal's own.
    pub asker: Option<String>,
    /// What.
    pub permission: String,
    /// To what, as it was named.
    pub target: String,
    /// The kind of target; `None` where only its name is at hand.
    pub target_kind: Option<String>,
    /// When.
    pub decided_at: Instant,
    /// By which policies.
    pub policy_digest: String,
    /// How the principal signed in; `None`: not shown, or not at hand.
    pub assurance: Option<Assurance>,
    /// The network zone the principal was in; `None`: not known, or not at hand.
    pub network_zone: Option<String>,
    /// Where it stands in the log; `None`: it is about to be recorded.
    pub recorded: Option<Recorded>,
    /// The event that records it; `None`: it is about to be recorded.
    pub record: Option<Arc<DecisionRecord>>,
}

impl Decision {
    /// Until when what an emergency opened may be kept open; `None`: it was none, or opened nothing.
    #[must_use]
    pub fn valid_until(&self) -> Option<Instant> {
        self.owes_review()
            .then(|| self.decided_at.plus_seconds(EMERGENCY_SECONDS))
    }

    /// Whether it opened something in an emergency that nobody has reviewed yet.
    #[must_use]
    pub fn review_due(&self) -> bool {
        let record = self.record.as_ref();
        self.owes_review() && record.is_none_or(|record| record.review.is_none())
    }

    fn owes_review(&self) -> bool {
        !self.dry_run && self.obligations.contains(&Obligation::Review)
    }
}

/// Where a decision stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Its number.
    pub seq: i64,
    /// When it was recorded.
    pub at: Instant,
}

impl From<Answer> for Decision {
    fn from(answer: Answer) -> Self {
        let verdict = answer.verdict;
        Self {
            id: answer.decision,
            outcome: verdict.outcome,
            asker_outcome: Some(answer.asker),
            dry_run: answer.dry_run,
            obligations: verdict.obligations,
            reasons: verdict.reasons,
            matched: verdict.matched,
            discounted: verdict.discounted,
            grants: answer.grants,
            would_refuse: verdict.would_refuse,
            step_up: verdict.step_up,
            nearest: verdict.nearest,
            issuer: None,
            principal: answer.principal.as_str().to_owned(),
            asker: None,
            permission: answer.permission.to_string(),
            target: named(&answer.target),
            target_kind: None,
            decided_at: answer.decided_at,
            policy_digest: answer.policy_digest,
            assurance: None,
            network_zone: None,
            recorded: None,
            record: None,
        }
    }
}

impl From<DecisionNote> for Decision {
    fn from(note: DecisionNote) -> Self {
        Self {
            id: note.id,
            outcome: Outcome::Allow,
            asker_outcome: None,
            dry_run: false,
            obligations: Vec::new(),
            reasons: note.reasons,
            matched: note.matched,
            discounted: Vec::new(),
            grants: Vec::new(),
            would_refuse: note.would_refuse,
            step_up: None,
            nearest: None,
            issuer: None,
            principal: note.principal,
            asker: None,
            permission: note.permission,
            target: note.target,
            target_kind: None,
            decided_at: note.decided_at,
            policy_digest: note.policy_digest,
            assurance: None,
            network_zone: None,
            recorded: None,
            record: None,
        }
    }
}

/// The target as the asker named it; of a described record its kind only, for its id is erasable.
fn named(target: &TargetKey) -> String {
    match target {
        TargetKey::Entity(id) => id.to_string(),
        TargetKey::External(name) => name.as_str().to_owned(),
        TargetKey::Draft(draft) => draft.id.to_string(),
        TargetKey::Record(record) => record.kind.to_string(),
    }
}

impl Decision {
    /// The decision that an event records, with the policies described as the set in force does.
    #[must_use]
    pub fn recorded(session: &Session, record: DecisionRecord) -> Self {
        Self::told_by(record, |policy| session.operation().reason(policy))
    }

    /// The decision that an event records, with the policies described as `known` says, if it knows them.
    pub(crate) fn told_by(record: DecisionRecord, known: impl Fn(&str) -> Option<Reason>) -> Self {
        let reasons = |policies: Vec<String>| -> Vec<Reason> {
            policies
                .into_iter()
                .map(|policy| described(&known, policy))
                .collect()
        };
        let record = Arc::new(record);
        let evidence = record.envelope.clone();
        let grants = evidence.grants();
        let target = evidence.target;
        let name = target.external.or(target.record_kind);
        Self {
            id: record.event_id,
            outcome: evidence.outcome,
            asker_outcome: evidence.asker_outcome,
            dry_run: evidence.dry_run,
            obligations: evidence.obligations,
            reasons: reasons(evidence.reasons),
            matched: evidence.matched,
            discounted: evidence
                .discounted
                .into_iter()
                .map(|one| Discounted {
                    grant: one.grant,
                    reasons: reasons(one.reasons),
                })
                .collect(),
            grants,
            would_refuse: reasons(evidence.would_refuse),
            step_up: evidence.step_up,
            nearest: evidence.unmet,
            issuer: None,
            principal: evidence.principal.name(),
            asker: evidence.asker.map(|asker| asker.name()),
            permission: evidence.permission,
            target: name.unwrap_or_else(|| target.id.to_string()),
            target_kind: Some(target.kind),
            decided_at: evidence.occurred_at,
            policy_digest: evidence.policy.digest,
            assurance: evidence.assurance.map(Assurance::from),
            network_zone: evidence.network_zone,
            recorded: Some(Recorded {
                seq: record.seq,
                at: evidence.recorded_at,
            }),
            record: Some(record),
        }
    }
}

/// A policy by its own words, or that it has none where the set in force no longer has it.
fn described(known: &impl Fn(&str) -> Option<Reason>, policy: String) -> Reason {
    let gone = Words::new(
        "The rule is not among those in force now.",
        "Regeln finns inte bland dem som gäller nu.",
    );
    known(&policy)
        .or_else(|| BuiltIn::named(&policy).map(BuiltIn::reason))
        .unwrap_or_else(|| Reason::saying(policy, &gone))
}

/// One decision of the log; `None`: there is none, or the caller may not see it.
///
/// # Errors
/// It could not be decided or read, or a stronger sign-in would show it.
pub async fn decision(session: &Session, id: EventId) -> Result<Option<Decision>, ServiceError> {
    let record = record(session, id).await?;
    Ok(record.map(|record| Decision::recorded(session, record)))
}

/// What is recorded of a decision; `None`: there is none, it is an event of another kind, or the caller may not
/// see it.
pub(crate) async fn record(
    session: &Session,
    id: EventId,
) -> Result<Option<DecisionRecord>, ServiceError> {
    let found = super::register::several::<id::Event>(session, vec![id]).await?;
    Ok(found.into_iter().next())
}

/// Counts of the decisions that the caller may read.
///
/// # Errors
/// They could not be decided or read.
pub async fn stats(
    session: &Session,
    selection: &StatsSelection,
    by: &[CountedBy],
) -> Result<Counts, ServiceError> {
    let (reader, now) = (session.reader().await?, session.operation().now());
    session
        .operation()
        .list(
            List::<id::Event>::default(),
            async |permit| {
                if permit.shows_nothing() {
                    return Ok(Counts {
                        complete: true,
                        ..Counts::default()
                    });
                }
                let what = format!("stats {}", spelled(selection, by));
                let counts = async { Ok(reader.counts(permit, now, selection, by).await?) };
                Ok(session.report(what, counts).await?.as_ref().clone())
            },
            |_: &Counts| Vec::new(),
            |_, _| (),
        )
        .await
}

/// What the counts are of, and by what they are counted.
fn spelled(selection: &StatsSelection, by: &[CountedBy]) -> String {
    let text = |part: Option<String>| part.unwrap_or_default();
    let parts = [
        text(selection.from.map(|day| day.to_string())),
        text(selection.before.map(|day| day.to_string())),
        text(selection.outcome.map(|outcome| outcome.name().to_owned())),
        text(selection.reason.clone().map(String::from)),
        text(selection.system.map(|id| id.to_string())),
        text(selection.level.map(|level| level.to_string())),
    ];
    let by = by.iter().map(|one| match one {
        CountedBy::Day => "day",
        CountedBy::Outcome => "outcome",
        CountedBy::Reason => "reason",
        CountedBy::System => "system",
        CountedBy::Level => "level",
    });
    let by: Vec<&str> = by.collect();
    format!("{} by {}", parts.join("\u{1f}"), by.join(" "))
}

/// The head of the log; `None`: the caller may not read the decisions of the whole installation.
///
/// # Errors
/// It could not be decided or read, or a stronger sign-in would show it.
pub async fn head(session: &Session) -> Result<Option<HeadRecord>, ServiceError> {
    match super::proofs::whole_log(session).await? {
        Some(permit) => Ok(Some(session.reader().await?.head(permit).await?)),
        None => Ok(None),
    }
}

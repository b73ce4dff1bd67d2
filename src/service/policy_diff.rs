//! What other policies would have answered: the recorded decisions of a while, made again by them.
//!
//! Which guardrails were not enforced is a fact of each event; a guardrail that the policies of then did not
//! have is taken at the stage that it is written with. Nothing is decided and nothing recorded by it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use audit::{DatabaseError, Snapshot};
use domain::{Speaks, Words};
pub use gate::Turn;
use gate::{Otherwise, PastPolicies, RecordedDecision, Unreplayable};
use store::read::decisions::past::{HostReader, PastDecision};
use transparency::fact::Texts;

use super::host::{HostDesk, HostReadError};
use super::replay::loaded;

/// How many events are read at once.
const AT_ONCE: u64 = 500;

/// One decision that comes out otherwise.
#[derive(Debug, Clone)]
pub struct Example {
    /// Its number in the log.
    pub seq: i64,
    /// Who it was about.
    pub principal: String,
    /// What was asked for.
    pub permission: String,
    /// To what.
    pub target: String,
    /// The policies behind the new answer.
    pub because: Vec<String>,
}

/// What came out otherwise in one way.
#[derive(Debug, Default)]
pub struct Turned {
    /// How many decisions.
    pub decisions: u64,
    /// Whom they were about.
    pub principals: BTreeSet<String>,
    /// How many by the policies behind the new answer.
    pub because: BTreeMap<String, u64>,
    /// The first of them.
    pub examples: Vec<Example>,
}

/// The decisions of a while, made again by other policies.
#[derive(Debug)]
pub struct PolicyDiff {
    reader: HostReader,
    next: PastPolicies,
    known: HashMap<String, Result<PastPolicies, Unreplayable>>,
    most_examples: usize,
    /// Decisions that were made again.
    pub made: u64,
    /// Decisions that cannot be, with the first reason.
    pub impossible: (u64, Option<Words>),
    /// What came out otherwise.
    pub turned: BTreeMap<Turn, Turned>,
}

/// Makes the decisions of the last days again by other policies, for whoever holds the host; so many examples of each
/// kind are kept. That the log is read is on record.
///
/// # Errors
/// When there is no leave, it could not be recorded, or the log cannot be read.
pub async fn diff(
    desk: &HostDesk,
    next: PastPolicies,
    days: u16,
    most_examples: usize,
) -> Result<PolicyDiff, HostReadError> {
    let mut diff = PolicyDiff {
        reader: desk.reader("replay").await?,
        next,
        known: HashMap::new(),
        most_examples,
        made: 0,
        impossible: (0, None),
        turned: BTreeMap::new(),
    };
    let since = desk.clock().now().plus_days(-i64::from(days));
    let moment = desk.snapshot().await?;
    let last = i64::try_from(moment.log_size()).unwrap_or(i64::MAX) - 1;
    let mut from = diff.reader.first_since(moment.connection(), since).await?;
    drop(moment);
    while let Some(at) = from {
        let moment = desk.snapshot().await?;
        from = diff.some(&moment, (at, last)).await?;
    }
    Ok(diff)
}

impl PolicyDiff {
    /// Makes the next decisions again, from one seq up to and including another; how far it came.
    async fn some(
        &mut self,
        snapshot: &Snapshot,
        (from, to): (i64, i64),
    ) -> Result<Option<i64>, DatabaseError> {
        let found = self
            .reader
            .decisions(snapshot.connection(), (from, to), AT_ONCE)
            .await?;
        let Some(last) = found.last().map(|past| past.seq) else {
            return Ok(None);
        };
        let facts = self.reader.facts(snapshot.connection(), &found).await?;
        for past in found {
            match self.again(snapshot, &past, &facts).await? {
                Ok(otherwise) => self.count(&past, otherwise),
                Err(why) => {
                    self.impossible.0 += 1;
                    self.impossible.1.get_or_insert_with(|| why.words());
                }
            }
        }
        Ok(Some(last.saturating_add(1)))
    }

    async fn again(
        &mut self,
        snapshot: &Snapshot,
        past: &PastDecision,
        facts: &Texts,
    ) -> Result<Result<Otherwise, Unreplayable>, DatabaseError> {
        let decision = match RecordedDecision::read(&past.envelope, facts) {
            Ok(decision) => decision,
            Err(why) => return Ok(Err(why)),
        };
        let digest = decision.policy_digest().to_owned();
        if !self.known.contains_key(&digest) {
            let released = self.reader.released(snapshot.connection(), &digest).await?;
            self.known.insert(digest.clone(), loaded(&digest, released));
        }
        Ok(match self.known.get(&digest) {
            Some(Ok(then)) => decision.otherwise(then, &self.next),
            Some(Err(why)) => Err(why.clone()),
            None => Err(Unreplayable::NoPolicies(digest)),
        })
    }

    fn count(&mut self, past: &PastDecision, otherwise: Otherwise) {
        self.made += 1;
        let Some(turn) = otherwise.turn else {
            return;
        };
        let most = self.most_examples;
        let turned = self.turned.entry(turn).or_default();
        turned.decisions += 1;
        turned.principals.insert(otherwise.principal.clone());
        for policy in &otherwise.because {
            *turned.because.entry(policy.clone()).or_default() += 1;
        }
        if turned.examples.len() < most {
            turned.examples.push(Example {
                seq: past.seq,
                principal: otherwise.principal,
                permission: otherwise.permission,
                target: otherwise.target,
                because: otherwise.because,
            });
        }
    }
}

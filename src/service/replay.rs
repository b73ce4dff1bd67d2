//! Making a decision again: the question and the facts of its event, against the policies of then.
//!
//! To make one again is to read it, so it is decided and recorded as reading is. Whoever holds the host
//! can have it done with every decision of the log.

use std::collections::HashMap;

use audit::{Database, DatabaseError, Snapshot};
use domain::action::Read;
use domain::id::{self, EventId};
use gate::{PastPolicies, RecordedDecision};
use store::policies::Released;

pub use gate::{Difference, Unreplayable};
use store::read::decisions::past::HostReader;
pub use store::read::decisions::past::PastDecision;

use super::error::ServiceError;
use super::host::{HostDesk, HostReadError};
use super::session::Session;

/// How many decisions are read at once.
const AT_ONCE: u64 = 500;

/// What became of a decision that was made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// It came out as it is recorded.
    Same,
    /// It came out differently.
    Differs(Vec<Difference>),
    /// It cannot be made again.
    Impossible(Unreplayable),
}

impl Replayed {
    fn of(decision: &RecordedDecision, policies: Result<&PastPolicies, &Unreplayable>) -> Self {
        let made = policies
            .map_err(Clone::clone)
            .and_then(|policies| decision.replay(policies));
        match made {
            Ok(differences) if differences.is_empty() => Self::Same,
            Ok(differences) => Self::Differs(differences),
            Err(why) => Self::Impossible(why),
        }
    }
}

/// Makes a decision again; `None`: there is none, or the caller may not see it.
///
/// # Errors
/// It could not be decided or read, or a stronger sign-in would show it.
pub async fn replay(session: &Session, id: EventId) -> Result<Option<Replayed>, ServiceError> {
    let operation = session.operation();
    let Some(permit) = session.leave(Read::<id::Event>::by_id(id)).await? else {
        return Ok(None);
    };
    let reader = session.reader().await?;
    let Some(past) = reader.past(permit).await? else {
        return Ok(None);
    };
    let facts = reader.facts(&past).await?;
    let decision = match RecordedDecision::read(&past.envelope, &facts) {
        Ok(decision) => decision,
        Err(why) => return Ok(Some(Replayed::Impossible(why))),
    };
    let digest = decision.policy_digest();
    let what = format!("replay {id}");
    let replayed = session.report(what, async {
        let policies = match operation.policies_of(digest) {
            Some(policies) => Ok(policies),
            None => loaded(digest, reader.released(&past, digest).await?),
        };
        Ok(Replayed::of(&decision, policies.as_ref()))
    });
    Ok(Some(replayed.await?.as_ref().clone()))
}

/// The policies that were released under that digest.
pub(crate) fn loaded(
    digest: &str,
    released: Option<Released>,
) -> Result<PastPolicies, Unreplayable> {
    let released = released.ok_or_else(|| Unreplayable::NoPolicies(digest.to_owned()))?;
    PastPolicies::load(digest, &released.files)
}

/// Makes the decisions of a log again, from one seq up to and including another.
#[derive(Debug)]
pub struct LogReplay {
    database: Database,
    reader: HostReader,
    known: HashMap<String, Result<PastPolicies, Unreplayable>>,
    next: i64,
    to: i64,
}

impl LogReplay {
    /// A replay by whoever holds the host, up to and including the last there is where none is named; that the log is
    /// read is on record.
    ///
    /// # Errors
    /// When there is no leave, it could not be recorded, or the log cannot be read.
    pub async fn begin(desk: &HostDesk, from: i64, to: Option<i64>) -> Result<Self, HostReadError> {
        let reader = desk.reader("replay").await?;
        let size = i64::try_from(desk.snapshot().await?.log_size()).unwrap_or(i64::MAX);
        Ok(Self {
            database: desk.log().database().clone(),
            reader,
            known: HashMap::new(),
            next: from,
            to: size.saturating_sub(1).min(to.unwrap_or(i64::MAX)),
        })
    }

    /// The last seq that it looks at.
    #[must_use]
    pub const fn last(&self) -> i64 {
        self.to
    }

    /// How far it has come: the first seq that it has not looked at.
    #[must_use]
    pub const fn next(&self) -> i64 {
        self.next
    }

    /// The next decisions with what became of them; empty: there are no more.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn some(&mut self) -> Result<Vec<(PastDecision, Replayed)>, HostReadError> {
        // A moment each: one that lasts as long as the whole log takes would hold its pages back from reuse.
        let snapshot = &self.database.snapshot().await?;
        let range = (self.next, self.to);
        let found = self
            .reader
            .decisions(snapshot.connection(), range, AT_ONCE)
            .await?;
        let facts = self.reader.facts(snapshot.connection(), &found).await?;
        let mut made = Vec::with_capacity(found.len());
        for past in found {
            self.next = past.seq.saturating_add(1);
            let replayed = match RecordedDecision::read(&past.envelope, &facts) {
                Ok(decision) => {
                    let digest = decision.policy_digest();
                    Replayed::of(&decision, self.policies(snapshot, digest).await?)
                }
                Err(why) => Replayed::Impossible(why),
            };
            made.push((past, replayed));
        }
        Ok(made)
    }

    async fn policies(
        &mut self,
        snapshot: &Snapshot,
        digest: &str,
    ) -> Result<Result<&PastPolicies, &Unreplayable>, DatabaseError> {
        if !self.known.contains_key(digest) {
            let released = self.reader.released(snapshot.connection(), digest).await?;
            self.known
                .insert(digest.to_owned(), loaded(digest, released));
        }
        Ok(self
            .known
            .get(digest)
            .map_or(Err(&Unreplayable::Envelope), Result::as_ref))
    }
}

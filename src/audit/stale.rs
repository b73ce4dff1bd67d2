//! Whether a decision still rests on what is true.
//!
//! Asked under the head's lock: the changes since the decision's facts were read are looked at, and a
//! decision that depends on anything they touch is made again. So a revocation is in force for every
//! decision with a higher seq. Whoever goes on reading under one decision asks the same of each snapshot.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};

use super::Snapshot;
use super::entry::Entry;
use super::head::{Head, stored};
use super::pending::Depends;

/// How many changes are looked at. A decision that was made before more than these is made again
/// unseen, so that nobody holds the head for long.
pub(super) const LOOKED_AT: usize = 2_048;

/// What depends on this depends on everything, and what touches it touches everything.
pub const EVERYTHING: &str = "*";

/// The changes since some seq.
#[derive(Debug)]
pub(super) struct Changes {
    /// No change from this seq on was left out.
    whole_from: u64,
    changes: Vec<(u64, Touches)>,
}

#[derive(Debug)]
enum Touches {
    Everything,
    Keys(BTreeSet<String>),
}

#[derive(serde::Deserialize)]
struct Touching {
    touches: BTreeSet<String>,
}

impl Changes {
    /// The seq from which on there are changes that some of the entries have not seen.
    pub(super) fn unseen<'a>(head: &Head, entries: impl Iterator<Item = &'a Entry>) -> Option<u64> {
        entries
            .filter_map(|entry| entry.rests_on.as_ref().map(|rests| rests.facts_at))
            .filter(|facts_at| *facts_at < head.change_seq)
            .min()
    }

    /// No changes: everybody has seen all of them.
    pub(super) const fn none() -> Self {
        Self {
            whole_from: 0,
            changes: Vec::new(),
        }
    }

    /// The changes from that seq on.
    pub(super) async fn load(tx: &DatabaseTransaction, from: u64) -> Result<Self, DbErr> {
        // The condition on kind is spelled as in the partial index.
        let statement = Statement::from_sql_and_values(
            tx.get_database_backend(),
            "SELECT seq, kind, envelope FROM audit_event \
             WHERE kind IN ('change', 'policy') AND seq >= $1 ORDER BY seq DESC LIMIT $2",
            [
                stored(from).into(),
                i64::try_from(LOOKED_AT).unwrap_or(i64::MAX).into(),
            ],
        );
        let rows = tx.query_all_raw(statement).await?;
        let mut changes = Vec::with_capacity(rows.len());
        for row in rows {
            let seq: i64 = row.try_get_by_index(0)?;
            let kind: String = row.try_get_by_index(1)?;
            let envelope: Vec<u8> = row.try_get_by_index(2)?;
            let touches = match serde_json::from_slice::<Touching>(&envelope) {
                Ok(touching) if kind == "change" && !touching.touches.contains(EVERYTHING) => {
                    Touches::Keys(touching.touches)
                }
                // A policy, what says so, or what should not be there: everything may be different.
                _ => Touches::Everything,
            };
            changes.push((u64::try_from(seq).unwrap_or(0), touches));
        }
        let whole_from = match changes.last() {
            Some((oldest, _)) if changes.len() == LOOKED_AT => *oldest,
            _ => from,
        };
        Ok(Self {
            whole_from,
            changes,
        })
    }

    /// Whether the entry rests on what one of the changes touches.
    pub(super) fn outdate(&self, entry: &Entry, head: &Head) -> bool {
        let Some(rests) = &entry.rests_on else {
            return false;
        };
        rests.facts_at < head.change_seq && self.touch(rests.facts_at, &rests.depends)
    }

    /// Whether one of them touches what depends on these keys and was made of facts read then.
    fn touch(&self, facts_at: u64, depends: &Depends) -> bool {
        facts_at < self.whole_from
            || self
                .changes
                .iter()
                .filter(|(seq, _)| *seq >= facts_at)
                .any(|(_, touches)| match touches {
                    Touches::Everything => true,
                    Touches::Keys(keys) => depends.contains(EVERYTHING) || depends.meets(keys),
                })
    }
}

impl Snapshot {
    /// Whether what depends on these keys, and was made of the facts of an earlier [`Snapshot::facts_at`],
    /// may be different in this one.
    ///
    /// # Errors
    /// The database fails.
    pub async fn outdates(&self, facts_at: u64, depends: &Depends) -> Result<bool, DbErr> {
        if facts_at >= self.facts_at() {
            return Ok(false);
        }
        let changes = Changes::load(self.connection(), facts_at).await?;
        Ok(changes.touch(facts_at, depends))
    }
}

//! What is trusted from outside: keys that were given, and checkpoints that were kept.

use super::super::checkpoint::SignedCheckpoint;
use super::super::keys::{Introduced, Introduction, Keys};
use super::super::note::VerifierKey;

/// Why a key's word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// It was given from outside.
    Given,
    /// A key that was given has signed for it, or for one that has.
    FollowsGiven,
    /// The log says that it is its key, and nobody else does.
    LogsWord,
    /// Nobody has signed for it: it follows a key that was lost.
    Nobody,
}

/// A key of the log, and why it is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// The key and the event that introduces it.
    pub introduced: Introduced,
    /// Why its word counts.
    pub trust: Trust,
}

/// Every key of the log with its trust, the first one first.
pub(super) fn judged(keys: &Keys, given: &[VerifierKey]) -> Vec<TrustedKey> {
    let mut before = Trust::LogsWord;
    keys.iter()
        .map(|introduced| {
            let trust = if given.contains(&introduced.key) {
                Trust::Given
            } else {
                match (introduced.introduction.clone(), before) {
                    (Introduction::First, _) => Trust::LogsWord,
                    (Introduction::Unendorsed, _) => Trust::Nobody,
                    (Introduction::Endorsed, Trust::Given) => Trust::FollowsGiven,
                    (Introduction::Endorsed, before) => before,
                }
            };
            before = trust;
            TrustedKey {
                introduced: introduced.clone(),
                trust,
            }
        })
        .collect()
}

/// Whose the signature on a checkpoint that somebody has kept is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signed {
    /// One of the log's keys.
    ByTheLog,
    /// It claims one of the log's keys and is wrong: the note is damaged.
    Wrongly,
    /// A key that the log does not introduce, as far as the bundle shows.
    ByAnother,
}

pub(super) fn signer(kept: &SignedCheckpoint, keys: &Keys) -> Signed {
    let mut claimed = keys
        .iter()
        .filter(|known| kept.names(&known.key))
        .peekable();
    if claimed.peek().is_none() {
        Signed::ByAnother
    } else if claimed.any(|known| kept.is_signed_by(&known.key)) {
        Signed::ByTheLog
    } else {
        Signed::Wrongly
    }
}

//! What is trusted from outside: keys that were given, and checkpoints that were kept.

use super::super::checkpoint::SignedCheckpoint;
use super::super::keys::{Introduced, Introduction, Keys};
use super::super::note::VerifierKey;
use super::verdict::{Place, Verdict, Wrong};
use domain::speaks::{events, verbatim, words};

/// A key that is known to be the log's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    /// The key.
    pub key: VerifierKey,
    /// The seq of the event that introduced it, where that is known too: a bundle that reaches so far has to
    /// introduce it. Whoever is given a key on paper does not know it.
    pub since: Option<u64>,
}

impl From<&Introduced> for KnownKey {
    fn from(introduced: &Introduced) -> Self {
        Self {
            key: introduced.key.clone(),
            since: Some(introduced.seq),
        }
    }
}

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
pub(crate) fn judged(keys: &Keys, given: &[KnownKey]) -> Vec<TrustedKey> {
    let mut before = Trust::LogsWord;
    keys.iter()
        .map(|introduced| {
            let trust = if given.iter().any(|given| given.key == introduced.key) {
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

/// The keys that were given and that the log has not introduced as far as the bundle reaches. Every key of the
/// log up to there is in the bundle, so they are newer, or another log's: the bundle cannot tell which.
pub(crate) fn beyond(
    keys: &Keys,
    size: u64,
    given: &[KnownKey],
) -> Result<Vec<VerifierKey>, Verdict> {
    let mut beyond = Vec::new();
    for KnownKey { key, since } in given {
        if key.name() != keys.origin() {
            return Err(Verdict::CouldNotRun(words!(
                "a key that was given is of the log `{given}`, and this file of `{file}`",
                "En angiven nyckel hör till loggen `{given}` och bevisfilen till `{file}`.",
                given = verbatim(key.name()),
                file = verbatim(keys.origin())
            )));
        }
        if keys.iter().any(|known| known.key == *key) {
            continue;
        }
        match since {
            Some(seq) if *seq < size => {
                return Err(Verdict::tampered(
                    Place::Log,
                    Wrong::NotIntroduced(key.clone()),
                ));
            }
            Some(_) => {}
            None => beyond.push(key.clone()),
        }
    }
    Ok(beyond)
}

/// Whether the bundle reaches every key that was given.
pub(super) fn reached(beyond: &[VerifierKey], size: u64) -> Result<(), Verdict> {
    let Some(key) = beyond.first() else {
        return Ok(());
    };
    Err(Verdict::Incomplete(words!(
        "the key {key} was given, and the log had not introduced it within {size}: the bundle was made before that, or \
         it is of another log in this one's place. Export anew, past the event that introduces the key, and verify \
         that; a checkpoint that was kept (`--checkpoint`) tells another log at once",
        "Nyckeln {key} är angiven, men så långt bevisfilen når, {size}, har loggen inte infört den. Bevisfilen gjordes \
         före det, eller så hör den till en annan logg i den rättas ställe. Exportera på nytt, förbi händelsen som inför \
         nyckeln, och verifiera den filen. En sparad kontrollpunkt (`--checkpoint`) avslöjar genast en annan logg.",
        key = verbatim(key),
        size = events(size)
    )))
}

/// Whether anybody but the log itself vouches for the key of an anchor of so many events, where somebody has to.
pub(crate) fn vouched(keys: &Keys, size: u64, judged: &[TrustedKey]) -> Result<(), Verdict> {
    let of_anchor = keys.of(size).map(|known| known.seq);
    let known = judged
        .iter()
        .find(|known| Some(known.introduced.seq) == of_anchor);
    match known {
        Some(known) if known.trust == Trust::Nobody => Err(Verdict::CouldNotRun(words!(
            "the log's key since event {seq} was introduced without the signature of the key before it, \
             so the log's word is not enough: give the key with `--key` once you have it from \
             somebody you trust. It claims to be {key}",
            "Loggens nyckel från händelse {seq} infördes utan signatur från nyckeln före, så loggens eget ord \
             räcker inte. Ange nyckeln med `--key` när du har fått den av någon du litar på. Den säger sig vara \
             {key}.",
            seq = known.introduced.seq,
            key = verbatim(&known.introduced.key)
        ))),
        _ => Ok(()),
    }
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

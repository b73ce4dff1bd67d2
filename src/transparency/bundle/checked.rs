//! What a verifier has seen on its way: for the report to people.

use std::collections::{BTreeMap, HashSet};

use super::super::canonical::plain_text;
use super::super::note::VerifierKey;
use super::super::tree::Hash;
use super::envelope::Envelope;
use super::trust::TrustedKey;
use domain::Instant;

/// How many different names a tally keeps apart.
const KEPT_APART: usize = 1_000;

/// How often each name occurred; bounded, whatever a bundle holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    counts: BTreeMap<String, u64>,
    others: u64,
}

impl Tally {
    fn count(&mut self, name: &str) {
        if let Some(count) = self.counts.get_mut(name) {
            *count += 1;
        } else if self.counts.len() < KEPT_APART {
            self.counts.insert(name.to_owned(), 1);
        } else {
            self.others += 1;
        }
    }

    /// The most frequent names first, at most `most` of them, and how often all others occurred.
    #[must_use]
    pub fn top(&self, most: usize) -> (Vec<(&str, u64)>, u64) {
        let mut counts: Vec<(&str, u64)> = self
            .counts
            .iter()
            .map(|(name, count)| (name.as_str(), *count))
            .collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let rest = counts.split_off(most.min(counts.len()));
        let rest = rest.iter().map(|(_, count)| count).sum::<u64>();
        (counts, rest + self.others)
    }
}

/// What became of a checkpoint that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptResult {
    /// The events give its root, and one of the log's keys has signed it.
    Agrees,
    /// The events give its root; its signature is of a key that the log does not introduce.
    AgreesUnsigned,
    /// The events give another root, and the log accounts for a restore from backup that has lost such a log.
    Lost,
    /// Nothing can be said of it: the bundle has no tree of that size.
    NotCovered,
    /// It is of more events than the bundle knows of.
    Beyond,
}

/// What was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The log's name.
    pub origin: String,
    /// The first event's seq.
    pub from: u64,
    /// One more than the last event's seq.
    pub to: u64,
    /// How many events the anchor has.
    pub size: u64,
    /// The anchor's root, once it was reached.
    pub root: Option<Hash>,
    /// The log's keys.
    pub keys: Vec<TrustedKey>,
    /// The keys that were given and that the log has not introduced as far as the bundle reaches.
    pub beyond: Vec<VerifierKey>,
    /// The checkpoints that were kept, by their size.
    pub kept: Vec<(u64, KeptResult)>,
    /// How many events were looked at.
    pub events: u64,
    /// How many published checkpoints, the anchor excepted.
    pub checkpoints: u64,
    /// When the first and the last event were recorded.
    pub time: Option<(Instant, Instant)>,
    /// Events by kind.
    pub kinds: Tally,
    /// Decisions by answer.
    pub outcomes: Tally,
    /// Decisions by the policy that determined them.
    pub reasons: Tally,
    /// Decisions by the policy set.
    pub policies: Tally,
    /// Decisions by who asked.
    /// With no name: the principals themselves.
    pub askers: Tally,
    /// Whether the bundle is one with values.
    pub values: bool,
    /// Values that were held against their commitments.
    pub values_shown: u64,
    /// Commitments whose values are not in the bundle.
    pub values_away: u64,
    /// Facts that were held against their commitments.
    pub facts_shown: u64,
    /// Commitments to facts that were not in the bundle up to there: decisions that cannot be made again.
    pub facts_away: u64,
    /// The commitments to facts that were.
    known: HashSet<String>,
}

impl Checked {
    pub(super) fn event(&mut self, envelope: &Envelope<'_>, shown: usize) {
        self.events += 1;
        let at = Instant::from_micros(envelope.recorded_at);
        self.time = Some((self.time.map_or(at, |(first, _)| first), at));
        self.kinds.count(envelope.kind);
        let committed = envelope.object("slots");
        let committed = committed.map_or(0, |slots| slots.iter().count());
        self.values_shown += count(shown);
        self.values_away += count(committed.saturating_sub(shown));
        if envelope.kind != "decision" {
            return;
        }
        let facts = envelope.facts();
        let away = facts.filter(|(_, commitment)| !self.known.contains(*commitment));
        self.facts_away += count(away.count());
        self.outcomes
            .count(envelope.text("outcome").unwrap_or_default());
        self.reasons
            .count(envelope.texts("reasons").next().unwrap_or_default());
        let policy = envelope.object("policy");
        let policy = policy
            .as_ref()
            .map_or("?", |policy| policy.text("digest").unwrap_or("?"));
        self.policies.count(policy);
        let asker = envelope.object("asker");
        let asker = asker
            .as_ref()
            .and_then(|asker| plain_text(asker.get("external")?));
        self.askers.count(asker.unwrap_or_default());
    }
}

impl Checked {
    /// A fact was shown, and is what that commits to.
    pub(super) fn fact(&mut self, commitment: &str) {
        self.facts_shown += 1;
        self.known.insert(commitment.to_owned());
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_is_bounded_and_its_most_frequent_come_first() {
        let mut tally = Tally::default();
        for n in 0..2_000 {
            tally.count(&n.to_string());
            tally.count("often");
        }
        let (top, rest) = tally.top(1);
        assert_eq!(top, [("often", 2_000)]);
        assert_eq!(rest, 2_000);
        assert_eq!(tally.counts.len(), KEPT_APART);
    }
}

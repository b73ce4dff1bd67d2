//! Facts in a bundle: each once, with the first event that commits to it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sea_orm::DatabaseTransaction;
use serde_json::Value;

use super::super::facts::{commitment_of, facts};
use super::{ExportError, bad};
use domain::Instant;
use transparency::bundle::{Event, FactLine, Hex, Wrong};
use transparency::fact::{Part, month, of_envelope};
use transparency::tree::Hash;

/// Gives the events those facts that are there and were not carried before; which they are.
pub(super) async fn add(
    db: &DatabaseTransaction,
    events: &mut [Event],
    carried: &HashSet<Hash>,
) -> Result<Vec<Hash>, ExportError> {
    let mut wanted: BTreeMap<String, BTreeMap<Hash, (usize, Part)>> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for (at, event) in events.iter().enumerate() {
        // What is no envelope is named by whoever verifies.
        let envelope = serde_json::from_str::<Value>(&event.envelope).unwrap_or_default();
        let recorded = envelope.get("recordedAt").and_then(Value::as_i64);
        let month = month(Instant::from_micros(recorded.unwrap_or_default()));
        for (part, commitment) in of_envelope(&envelope) {
            let Some(hash) = commitment_of(commitment) else {
                return Err(bad(event.seq, Wrong::Fact(part.name().to_owned())));
            };
            if !carried.contains(&hash) && known.insert(hash) {
                let of_month = wanted.entry(month.clone()).or_default();
                of_month.insert(hash, (at, part));
            }
        }
    }
    let mut new = Vec::new();
    for (month, mut first) in wanted {
        let hashes: Vec<Hash> = first.keys().copied().collect();
        for row in facts(db, &month, &hashes).await? {
            let hash = Hash::try_from(row.commitment.as_slice());
            let Some((hash, (at, part))) = hash.ok().and_then(|hash| first.remove_entry(&hash))
            else {
                continue;
            };
            let Some(event) = events.get_mut(at) else {
                continue;
            };
            let wrong = || bad(event.seq, Wrong::Fact(part.name().to_owned()));
            if !row.is_right(part) {
                return Err(wrong());
            }
            let salt = row.salt.try_into().map_err(|_| wrong())?;
            event.facts.push(FactLine {
                fact: part.name().to_owned(),
                salt: Hex(salt),
                value: row.value,
            });
            new.push(hash);
        }
    }
    Ok(new)
}

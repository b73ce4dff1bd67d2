//! What was done to the log itself, by its own account: erased, pruned, restored.
//!
//! Apart from those who do it because a verifier of the database, the notary and the doctor have to know
//! what may be missing. An event that claims the impossible accounts for nothing. To do one more thing to the
//! log: its events in `FORMAT.md`, section 11, what they account for here, and the partial index by which
//! `audit` reads them.

use serde::Deserialize;

use super::fact::{FACTS, month};
use super::keys::{GENESIS, ROTATED};
use super::tree::BLOCK;
use domain::Instant;
use domain::id::INSTALLATION;

/// Values are erased.
pub const ERASE: &str = "erase";
/// They are gone.
pub const ERASED: &str = "eraseCompleted";
/// Events are pruned.
pub const PRUNE: &str = "prune";
/// They are gone.
pub const PRUNED: &str = "pruneCompleted";
/// The log goes on from a backup.
pub const RESTORED: &str = "restoreAdopted";

/// What stays when the events around it are pruned: others are judged by it.
pub const STAYS: [&str; 3] = [GENESIS, ROTATED, RESTORED];

/// Values that one event accounts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The event's seq.
    pub seq: u64,
    /// The event's id.
    pub id: String,
    /// Their retention class.
    pub class: String,
    /// The organisation whose archive they belong to.
    pub authority: String,
    /// They belong to events below this seq.
    pub below: u64,
    /// Of facts: those of the months before this one; empty: of none.
    pub before: String,
    /// Whether all of them are gone.
    pub completed: bool,
}

/// Events that one event accounts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruning {
    /// The event's seq.
    pub seq: u64,
    /// The event's id.
    pub id: String,
    /// They are below this seq, which is one at which a block begins.
    pub below: u64,
    /// Whether all of them are gone.
    pub completed: bool,
}

/// A backup that the log goes on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restoration {
    /// The event's seq.
    pub seq: u64,
    /// The epoch that begins.
    pub epoch: u64,
    /// How many events the log and the one that was lost have in common.
    pub common: u64,
    /// How many events the one that was lost had.
    pub lost: u64,
    /// The root of so many, in lower-case hexadecimal.
    pub root: String,
}

impl Erasure {
    /// Whether it accounts for the value of an event.
    #[must_use]
    pub fn covers(&self, seq: u64, class: &str, authority: Option<&str>) -> bool {
        seq < self.below && class == self.class && belongs(authority, &self.authority)
    }

    /// Whether it accounts for the facts of a month.
    #[must_use]
    pub fn covers_facts(&self, month: &str) -> bool {
        self.class == FACTS && belongs(None, &self.authority) && month < self.before.as_str()
    }
}

impl Restoration {
    /// Whether a checkpoint of so many events may be of what was lost.
    #[must_use]
    pub fn may_have_lost(&self, size: u64) -> bool {
        self.common < size && size <= self.lost
    }
}

/// Whether what has that authority, or none, is in the archive: what is nobody's is the installation's.
fn belongs(authority: Option<&str>, archive: &str) -> bool {
    match authority {
        Some(authority) => authority == archive,
        None => archive == INSTALLATION.to_string(),
    }
}

/// All of it, in the order of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// What was erased.
    pub erasures: Vec<Erasure>,
    /// What was pruned.
    pub prunings: Vec<Pruning>,
    /// What was restored.
    pub restorations: Vec<Restoration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    id: String,
    recorded_at: Option<Instant>,
    operation: String,
    details: Details,
}

#[derive(Deserialize)]
struct Details {
    disposal: Option<Disposal>,
    below: Option<u64>,
    before: Option<String>,
    erase: Option<String>,
    prune: Option<String>,
    epoch: Option<u64>,
    common: Option<u64>,
    lost: Option<u64>,
    root: Option<String>,
}

#[derive(Clone, Deserialize)]
struct Disposal {
    authority: String,
    class: String,
}

impl Account {
    /// Takes the event into account, if it gives one that is possible.
    pub fn add(&mut self, seq: u64, envelope: &[u8]) {
        let Ok(event) = serde_json::from_slice::<Envelope>(envelope) else {
            return;
        };
        let details = event.details;
        let below = details.below.filter(|below| *below <= seq);
        let recorded = event.recorded_at.map(month).unwrap_or_default();
        let before = details.before.clone().filter(|before| *before <= recorded);
        match (event.operation.as_str(), details.disposal.clone(), below) {
            (ERASE, Some(disposal), Some(below)) => self.erasures.push(Erasure {
                seq,
                id: event.id,
                class: disposal.class,
                authority: disposal.authority,
                below,
                before: before.unwrap_or_default(),
                completed: false,
            }),
            (PRUNE, Some(_), Some(below)) if below.is_multiple_of(BLOCK) => {
                self.prunings.push(Pruning {
                    seq,
                    id: event.id,
                    below,
                    completed: false,
                });
            }
            (ERASED, ..) => {
                let done = details.erase.as_deref();
                let mut open = self.erasures.iter_mut();
                if let Some(erasure) = open.find(|erasure| Some(erasure.id.as_str()) == done) {
                    erasure.completed = true;
                }
            }
            (PRUNED, ..) => {
                let done = details.prune.as_deref();
                let mut open = self.prunings.iter_mut();
                if let Some(pruning) = open.find(|pruning| Some(pruning.id.as_str()) == done) {
                    pruning.completed = true;
                }
            }
            (RESTORED, ..) => self.restored(seq, details),
            _ => {}
        }
    }

    fn restored(&mut self, seq: u64, details: Details) {
        let Details {
            epoch: Some(epoch),
            common: Some(common),
            lost: Some(lost),
            root: Some(root),
            ..
        } = details
        else {
            return;
        };
        if epoch == self.epoch() + 1 && common <= seq && common < lost {
            self.restorations.push(Restoration {
                seq,
                epoch,
                common,
                lost,
                root,
            });
        }
    }

    /// Below which seq events may be gone.
    #[must_use]
    pub fn pruned_below(&self) -> u64 {
        let below = self.prunings.iter().map(|pruning| pruning.below);
        below.max().unwrap_or_default()
    }

    /// The pruning that was begun and is not finished.
    #[must_use]
    pub fn unfinished_pruning(&self) -> Option<&Pruning> {
        self.prunings.iter().rfind(|pruning| !pruning.completed)
    }

    /// The erasure that was begun and is not finished.
    #[must_use]
    pub fn unfinished_erasure(&self) -> Option<&Erasure> {
        self.erasures.iter().rfind(|erasure| !erasure.completed)
    }

    /// How many restores the log has been through.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.restorations.last().map_or(0, |last| last.epoch)
    }

    /// The last erasure that accounts for the value of an event.
    #[must_use]
    pub fn erasure(&self, seq: u64, class: &str, authority: Option<&str>) -> Option<&Erasure> {
        let mut erasures = self.erasures.iter().rev();
        erasures.find(|erasure| erasure.covers(seq, class, authority))
    }

    /// The last erasure that accounts for the facts of a month.
    #[must_use]
    pub fn facts_erasure(&self, month: &str) -> Option<&Erasure> {
        let mut erasures = self.erasures.iter().rev();
        erasures.find(|erasure| erasure.covers_facts(month))
    }

    /// The restore by which a log of so many events may have been lost.
    #[must_use]
    pub fn lost(&self, size: u64) -> Option<&Restoration> {
        let mut restorations = self.restorations.iter();
        restorations.find(|restoration| restoration.may_have_lost(size))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(operation: &str, details: &serde_json::Value) -> Vec<u8> {
        let event = json!({ "id": "evt_1", "operation": operation, "details": details });
        event.to_string().into_bytes()
    }

    fn disposal() -> serde_json::Value {
        json!({ "authority": "org_1", "class": "grant", "number": "RN 2026/1" })
    }

    #[test]
    fn an_event_accounts_for_nothing_that_comes_after_it() {
        let mut account = Account::default();
        for (seq, below) in [(299, 300), (600, 257)] {
            let details = json!({ "disposal": disposal(), "below": below });
            account.add(seq, &event(PRUNE, &details));
        }
        assert_eq!(account.pruned_below(), 0);
        account.add(
            256,
            &event(PRUNE, &json!({ "disposal": disposal(), "below": 256 })),
        );
        assert_eq!(account.pruned_below(), 256);
        assert!(account.unfinished_pruning().is_some());
        account.add(257, &event(PRUNED, &json!({ "prune": "evt_1" })));
        assert_eq!(account.unfinished_pruning(), None);
    }

    #[test]
    fn an_erasure_accounts_for_its_own_class_authority_and_time_only() {
        let mut account = Account::default();
        account.add(
            9,
            &event(ERASE, &json!({ "disposal": disposal(), "below": 5 })),
        );
        assert!(account.erasure(4, "grant", Some("org_1")).is_some());
        for (seq, class, authority) in [
            (5, "grant", Some("org_1")),
            (4, "decision", Some("org_1")),
            (4, "grant", Some("org_2")),
            (4, "grant", None),
        ] {
            assert_eq!(
                account.erasure(seq, class, authority),
                None,
                "{seq} {class}"
            );
        }
    }

    #[test]
    fn facts_go_by_whole_months_that_are_over() {
        let installation = INSTALLATION.to_string();
        let erased = |authority: &str, class: &str, before: &str| {
            let disposal = json!({ "authority": authority, "class": class, "number": "RN 2026/1" });
            let details = json!({ "disposal": disposal, "below": 5, "before": before });
            let event = json!({ "id": "evt_1", "operation": ERASE, "details": details,
                "recordedAt": 1_793_000_000_000_000_i64 });
            let mut account = Account::default();
            account.add(9, event.to_string().as_bytes());
            account
        };
        let account = erased(&installation, FACTS, "2026-10");
        assert!(account.facts_erasure("2026-09").is_some());
        assert!(account.facts_erasure("2026-10").is_none());
        for account in [
            erased("org_1", FACTS, "2026-10"),
            erased(&installation, "decision", "2026-10"),
            // It claims a month that was not over.
            erased(&installation, FACTS, "2026-11"),
        ] {
            assert_eq!(account.facts_erasure("2026-09"), None);
        }
    }

    #[test]
    fn what_belongs_to_nobody_belongs_to_the_installation() {
        let installation = INSTALLATION.to_string();
        assert!(belongs(None, &installation));
        assert!(!belongs(Some("org_1"), &installation));
        assert!(!belongs(None, "org_1"));
    }

    #[test]
    fn epochs_follow_one_another() {
        let mut account = Account::default();
        let restored = |epoch| json!({ "epoch": epoch, "common": 5, "lost": 9, "root": "00" });
        account.add(20, &event(RESTORED, &restored(2)));
        assert_eq!(account.epoch(), 0);
        account.add(20, &event(RESTORED, &restored(1)));
        account.add(30, &event(RESTORED, &restored(2)));
        assert_eq!(account.epoch(), 2);
        assert!(account.lost(5).is_none());
        assert!(account.lost(6).is_some());
        assert!(account.lost(10).is_none());
    }
}

//! Whether checkpoints, published or kept, are of the events that there are.

use super::Walk;
use domain::Words;
use domain::speaks::{Speaks, events, words};
use transparency::bundle::{Place, Wrong};
use transparency::checkpoint::SignedCheckpoint;

impl Walk<'_> {
    /// Compares the published checkpoint of that many events, and those that were kept.
    pub(super) fn compare(&mut self, size: u64, note: Option<&str>) {
        let place = Place::Between(self.agreed, size);
        if let Some(text) = note {
            self.found.checkpoints += 1;
            match self.published(size, text) {
                None => self.agreed = size,
                Some(what) => self.found.differences.add(place, what),
            }
        }
        for kept in self.kept.iter().filter(|kept| kept.claim().size == size) {
            let agrees = self.trees.has_root(&kept.claim().root);
            if !agrees && self.account.lost(size).is_some() {
                self.found.open.push(size);
                continue;
            }
            self.found.checkpoints += 1;
            if !agrees {
                self.found.differences.add(place, Wrong::Kept(size).words());
            }
            if note.is_none() {
                self.found.differences.log(Wrong::Unpublished(size).words());
            }
        }
    }

    fn published(&self, size: u64, text: &str) -> Option<Words> {
        let Ok(signed) = text.parse::<SignedCheckpoint>() else {
            return Some(no_note(size));
        };
        if let Some(what) = self.misspoken(size, text, &signed) {
            return Some(what);
        }
        if !self.trees.has_root(&signed.claim().root) {
            return Some(words!(
                "the events do not give the root of the published checkpoint of {size}",
                "Händelserna ger inte roten i den publicerade kontrollpunkten för {size}.",
                size = events(size)
            ));
        }
        None
    }

    /// What is wrong with a published checkpoint, whatever the events give.
    pub(super) fn misspoken(
        &self,
        size: u64,
        text: &str,
        signed: &SignedCheckpoint,
    ) -> Option<Words> {
        if signed.claim().size != size || signed.to_string() != text {
            return Some(words!(
                "the published checkpoint of {size} says something else",
                "Den publicerade kontrollpunkten för {size} säger något annat.",
                size = events(size)
            ));
        }
        let keys = self.keys.as_ref();
        if !keys.is_some_and(|keys| keys.vouch_for(signed)) {
            return Some(words!(
                "the published checkpoint of {size} is not signed by the log's key",
                "Den publicerade kontrollpunkten för {size} är inte signerad med loggens nyckel.",
                size = events(size)
            ));
        }
        None
    }
}

pub(super) fn no_note(size: u64) -> Words {
    words!(
        "the published checkpoint of {size} is not a note",
        "Den publicerade kontrollpunkten för {size} har inte en kontrollpunkts form.",
        size = events(size)
    )
}

//! A block whose events were pruned: its stored root, and the events that stay of it.

use std::collections::BTreeMap;

use super::checkpoints::no_note;
use super::table::{self, EventRow};
use super::{InspectError, Walk};
use domain::Words;
use transparency::account::STAYS;
use transparency::bundle::Place;
use transparency::checkpoint::SignedCheckpoint;
use transparency::proof::root_of_inclusion;
use transparency::tree::{BLOCK, BLOCK_LEVEL, Hash, leaf_hash};

impl Walk<'_> {
    /// Goes past the block that begins at that seq.
    pub(super) async fn pruned(&mut self, start: u64) -> Result<(), InspectError> {
        let page = start..start + BLOCK;
        let place = Place::Between(start, page.end);
        let stored = table::node(self.db, BLOCK_LEVEL, start / BLOCK).await?;
        let stored = stored.and_then(|hash| Hash::try_from(hash).ok());
        let mut notes: BTreeMap<u64, String> = table::checkpoints(self.db, &page)
            .await?
            .into_iter()
            .collect();
        let said = self.said_of_block()?;
        self.stays(start, stored, said.as_deref()).await?;
        if let Some(said) = said {
            for (seq, leaf) in page.zip(said) {
                self.trees.append(leaf, leaf);
                if self.trees.at_block() {
                    self.block(true).await?;
                }
                self.compare(seq + 1, notes.remove(&(seq + 1)).as_deref());
            }
            return Ok(());
        }
        if stored.is_none() {
            let what = Words::new(
                "their stored node is missing, and they were pruned",
                "Deras sparade nod saknas, och de är gallrade.",
            );
            self.found.differences.add(place, what);
        }
        let completed = self.trees.skip(stored.unwrap_or_default());
        self.nodes(&completed).await?;
        let last = notes.remove(&page.end);
        for (size, note) in notes {
            self.within(size, &note);
        }
        let inside = page.start + 1..page.end;
        let kept = self.kept.iter().map(|kept| kept.claim().size);
        self.found
            .open
            .extend(kept.filter(|size| inside.contains(size)));
        self.compare(page.end, last.as_deref());
        Ok(())
    }

    /// The notary's leaves of one block, if it has all of them.
    fn said_of_block(&mut self) -> Result<Option<Vec<Hash>>, InspectError> {
        let mut leaves = Vec::new();
        for _ in 0..BLOCK {
            match self.said()? {
                Some(leaf) => leaves.push(leaf),
                None => return Ok(None),
            }
        }
        Ok(Some(leaves))
    }

    /// A checkpoint of which nothing can be told but who has signed it.
    fn within(&mut self, size: u64, note: &str) {
        self.found.within_pruned += 1;
        let wrong = match note.parse::<SignedCheckpoint>() {
            Ok(signed) => self.misspoken(size, note, &signed),
            Err(_) => Some(no_note(size)),
        };
        if let Some(what) = wrong {
            self.found.differences.log(what);
        }
    }

    /// The events that stay: what introduces keys, what accounts for restores and what told last of a thing, each with
    /// its path.
    async fn stays(
        &mut self,
        start: u64,
        stored: Option<Hash>,
        said: Option<&[Hash]>,
    ) -> Result<(), InspectError> {
        let page = start..start + BLOCK;
        let mut paths: BTreeMap<u64, Vec<u8>> =
            table::kept(self.db, &page).await?.into_iter().collect();
        let mut slots: BTreeMap<u64, Vec<table::SlotRow>> = BTreeMap::new();
        for row in table::slots(self.db, &page).await? {
            slots.entry(row.seq).or_default().push(row);
        }
        for row in table::events(self.db, &page).await? {
            let seq = row.seq;
            let at = usize::try_from(seq - start).unwrap_or(usize::MAX);
            let said = said.and_then(|leaves| leaves.get(at)).copied();
            let path = paths.remove(&seq);
            let differences = &mut self.found.differences;
            let slots = slots.remove(&seq).unwrap_or_default();
            self.events.check(
                &row,
                &slots,
                said,
                &mut self.keys,
                &self.account,
                differences,
            );
            if !is_to_stay(&row, path.is_some()) {
                let what = Words::new(
                    "it was pruned, and it is there",
                    "Den är gallrad men finns kvar.",
                );
                differences.event(seq, what);
            } else if path.is_none_or(|path| !leads(&row, seq - start, &path, stored)) {
                let what = Words::new(
                    "its path does not lead to the root of its block",
                    "Dess väg leder inte till blockets rot.",
                );
                differences.event(seq, what);
            }
        }
        for (seq, _) in paths {
            let what = Words::new(
                "it is missing: what others are judged by stays when events are pruned",
                "Den saknas. Det som annat bedöms efter ska finnas kvar när händelser gallras.",
            );
            self.found.differences.event(seq, what);
        }
        Ok(())
    }
}

/// Whether an event stays when those around it are pruned, by its bytes. A change stays that told last of a thing then,
/// whatever was told since: it has a path.
fn is_to_stay(row: &EventRow, has_path: bool) -> bool {
    let text = std::str::from_utf8(&row.envelope).unwrap_or_default();
    let of_log = STAYS
        .iter()
        .any(|operation| text.contains(&format!("\"operation\":\"{operation}\"")));
    of_log || has_path && text.contains("\"kind\":\"change\"")
}

fn leads(row: &EventRow, index: u64, path: &[u8], root: Option<Hash>) -> bool {
    let (path, rest) = path.as_chunks::<32>();
    let leaf = leaf_hash(&row.envelope);
    rest.is_empty() && root_of_inclusion(index, BLOCK, leaf, path) == root && root.is_some()
}

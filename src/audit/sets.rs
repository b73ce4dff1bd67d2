//! Sets that stand in columns, taken apart once and found by their members from then on.
//!
//! Nothing takes them away again, so a process remembers those that it has seen committed, and looks for the others.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use sea_orm::{DatabaseTransaction, DbErr};

use super::rows::{Table, insert_missing};

/// How many sets a process remembers: some 200 bytes each.
const MOST: usize = 1 << 16;

const SETS: Table = Table {
    name: "audit_set",
    columns: &["held_in", "member", "whole"],
    otherwise: "",
};

/// The column that a set is held in, and the whole of it.
pub(super) type Set = (&'static str, String);

/// The sets that this process knows to be there.
#[derive(Debug, Default)]
pub(super) struct SetMemory(Mutex<HashSet<Set>>);

impl SetMemory {
    /// Those sets are committed.
    pub(super) fn remember(&self, stored: &[Set]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.extend(stored.iter().cloned());
    }

    fn unknown(&self, sets: BTreeSet<(&'static str, &str)>) -> Vec<Set> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sets = sets
            .into_iter()
            .map(|(column, whole)| (column, whole.to_owned()));
        sets.filter(|set| !known.contains(set)).collect()
    }
}

/// Stores those of the sets that are not there yet; the caller holds the head, so nobody else stores any. They may be
/// remembered once they are committed.
pub(super) async fn store(
    tx: &DatabaseTransaction,
    sets: BTreeSet<(&'static str, &str)>,
    memory: &SetMemory,
) -> Result<Vec<Set>, DbErr> {
    let unknown = memory.unknown(sets);
    let members = |whole: &'_ str| -> Vec<String> {
        let members = whole.split('/').filter(|member| !member.is_empty());
        members.map(str::to_owned).collect()
    };
    let taken_apart: Vec<(&Set, Vec<String>)> =
        unknown.iter().map(|set| (set, members(&set.1))).collect();
    let rows = taken_apart.iter().flat_map(|((column, whole), members)| {
        members
            .iter()
            .map(move |member| [*column, member.as_str(), whole.as_str()])
    });
    insert_missing(tx, &SETS, rows.collect()).await?;
    Ok(unknown)
}

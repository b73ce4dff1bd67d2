//! Facts: that every one is there that an event commits to and that has not been erased, that it is what was committed
//! to, and that there are no others.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use data_encoding::HEXLOWER;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};
use serde_json::Value;

use super::super::facts::{commitment_of, facts};
use super::difference::Differences;
use super::table;
use domain::speaks::{Speaks, verbatim, words};
use domain::{Instant, Words};
use transparency::account::Account;
use transparency::bundle::Wrong;
use transparency::fact::{Part, month, of_envelope};
use transparency::tree::Hash;

/// What events commit to, and what of it has been looked at.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The month of the event before.
    month: String,
    /// The months of the events before.
    months: BTreeSet<String>,
    /// What events of the month commit to and was there.
    there: HashSet<Hash>,
    /// What they commit to and was not.
    missing: HashSet<Hash>,
    /// What the events of this page are the first to commit to.
    new: BTreeMap<(String, Hash), (Part, u64)>,
}

impl Facts {
    /// What an event commits to.
    pub(super) fn event(&mut self, seq: u64, envelope: &Value, found: &mut Differences) {
        let recorded = envelope.get("recordedAt").and_then(Value::as_i64);
        let month = month(Instant::from_micros(recorded.unwrap_or_default()));
        for (part, commitment) in of_envelope(envelope) {
            let Some(hash) = commitment_of(commitment) else {
                found.event(seq, Wrong::Fact(part.name().to_owned()).words());
                continue;
            };
            let of_month = month == self.month;
            if !of_month || !self.there.contains(&hash) && !self.missing.contains(&hash) {
                let key = (month.clone(), hash);
                self.new.entry(key).or_insert((part, seq));
            }
        }
        self.months.insert(month);
    }

    /// Looks at what the events of a page were the first to commit to.
    pub(super) async fn page(
        &mut self,
        db: &DatabaseTransaction,
        account: &Account,
        is_pruned: bool,
        found: &mut Differences,
    ) -> Result<(), DbErr> {
        let mut new = std::mem::take(&mut self.new);
        while let Some(((month, _), _)) = new.first_key_value() {
            let month = month.clone();
            if month != self.month {
                self.close(db, is_pruned, found).await?;
                self.month.clone_from(&month);
            }
            let later = new.split_off(&(format!("{month}~"), Hash::default()));
            let of_month = std::mem::replace(&mut new, later);
            self.compare(db, &month, of_month, account, found).await?;
        }
        Ok(())
    }

    async fn compare(
        &mut self,
        db: &DatabaseTransaction,
        month: &str,
        new: BTreeMap<(String, Hash), (Part, u64)>,
        account: &Account,
        found: &mut Differences,
    ) -> Result<(), DbErr> {
        let mut new: BTreeMap<Hash, (Part, u64)> = new
            .into_iter()
            .map(|((_, hash), first)| (hash, first))
            .collect();
        let erasure = account.facts_erasure(month);
        let done = erasure.filter(|erasure| erasure.completed);
        let wanted: Vec<Hash> = new.keys().copied().collect();
        for row in facts(db, month, &wanted).await? {
            let Ok(hash) = Hash::try_from(row.commitment.as_slice()) else {
                continue;
            };
            let Some((part, seq)) = new.remove(&hash) else {
                continue;
            };
            self.there.insert(hash);
            if !row.is_right(part) {
                found.event(seq, Wrong::Fact(part.name().to_owned()).words());
            }
            if let Some(erasure) = done {
                found.event(seq, still_there(erasure.seq, part));
            }
        }
        for (hash, (part, seq)) in new {
            self.missing.insert(hash);
            if erasure.is_none() {
                found.event(seq, gone(part));
            }
        }
        Ok(())
    }

    /// After the last event of a month: nothing is there that none of them commits to.
    async fn close(
        &mut self,
        db: &DatabaseTransaction,
        is_pruned: bool,
        found: &mut Differences,
    ) -> Result<(), DbErr> {
        self.missing.clear();
        let there = std::mem::take(&mut self.there);
        // Of the first month events may be gone that shared facts with nobody.
        let is_whole = !is_pruned || self.months.first() != Some(&self.month);
        if self.month.is_empty() || !is_whole {
            return Ok(());
        }
        strays(db, &self.month, &there, found).await
    }

    /// After the last event.
    pub(super) async fn finish(
        &mut self,
        db: &DatabaseTransaction,
        account: &Account,
        is_pruned: bool,
        found: &mut Differences,
    ) -> Result<(), DbErr> {
        self.close(db, is_pruned, found).await?;
        let pruning = account.unfinished_pruning().is_some();
        for row in table::all(db, "SELECT DISTINCT month FROM audit_fact ORDER BY month").await? {
            let month: String = row.try_get_by_index(0)?;
            let goes = pruning && self.months.first().is_some_and(|first| month < *first);
            if !self.months.contains(&month) && !goes {
                strays(db, &month, &HashSet::new(), found).await?;
            }
        }
        Ok(())
    }
}

/// Names the facts of a month besides those.
async fn strays(
    db: &DatabaseTransaction,
    month: &str,
    known: &HashSet<Hash>,
    found: &mut Differences,
) -> Result<(), DbErr> {
    let statement =
        |sql: &str| Statement::from_sql_and_values(db.get_database_backend(), sql, [month.into()]);
    let sql = "SELECT COUNT(*) FROM audit_fact WHERE month = $1";
    let row = db.query_one_raw(statement(sql)).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    if usize::try_from(count) == Ok(known.len()) {
        return Ok(());
    }
    let sql = "SELECT commitment FROM audit_fact WHERE month = $1 ORDER BY commitment";
    for row in db.query_all_raw(statement(sql)).await? {
        let commitment: Vec<u8> = row.try_get_by_index(0)?;
        let own = Hash::try_from(commitment.as_slice());
        if !own.is_ok_and(|hash| known.contains(&hash)) {
            found.log(words!(
                "a row of `audit_fact` belongs to no event: {month} {commitment}",
                "En rad i `audit_fact` hör inte till någon händelse: {month} {commitment}.",
                month = verbatim(month),
                commitment = verbatim(HEXLOWER.encode(&commitment))
            ));
        }
    }
    Ok(())
}

fn still_there(by: u64, part: Part) -> Words {
    words!(
        "event {by} says that its facts `{part}` were erased, and they are there",
        "Händelse {by} säger att dess underlag `{part}` har raderats, men det finns kvar.",
        by,
        part = verbatim(part.name())
    )
}

fn gone(part: Part) -> Words {
    words!(
        "its facts `{part}` are gone, and no event says that they were erased",
        "Dess underlag `{part}` är borta, men ingen händelse säger att det har raderats.",
        part = verbatim(part.name())
    )
}

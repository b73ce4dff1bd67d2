//! Facts beside the events that commit to them: stored once a month, whoever's decisions rest on them.
//!
//! A process remembers the salts that it gave, and what it knows to be stored because it has committed it. What it does
//! not know costs a look and at most a row more, never an answer. With each month it begins anew, so that what is
//! erased of one month does not stand on in the next.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use data_encoding::HEXLOWER;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement, Value};

use super::rows::{Table, in_list, insert};
use domain::Instant;
use transparency::fact::{CommittedFact, Fact, Part, Salted, Salting, Texts, month};
use transparency::slot::{Salt, commitment};
use transparency::tree::Hash;

/// How many facts a process remembers: some 200 bytes each.
const MOST: usize = 1 << 17;
/// How many facts are looked for at once.
const GROUP: usize = 256;

const FACTS: Table = Table {
    name: "audit_fact",
    columns: &["month", "commitment", "salt", "value"],
    otherwise: "",
};

/// What this process knows of the facts in the log.
#[derive(Debug, Default)]
pub(super) struct FactMemory(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    month: String,
    salted: HashMap<Hash, Salted>,
    stored: HashSet<Hash>,
}

impl FactMemory {
    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// About how many bytes of these facts are not stored yet.
    pub(super) fn unstored(&self, facts: &[CommittedFact]) -> usize {
        let memory = self.lock();
        let new = facts
            .iter()
            .filter(|one| !memory.stored.contains(&one.salted.commitment));
        new.map(|one| one.fact.text().len()).sum()
    }

    /// The facts were committed, or were there.
    pub(super) fn remember(&self, stored: &StoredFacts) {
        let mut memory = self.lock();
        if memory.month.is_empty() {
            memory.month.clone_from(&stored.month);
        }
        if memory.month != stored.month || memory.stored.len() >= MOST {
            *memory = Memory {
                month: stored.month.clone(),
                ..Memory::default()
            };
        }
        memory.stored.extend(&stored.commitments);
    }

    fn is_stored(&self, month: &str, commitment: &Hash) -> bool {
        let memory = self.lock();
        memory.month == month && memory.stored.contains(commitment)
    }
}

impl Salting for FactMemory {
    fn salted(&self, fact: &Fact) -> Salted {
        let fingerprint = fact.fingerprint();
        if let Some(salted) = self.lock().salted.get(&fingerprint) {
            return *salted;
        }
        let salted = fact.salted(rand::random());
        let mut memory = self.lock();
        if memory.salted.len() >= MOST {
            memory.salted.clear();
        }
        *memory.salted.entry(fingerprint).or_insert(salted)
    }
}

/// Facts that are there once the transaction is committed.
#[derive(Debug)]
pub(super) struct StoredFacts {
    month: String,
    commitments: Vec<Hash>,
}

/// Stores the facts of events that are recorded at that instant, those that are not there yet. The caller holds the
/// head, so nobody else stores any.
pub(super) async fn store(
    tx: &DatabaseTransaction,
    facts: impl Iterator<Item = &CommittedFact>,
    recorded: Instant,
    memory: &FactMemory,
) -> Result<StoredFacts, DbErr> {
    let month = month(recorded);
    let mut missing = BTreeMap::new();
    for one in facts {
        if !memory.is_stored(&month, &one.salted.commitment) {
            missing.insert(one.salted.commitment, one);
        }
    }
    let commitments: Vec<Hash> = missing.keys().copied().collect();
    for there in rows(tx, "commitment", &month, &commitments).await? {
        let commitment: Vec<u8> = there.try_get_by_index(0)?;
        if let Ok(commitment) = Hash::try_from(commitment) {
            missing.remove(&commitment);
        }
    }
    let values = missing.iter().flat_map(|(commitment, one)| {
        [
            month.as_str().into(),
            commitment.to_vec().into(),
            one.salted.salt.to_vec().into(),
            one.fact.text().into(),
        ]
    });
    insert(tx, &FACTS, values.collect()).await?;
    Ok(StoredFacts { month, commitments })
}

/// A fact as it stands in the database.
#[derive(Debug, Clone)]
pub(super) struct FactRow {
    pub(super) commitment: Vec<u8>,
    pub(super) salt: Vec<u8>,
    pub(super) value: String,
}

impl FactRow {
    /// Whether it is what its commitment says.
    pub(super) fn is_right(&self, part: Part) -> bool {
        let salt = Salt::try_from(self.salt.as_slice());
        salt.is_ok_and(|salt| {
            commitment(&salt, part.name(), &self.value).as_slice() == self.commitment
        })
    }
}

/// The facts of a month that have those commitments, as far as they are there.
pub(super) async fn facts(
    db: &DatabaseTransaction,
    month: &str,
    commitments: &[Hash],
) -> Result<Vec<FactRow>, DbErr> {
    let rows = rows(db, "commitment, salt, value", month, commitments).await?;
    rows.iter()
        .map(|row| {
            Ok(FactRow {
                commitment: row.try_get_by_index(0)?,
                salt: row.try_get_by_index(1)?,
                value: row.try_get_by_index(2)?,
            })
        })
        .collect()
}

/// Facts that somebody asks for, by what events commit to.
#[derive(Debug, Default)]
pub struct WantedFacts(BTreeMap<String, BTreeMap<Hash, Part>>);

impl WantedFacts {
    /// What an event that was recorded then commits to.
    pub fn add<'a>(
        &mut self,
        recorded: Instant,
        commitments: impl Iterator<Item = (Part, &'a str)>,
    ) {
        let known = commitments.filter_map(|(part, spelled)| Some((commitment_of(spelled)?, part)));
        self.0.entry(month(recorded)).or_default().extend(known);
    }

    /// Their texts. Those that have been erased are left out, and so are those that are not what was committed to:
    /// nothing is shown or decided by them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn texts(self, db: &DatabaseTransaction) -> Result<Texts, DbErr> {
        let mut texts = Texts::new();
        for (month, parts) in self.0 {
            let wanted: Vec<Hash> = parts.keys().copied().collect();
            for row in facts(db, &month, &wanted).await? {
                let hash = Hash::try_from(row.commitment.as_slice());
                let part = hash.ok().and_then(|hash| parts.get(&hash));
                if part.is_some_and(|part| row.is_right(*part)) {
                    texts.insert(HEXLOWER.encode(&row.commitment), row.value);
                }
            }
        }
        Ok(texts)
    }
}

/// A commitment as an envelope spells it.
pub(super) fn commitment_of(spelled: &str) -> Option<Hash> {
    let bytes = HEXLOWER.decode(spelled.as_bytes()).ok()?;
    bytes.try_into().ok()
}

async fn rows(
    db: &DatabaseTransaction,
    columns: &str,
    month: &str,
    commitments: &[Hash],
) -> Result<Vec<sea_orm::QueryResult>, DbErr> {
    let backend = db.get_database_backend();
    let mut found = Vec::new();
    for group in commitments.chunks(GROUP) {
        let wanted = group.iter().map(|commitment| commitment.to_vec().into());
        let (wanted, places) = in_list(1, wanted.collect());
        let values = std::iter::once(Value::from(month)).chain(wanted);
        let sql = format!(
            "SELECT {columns} FROM audit_fact WHERE month = $1 AND commitment IN ({places})"
        );
        let statement = Statement::from_sql_and_values(backend, sql, values);
        found.extend(db.query_all_raw(statement).await?);
    }
    Ok(found)
}

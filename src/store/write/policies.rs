//! The life of a policy set: proposed with its texts, released by somebody else, and rolled back.
//!
//! Every text that was proposed is kept. Which set is in force is one row, changed in the transaction that
//! also appends the event of it, so that every decision above that event is made by that set.

use sea_orm::{DatabaseTransaction, DbErr, Value};

use domain::action::{ProposePolicies, ReleasePolicies, RollBackPolicies};
use domain::clock::{Clock, fresh};
use domain::id::{self, EventId, IndividualId, PolicySetId};
use domain::speaks::Speaks;
use domain::{ChangeKind, Instant, Words};
use gate::Leave;
use transparency::event::Change;

use crate::cell::expecting;
use crate::column;
use crate::new_row::NewRow;

use super::{Unmade, WriteError, execute_any, for_change, rows};
use crate::rows::execute;

/// Why a set cannot be put in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum ReleaseConflict {
    /// There is no such generation, or another one by now.
    Unknown,
    /// It is in force already.
    InForce,
    /// It was never released, so there is nothing to go back to.
    NeverReleased,
    /// Whoever proposed it does not release it.
    SameIndividual,
    /// A machine proposes and releases nothing.
    NoPerson,
}

impl Speaks for ReleaseConflict {
    fn words(&self) -> Words {
        match self {
            Self::Unknown => Words::new(
                "no generation of policies has that number: `behorig policy propose` prints it",
                "Ingen generation av reglerna har det numret. `behorig policy propose` skriver ut det.",
            ),
            Self::InForce => Words::new(
                "that generation is in force already",
                "Den generationen gäller redan.",
            ),
            Self::NeverReleased => Words::new(
                "that generation was never in force: `behorig policy release` puts it there",
                "Den generationen har aldrig gällt. Den sätts i kraft med `behorig policy release`.",
            ),
            Self::SameIndividual => Words::new(
                "whoever proposed a policy set does not release it: another human being has to",
                "Den som har föreslagit reglerna får inte själv sätta dem i kraft. Det ska någon annan göra.",
            ),
            Self::NoPerson => Words::new(
                "policies are proposed and released by people: give the token of a person",
                "Regler föreslås och sätts i kraft av människor. Ange en persons inloggning.",
            ),
        }
    }
}

/// Keeps the texts as the next generation, not in force. Its number, and the event that tells of it.
///
/// # Errors
/// When the database fails, or no person has leave.
pub async fn propose_policies(
    tx: &DatabaseTransaction,
    leave: &Leave<ProposePolicies>,
    now: Instant,
    clock: &dyn Clock,
) -> Result<(u64, Change), Unmade<ReleaseConflict>> {
    let proposer = leave
        .individual()
        .ok_or(Unmade::Conflict(ReleaseConflict::NoPerson))?;
    let found = rows(
        tx,
        "SELECT COALESCE(MAX(generation), 0) + 1 AS next FROM policy_set",
        [],
    );
    let found = found.await?;
    let next: i64 = match found.first() {
        Some(row) => row.try_get("", "next")?,
        None => 1,
    };
    let action = leave.action();
    let id = fresh::<id::PolicySet>(clock);
    let columns = [
        ("generation", next.into()),
        ("digest", action.digest.as_str().into()),
        ("active", false.into()),
        ("proposed_at", now.as_micros().into()),
        ("proposed_by", proposer.to_string().into()),
    ];
    let row = NewRow::new("policy_set", id, columns);
    row.insert(tx).await?;
    for (path, text) in action.files.iter() {
        let sql = "INSERT INTO policy_text (generation, path, text) VALUES ($1, $2, $3)";
        let values: [Value; 3] = [next.into(), path.as_str().into(), text.as_str().into()];
        execute(tx, sql, values).await?;
    }
    let generation = u64::try_from(next).unwrap_or(0);
    let event = Change::new(
        fresh(clock),
        id.into(),
        ChangeKind::Proposed,
        leave.decision(),
    );
    Ok((generation, row.told(event)))
}

/// Puts a proposed set in force; the log's own event tells of it.
///
/// # Errors
/// [`Unmade::Conflict`] where there is no such set, or the one who proposed it has the leave.
pub async fn release_policies(
    tx: &DatabaseTransaction,
    leave: &Leave<ReleasePolicies>,
    at: Activation<'_>,
) -> Result<Vec<Change>, Unmade<ReleaseConflict>> {
    let action = leave.action();
    let wanted = Wanted {
        generation: action.generation,
        digest: &action.digest,
        by: leave.individual(),
    };
    put_in_force(tx, &wanted, (at, leave.decision()), |set, releaser| {
        (set.proposed_by.as_deref() == Some(releaser)).then_some(ReleaseConflict::SameIndividual)
    })
    .await
}

/// Puts a set in force again that was before.
///
/// # Errors
/// [`Unmade::Conflict`] where there is no such set, or it never was in force.
pub async fn roll_back_policies(
    tx: &DatabaseTransaction,
    leave: &Leave<RollBackPolicies>,
    at: Activation<'_>,
) -> Result<Vec<Change>, Unmade<ReleaseConflict>> {
    let action = leave.action();
    let wanted = Wanted {
        generation: action.generation,
        digest: &action.digest,
        by: leave.individual(),
    };
    put_in_force(tx, &wanted, (at, leave.decision()), |set, _| {
        (!set.released).then_some(ReleaseConflict::NeverReleased)
    })
    .await
}

/// The set that is to be in force, and who has leave for that.
struct Wanted<'a> {
    generation: u64,
    digest: &'a str,
    by: Option<IndividualId>,
}

/// Puts a set in force, unless it is not the one that was looked at or `against` says something against it.
async fn put_in_force(
    tx: &DatabaseTransaction,
    wanted: &Wanted<'_>,
    (at, decision): (Activation<'_>, EventId),
    against: impl FnOnce(&Row, &str) -> Option<ReleaseConflict>,
) -> Result<Vec<Change>, Unmade<ReleaseConflict>> {
    let conflict = |what| Err(Unmade::Conflict(what));
    let Some(by) = wanted.by.map(|individual| individual.to_string()) else {
        return conflict(ReleaseConflict::NoPerson);
    };
    let found = find(tx, wanted.generation).await?;
    let Some(set) = found.filter(|set| set.digest == wanted.digest) else {
        return conflict(ReleaseConflict::Unknown);
    };
    if set.active {
        return conflict(ReleaseConflict::InForce);
    }
    match against(&set, &by) {
        Some(what) => conflict(what),
        None => activate(tx, set.id, at, decision, &by).await,
    }
}

/// When a set comes into force, by which event, and where the ids of the events that tell of sets come from.
#[derive(Debug, Clone, Copy)]
pub struct Activation<'a> {
    /// When.
    pub now: Instant,
    /// The policy event.
    pub event: EventId,
    /// Where other ids come from.
    pub clock: &'a dyn Clock,
}

/// A set's row.
struct Row {
    id: PolicySetId,
    digest: String,
    active: bool,
    released: bool,
    proposed_by: Option<String>,
}

async fn find(tx: &DatabaseTransaction, generation: u64) -> Result<Option<Row>, WriteError> {
    // One at a time: what is in force is one row, and everybody who changes that waits for it.
    let lock = format!(
        "SELECT generation FROM policy_set WHERE active{}",
        for_change(tx)
    );
    rows(tx, &lock, []).await?;
    let sql = "SELECT id, digest, active, activated_at, proposed_by FROM policy_set \
        WHERE generation = $1";
    let generation = i64::try_from(generation).unwrap_or(i64::MAX);
    let found = rows(tx, sql, [generation.into()]).await?;
    let read = found.first().map(|row| {
        Ok::<_, DbErr>(Row {
            id: column::read(row, "", "id")?,
            digest: row.try_get("", "digest")?,
            active: row.try_get("", "active")?,
            released: row.try_get::<Option<i64>>("", "activated_at")?.is_some(),
            proposed_by: row.try_get("", "proposed_by")?,
        })
    });
    Ok(read.transpose()?)
}

/// Puts the set in force in the place of the one that was; what became of both.
async fn activate(
    tx: &DatabaseTransaction,
    set: PolicySetId,
    at: Activation<'_>,
    decision: EventId,
    by: &str,
) -> Result<Vec<Change>, Unmade<ReleaseConflict>> {
    let Activation { now, event, clock } = at;
    let before = rows(tx, "SELECT id FROM policy_set WHERE active", []).await?;
    let none = "UPDATE policy_set SET active = FALSE WHERE active";
    execute_any(tx, none, []).await?;
    let sql = "UPDATE policy_set SET active = TRUE, activated_at = $2, released_by = $3, \
        event_id = $4 WHERE id = $1";
    let values: [Value; 4] = [
        set.to_string().into(),
        now.as_micros().into(),
        by.into(),
        event.to_string().into(),
    ];
    execute(tx, sql, values).await?;
    let told = |set: PolicySetId, kind| Change::new(fresh(clock), set.into(), kind, decision);
    let replaced = before.iter().map(|row| {
        let before = told(column::read(row, "", "id")?, ChangeKind::Replaced);
        Ok(expecting(before, &[("active", false.into())]))
    });
    let mut changes = replaced.collect::<Result<Vec<_>, DbErr>>()?;
    let columns = [
        ("active", true.into()),
        ("activated_at", now.as_micros().into()),
        ("released_by", by.into()),
    ];
    changes.push(expecting(told(set, ChangeKind::Released), &columns));
    Ok(changes)
}

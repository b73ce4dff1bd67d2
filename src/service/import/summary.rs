//! What an import came to, for people and for the run's event.

use std::collections::BTreeMap;

use super::standing::Standing;
use super::worker::Worker;
use super::{ImportError, ImportOptions};
use domain::FlagName;
use domain::id::RunId;
use feed::{Kind, shown};
use store::import::{self as staging, FLAGS, StagedProblem};
use transparency::canonical::{Object, Value};

/// How many problems a summary shows.
const SHOWN: u64 = 100;

/// What became of the records of a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KindSummary {
    /// Made, or in a dry run would be.
    pub created: u64,
    /// Changed, or in a dry run would be.
    pub changed: u64,
    /// As they were.
    pub unchanged: u64,
    /// Bad.
    pub rejected: u64,
    /// Flags on things of the kind; one thing can have several.
    pub flagged: u64,
}

/// A flag that was counted otherwise by the sender than here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagDifference {
    /// The flag as the sender calls it, as far as it may be repeated.
    pub flag: String,
    /// The sender's count.
    pub announced: u64,
    /// The count here, of the same records.
    pub found: u64,
}

/// What an import came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The run.
    pub run: RunId,
    /// The feed's source.
    pub source: String,
    /// Whether nothing was applied because nothing was to be.
    pub dry_run: bool,
    /// How many lines the feed has.
    pub lines: u64,
    /// What became of the records, by kind.
    pub kinds: BTreeMap<Kind, KindSummary>,
    /// What is flagged of all that the source has brought, by flag; flags of which there are none included.
    pub flags: BTreeMap<FlagName, u64>,
    /// Where the sender counted otherwise; rejected records explain differences.
    pub flag_differences: Vec<FlagDifference>,
    /// From which source records were taken over, and how many; `None`: from nobody.
    pub taken_over: Option<(String, u64)>,
    /// Grants and roles through which somebody gained something privileged.
    pub gains_of_privilege: u64,
    /// Permissions that nobody has said how to treat.
    pub unknown_permissions: u64,
    /// The first problems.
    pub problems: Vec<StagedProblem>,
    /// How many problems there are.
    pub problem_count: u64,
    /// On how many lines.
    pub bad_lines: u64,
    /// How many records passed every check and were refused by the register when they were applied.
    pub refused: u64,
}

/// What is known when everything has been checked.
pub(super) async fn of_checks(
    worker: &Worker<'_>,
    options: &ImportOptions,
    standing: &Standing,
    announced: Option<&BTreeMap<String, u64>>,
) -> Result<Summary, ImportError> {
    let run = worker.run().to_string();
    let snapshot = worker.snapshot().await?;
    let db = snapshot.connection();
    let (problems, problem_count, bad_lines) = staging::problems(db, &run, SHOWN).await?;
    let mut kinds: BTreeMap<Kind, KindSummary> = Kind::ALL
        .iter()
        .map(|kind| (*kind, KindSummary::default()))
        .collect();
    for (kind, summary) in &mut kinds {
        summary.rejected = standing.rejected.get(kind.name()).copied().unwrap_or(0);
    }
    let mut flags = BTreeMap::new();
    for flag in FLAGS {
        let count = standing.flags.get(flag.name.as_str()).copied().unwrap_or(0);
        flags.insert(flag.name, count);
        kinds.entry(flag.on()).or_default().flagged += count;
    }
    let differences = announced
        .into_iter()
        .flatten()
        .filter_map(|(flag, announced)| {
            let found = standing.told.get(flag).copied().unwrap_or(0);
            (found != *announced).then(|| FlagDifference {
                flag: shown(flag),
                announced: *announced,
                found,
            })
        });
    Ok(Summary {
        run: worker.run(),
        source: options.source.to_string(),
        dry_run: options.dry_run,
        lines: standing.lines,
        kinds,
        flags,
        flag_differences: differences.collect(),
        taken_over: None,
        gains_of_privilege: 0,
        unknown_permissions: 0,
        problems,
        problem_count,
        bad_lines,
        refused: standing.refused,
    })
}

impl Summary {
    /// Adds what became of the records.
    pub(super) fn complete(&mut self, standing: &Standing) {
        for (kind, summary) in &mut self.kinds {
            if let Some(counts) = standing.kinds.get(kind.name()) {
                summary.created = counts.created;
                summary.changed = counts.changed;
                summary.unchanged = counts.unchanged;
            }
        }
        let of = standing.take_over.clone();
        self.taken_over = of.map(|source| (source, standing.taken_over));
        self.gains_of_privilege = standing.gains;
        self.unknown_permissions = standing.unknown_permissions;
    }
}

/// A count as it stands in an event.
pub(crate) fn number(count: u64) -> Value {
    Value::integer(count).unwrap_or_else(|_| Value::from("many"))
}

/// What the run's last event says.
pub(crate) fn details_of_standing(source: &str, standing: &Standing, gained: &[String]) -> Object {
    let mut kinds = Object::new();
    let mut flags = Object::new();
    for kind in Kind::ALL {
        if let Some(counts) = standing.kinds.get(kind.name()) {
            let counts = Object::new()
                .with("created", number(counts.created))
                .with("changed", number(counts.changed))
                .with("unchanged", number(counts.unchanged));
            kinds.set(kind.name(), counts);
        }
    }
    for flag in FLAGS {
        if let Some(count) = standing.flags.get(flag.name.as_str()) {
            flags.set(flag.name.as_str(), number(*count));
        }
    }
    Object::new()
        .with("source", source)
        .with("lines", number(standing.lines))
        .with_some("digest", standing.digest.as_deref())
        .with("kinds", kinds)
        .with("flags", flags)
        .with_some("takeOverFrom", standing.take_over.as_deref())
        .with_some(
            "takenOver",
            standing
                .take_over
                .as_ref()
                .map(|_| number(standing.taken_over)),
        )
        .with("gainsOfPrivilege", number(standing.gains))
        .with("gained", Value::set(gained.iter().cloned()))
        .with("unknownPermissions", number(standing.unknown_permissions))
        .with("refused", number(standing.refused))
}

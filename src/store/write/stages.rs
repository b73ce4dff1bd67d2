//! At what stage a guardrail is: a dated exception that its end closes by itself.
//!
//! Whoever may decide makes a guardrail stricter alone. To make it more lenient, or to let an exception last
//! longer, takes a second human being's leave for the same. A stage is a fact of every decision, so a change
//! makes every decision on its way stale.

use std::collections::BTreeSet;

use sea_orm::{DatabaseTransaction, DbErr, Value};

use crate::column;
use crate::rows::places;
use domain::Words;
use domain::action::SetStage;
use domain::clock::{Clock, fresh};
use domain::id::{self, Id, Kind, StageId, SystemId};
use domain::speaks::{Speaks, verbatim, words};
use domain::verdict::{Stage, StagedAt};
use domain::{ChangeKind, Date, Named};
use gate::{Leave, STAGES};
use transparency::canonical;
use transparency::event::Change;

use super::{Unmade, WriteError, execute_any, rows};

/// The guardrail whose enforcement can leave a segment without anybody who may administer it.
const SEGMENTATION: &str = "segment-server-admin";

/// How many human beings have to be able to administer a segment.
const MANNED: i64 = 2;

/// Why a stage cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum StageConflict {
    /// Observing and warning end some day.
    Dates,
    /// A machine decides no stage.
    NoPerson,
    /// Making it more lenient, or letting it last longer, takes two.
    SecondIndividual,
    /// Nobody could administer some segments.
    Unmanned(Vec<String>),
}

impl Speaks for StageConflict {
    fn words(&self) -> Words {
        match self {
            Self::Dates => Words::new(
                "observing and warning need a last day, today or later; being enforced has none",
                "Att observera och varna kräver en sista dag, i dag eller senare. Att stoppa har ingen.",
            ),
            Self::NoPerson => Words::new(
                "the stage of a guardrail is decided by people",
                "En skyddsregels skede beslutas av människor.",
            ),
            Self::SecondIndividual => Words::new(
                "to make a guardrail more lenient, or an exception longer, takes the leave of a second human being",
                "För att göra en skyddsregel mildare eller ett undantag längre krävs att ytterligare en person \
                 godkänner.",
            ),
            Self::Unmanned(segments) => words!(
                "it would leave fewer than two administrators in {segments}: staff them, or have the system's owner \
                 sign for it",
                "Det skulle lämna färre än två administratörer i {segments}. Bemanna dem, eller låt systemägaren \
                 skriva under på det.",
                segments = verbatim(segments.join(", "))
            ),
        }
    }
}

/// Who decides, and whether they sign for segments that would be left unmanned.
#[derive(Debug)]
pub struct Deciding<'a> {
    /// The first leave.
    pub first: &'a Leave<SetStage>,
    /// A second, for the same.
    pub second: Option<&'a Leave<SetStage>>,
    /// Whether the first signs for unmanned segments.
    pub unmanned: bool,
    /// How many people and machines the guardrail stops, who gain when it is not enforced.
    pub gaining: u64,
}

/// Sets the stage. `None`: it is that already.
///
/// # Errors
/// [`Unmade::Conflict`] where the decision does not suffice, or would leave a segment unmanned.
pub async fn set_stage(
    tx: &DatabaseTransaction,
    by: &Deciding<'_>,
    today: Date,
    clock: &dyn Clock,
) -> Result<Option<Change>, Unmade<StageConflict>> {
    let conflict = |what| Err(Unmade::Conflict(what));
    let action = by.first.action();
    let dated = action.until.is_some_and(|until| until >= today);
    let fits = match action.stage {
        Stage::Observe | Stage::Warn => dated,
        Stage::Enforce => action.until.is_none(),
    };
    if !fits {
        return conflict(StageConflict::Dates);
    }
    let Some(first) = by.first.individual() else {
        return conflict(StageConflict::NoPerson);
    };
    let Current { stage, until, own } = current(tx, action, today).await?;
    if (stage, until) == (action.stage, action.until) {
        return Ok(None);
    }
    let longer = stage == action.stage && until.is_none_or(|until| action.until > Some(until));
    if action.stage < stage || longer {
        let second = by.second.and_then(Leave::individual);
        if second.is_none_or(|second| second == first) {
            return conflict(StageConflict::SecondIndividual);
        }
    }
    if action.stage == Stage::Enforce && action.guardrail == SEGMENTATION {
        let signs = by.unmanned && owns(tx, action.at, &first.to_string()).await?;
        let unmanned = unmanned(tx, action.at.system, today, &BTreeSet::new()).await?;
        if !unmanned.is_empty() && !signs {
            return conflict(StageConflict::Unmanned(unmanned));
        }
    }
    let known = own.as_ref().map(|own| own.id);
    let id = known.unwrap_or_else(|| fresh::<id::Stage>(clock));
    write(tx, (id, action), own, &first.to_string()).await?;
    let second = by.second.and_then(Leave::individual);
    let gaining = (action.stage != Stage::Enforce).then_some(by.gaining);
    let gaining = gaining.and_then(|count| canonical::Value::integer(count).ok());
    let decision = by.first.decision();
    let change = Change::new(fresh(clock), id.into(), ChangeKind::StageSet, decision)
        .touching([STAGES])
        .expecting("policy", Some(action.guardrail.clone()))
        .expecting("stage", Some(action.stage.name().to_owned()))
        .expecting("ends_on", action.until.map(|day| day.to_string()))
        .setting(["decidedBy"])
        .about("gaining", gaining)
        .about("secondedBy", second.map(|second| second.to_string()));
    Ok(Some(change))
}

fn key<K: Kind>(id: Option<Id<K>>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// The stage that is in force there now.
struct Current {
    stage: Stage,
    until: Option<Date>,
    /// The row of exactly that place as it was read, by which it is written.
    own: Option<Own>,
}

/// A row as it was read.
struct Own {
    id: StageId,
    stage: String,
    ends: Option<Date>,
}

/// The stage that is in force there now, by a decision or as it is written.
async fn current(
    tx: &DatabaseTransaction,
    action: &SetStage,
    today: Date,
) -> Result<Current, DbErr> {
    let sql = "SELECT id, stage, ends_on, system_key, authority_key FROM guardrail_stage \
        WHERE policy = $1 AND system_key IN ($2, '') AND authority_key IN ($3, '') \
        ORDER BY system_key DESC, authority_key DESC LIMIT 1";
    let at = (key(action.at.system), key(action.at.authority));
    let values: [Value; 3] = [
        action.guardrail.as_str().into(),
        at.0.as_str().into(),
        at.1.as_str().into(),
    ];
    let found = rows(tx, sql, values).await?;
    let mut own = None;
    let (stage, ends) = match found.first() {
        None => (action.written, action.written_until),
        Some(row) => {
            let stage: String = row.try_get("", "stage")?;
            let ends: Option<Date> = column::read(row, "", "ends_on")?;
            let place = (
                row.try_get("", "system_key")?,
                row.try_get("", "authority_key")?,
            );
            let named = Stage::named(&stage).unwrap_or(Stage::Enforce);
            if at == place {
                let id = column::read(row, "", "id")?;
                own = Some(Own { id, stage, ends });
            }
            (named, ends)
        }
    };
    let over = ends.is_some_and(|day| day < today);
    Ok(Current {
        stage: if over { Stage::Enforce } else { stage },
        until: ends.filter(|_| !over),
        own,
    })
}

/// Writes the stage over what was read there, and over nothing else.
async fn write(
    tx: &DatabaseTransaction,
    (id, action): (StageId, &SetStage),
    own: Option<Own>,
    by: &str,
) -> Result<(), WriteError> {
    let sql = "INSERT INTO guardrail_stage \
        (policy, system_key, authority_key, stage, ends_on, decided_by, id) \
        VALUES ($1, $2, $3, $4, $5, $6, $9) ON CONFLICT (policy, system_key, authority_key) \
        DO UPDATE SET stage = excluded.stage, ends_on = excluded.ends_on, \
        decided_by = excluded.decided_by \
        WHERE guardrail_stage.stage = $7 AND COALESCE(guardrail_stage.ends_on, '') = $8";
    let (stage, ends) = own.map(|own| (own.stage, own.ends)).unzip();
    let values: [Value; 9] = [
        action.guardrail.as_str().into(),
        key(action.at.system).into(),
        key(action.at.authority).into(),
        action.stage.name().into(),
        action.until.map(|day| day.to_string()).into(),
        by.into(),
        stage.into(),
        ends.flatten()
            .map_or_else(String::new, |day| day.to_string())
            .into(),
        id.to_string().into(),
    ];
    match execute_any(tx, sql, values).await? {
        1 => Ok(()),
        _ => Err(WriteError::Overtaken {
            table: "guardrail_stage",
            id: action.guardrail.clone(),
        }),
    }
}

/// Whether the human being owns the system; what is for every system, whoever may decide it signs for.
async fn owns(tx: &DatabaseTransaction, at: StagedAt, individual: &str) -> Result<bool, DbErr> {
    let Some(system) = at.system else {
        return Ok(true);
    };
    let sql = "SELECT s.id FROM system s JOIN person p ON p.id = s.owner_id \
        WHERE s.id = $1 AND p.individual_id = $2";
    let values: [Value; 2] = [system.to_string().into(), individual.into()];
    Ok(!rows(tx, sql, values).await?.is_empty())
}

const UNMANNED: &str = "\
    SELECT s.external_id FROM segment s WHERE ($1 = '' OR s.system_id = $1) AND (\
    SELECT COUNT(DISTINCT p.individual_id) FROM role_grant g JOIN person p ON p.id = g.person_id \
    JOIN engagement e ON e.id = g.engagement_id WHERE g.segment_id = s.id \
    AND g.revoked_at IS NULL AND g.from_date <= $2 WITHOUT \
    AND (g.until_date IS NULL OR g.until_date >= $2) AND e.from_date <= $2 \
    AND (e.until_date IS NULL OR e.until_date >= $2) AND EXISTS (\
    SELECT 1 FROM role_permission rp JOIN permission q ON q.id = rp.permission_id \
    WHERE rp.role_id = g.role_id AND q.name = 'server:administer')) < $3 ORDER BY s.external_id";

/// The segments (of a system, or all) with fewer than two human beings who may administer them by other grants than
/// those.
///
/// # Errors
/// When the database fails.
pub async fn unmanned(
    tx: &DatabaseTransaction,
    system: Option<SystemId>,
    today: Date,
    without: &BTreeSet<String>,
) -> Result<Vec<String>, DbErr> {
    let condition = if without.is_empty() {
        String::new()
    } else {
        format!("AND g.id NOT IN ({})", places(4, without.len()))
    };
    let sql = UNMANNED.replace("WITHOUT", &condition);
    let values: [Value; 3] = [key(system).into(), today.to_string().into(), MANNED.into()];
    let without = without.iter().map(|grant| Value::from(grant.as_str()));
    let found = rows(tx, &sql, values.into_iter().chain(without)).await?;
    found
        .iter()
        .map(|row| row.try_get("", "external_id"))
        .collect()
}

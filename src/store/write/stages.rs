//! At what stage a guardrail is: a dated exception that its end closes by itself.
//!
//! Whoever may decide makes a guardrail stricter alone. To make it more lenient, or to let an exception last
//! longer, takes a second human being's leave for the same. A stage is a fact of every decision, so a change
//! makes every decision on its way stale.

use sea_orm::{DatabaseTransaction, DbErr, Value};

use crate::cell::{Cell, expecting};
use crate::column;
use domain::Words;
use domain::action::SetStage;
use domain::clock::{Clock, fresh};
use domain::id::{self, Id, Kind, StageId};
use domain::speaks::{Speaks, verbatim, words};
use domain::verdict::Stage;
use domain::{ChangeKind, Date, Named};
use gate::{Leave, STAGES, WeighedStage};
use transparency::canonical;
use transparency::event::Change;

use super::{Unmade, WriteError, execute_any, rows};

/// The guardrail whose enforcement can leave a segment without anybody who may administer it.
const SEGMENTATION: &str = "segment-server-admin";

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
    pub first: &'a Leave<WeighedStage>,
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
    let weighed = by.first.action();
    let action = weighed.ordered();
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
    let (stage, until) = weighed.in_force();
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
        let signs = by.unmanned && weighed.owns();
        if !weighed.unmanned().is_empty() && !signs {
            return conflict(StageConflict::Unmanned(weighed.unmanned().to_vec()));
        }
    }
    let own = own(tx, action).await?;
    let known = own.as_ref().map(|own| own.id);
    let id = known.unwrap_or_else(|| fresh::<id::Stage>(clock));
    write(tx, (id, action), own, &first.to_string()).await?;
    let second = by.second.and_then(Leave::individual);
    let gaining = (action.stage != Stage::Enforce).then_some(by.gaining);
    let gaining = gaining.and_then(|count| canonical::Value::integer(count).ok());
    let decision = by.first.decision();
    let change = Change::new(fresh(clock), id.into(), ChangeKind::StageSet, decision)
        .touching([STAGES])
        .about("gaining", gaining)
        .about("secondedBy", second.map(|second| second.to_string()));
    let columns = [
        ("policy", action.guardrail.as_str().into()),
        ("system_key", key(action.at.system).into()),
        ("authority_key", key(action.at.authority).into()),
        ("stage", action.stage.name().into()),
        ("ends_on", Cell::text_or_null(action.until)),
        ("decided_by", first.to_string().into()),
    ];
    Ok(Some(expecting(change, &columns)))
}

fn key<K: Kind>(id: Option<Id<K>>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// A row as it was read.
struct Own {
    id: StageId,
    stage: String,
    ends: Option<Date>,
}

/// The row of exactly that place, by which it is written.
async fn own(tx: &DatabaseTransaction, action: &SetStage) -> Result<Option<Own>, DbErr> {
    let sql = "SELECT id, stage, ends_on FROM guardrail_stage \
        WHERE policy = $1 AND system_key = $2 AND authority_key = $3";
    let values: [Value; 3] = [
        action.guardrail.as_str().into(),
        key(action.at.system).into(),
        key(action.at.authority).into(),
    ];
    let found = rows(tx, sql, values).await?;
    let read = found.first().map(|row| {
        Ok(Own {
            id: column::read(row, "", "id")?,
            stage: row.try_get("", "stage")?,
            ends: column::read(row, "", "ends_on")?,
        })
    });
    read.transpose()
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

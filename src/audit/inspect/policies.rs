//! Policy sets and stages: rows that every decision is made by, compared with the events that tell of them.
//!
//! A text is compared with the digest that was recorded when its set was proposed or released; which set is in
//! force, and at which stage a guardrail is, with the last event about it. What stood in events that were pruned
//! cannot be compared, and counts as not compared.

use std::collections::BTreeMap;

use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::Value;

use super::column::text;
use super::difference::Differences;
use super::table;
use domain::Words;
use domain::speaks::{verbatim, words};

/// How the digest of a set's files, by path, is made.
pub type PolicyDigest = fn(&[(String, String)]) -> String;

/// What the events tell.
#[derive(Default)]
struct Told {
    /// The digest of each generation.
    digests: BTreeMap<String, String>,
    /// The generation that was put in force last, and by which event.
    in_force: Option<(String, String)>,
    /// Stage, last day and who decided, by guardrail, system and authority.
    stages: BTreeMap<[String; 3], [String; 3]>,
}

const EVENTS: &str = "SELECT event_id, envelope FROM audit_event WHERE kind = 'policy' \
    OR (kind = 'change' AND action IN ('policiesProposed', 'stageSet')) ORDER BY seq";

/// How many sets and stages were compared.
pub(super) async fn policies(
    db: &DatabaseTransaction,
    digest: PolicyDigest,
    is_pruned: bool,
    found: &mut Differences,
) -> Result<(u64, u64), DbErr> {
    let told = told(db).await?;
    let sets = sets(db, &told, digest, is_pruned, found).await?;
    let stages = stages(db, told.stages, is_pruned, found).await?;
    Ok((sets, stages))
}

async fn told(db: &DatabaseTransaction) -> Result<Told, DbErr> {
    let mut told = Told::default();
    for row in table::all(db, EVENTS).await? {
        let id: String = row.try_get_by_index(0)?;
        let bytes: Vec<u8> = row.try_get_by_index(1)?;
        let envelope: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let at = |pointer: &str| envelope.pointer(pointer).and_then(text).unwrap_or_default();
        match at("/change").as_str() {
            "policiesProposed" => {
                told.digests
                    .insert(at("/clear/generation"), at("/clear/digest"));
            }
            "stageSet" => {
                let entity = at("/entity");
                let system = if entity.starts_with("sys_") {
                    entity
                } else {
                    String::new()
                };
                let key = [at("/clear/guardrail"), system, at("/clear/authority")];
                let cells = [
                    at("/clear/stage"),
                    at("/clear/until"),
                    at("/clear/decidedBy"),
                ];
                told.stages.insert(key, cells);
            }
            _ => {
                let generation = at("/generation");
                told.digests.insert(generation.clone(), at("/digest"));
                told.in_force = Some((generation, id));
            }
        }
    }
    Ok(told)
}

async fn sets(
    db: &DatabaseTransaction,
    told: &Told,
    digest: PolicyDigest,
    is_pruned: bool,
    found: &mut Differences,
) -> Result<u64, DbErr> {
    let mut texts: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let all =
        "SELECT CAST(generation AS TEXT), path, text FROM policy_text ORDER BY generation, path";
    for row in table::all(db, all).await? {
        let file = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        texts
            .entry(row.try_get_by_index(0)?)
            .or_default()
            .push(file);
    }
    let mut compared = 0;
    let mut there = Vec::new();
    let sets = "SELECT CAST(generation AS TEXT), digest, CASE WHEN active THEN 1 ELSE 0 END, \
        COALESCE(event_id, '') FROM policy_set ORDER BY generation";
    for row in table::all(db, sets).await? {
        let (generation, stored): (String, String) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let active = row.try_get_by_index::<i32>(2)? == 1;
        let event: String = row.try_get_by_index(3)?;
        let of = verbatim(&generation);
        let files = texts.remove(&generation).unwrap_or_default();
        let recorded = told.digests.get(&generation);
        match recorded {
            Some(recorded) if *recorded != stored => {
                found.log(words!(
                    "the policy set of generation {of} has another digest than was recorded",
                    "Regeluppsättningen av generation {of} har en annan kontrollsumma än den som sparades.",
                    of
                ));
            }
            None if !is_pruned => found.log(words!(
                "no event tells of the policy set of generation {of}",
                "Ingen händelse berättar om regeluppsättningen av generation {of}.",
                of
            )),
            Some(_) | None => {}
        }
        if digest(&files) != *recorded.unwrap_or(&stored) {
            found.log(words!(
                "the texts of the policy set of generation {of} do not give the digest that was recorded",
                "Texterna i regeluppsättningen av generation {of} ger inte kontrollsumman som sparades.",
                of
            ));
        }
        let is_last = told
            .in_force
            .as_ref()
            .map(|(last, id)| *last == generation && *id == event);
        match is_last {
            Some(false) if active => found.log(words!(
                "the policy set of generation {of} is in force, and the last event about it says another",
                "Regeluppsättningen av generation {of} gäller, men den senaste händelsen om det anger en annan.",
                of
            )),
            None if active && !is_pruned => found.log(words!(
                "the policy set of generation {of} is in force, and no event says so",
                "Regeluppsättningen av generation {of} gäller, men ingen händelse säger det.",
                of
            )),
            _ => {}
        }
        compared += u64::from(recorded.is_some());
        there.push((generation, active));
    }
    for generation in texts.keys() {
        found.log(words!(
            "there are texts of a policy set of generation {generation}, which there is not",
            "Det finns texter till en regeluppsättning av generation {generation}, som inte finns.",
            generation = verbatim(generation)
        ));
    }
    for generation in told.digests.keys() {
        if !there.iter().any(|(known, _)| known == generation) {
            found.log(words!(
                "the policy set of generation {generation} is missing",
                "Regeluppsättningen av generation {generation} saknas.",
                generation = verbatim(generation)
            ));
        }
    }
    if let Some((last, _)) = &told.in_force
        && there
            .iter()
            .any(|(generation, active)| generation == last && !active)
    {
        found.log(words!(
            "the policy set of generation {last} was put in force and is not",
            "Regeluppsättningen av generation {last} har börjat gälla men gäller inte.",
            last = verbatim(last)
        ));
    }
    Ok(compared)
}

async fn stages(
    db: &DatabaseTransaction,
    mut told: BTreeMap<[String; 3], [String; 3]>,
    is_pruned: bool,
    found: &mut Differences,
) -> Result<u64, DbErr> {
    let mut compared = 0;
    let sql = "SELECT policy, system_key, authority_key, stage, COALESCE(ends_on, ''), \
        COALESCE(decided_by, '') FROM guardrail_stage ORDER BY 1, 2, 3";
    for row in table::all(db, sql).await? {
        let cell = |index: usize| row.try_get_by_index::<String>(index);
        let key = [cell(0)?, cell(1)?, cell(2)?];
        let is = [cell(3)?, cell(4)?, cell(5)?];
        let of = named(&key);
        match told.remove(&key) {
            Some(should) if should != is => {
                found.log(words!(
                    "the stage of {of} is not what the last event about it says",
                    "Skedet för {of} är inte det som den senaste händelsen om det säger.",
                    of
                ));
            }
            None if !is_pruned => found.log(words!(
                "no event tells of the stage of {of}",
                "Ingen händelse berättar om skedet för {of}.",
                of
            )),
            None => continue,
            Some(_) => {}
        }
        compared += 1;
    }
    for key in told.keys() {
        found.log(words!(
            "the stage of {of} was decided and is missing",
            "Skedet för {of} är beslutat men saknas.",
            of = named(key)
        ));
    }
    Ok(compared)
}

fn named([guardrail, system, authority]: &[String; 3]) -> Words {
    let guardrail = verbatim(guardrail);
    let place = [system, authority].map(String::as_str).join(" ");
    match place.trim() {
        "" => words!("`{guardrail}`", "`{guardrail}`", guardrail),
        place => words!(
            "`{guardrail}` in {place}",
            "`{guardrail}` i {place}",
            guardrail,
            place = verbatim(place)
        ),
    }
}

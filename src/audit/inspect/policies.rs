//! Policy sets, which every decision is made by: their texts, compared with the events that tell of them.
//!
//! A text is compared with the digest that was recorded when its set was proposed or released; which set is in
//! force, with the last event about it. What stood in events that were pruned
//! cannot be compared, and counts as not compared.

use std::collections::BTreeMap;

use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::Value;

use super::column::text;
use super::difference::Differences;
use super::table;
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
}

const EVENTS: &str = "SELECT event_id, envelope FROM audit_event WHERE kind = 'policy' \
    OR (kind = 'change' AND resource_type = 'PolicySet') ORDER BY seq";

/// How many sets were compared.
pub(super) async fn policies(
    db: &DatabaseTransaction,
    digest: PolicyDigest,
    is_pruned: bool,
    found: &mut Differences,
) -> Result<u64, DbErr> {
    let told = told(db).await?;
    sets(db, &told, digest, is_pruned, found).await
}

async fn told(db: &DatabaseTransaction) -> Result<Told, DbErr> {
    let mut told = Told::default();
    for row in table::all(db, EVENTS).await? {
        let id: String = row.try_get_by_index(0)?;
        let bytes: Vec<u8> = row.try_get_by_index(1)?;
        let envelope: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let at = |pointer: &str| envelope.pointer(pointer).and_then(text).unwrap_or_default();
        if at("/kind") == "policy" {
            let generation = at("/generation");
            told.digests.insert(generation.clone(), at("/digest"));
            told.in_force = Some((generation, id));
        } else {
            told.digests
                .insert(at("/state/generation"), at("/state/digest"));
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

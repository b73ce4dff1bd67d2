//! The cases of `policies/tests`, each held to its whole verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::fixtures::{Asking, id};
use super::load::SCHEMA;
use super::vocabulary::{GROUPS, RELY, category_action};
use super::{EMBEDDED, PolicySet};
use crate::domain::id::{Grant, GrantId};
use crate::domain::permission::{Category, ServicePermission};
use crate::domain::verdict::{Obligation, Outcome, Reason, Stages, StepUp};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Case {
    name: String,
    /// The policies that the case shows.
    about: Vec<String>,
    #[serde(rename = "ask")]
    asking: Asking,
    #[serde(default)]
    stages: Stages,
    expect: Expected,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expected {
    outcome: Outcome,
    reasons: Vec<String>,
    #[serde(default)]
    matched: Vec<String>,
    #[serde(default)]
    discounted: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    would_refuse: Vec<String>,
    #[serde(default)]
    obligations: Vec<Obligation>,
    step_up: Option<StepUp>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policies")
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder().join("tests")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let read: Vec<Case> =
            serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        cases.extend(read);
    }
    cases
}

fn ids(reasons: &[Reason]) -> Vec<String> {
    reasons.iter().map(|reason| reason.policy.clone()).collect()
}

#[test]
fn every_case_has_the_verdict_it_expects() {
    let set = PolicySet::embedded().unwrap();
    let mut failed = Vec::new();
    for case in cases() {
        let expect = &case.expect;
        let verdict = set.decide(&case.asking.question(), &case.stages);
        let discounted: BTreeMap<GrantId, Vec<String>> = verdict
            .discounted
            .iter()
            .map(|one| (one.grant, ids(&one.reasons)))
            .collect();
        let expected_discounted: BTreeMap<GrantId, Vec<String>> = expect
            .discounted
            .iter()
            .map(|(name, reasons)| (id(name), reasons.clone()))
            .collect();
        let matched: Vec<GrantId> = expect
            .matched
            .iter()
            .map(|name| id::<Grant>(name))
            .collect();
        let same = verdict.outcome == expect.outcome
            && ids(&verdict.reasons) == expect.reasons
            && verdict.matched == matched
            && discounted == expected_discounted
            && ids(&verdict.would_refuse) == expect.would_refuse
            && verdict.obligations == expect.obligations
            && verdict.step_up == expect.step_up;
        if !same {
            failed.push(format!(
                "{}\n  {:?} {:?} matched {:?} discounted {discounted:?} would refuse {:?} step-up {:?}",
                case.name,
                verdict.outcome,
                ids(&verdict.reasons),
                verdict.matched,
                ids(&verdict.would_refuse),
                verdict.step_up,
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_policy_has_a_case_that_allows_and_one_that_refuses() {
    let set = PolicySet::embedded().unwrap();
    let mut shown: BTreeSet<(String, Outcome)> = BTreeSet::new();
    for case in cases() {
        let expect = &case.expect;
        for policy in &case.about {
            let forbids = set.loaded.notes[policy].forbids;
            let named = expect.reasons.contains(policy)
                || expect
                    .discounted
                    .values()
                    .flatten()
                    .any(|one| one == policy);
            let decided = (expect.outcome == Outcome::Deny) == forbids;
            // `rely` permits decide about a grant, not about the answer.
            let silent = policy == "rely-on-own-grant";
            assert!(
                silent || named == decided,
                "`{}` is not about `{policy}`",
                case.name
            );
            shown.insert((policy.clone(), expect.outcome));
        }
    }
    let wanted = set.loaded.notes.keys();
    let missing: Vec<_> = wanted
        .flat_map(|id| [(id.clone(), Outcome::Allow), (id.clone(), Outcome::Deny)])
        .filter(|one| !shown.contains(one))
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn the_schema_and_the_code_name_the_same_actions() {
    let set = PolicySet::embedded().unwrap();
    let mut code: BTreeSet<&str> = ServicePermission::ALL
        .iter()
        .map(|own| own.action())
        .collect();
    code.extend([Category::Use, Category::Administer].map(category_action));
    code.insert(RELY);
    let schema: BTreeSet<&str> = set.loaded.slices.keys().map(String::as_str).collect();
    assert_eq!(schema, code);
    let groups: BTreeSet<String> = set
        .loaded
        .schema
        .action_groups()
        .map(|uid| AsRef::<str>::as_ref(uid.id()).to_owned())
        .collect();
    assert_eq!(groups, GROUPS.map(str::to_owned).into());
}

#[test]
fn the_embedded_files_are_the_folders() {
    let folder = PolicySet::load(&folder()).unwrap();
    assert_eq!(folder.files().len(), EMBEDDED.len());
    assert_eq!(folder.digest(), PolicySet::embedded().unwrap().digest());
    assert!(folder.files().iter().any(|(path, _)| path == SCHEMA));
}

#[test]
fn every_row_that_a_policy_cites_is_explained() {
    let rows = std::fs::read_to_string(folder().join("requirements.md")).unwrap();
    let set = PolicySet::embedded().unwrap();
    for note in set.loaded.notes.values() {
        for row in note
            .reason
            .source
            .iter()
            .flat_map(|source| source.split(", "))
        {
            assert!(rows.contains(&format!("| {row} |")), "{row}");
        }
    }
}

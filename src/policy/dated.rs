//! Guardrails that are written as observations, before and after their last day.

use super::fixtures::question::Asking;
use super::{EMBEDDED, PolicyError, PolicySet};
use domain::verdict::{Stage, Stages};

/// The day of the cases.
const TODAY: &str = "2026-11-01";

fn with(annotations: &str) -> Result<PolicySet, PolicyError> {
    let policy = format!(
        "@id(\"one\") @source(\"x\") @reason(\"x\") @reason_sv(\"x\") {annotations}
        forbid (principal, action == Action::\"administer\", resource is Server);"
    );
    let files = EMBEDDED
        .iter()
        .copied()
        .chain([("more.cedar", policy.as_str())]);
    let files: Vec<(String, String)> = files
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect();
    PolicySet::from_files(&files)
}

fn until(day: &str) -> PolicySet {
    with(&format!("@stage(\"observe\") @until(\"{day}\")")).unwrap()
}

fn asking() -> Asking {
    let text = r#"{
        "principal": {"person": "anna", "engagements": [{}], "grants": [
            {"id": "g1", "role": "serverAdministrator", "scope": "segment:cosmic-app"}]},
        "asked": "server:administer",
        "target": {"server": "cosmic-app-01"}
    }"#;
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_is_observed_is_enforced_by_itself_after_its_last_day() {
    let question = asking().question().unwrap();
    assert_eq!(question.circumstances.now.date().to_string(), TODAY);
    let none = Stages::new();
    let last_day = until(TODAY);
    let verdict = last_day.decide(&question, &none);
    assert!(verdict.is_allowed());
    assert!(
        verdict
            .would_refuse
            .iter()
            .any(|reason| reason.policy == "one")
    );
    assert!(
        last_day
            .lenient(&none, question.circumstances.now)
            .contains_key("one")
    );

    let over = until("2026-10-31");
    let verdict = over.decide(&question, &none);
    assert_eq!(verdict.reasons[0].policy, "one");
    assert!(!verdict.stages.contains_key("one"));
    assert!(
        !over
            .lenient(&none, question.circumstances.now)
            .contains_key("one")
    );
    let under = [question.circumstances.clone()];
    let now = question.circumstances.now;
    let prepared = over.prepared(&question.principal, &question.asked.permission, now, &none);
    let answers = prepared.decide_each(&question.asked, &question.target, &under);
    assert!(!answers[0].is_allowed());

    // What somebody has decided since holds, whatever is written.
    let decided = Stages::from([("one".to_owned(), Stage::Observe)]);
    assert!(over.decide(&question, &decided).is_allowed());
    let decided = Stages::from([("one".to_owned(), Stage::Enforce)]);
    assert!(!last_day.decide(&question, &decided).is_allowed());
}

#[test]
fn an_observation_without_a_last_day_is_refused() {
    let refused = |annotations: &str| with(annotations).unwrap_err().to_string();
    assert!(refused("@stage(\"observe\")").contains("`@until` is missing"));
    assert!(refused("@stage(\"warn\")").contains("`@until` is missing"));
    assert!(refused("@stage(\"warn\") @until(\"soon\")").contains("expected a day as YYYY-MM-DD"));
    assert!(refused("@until(\"2027-01-01\")").contains("belongs beside"));
    assert!(refused("@stage(\"enforce\") @until(\"2027-01-01\")").contains("belongs beside"));
}

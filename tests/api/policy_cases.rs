//! The cases of a policy folder: tried on the command line, and a folder is proposed only if they hold.

use std::fs;

use serde_json::{Value, json};
use test_support::{Backend, CLOSED, CLOSED_CASES, PolicyFolder, both_backends};

use crate::policies::{folder, run};
use crate::support::{App, behorig};

/// The case of the guardrail that allows.
const ALLOWING: &str = "with a token of one's own";

/// The guardrail's own cases, the allowing one changed.
fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut cases: Value = serde_json::from_str(CLOSED_CASES).expect("cases");
    let allowing = cases.as_array_mut().expect("a list").last_mut();
    let allowing = allowing.expect("a case");
    assert_eq!(allowing["name"], ALLOWING);
    change(allowing);
    cases.to_string()
}

/// Each way in which cases can fail or be missing, with what is told of it.
fn bad() -> Vec<(String, Vec<&'static str>)> {
    vec![
        (
            changed(|case| case["expect"] = json!({ "outcome": "deny", "reasons": ["no-permit"] })),
            vec![
                "tests/more.json: case `with a token of one's own`",
                "outcome: expected deny, found allow",
                "reasons: expected no-permit, found held-permission",
                "matched: expected none, found g1",
                "it is not about `closed-while-the-test-runs`",
                "`closed-while-the-test-runs` has no case about it that allows",
            ],
        ),
        (
            changed(|case| {
                case["ask"]["signIn"] = json!({ "age": 5000 });
                case["stages"] = json!({ "no-such-guardrail": "warn" });
            }),
            vec![
                "outcome: expected allow, found deny",
                "stepUp: expected none, found level 3, at most 900 seconds old",
                "stages: there is no guardrail `no-such-guardrail`",
            ],
        ),
        (
            changed(|case| {
                case["ask"]["principal"]["grants"][0]["withoutEngagement"] = json!(true);
                case["ask"]["signIn"] = json!({ "emergency": true });
            }),
            vec!["discounted: expected none, found g1 by "],
        ),
        (
            changed(|case| {
                case["ask"]["signIn"] = json!({ "emergency": true });
                case["expect"]["wouldRefuse"] = json!(["other-authority"]);
            }),
            vec![
                "obligations: expected none, found notify, review",
                "wouldRefuse: expected other-authority, found none",
            ],
        ),
        (
            changed(|case| case["about"] = json!(["closed"])),
            vec![
                "about: there is no policy `closed`",
                "has no case about it that allows",
            ],
        ),
        (
            "[]".to_owned(),
            vec!["`closed-while-the-test-runs` has no case that is about it"],
        ),
    ]
}

async fn a_folder_is_proposed_only_if_its_cases_hold(backend: Backend) {
    let app = App::start(backend);
    let mut folder = folder(&app);
    let word = folder.word();
    for (cases, told) in bad() {
        folder = folder.with(CLOSED, &cases);
        let failed = behorig().run(&["policy", "test", &word]).ended_with(2);
        let refused = run(&app, &["propose", &word], Some(App::FIRST)).ended_with(2);
        assert!(refused.stderr().contains("nothing was proposed"));
        for part in told {
            assert!(
                failed.stdout().contains(part),
                "{part}: {}",
                failed.stdout()
            );
            assert!(
                refused.stderr().contains(part),
                "{part}: {}",
                refused.stderr()
            );
        }
    }
    assert_eq!(app.column("SELECT digest FROM policy_set").await.len(), 1);

    folder = folder.with(CLOSED, CLOSED_CASES);
    let tried = behorig().run(&["policy", "test", &word]).succeeded();
    assert!(
        tried.stdout().contains("cases passed"),
        "{}",
        tried.stdout()
    );
    let _proposed = run(&app, &["propose", &word], Some(App::FIRST)).succeeded();
    let with = app.column("SELECT digest FROM policy_set").await;
    assert_eq!(with.len(), 2);

    // The cases are no part of what is kept.
    let more = changed(|case| case["name"] = json!("under another name"));
    let folder = folder.with(CLOSED, &more);
    let checked = behorig()
        .run(&["policy", "check", &folder.word()])
        .succeeded();
    let known = |digest: &String| checked.stdout().contains(digest.as_str());
    assert!(with.iter().any(known), "{with:?}: {}", checked.stdout());
}

async fn a_folder_without_cases_is_not_proposed(backend: Backend) {
    let app = App::start(backend);
    let folder = folder(&app);
    let tests = folder.path().join("tests");
    for entry in fs::read_dir(&tests).expect("the cases") {
        fs::remove_file(entry.expect("an entry").path()).expect("removed");
    }
    for _ in 0..2 {
        let failed = behorig()
            .run(&["policy", "test", &folder.word()])
            .ended_with(2);
        let refused = run(&app, &["propose", &folder.word()], Some(App::FIRST)).ended_with(2);
        for said in [failed.stderr(), refused.stderr()] {
            assert!(said.contains("there are no cases"), "{said}");
        }
        // Neither with an empty folder of cases nor without one.
        let _gone = fs::remove_dir(&tests);
    }
    assert_eq!(app.column("SELECT digest FROM policy_set").await.len(), 1);
}

#[test]
fn the_built_in_policies_hold_their_cases() {
    let said = behorig().run(&["policy", "test"]).succeeded();
    let mut words = said.stdout().split_whitespace();
    let passed = words.next().expect("a number");
    assert_eq!((words.next(), words.next()), (Some("of"), Some(passed)));
}

#[test]
fn a_malformed_case_is_named_with_its_file_and_what_would_be_right() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = PolicyFolder::at(place.path().join("next"));
    let missing = changed(|case| case["ask"]["target"] = Value::Null);
    for (cases, told) in [
        (missing, "expected"),
        (
            changed(|case| case["ask"]["target"] = json!({ "server": "cosmic-web-01" })),
            "no server `cosmic-web-01`: expected `-01` after cosmic-app or",
        ),
        (
            changed(|case| case["expect"]["stepup"] = json!({ "level": 3 })),
            "unknown field `stepup`, expected one of `outcome`",
        ),
        (
            changed(|case| case["expect"]["matched"] = json!(["g2"])),
            "no grant `g2`: expected g1",
        ),
    ] {
        fs::write(folder.path().join("tests/more.json"), cases).expect("written");
        let refused = behorig()
            .run(&["policy", "test", &folder.word()])
            .ended_with(2);
        let place = format!("tests/more.json: case `{ALLOWING}`: ");
        for part in [&place, told] {
            assert!(
                refused.stderr().contains(part),
                "{part}: {}",
                refused.stderr()
            );
        }
    }
    fs::write(folder.path().join("tests/more.json"), "[{").expect("written");
    let refused = behorig()
        .run(&["policy", "test", &folder.word()])
        .ended_with(2);
    let told = "tests/more.json: not a list of cases";
    assert!(refused.stderr().contains(told), "{}", refused.stderr());
}

both_backends! {
    async a_folder_is_proposed_only_if_its_cases_hold;
    async a_folder_without_cases_is_not_proposed;
}

//! The life of a policy set, by the command line and beside a running service: proposed, compared, released by
//! somebody else, in force at once, and rolled back.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use test_support::{Backend, CLOSED, CLOSED_CASES, Issuer, Outcome, PolicyFolder, both_backends};

use crate::support::{App, STRONG, about, ask, behorig};

/// The policies and cases of this build with one guardrail more.
pub(crate) fn folder(app: &App) -> PolicyFolder {
    PolicyFolder::at(app.database().directory().join("next")).with(CLOSED, CLOSED_CASES)
}

/// A file with the token of somebody who has just signed in.
fn token(app: &App, hsa_id: &str) -> PathBuf {
    let file = app.database().directory().join(format!("{hsa_id}.token"));
    let claims = Issuer::person(hsa_id, STRONG, Duration::from_secs(5));
    fs::write(&file, Issuer::TRUSTED.token(&claims)).expect("a token");
    file
}

pub(crate) fn run(app: &App, words: &[&str], by: Option<&str>) -> Outcome {
    run_by(app, words, by.as_slice())
}

/// The same with a token of each of several people.
pub(crate) fn run_by(app: &App, words: &[&str], by: &[&str]) -> Outcome {
    let settings = app.database().directory().join("behorig.toml");
    let settings = settings.to_string_lossy().into_owned();
    let tokens = by.iter().map(|who| text(&token(app, who)));
    let tokens: Vec<String> = tokens.collect();
    let mut arguments = vec!["policy"];
    arguments.extend(words);
    for token in &tokens {
        arguments.extend(["--token", token]);
    }
    arguments.extend(["--config", &settings]);
    behorig().run(&arguments)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Somebody besides the first administrator who manages policies.
pub(crate) fn second(app: &App) -> String {
    app.region().only("Informationssäkerhetsansvarig")
}

pub(crate) fn administering(app: &App) -> Value {
    let olle = app.region().segment_administrator();
    about(
        &olle.person,
        "server:administer",
        json!({ "server": olle.server }),
    )
}

/// The generation and the digest that `propose` tells.
fn proposed(said: &str) -> (String, String) {
    let mut words = said.split_whitespace();
    let generation = words.nth(1).expect("a generation").to_owned();
    let digest = said.split("digest ").nth(1).expect("a digest");
    let digest = digest.split('.').next().expect("a digest").to_owned();
    (generation, digest)
}

async fn a_set_is_proposed_by_one_and_released_by_another(backend: Backend) {
    let app = App::start(backend);
    let login = app.service("server-login");
    let before = ask(&login, administering(&app)).await.allowed();
    let old = before.decision()["policyDigest"].clone();
    let folder = folder(&app).word();
    let said = run(&app, &["propose", &folder], Some(App::FIRST)).succeeded();
    let (generation, digest) = proposed(said.stdout());
    // Nothing has changed yet.
    ask(&login, administering(&app)).await.allowed();

    let release = ["release", &generation, "--digest", &digest];
    let own = run(&app, &release, Some(App::FIRST)).ended_with(2);
    assert!(
        own.stderr().contains("another human being"),
        "{}",
        own.stderr()
    );
    let nobody = app.region().without_grants();
    let refused = run(&app, &release, Some(&nobody)).ended_with(1);
    assert!(
        refused.stderr().contains("policy:manage"),
        "{}",
        refused.stderr()
    );
    let other = ["release", &generation, "--digest", "000000000000"];
    let other = run(&app, &other, Some(&second(&app))).ended_with(2);
    assert!(other.stderr().contains(&digest), "{}", other.stderr());
    ask(&login, administering(&app)).await.allowed();

    let done = run(&app, &release, Some(&second(&app))).succeeded();
    assert!(done.stdout().contains("is in force"), "{}", done.stdout());
    let after = ask(&login, administering(&app)).await.refused();
    assert_eq!(after.reasons(), ["closed-while-the-test-runs"]);
    assert_eq!(after.decision()["policyDigest"], json!(digest));
    let again = run(&app, &release, Some(&second(&app))).ended_with(2);
    assert!(
        again.stderr().contains("in force already"),
        "{}",
        again.stderr()
    );

    // One person is enough to go back, and nobody has to say where to.
    let _back = run(&app, &["rollback"], Some(&second(&app))).succeeded();
    let back = ask(&login, administering(&app)).await.allowed();
    assert_eq!(back.decision()["policyDigest"], old);
    let never = ["rollback", "--to", "99"];
    let _never = run(&app, &never, Some(&second(&app))).ended_with(2);
}

async fn every_step_is_an_event(backend: Backend) {
    let app = App::start(backend);
    let folder = folder(&app).word();
    let said = run(&app, &["propose", &folder], Some(App::FIRST)).succeeded();
    let (generation, digest) = proposed(said.stdout());
    let release = ["release", &generation, "--digest", &digest[..12]];
    let _released = run(&app, &release, Some(&second(&app))).succeeded();
    let _back = run(&app, &["rollback"], Some(App::FIRST)).succeeded();
    let told = app
        .column(
            "SELECT kind || ' ' || action FROM audit_event WHERE kind = 'policy' \
             OR resource_type = 'PolicySet' ORDER BY seq",
        )
        .await;
    assert_eq!(
        told,
        [
            "policy release",
            "change released",
            "change proposed",
            "policy release",
            "change replaced",
            "change released",
            "policy rollback",
            "change replaced",
            "change released"
        ]
    );
    let proved = behorig().run(&["log", "verify", "--database", app.database().url()]);
    let _proved = proved.succeeded();
}

async fn the_comparison_names_who_loses_before_anybody_does(backend: Backend) {
    let app = App::start(backend);
    let login = app.service("server-login");
    let olle = app.region().segment_administrator();
    ask(&login, administering(&app)).await.allowed();
    let same = run(&app, &["diff"], None).succeeded();
    assert!(
        same.stdout().contains("0 would be refused"),
        "{}",
        same.stdout()
    );
    assert!(
        same.stdout().contains("0 would be allowed"),
        "{}",
        same.stdout()
    );
    let other = folder(&app).word();
    let told = run(&app, &["diff", &other], None).succeeded();
    let said = told.stdout();
    assert!(
        said.contains("1 would be refused and were allowed, of 1 person or machine"),
        "{said}"
    );
    assert!(said.contains("1 by closed-while-the-test-runs"), "{said}");
    assert!(
        said.contains(&olle.person) && said.contains(&olle.server),
        "{said}"
    );
}

async fn a_set_that_cannot_be_used_is_not_even_proposed(backend: Backend) {
    let app = App::start(backend);
    let bad = CLOSED.replace("@reason_sv", "@reason_no");
    let folder = folder(&app).with(&bad, CLOSED_CASES).word();
    let refused = run(&app, &["propose", &folder], Some(App::FIRST)).ended_with(2);
    assert!(
        refused.stderr().contains("`@reason_sv` is missing"),
        "{}",
        refused.stderr()
    );
    let sets = app.column("SELECT digest FROM policy_set").await;
    assert_eq!(sets.len(), 1);
}

/// Fails on whoever holds a permission that nobody in the cases holds, and refuses what the cases can see.
const FAILING: &str = r#"
@id("fails-on-some")
@source("JK-1.4")
@reason("Pumps are not started by those who leave.")
@reason_sv("Den som slutar startar inga pumpar.")
forbid (principal, action == Action::"rely", resource)
when {
    (context.permission == "pump:start" && principal has ends)
    || (context.permission == "service:manage" && context.now + 9223372036854775807 < 0)
};
"#;

fn failing_cases() -> String {
    let case = |principal: Value, expect: Value| {
        json!({
            "name": "starting a pump", "about": ["fails-on-some"],
            "ask": {"principal": principal, "asked": "pump:start", "target": {"system": "xray"}},
            "expect": expect,
        })
    };
    let grants = json!([{"id": "g1", "role": "pumpOperator@xray", "scope": "system:xray"}]);
    let stays = json!({"person": "anna", "engagements": [{}], "grants": grants});
    let leaves = json!({"person": "anna", "engagements": [{}], "grants": grants, "ends": 9});
    let allowed = json!({"outcome": "allow", "reasons": ["held-permission"], "matched": ["g1"]});
    let refused = json!({
        "outcome": "deny", "reasons": ["no-permit"], "discounted": {"g1": ["fails-on-some"]},
    });
    json!([case(stays, allowed), case(leaves, refused)]).to_string()
}

async fn nobody_is_left_out_whom_the_policies_cannot_be_asked_about(backend: Backend) {
    let app = App::start(backend);
    let folder = folder(&app).with(FAILING, &failing_cases()).word();
    let said = run(&app, &["propose", &folder], Some(App::FIRST)).succeeded();
    let (generation, digest) = proposed(said.stdout());
    let release = ["release", &generation, "--digest", &digest];
    let _released = run(&app, &release, Some(&second(&app))).succeeded();
    let unknown = run(&app, &["impact", "segment-server-admin"], None).ended_with(1);
    let told = format!("cannot be asked about the grants of `{}`", App::FIRST);
    assert!(unknown.stderr().contains(&told), "{}", unknown.stderr());
}

both_backends! {
    async a_set_is_proposed_by_one_and_released_by_another;
    async every_step_is_an_event;
    async the_comparison_names_who_loses_before_anybody_does;
    async a_set_that_cannot_be_used_is_not_even_proposed;
    async nobody_is_left_out_whom_the_policies_cannot_be_asked_about;
}

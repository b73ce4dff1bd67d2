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
fn run_by(app: &App, words: &[&str], by: &[&str]) -> Outcome {
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
fn second(app: &App) -> String {
    app.region().only("Informationssäkerhetsansvarig")
}

fn administering(app: &App) -> Value {
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
             OR action = 'policiesProposed' ORDER BY seq",
        )
        .await;
    assert_eq!(
        told,
        [
            "policy release",
            "change policiesProposed",
            "policy release",
            "policy rollback"
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
        said.contains("1 would be refused and were allowed, of 1 people and machines"),
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

/// A server in a segment of the record system, asked about somebody.
fn about_server(app: &App, person: &str) -> Value {
    let server = app.region().segment_administrator().server;
    about(person, "server:administer", json!({ "server": server }))
}

const OBSERVE: [&str; 6] = [
    "stage",
    "segment-server-admin",
    "--stage",
    "observe",
    "--until",
    "2999-01-01",
];

/// Everybody whom segmentation stops, by what the feed says: who administers servers over anything wider.
fn wide(app: &App) -> Vec<String> {
    let roles: Vec<&Value> = app
        .region()
        .of("role")
        .filter(|role| {
            let permissions = role["permissions"].as_array().expect("a list");
            permissions.contains(&json!("server:administer"))
        })
        .map(|role| &role["externalId"])
        .collect();
    let grants = app.region().of("grant");
    let wide = grants
        .filter(|grant| roles.contains(&&grant["role"]) && grant["scope"]["kind"] != "segment");
    wide.map(|grant| {
        grant["principal"]["externalId"]
            .as_str()
            .expect("an id")
            .to_owned()
    })
    .collect()
}

async fn a_guardrail_is_observed_measured_and_enforced(backend: Backend) {
    let app = App::start(backend);
    let login = app.service("server-login");
    let wide = wide(&app);
    let planted = app.region().flags()["wideServerAdmin"].as_u64();
    assert_eq!(u64::try_from(wide.len()).ok(), planted);
    let question = about_server(&app, &wide[0]);
    ask(&login, question.clone()).await.refused();

    // More lenient takes two human beings, and a last day.
    let alone = run(&app, &OBSERVE, Some(App::FIRST)).ended_with(2);
    assert!(
        alone.stderr().contains("second human being"),
        "{}",
        alone.stderr()
    );
    // Who gains is told before anything is decided.
    for person in &wide {
        assert!(alone.stdout().contains(person), "{}", alone.stdout());
    }
    let twice = run_by(&app, &OBSERVE, &[App::FIRST, App::FIRST]).ended_with(2);
    assert!(
        twice.stderr().contains("second human being"),
        "{}",
        twice.stderr()
    );
    let two = [App::FIRST, &second(&app)];
    let third = [App::FIRST, &second(&app), App::FIRST];
    let third = run_by(&app, &OBSERVE, &third).ended_with(2);
    assert!(third.stderr().contains("at most two"), "{}", third.stderr());
    let endless = run_by(&app, &OBSERVE[..4], &two).ended_with(2);
    assert!(
        endless.stderr().contains("last day"),
        "{}",
        endless.stderr()
    );
    ask(&login, question.clone()).await.refused();
    let _observed = run_by(&app, &OBSERVE, &two).succeeded();
    let allowed = ask(&login, question.clone()).await.allowed();
    let would: Vec<&Value> = allowed.decision()["wouldRefuse"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|reason| &reason["policyId"])
        .collect();
    assert!(would.contains(&&json!("segment-server-admin")), "{would:?}");

    // Who would be locked out is known before it is enforced, asked or not.
    let told = run(&app, &["impact", "segment-server-admin"], None).succeeded();
    for person in &wide {
        assert!(
            told.stdout().contains(person),
            "{person}: {}",
            told.stdout()
        );
    }
    let olle = app.region().segment_administrator();
    assert!(!told.stdout().contains(&olle.person), "{}", told.stdout());
    assert!(
        told.stdout().contains("would-refuse 1"),
        "{}",
        told.stdout()
    );

    // It is not enforced where segments would be left unmanned, unless that is signed for.
    let enforce = ["stage", "segment-server-admin", "--stage", "enforce"];
    let unmanned = run(&app, &enforce, Some(App::FIRST)).ended_with(2);
    assert!(
        unmanned.stderr().contains("fewer than two"),
        "{}",
        unmanned.stderr()
    );
    ask(&login, question.clone()).await.allowed();
    let signed = [&enforce[..], &["--accept-unmanned"]].concat();
    let _enforced = run(&app, &signed, Some(App::FIRST)).succeeded();
    let refused = ask(&login, question).await.refused();
    assert_eq!(refused.reasons(), ["no-permit"]);
    let staged = "SELECT event_id FROM audit_event WHERE action = 'stageSet'";
    assert_eq!(app.column(staged).await.len(), 2);
    let envelope = match backend {
        Backend::Sqlite => "CAST(envelope AS TEXT)",
        Backend::Postgres => "convert_from(envelope, 'UTF8')",
    };
    let gained = format!(
        "SELECT {envelope} FROM audit_event WHERE action = 'stageSet' ORDER BY seq LIMIT 1"
    );
    let event: Value = serde_json::from_str(&app.column(&gained).await[0]).expect("an envelope");
    assert_eq!(event["clear"]["gaining"], wide.len().to_string());
}

async fn the_owner_of_a_system_decides_for_it_and_no_other(backend: Backend) {
    let app = App::start(backend);
    let mut systems = app.region().of("system");
    let cosmic = systems
        .find(|system| system["externalId"] == "sys-000")
        .expect("the record system");
    let owner = cosmic["owner"].as_str().expect("an owner");
    let stage = [
        "stage",
        "training-current-for-privileged",
        "--stage",
        "enforce",
    ];
    let here = [&stage[..], &["--system", "sys-000"]].concat();
    let nobody = app.region().without_grants();
    let _refused = run(&app, &here, Some(&nobody)).ended_with(1);
    let done = run(&app, &here, Some(owner)).succeeded();
    assert!(done.stdout().contains("enforce"), "{}", done.stdout());
    let again = run(&app, &here, Some(owner)).succeeded();
    assert!(again.stdout().contains("already"), "{}", again.stdout());
    let everywhere = run(&app, &stage, Some(owner)).ended_with(1);
    assert!(
        everywhere.stderr().contains("policy:manage"),
        "{}",
        everywhere.stderr()
    );
    let other = app
        .region()
        .of("system")
        .find(|system| !system["owner"].is_null() && system["owner"] != cosmic["owner"]);
    let other = other.expect("another's system")["externalId"]
        .as_str()
        .expect("an id");
    let there = [&stage[..], &["--system", other]].concat();
    let _refused = run(&app, &there, Some(owner)).ended_with(1);

    // What has a say about lists is the same everywhere.
    let listed = [
        "stage",
        "protected-identity",
        "--stage",
        "observe",
        "--until",
        "2999-01-01",
    ];
    let listed = [&listed[..], &["--system", "sys-000"]].concat();
    let refused = run(&app, &listed, Some(owner)).ended_with(2);
    assert!(
        refused.stderr().contains("same everywhere"),
        "{}",
        refused.stderr()
    );

    // Enforced there, and observed elsewhere.
    let olle = app.region().segment_administrator();
    let untrained = format!(
        "UPDATE person SET training_completed_on = NULL WHERE hsa_id = '{}'",
        olle.person
    );
    app.tamper(&untrained).await;
    let refused = ask(&app.service("server-login"), administering(&app))
        .await
        .refused();
    assert_eq!(refused.reasons(), ["training-current-for-privileged"]);
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

async fn an_exception_ends_by_itself(backend: Backend) {
    let app = App::start(backend);
    let login = app.service("server-login");
    let question = about_server(&app, &wide(&app)[0]);
    let two = [App::FIRST, &second(&app)];
    let _observed = run_by(&app, &OBSERVE, &two).succeeded();
    ask(&login, question.clone()).await.allowed();
    app.tamper("UPDATE guardrail_stage SET ends_on = '2020-01-01'")
        .await;
    ask(&login, question).await.refused();
    // One that is written as an observation is enforced too, once its exception is over.
    app.tamper("UPDATE guardrail_stage SET policy = 'training-current-for-privileged'")
        .await;
    let olle = app.region().segment_administrator();
    let untrained = format!(
        "UPDATE person SET training_completed_on = NULL WHERE hsa_id = '{}'",
        olle.person
    );
    app.tamper(&untrained).await;
    let refused = ask(&login, administering(&app)).await.refused();
    assert_eq!(refused.reasons(), ["training-current-for-privileged"]);
}

both_backends! {
    async a_set_is_proposed_by_one_and_released_by_another;
    async every_step_is_an_event;
    async the_comparison_names_who_loses_before_anybody_does;
    async a_set_that_cannot_be_used_is_not_even_proposed;
    async a_guardrail_is_observed_measured_and_enforced;
    async the_owner_of_a_system_decides_for_it_and_no_other;
    async nobody_is_left_out_whom_the_policies_cannot_be_asked_about;
    async an_exception_ends_by_itself;
}

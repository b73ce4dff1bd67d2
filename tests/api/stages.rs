//! At what stage a guardrail is: decided by the command line, with a last day, for everything, a system, an
//! authority or both.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::policies::{administering, run, run_by, second};
use crate::support::{App, STRONG, about, ask, signed_in, text};

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
    "2199-01-01",
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

/// Each so manieth of the people who have a sign-in of that level at best, and whether they hold what gives access to
/// patient data in some system by a grant that counts, but not for such a sign-in.
async fn readers_with(
    app: &App,
    credentials: Value,
    (level, each): (u8, usize),
) -> BTreeMap<String, bool> {
    let region = app.region();
    let people = region
        .of("person")
        .filter(|person| person["credentials"] == credentials);
    let mut readers = BTreeMap::new();
    for person in people.step_by(each) {
        let person = text(&person["externalId"]);
        for grant in region.grants_of(&person) {
            let role = region.find("role", &text(&grant["role"]));
            let permissions = role["permissions"].as_array().expect("a list");
            let (Some(system), true) = (
                role["system"].as_str(),
                permissions.contains(&json!("record:read")),
            ) else {
                continue;
            };
            let over = match grant["scope"]["kind"].as_str() {
                Some("organisation") => text(&grant["scope"]["externalId"]),
                _ => region.clinician().other_unit,
            };
            let record = json!({ "record": { "system": system, "kind": "patient", "id": "b7c1f0e2",
                "organisation": over } });
            let login = app.service("server-login");
            let mut question = about(&person, "record:read", record);
            let strong = ask(&login, question.clone()).await;
            question["assurance"] = signed_in(level);
            let weak = ask(&login, question).await;
            let by_sign_in = weak.reasons().contains(&"strong-auth-sensitive");
            *readers.entry(person.clone()).or_default() |= strong.is_allowed() && by_sign_in;
        }
    }
    readers
}

/// The same through the API, to whoever may read who can reach what.
async fn the_impact_is_told_to_whoever_may_read_it(app: &App, wide: &[String]) {
    let olle = app.region().segment_administrator();
    let document = "query Impact($after: String) { policyImpact(guardrail: \"segment-server-admin\") {
        principalsStopped unmannedSegments principals(first: 2, after: $after) {
            pageInfo { hasNextPage endCursor } nodes { externalId grantIds refused wouldRefuse } } } }";
    let auditor = app.auditor();
    let (mut stopped, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = auditor.graphql(document, json!({ "after": after })).await;
        let page = page.at("/policyImpact").clone();
        assert_ne!(page["unmannedSegments"], json!([]), "{page}");
        let rows = &page["principals"];
        stopped.extend(rows["nodes"].as_array().expect("rows").clone());
        if rows["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["principalsStopped"], stopped.len());
            break;
        }
        after = rows["pageInfo"]["endCursor"].clone();
    }
    let told_of: Vec<&str> = stopped
        .iter()
        .filter(|one| one["grantIds"] != json!([]))
        .filter_map(|one| one["externalId"].as_str())
        .collect();
    for person in wide {
        assert!(told_of.contains(&person.as_str()), "{person}: {told_of:?}");
    }
    assert!(!told_of.contains(&olle.person.as_str()), "{told_of:?}");
    let asked = stopped
        .iter()
        .find(|one| one["externalId"] == wide[0].as_str());
    assert_eq!(asked.expect("whom it was asked about")["wouldRefuse"], 1);
    // Sign-in stops whoever has no card, or one that is too weak.
    let sign_in = "{ policyImpact(guardrail: \"strong-auth-sensitive\") {
        principals(first: 200) { nodes { externalId grantIds } } } }";
    let sign_in = auditor.graphql(sign_in, json!({})).await;
    let nodes = sign_in.at("/policyImpact/principals/nodes");
    let nodes = nodes.as_array().expect("rows").iter();
    let stopped: BTreeSet<&str> = nodes
        .filter(|one| one["grantIds"] != json!([]))
        .filter_map(|one| one["externalId"].as_str())
        .collect();
    let without = readers_with(app, json!([]), (1, 1)).await;
    let weakly = readers_with(app, json!(["siths-reserve"]), (2, 9)).await;
    for readers in [&without, &weakly] {
        assert!(readers.values().any(|is_one| *is_one), "{readers:?}");
        // What else they hold may be stopped besides, so the others are asked about by their cards.
        for (person, _) in readers.iter().filter(|(_, is_one)| **is_one) {
            assert!(stopped.contains(person.as_str()), "{person}");
        }
    }
    let good = app.region().of("person").filter(|person| {
        let credentials = person["credentials"].as_array().expect("a list");
        credentials.iter().any(|one| one != "siths-reserve")
    });
    for person in good {
        let person = text(&person["externalId"]);
        assert!(!stopped.contains(person.as_str()), "{person} has a card");
    }
    // What it would leave unmanned is about the guardrail that is asked about.
    let other = "{ policyImpact(guardrail: \"vendor-never-approves\") { unmannedSegments } }";
    let other = auditor.graphql(other, json!({})).await;
    assert_eq!(other.at("/policyImpact/unmannedSegments"), &json!([]));
    let stranger = app.person(&app.region().without_grants(), STRONG);
    let unseen = stranger.graphql(document, json!({})).await;
    let _refused = unseen.refused("FORBIDDEN");
    let unknown = "{ policyImpact(guardrail: \"no-such\") { principalsStopped } }";
    let unknown = auditor.graphql(unknown, json!({})).await;
    assert!(
        unknown.text().contains("expected the id of a guardrail"),
        "{}",
        unknown.text()
    );
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

    the_impact_is_told_to_whoever_may_read_it(&app, &wide).await;

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
    assert_eq!(event["about"]["gaining"], json!(wide.len()));
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
        "2199-01-01",
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
    app.set(&untrained).await;
    let refused = ask(&app.service("server-login"), administering(&app))
        .await
        .refused();
    assert_eq!(refused.reasons(), ["training-current-for-privileged"]);
}

async fn an_exception_ends_by_itself(backend: Backend) {
    let app = App::start(backend);
    let login = app.service("server-login");
    let question = about_server(&app, &wide(&app)[0]);
    let two = [App::FIRST, &second(&app)];
    let _observed = run_by(&app, &OBSERVE, &two).succeeded();
    ask(&login, question.clone()).await.allowed();
    app.set("UPDATE guardrail_stage SET ends_on = '2020-01-01'")
        .await;
    ask(&login, question).await.refused();
    // One that is written as an observation is enforced too, once its exception is over.
    app.set("UPDATE guardrail_stage SET policy = 'training-current-for-privileged'")
        .await;
    let olle = app.region().segment_administrator();
    let untrained = format!(
        "UPDATE person SET training_completed_on = NULL WHERE hsa_id = '{}'",
        olle.person
    );
    app.set(&untrained).await;
    let refused = ask(&login, administering(&app)).await.refused();
    assert_eq!(refused.reasons(), ["training-current-for-privileged"]);
}

/// What somebody holds over everything counts where segmentation is only observed, and nowhere else: in one
/// authority, but for one system there.
async fn what_is_held_is_told_for_each_place(app: &App, authority: &str) {
    let document = "query What($of: PrincipalInput!) { whatCan(principal: $of, first: 70) { nodes {
        grant { externalId } permissions { permission counts reasons { policyId } }
        elsewhere { systemId system { externalId } authorityId authority { hsaId }
            permissions { permission counts reasons { policyId } wouldRefuse { policyId } } } } } }";
    let segmentation = json!([{ "policyId": "segment-server-admin" }]);
    let held = async |person: &str, grant: &str| {
        let of = json!({ "of": { "hsaId": person } });
        let held = app.auditor().graphql(document, of).await;
        let nodes = held.at("/whatCan/nodes").as_array().expect("grants");
        let mut nodes = nodes.iter();
        let it = nodes.find(|held| held["grant"]["externalId"] == grant);
        it.expect("the grant").clone()
    };
    let administering = |place: &Value| {
        let permissions = place["permissions"].as_array().expect("some");
        let mut permissions = permissions.iter();
        let it = permissions.find(|one| one["permission"] == "server:administer");
        it.expect("the permission").clone()
    };
    let (wide, grant) = app.region().wide_administrator();
    let before = held(&wide, &grant).await;
    assert_eq!(before["elsewhere"], json!([]));

    let two = [App::FIRST, &second(app)];
    let observe = |words: &[&str]| run_by(app, &[&OBSERVE[..], words].concat(), &two).succeeded();
    let enforce = [
        "stage",
        "segment-server-admin",
        "--stage",
        "enforce",
        "--accept-unmanned",
    ];
    let here = ["--system", "sys-000", "--authority", authority];
    let _authority = observe(&["--authority", authority]);
    let _system = run(app, &[&enforce[..], &here].concat(), Some(App::FIRST)).succeeded();
    let after = held(&wide, &grant).await;
    let everywhere = administering(&after);
    assert_eq!(
        (&everywhere["counts"], &everywhere["reasons"]),
        (&json!(false), &segmentation)
    );
    let places = after["elsewhere"].as_array().expect("places");
    let told: Vec<_> = places
        .iter()
        .map(|place| {
            let here = administering(place);
            (
                place["system"]["externalId"].as_str(),
                place["authority"]["hsaId"].as_str(),
                here["counts"].as_bool(),
                here["reasons"] == segmentation,
                here["wouldRefuse"] == segmentation,
            )
        })
        .collect();
    let expected = [
        (None, Some(authority), Some(true), false, true),
        (Some("sys-000"), Some(authority), Some(false), true, false),
    ];
    assert_eq!(told, expected, "{after:#}");
}

/// At what stage each guardrail is, is told to whoever may read policies.
async fn the_stages_are_told(app: &App, authority: &str) {
    let document = "{ guardrails { policyId source law text overridable sameEverywhere writtenStage writtenUntil
        stage decided { systemId system { externalId } authorityId authority { hsaId } stage until
            decidedByIndividualId } } }";
    let told = app.auditor().graphql(document, json!({})).await;
    let told = told
        .at("/guardrails")
        .as_array()
        .expect("guardrails")
        .clone();
    let of = |id: &str| {
        let found = told.iter().find(|one| one["policyId"] == id);
        found.unwrap_or_else(|| panic!("no {id}"))
    };
    let training = of("training-current-for-privileged");
    assert_eq!(training["source"], "JK-4.1, JH-29");
    assert_eq!(
        (&training["writtenStage"], &training["stage"]),
        (&json!("OBSERVE"), &json!("OBSERVE"))
    );
    assert_eq!(training["writtenUntil"], "2028-12-31");
    assert_eq!(training["overridable"], "emergency");
    let segmentation = of("segment-server-admin");
    assert_eq!(
        (&segmentation["stage"], &segmentation["writtenUntil"]),
        (&json!("ENFORCE"), &Value::Null)
    );
    assert_eq!(segmentation["sameEverywhere"], false);
    assert_eq!(of("protected-identity")["sameEverywhere"], true);
    let places: Vec<_> = segmentation["decided"]
        .as_array()
        .expect("stages")
        .iter()
        .map(|place| {
            assert!(place["decidedByIndividualId"].is_string(), "{place}");
            (
                place["system"]["externalId"].as_str(),
                place["authority"]["hsaId"].as_str(),
                place["stage"].as_str(),
                place["until"].as_str(),
            )
        })
        .collect();
    let expected = [
        (None, Some(authority), Some("OBSERVE"), Some("2199-01-01")),
        (Some("sys-000"), Some(authority), Some("ENFORCE"), None),
    ];
    assert_eq!(places, expected);
    let stranger = app.person(&app.region().without_grants(), STRONG);
    let hidden = stranger.graphql(document, json!({})).await;
    let _refused = hidden.refused("FORBIDDEN");
}

/// A stage of an authority holds for what belongs to it, and a system's own prevails over it.
async fn an_authority_has_stages_of_its_own(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let untrained = format!(
        "UPDATE person SET training_completed_on = NULL WHERE hsa_id = '{}'",
        olle.person
    );
    app.set(&untrained).await;
    for decider in [App::FIRST.to_owned(), second(&app)] {
        let trained = "UPDATE person SET training_completed_on = '2198-01-01' WHERE hsa_id = ";
        app.set(&format!("{trained}'{decider}'")).await;
    }
    let authority = format!(
        "SELECT a.hsa_id FROM segment s JOIN organisation_closure c ON c.descendant_id = s.organisation_id \
         JOIN organisation a ON a.id = c.ancestor_id AND a.authority \
         WHERE s.external_id = '{}' ORDER BY c.depth LIMIT 1",
        olle.segment
    );
    let authority = app.column(&authority).await[0].clone();
    let other = format!(
        "SELECT hsa_id FROM organisation WHERE authority AND hsa_id <> '{authority}' ORDER BY hsa_id"
    );
    let other = app.column(&other).await[0].clone();
    let login = app.service("server-login");
    let enforce = |words: &[&str]| {
        let stage = [
            "stage",
            "training-current-for-privileged",
            "--stage",
            "enforce",
        ];
        run(&app, &[&stage[..], words].concat(), Some(App::FIRST)).succeeded()
    };
    let _elsewhere = enforce(&["--authority", &other]);
    ask(&login, administering(&app)).await.allowed();
    let _here = enforce(&["--authority", &authority]);
    let refused = ask(&login, administering(&app)).await.refused();
    assert_eq!(refused.reasons(), ["training-current-for-privileged"]);

    // The system's own stage prevails, and of these the one for the authority.
    let two = [App::FIRST, &second(&app)];
    let observe = |words: &[&str]| {
        let stage = [
            "stage",
            "training-current-for-privileged",
            "--stage",
            "observe",
            "--until",
            "2199-01-01",
        ];
        run_by(&app, &[&stage[..], words].concat(), &two).succeeded()
    };
    let _system = observe(&["--system", "sys-000"]);
    ask(&login, administering(&app)).await.allowed();
    let _both = enforce(&["--system", "sys-000", "--authority", &authority]);
    let _refused = ask(&login, administering(&app)).await.refused();
    what_is_held_is_told_for_each_place(&app, &authority).await;
    the_stages_are_told(&app, &authority).await;

    let unit = app.region().manager().1;
    let none = [
        "stage",
        "training-current-for-privileged",
        "--stage",
        "enforce",
        "--authority",
        &unit,
    ];
    let none = run(&app, &none, Some(App::FIRST)).ended_with(2);
    assert!(
        none.stderr().contains("there is no authority"),
        "{}",
        none.stderr()
    );
}

both_backends! {
    async a_guardrail_is_observed_measured_and_enforced;
    async the_owner_of_a_system_decides_for_it_and_no_other;
    async an_exception_ends_by_itself;
    async an_authority_has_stages_of_its_own;
}

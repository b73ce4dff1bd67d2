//! Whoever has the database's password can write what he likes into the register's rows: it decides nothing, stops
//! nobody, and is named. What decides is what the log tells.

use std::net::SocketAddr;

use domain::verdict::Stage;
use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::guardrails::staged;
use crate::support::{App, COSMIC, STRONG, about, ask, behorig};

/// What is asked while rows say otherwise.
fn questions(app: &App) -> Vec<Value> {
    let (sara, olle) = (
        app.region().clinician(),
        app.region().segment_administrator(),
    );
    let record = |person: &str, unit: &str| {
        let record = json!({ "record": {
            "system": COSMIC, "organisation": unit, "kind": "patient", "id": "b7c1f0e2",
        } });
        about(person, "record:read", record)
    };
    let administering = |person: &str| {
        let server = json!({ "server": olle.server });
        about(person, "server:administer", server)
    };
    let mut weak = administering(&olle.person);
    weak["assurance"] = crate::support::signed_in(2);
    vec![
        record(&sara.person, &sara.unit),
        record(&sara.person, &sara.other_unit),
        administering(&olle.person),
        weak,
        administering(&app.region().without_grants()),
    ]
}

/// What is answered to all of them: outcomes, reasons, and what is asked for in return.
async fn answers(app: &App, address: SocketAddr) -> Vec<Value> {
    let callers = [app.service("journal-gateway"), app.service("server-login")];
    let mut answers = Vec::new();
    for question in questions(app) {
        let caller = match question["permission"].as_str() {
            Some("record:read") => &callers[0],
            _ => &callers[1],
        };
        let asked = ask(&caller.at(address), question).await;
        let told = [
            "outcome",
            "reasons",
            "obligations",
            "wouldRefuse",
            "matchedGrants",
        ];
        let told = told.map(|name| asked.decision()[name].clone());
        answers.push(told.into_iter().collect());
    }
    answers
}

/// What is written, and what of it is named.
fn attacks(app: &App) -> Vec<(String, &'static str)> {
    let region = app.region();
    let (sara, olle) = (region.clinician(), region.segment_administrator());
    let thief = region.without_grants();
    let of = |hsa_id: &str| format!("(SELECT id FROM person WHERE hsa_id = '{hsa_id}')");
    let admin = region.role("Serveradministratör");
    vec![
        // Somebody is given everything.
        (
            format!(
                "INSERT INTO role_grant (id, source, external_id, person_id, engagement_id, role_id, scope_kind, \
                 from_date, needs_and_risk_analysis, origin) SELECT 'grt_7zzzzzzzzzzzzzzzzzzzzzzzzz', 'x', 'x', \
                 {thief}, (SELECT MIN(id) FROM engagement WHERE person_id = {thief}), id, 'installation', \
                 '2020-01-01', 'BRA', 'order' FROM role WHERE external_id = '{admin}'",
                thief = of(&thief)
            ),
            "no event tells of the row grt_7zzzzzzzzzzzzzzzzzzzzzzzzz",
        ),
        // A grant is moved to another unit, and to another person.
        (
            format!(
                "UPDATE role_grant SET organisation_id = (SELECT id FROM organisation WHERE hsa_id = '{}') \
                 WHERE external_id = '{}'",
                sara.other_unit, sara.grant
            ),
            "of `role_grant` is not what event",
        ),
        (
            format!(
                "UPDATE role_grant SET person_id = {thief}, engagement_id = \
                 (SELECT MIN(id) FROM engagement WHERE person_id = {thief}) WHERE external_id = '{}'",
                olle.grant,
                thief = of(&thief)
            ),
            "of `role_grant` is not what event",
        ),
        // What somebody holds is taken.
        (
            "UPDATE role_grant SET revoked_at = 1, revoked_by = 'x'".to_owned(),
            "revokedAt",
        ),
        ("DELETE FROM role_permission".to_owned(), ": permissions"),
        // Guardrails are switched off.
        (
            staged("strong-auth-administration", Stage::Observe),
            "of `guardrail_stage`",
        ),
        // One human being becomes another, is suspended, or was never trained.
        (
            format!(
                "UPDATE person SET individual_id = (SELECT individual_id FROM person WHERE hsa_id = '{}') \
                 WHERE hsa_id = '{}'",
                olle.person, thief
            ),
            ": individual",
        ),
        (
            "UPDATE individual SET suspended_at = 1".to_owned(),
            ": suspendedAt",
        ),
        (
            "UPDATE person SET training_completed_on = NULL".to_owned(),
            ": trainingCompletedOn",
        ),
        // Who works where, until when, and for whom.
        (
            "UPDATE engagement SET until_date = '2001-01-01', from_date = '2000-01-01'".to_owned(),
            "of `engagement` is not what event",
        ),
        (
            "UPDATE organisation SET care_provider = NOT care_provider, authority = NOT authority"
                .to_owned(),
            "of `organisation` is not what event",
        ),
        // What is administered stands elsewhere, and asks for less.
        (
            "UPDATE segment SET patient_data = FALSE, environment = 'test'".to_owned(),
            "of `segment` is not what event",
        ),
        (
            format!(
                "UPDATE server SET segment_id = (SELECT id FROM segment WHERE external_id = '{}') \
                 WHERE external_id = '{}'",
                olle.other_segment, olle.server
            ),
            ": segment",
        ),
        (
            "UPDATE system SET patient_data = FALSE, patient_level = 1".to_owned(),
            "of `system` is not what event",
        ),
        (
            "UPDATE role SET privileged = FALSE, patient_data = FALSE".to_owned(),
            "of `role` is not what event",
        ),
        (
            "UPDATE permission SET privileged = FALSE, category = 'use'".to_owned(),
            "of `permission` is not what event",
        ),
        // Whose word counts.
        (
            "UPDATE service SET trusted_to_assert = NOT trusted_to_assert".to_owned(),
            ": trustedToAssert",
        ),
    ]
}

async fn rows_that_nobody_has_told_decide_nothing_and_stop_nobody(backend: Backend) {
    let app = App::start(backend);
    let before = answers(&app, app.serving().address()).await;
    let outcomes: Vec<&Value> = before.iter().map(|answer| &answer[0]).collect();
    assert_eq!(outcomes, ["ALLOW", "ALLOW", "ALLOW", "DENY", "DENY"]);
    let verify = ["log", "verify", "--database", app.database().url()];
    for (sql, words) in attacks(&app) {
        app.tamper(&sql).await;
        // Under the running process, and in one that starts now.
        let another = app.another();
        for address in [app.serving().address(), another.address()] {
            assert_eq!(answers(&app, address).await, before, "{sql}");
        }
        assert_eq!(another.stop(), Some(0));
        let said = behorig().run(&verify).ended_with(2);
        assert!(said.stdout().contains(words), "{sql}: {}", said.stdout());
    }
    // Nor does a list show what may not be seen.
    let thief = app.person(&app.region().without_grants(), STRONG);
    let listed = thief
        .graphql("{ servers(first: 5) { nodes { id } } }", json!({}))
        .await;
    assert_eq!(listed.at("/servers/nodes"), &json!([]));
}

async fn a_list_leaves_out_what_nobody_has_told_and_what_cannot_be(backend: Backend) {
    let app = App::start(backend);
    let ids = async || -> Vec<String> {
        let caller = app.first();
        let listed = caller.graphql("{ grants(last: 200) { nodes { id } } }", json!({}));
        let listed = listed.await;
        let nodes = listed.at("/grants/nodes").as_array().expect("grants");
        let ids = nodes.iter().filter_map(|node| node["id"].as_str());
        ids.map(str::to_owned).collect()
    };
    let before = ids().await;
    // Somebody is given everything, as the first of the attacks has it; it is the last of them, and takes a place.
    let (forged, _) = attacks(&app).remove(0);
    app.tamper(&forged).await;
    assert!(ids().await == before[1..], "what there is not is listed");
    // A row that no grant can have is in nobody else's way.
    let one = &before[5];
    let sql = format!("UPDATE role_grant SET revoked_at = 1, revoked_by = 'x' WHERE id = '{one}'");
    app.tamper(&sql).await;
    let others: Vec<String> = before[1..]
        .iter()
        .filter(|id| *id != one)
        .cloned()
        .collect();
    assert!(ids().await == others, "what cannot be is in the way");
}

/// What SQL finds rows by, and sorts them by, beside what is told of them.
const DERIVED: &[&str] = &[
    "SELECT id || name_sort || name_search || hsa_id FROM person ORDER BY id",
    "SELECT id || name_search || kind FROM organisation WHERE parent_id IS NOT NULL ORDER BY id",
    "SELECT ancestor_id || descendant_id || depth FROM organisation_closure ORDER BY 1",
    "SELECT id || name_sort || name_search || system_key FROM role ORDER BY id",
    "SELECT role_id || permission_id || system_key FROM role_permission ORDER BY 1",
    "SELECT id || system_key || name FROM permission ORDER BY id",
    "SELECT kind || word || spelled || entity_id FROM search_word ORDER BY 1",
];

async fn rows_become_again_what_the_log_tells(backend: Backend) {
    let app = App::start(backend);
    let mut before = Vec::new();
    for sql in DERIVED {
        before.push(app.column(sql).await);
    }
    for (sql, _) in attacks(&app) {
        app.tamper(&sql).await;
    }
    // What is known by another's name, is gone, is found by nothing, or never was.
    let (sara, olle) = (
        app.region().clinician().person,
        app.region().segment_administrator().person,
    );
    let swapped =
        |from: &str, to: &str| format!("UPDATE person SET hsa_id = '{to}' WHERE hsa_id = '{from}'");
    let meanwhile = "SE0000000000-meanwhile";
    for sql in [
        &swapped(&sara, meanwhile),
        &swapped(&olle, &sara),
        &swapped(meanwhile, &olle),
        "UPDATE person SET given_name = 'Nobody', name_search = 'nobody' WHERE id = (SELECT MAX(id) FROM person)",
        "UPDATE role SET name = 'Nothing', name_sort = '', name_search = ''",
        "DELETE FROM role_grant",
        "DELETE FROM engagement",
        "DELETE FROM \"database\"",
        "DELETE FROM server",
        "DELETE FROM account",
        "DELETE FROM supplier_assessment",
        "DELETE FROM guardrail_stage",
        "DELETE FROM system_classification",
        "DELETE FROM organisation_parent WHERE child_id = (SELECT MAX(child_id) FROM organisation_parent)",
        "INSERT INTO organisation (id, source, hsa_id, name, name_sort, name_search, kind, parent_id) \
         SELECT 'org_7zzzzzzzzzzzzzzzzzzzzzzzzz', 'x', 'x', 'x', '', '', 'unit', MAX(id) FROM organisation",
        "INSERT INTO organisation (id, source, hsa_id, name, name_sort, name_search, kind, parent_id) \
         VALUES ('of nobody', 'x', 'y', 'y', '', '', 'unit', 'org_7zzzzzzzzzzzzzzzzzzzzzzzzz')",
    ] {
        app.tamper(sql).await;
    }
    let on = ["--database", app.database().url()];
    let repair = [&["log", "repair-register", "--reason", "INC-4711"], &on[..]].concat();
    let repaired = behorig().run(&repair).succeeded();
    let said = repaired.stdout();
    assert!(
        said.contains("The register is what the log tells."),
        "{said}"
    );
    for (sql, before) in DERIVED.iter().zip(before) {
        assert!(app.column(sql).await == before, "{sql}");
    }
    let _good = behorig()
        .run(&[&["log", "verify"], &on[..]].concat())
        .succeeded();
    let _nothing = behorig()
        .run(&[&["log", "doctor"], &on[..]].concat())
        .succeeded();
    let events = app.column(
        "SELECT CAST(seq AS TEXT) FROM audit_event WHERE kind = 'operation' AND action = 'registerRepaired'",
    );
    let events = events.await.len();
    assert!(events > 0, "no event says what was written");
    // There is nothing left to do, and nothing is said to have been done.
    let again = behorig().run(&repair).succeeded();
    assert!(again.stdout().starts_with("0 rows"), "{}", again.stdout());
}

/// What somebody has written into a row by another way is not told by the next change of the thing, under the decision
/// that allows that one: it is taken out again, and the change is made.
async fn what_somebody_has_written_does_not_stop_a_change(backend: Backend) {
    let app = App::start(backend);
    let iam = app.service("iam");
    let sara = app.region().clinician();
    let create =
        "mutation C($input: CreateGrantInput!) { createGrant(input: $input) { grant { id } } }";
    let revoke = "mutation R($input: RevokeGrantInput!) { revokeGrant(input: $input) { grant { revokedAt } } }";
    let order = json!({
        "principal": { "hsaId": sara.person }, "role": app.region().role_in(COSMIC, "Läsbehörig"),
        "scope": { "organisation": sara.other_unit }, "needsAndRiskAnalysis": "BRA-2026-001",
    });
    let elsewhere = format!(
        "organisation_id = (SELECT id FROM organisation WHERE hsa_id = '{}')",
        sara.unit
    );
    let told = format!(
        "SELECT g.id FROM role_grant g JOIN organisation o ON o.id = g.organisation_id \
         WHERE o.hsa_id = '{}' AND g.revoked_at IS NOT NULL AND g.id = ",
        sara.other_unit
    );
    for written in [
        format!("UPDATE role_grant SET {elsewhere} WHERE id = "),
        "UPDATE role_grant SET revoked_at = 1, revoked_by = 'x' WHERE id = ".to_owned(),
        "DELETE FROM role_grant WHERE id = ".to_owned(),
    ] {
        let made = iam.graphql(create, json!({ "input": order })).await;
        let grant = made.at("/createGrant/grant/id").as_str();
        let grant = grant.expect("a grant").to_owned();
        app.tamper(&format!("{written}'{grant}'")).await;
        let input = json!({ "input": { "grant": grant, "reason": "back again" } });
        let gone = iam.graphql(revoke, input).await;
        assert!(
            gone.at("/revokeGrant/grant/revokedAt").is_string(),
            "{}",
            gone.text()
        );
        assert_eq!(
            app.column(&format!("{told}'{grant}'")).await.len(),
            1,
            "{written}"
        );
    }
    let repaired = "SELECT CAST(seq AS TEXT) FROM audit_event WHERE action = 'registerRepaired'";
    assert_eq!(app.column(repaired).await.len(), 3);
    let verify = ["log", "verify", "--database", app.database().url()];
    let _good = behorig().run(&verify).succeeded();
}

both_backends! {
    async a_list_leaves_out_what_nobody_has_told_and_what_cannot_be;
    async rows_become_again_what_the_log_tells;
    async rows_that_nobody_has_told_decide_nothing_and_stop_nobody;
    async what_somebody_has_written_does_not_stop_a_change;
}

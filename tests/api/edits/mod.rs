//! Edits of the register that are grants in disguise: what they say somebody gains is what the decisions say
//! after them, and nothing of it comes about before somebody else has accepted it.

use std::collections::BTreeSet;

use domain::clock::{Clock, SystemClock};
use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, COSMIC, STRONG, about, ask, signed_in, today};

use said::{
    acceptance_refused, accepted, against, declined, edited, every_row, gaining, made,
    not_accepted, proposed, registrar, role_keeper, rows, text, told, who_can,
};

mod alone;
mod said;
mod untold;

const ADMINISTER: &str = "server:administer";

/// Who can do it only after an edit that somebody else accepts; in between nothing has changed.
async fn gained_by(
    app: &App,
    edit: &Value,
    (proposer, permission): (&crate::support::Caller, &str),
    target: &Value,
) -> (Value, BTreeSet<String>) {
    let before = who_can(app, permission, target).await;
    let proposal = proposed(proposer, edit).await;
    assert_eq!(who_can(app, permission, target).await, before);
    accepted(&app.first(), &proposal).await;
    let after = who_can(app, permission, target).await;
    (proposal, after.difference(&before).cloned().collect())
}

async fn moving_a_server_waits_for_another_human_being(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let edit = json!({ "moveServer": { "server": olle.server, "segment": olle.other_segment } });
    let target = json!({ "server": olle.server });
    let by = (&registrar(&app), ADMINISTER);
    let (proposal, gained) = gained_by(&app, &edit, by, &target).await;
    assert!(!gained.is_empty());
    assert_eq!(gaining(&proposal, ADMINISTER, "REACH"), gained);
    let server = app.id("server", &olle.server).await;
    for row in rows(&proposal) {
        assert_eq!(row["overId"], server, "{row}");
        assert_eq!(row["privileged"], true, "{row}");
        assert_ne!(row["grantIds"], json!([]), "{row}");
    }
    // It has been made, and the one who had the server has not any more.
    let segment = app.id("segment", &olle.other_segment).await;
    let sql = format!("SELECT segment_id FROM server WHERE id = '{server}'");
    assert_eq!(app.column(&sql).await, [segment]);
    let question = about(&olle.person, ADMINISTER, target);
    let _refused = ask(&app.service("server-login"), question).await.refused();
    assert_eq!(
        not_accepted(&app.first(), &proposal).await,
        "ALREADY_DECIDED"
    );
    assert_eq!(against(&registrar(&app), &edit).await, "UNCHANGED");
}

async fn nobody_accepts_their_own_proposal_or_gain(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let (keeper, _) = app.region().holder("Registeransvarig");
    let edit = json!({ "moveServer": { "server": olle.server, "segment": olle.other_segment } });
    let proposal = proposed(&registrar(&app), &edit).await;

    // Whoever may not approve there, and whoever may not even know of it.
    acceptance_refused(&registrar(&app), &proposal).await;
    let stranger = app.person(&app.region().without_grants(), STRONG);
    assert_eq!(not_accepted(&stranger, &proposal).await, "NOT_FOUND");
    let weak = app.person(App::FIRST, 2);
    let step_up = weak.graphql(
        "mutation A($id: ID!, $seen: String!) { acceptEdit(input: { proposal: $id, gainDigest: $seen }) {
            errors { code } } }",
        json!({ "id": proposal["id"], "seen": proposal["gain"]["digest"] }),
    );
    let _error = step_up.await.refused("INSUFFICIENT_USER_AUTHENTICATION");

    // The same human being under another HSA-id, who could approve.
    let same = format!(
        "UPDATE person SET individual_id = (SELECT individual_id FROM person WHERE hsa_id = '{keeper}') \
         WHERE hsa_id = '{}'",
        App::FIRST
    );
    let first = format!(
        "SELECT individual_id FROM person WHERE hsa_id = '{}'",
        App::FIRST
    );
    let before = app.column(&first).await;
    app.set(&same).await;
    let code = not_accepted(&app.first(), &proposal).await;
    assert_eq!(code, "SECOND_INDIVIDUAL");
    app.set(&format!(
        "UPDATE person SET individual_id = '{}' WHERE hsa_id = '{}'",
        before[0],
        App::FIRST
    ))
    .await;

    // Somebody who gains.
    let gains = &rows(&proposal)[0]["holderId"];
    let gainer = format!(
        "UPDATE person SET individual_id = '{}' WHERE id = '{}'",
        before[0],
        text(gains)
    );
    app.set(&gainer).await;
    let again = proposed(&registrar(&app), &edit).await;
    assert_eq!(not_accepted(&app.first(), &again).await, "OWN_GAIN");
}

async fn what_is_accepted_is_what_was_seen(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let edit = json!({ "moveServer": { "server": olle.server, "segment": olle.other_segment } });
    let mut proposal = proposed(&registrar(&app), &edit).await;
    let seen = proposal["gain"]["digest"].clone();
    proposal["gain"]["digest"] = json!("0".repeat(64));
    assert_eq!(not_accepted(&app.first(), &proposal).await, "NOT_SEEN");
    proposal["gain"]["digest"] = seen;

    // Somebody more has come to administer the segment meanwhile.
    let moved = format!(
        "UPDATE role_grant SET segment_id = (SELECT id FROM segment WHERE external_id = '{}') \
         WHERE external_id = '{}'",
        olle.other_segment, olle.grant
    );
    // The server goes to a segment that this one did not have; now it would keep the server.
    app.set(&moved).await;
    let newcomer = app
        .column(&format!(
            "SELECT person_id FROM role_grant WHERE external_id = '{}'",
            olle.grant
        ))
        .await;
    assert_eq!(not_accepted(&app.first(), &proposal).await, "GAIN_GREW");
    let anew = proposed(&registrar(&app), &edit).await;
    assert!(gaining(&anew, ADMINISTER, "REACH").contains(&newcomer[0]));

    // Less than was seen is no surprise.
    let gone = format!(
        "UPDATE role_grant SET revoked_at = 1, revoked_by = person_id WHERE external_id = '{}'",
        olle.grant
    );
    app.set(&gone).await;
    accepted(&app.first(), &anew).await;
}

async fn a_permission_of_a_role_is_gained_by_its_holders(backend: Backend) {
    let app = App::start(backend);
    let unit = app.region().clinician().unit;
    let role = app.region().role_in(COSMIC, "Läsbehörig");
    let keeper = role_keeper(&app);
    let edit = |permission: &str, held: bool| json!({ "setRolePermission": { "role": role, "permission": permission, "held": held } });
    let holders = format!(
        "SELECT DISTINCT g.person_id FROM role_grant g JOIN role r ON r.id = g.role_id \
         WHERE r.external_id = '{role}' AND g.revoked_at IS NULL"
    );
    let holders: BTreeSet<String> = app.column(&holders).await.into_iter().collect();
    let proposal = proposed(&keeper, &edit("record:write", true)).await;
    let gained = gaining(&proposal, "record:write", "REACH");
    assert!(
        !gained.is_empty() && gained.is_subset(&holders),
        "{gained:?}"
    );
    assert!(rows(&proposal).iter().all(|row| row["patientData"] == true));
    let target = json!({ "organisation": unit });
    let before = who_can(&app, "record:write", &target).await;
    accepted(&app.first(), &proposal).await;
    let after = who_can(&app, "record:write", &target).await;
    let now: BTreeSet<String> = after.difference(&before).cloned().collect();
    assert!(now.is_subset(&gained), "{now:?} of {gained:?}");

    // To take it away needs nobody else.
    let _made = made(&keeper, &edit("record:write", false)).await;
    assert_eq!(who_can(&app, "record:write", &target).await, before);
    assert_eq!(
        against(&keeper, &edit("record:write", false)).await,
        "UNCHANGED"
    );
    assert_eq!(
        against(&keeper, &edit("policy:manage", true)).await,
        "NO_SUCH_PERMISSION"
    );
}

/// A record where the clinician works, and how its reading is answered to a weak or an old sign-in.
fn reading(app: &App, permission: &str, level: u8, seconds: i64) -> Value {
    let sara = app.region().clinician();
    let record = json!({
        "system": COSMIC, "organisation": sara.unit, "kind": "patient", "id": "b7c1f0e2" });
    let mut question = about(&sara.person, permission, json!({ "record": record }));
    question["assurance"] = signed_in(level);
    let ago = SystemClock.now().plus_seconds(-seconds);
    question["assurance"]["asserted"]["authenticatedAt"] = json!(ago.to_string());
    question
}

async fn a_lower_class_lets_weaker_sign_ins_in(backend: Backend) {
    const SYSTEM: &str = "sys-001";
    let app = App::start(backend);
    let class = |confidentiality: i64| {
        json!({ "classifySystem": {
            "system": SYSTEM, "confidentiality": confidentiality, "integrity": 2,
            "availability": 2, "decidedOn": today().to_string() } })
    };
    // Nothing there is patient data, as far as anybody has said.
    for sql in [
        "UPDATE system SET patient_data = FALSE WHERE external_id = 'sys-001'",
        "UPDATE role SET patient_data = FALSE WHERE system_id = \
            (SELECT id FROM system WHERE external_id = 'sys-001')",
    ] {
        app.set(sql).await;
    }
    let (keeper, login) = (registrar(&app), app.service("server-login"));
    let _made = made(&keeper, &class(3)).await;
    let proposal = proposed(&keeper, &class(1)).await;
    let gained = every_row(&app.first(), &proposal).await;
    assert!(gained.iter().all(|row| row["by"] == "WEAKER_SIGN_IN"));
    let reads =
        |row: &&Value| row["permission"] == "record:read" && row["holder"]["hsaId"] != Value::Null;
    let row = gained.iter().find(reads).expect("somebody who reads");
    let record = json!({ "system": SYSTEM, "organisation": row["over"]["hsaId"], "kind": "patient", "id": "b7c1" });
    let mut weak = about(
        &text(&row["holder"]["hsaId"]),
        "record:read",
        json!({ "record": record }),
    );
    weak["assurance"] = signed_in(2);
    let _refused = ask(&login, weak.clone()).await.too_weak();
    accepted(&app.first(), &proposal).await;
    let _allowed = ask(&login, weak).await.allowed();

    let wrong = json!({ "input": { "edit": class(5) } });
    let document =
        "mutation E($input: EditRegisterInput!) { editRegister(input: $input) { made } }";
    let answer = keeper.graphql(document, wrong).await;
    let error = answer.refused("BAD_USER_INPUT");
    assert!(error.to_string().contains("confidentiality"), "{error}");
}

async fn what_is_no_longer_privileged_takes_two(backend: Backend) {
    let app = App::start(backend);
    let (keeper, login) = (role_keeper(&app), app.service("server-login"));
    let edit = |privileged: bool| {
        json!({ "setPermissionPrivileged": {
            "permission": "record:sign", "system": COSMIC, "privileged": privileged } })
    };
    let old = || reading(&app, "record:sign", 3, 7_200);
    let _allowed = ask(&login, old()).await.allowed();
    let _made = made(&keeper, &edit(true)).await;
    let _refused = ask(&login, old()).await.too_weak();
    let proposal = proposed(&keeper, &edit(false)).await;
    let sara = app.id("person", &app.region().clinician().person).await;
    assert!(gaining(&proposal, "record:sign", "WEAKER_SIGN_IN").contains(&sara));
    accepted(&app.first(), &proposal).await;
    let _allowed = ask(&login, old()).await.allowed();
    let own = json!({ "setPermissionPrivileged": {
        "permission": "grant:provision", "privileged": false } });
    assert_eq!(against(&keeper, &own).await, "OWN_PERMISSION");

    // Nobody gains at once by it, but from then on the role is given without anybody's approval.
    let role = app.region().role("Förvaltningsledare IT");
    let edit = |privileged: bool| json!({ "setRolePrivileged": { "role": role, "privileged": privileged } });
    let proposal = proposed(&keeper, &edit(false)).await;
    assert_eq!(rows(&proposal), json!([]).as_array().expect("none"));
    accepted(&app.first(), &proposal).await;
    let _made = made(&keeper, &edit(true)).await;
}

async fn a_control_edge_is_a_way_in(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let keeper = registrar(&app);
    let edit = |controls: bool| {
        json!({ "setControl": {
            "controller": olle.segment, "controlled": olle.other_segment, "controls": controls } })
    };
    let reach = "query R($of: PrincipalInput!) { reach(principal: $of) {
        serversDirect serversTotal segments { segmentId pathIds } } }";
    let of = json!({ "of": { "hsaId": olle.person } });
    let before = told(&app.auditor(), reach, of.clone()).await["reach"].clone();
    let proposal = proposed(&keeper, &edit(true)).await;
    let person = app.id("person", &olle.person).await;
    let over = app.id("segment", &olle.other_segment).await;
    let taking = gaining(&proposal, ADMINISTER, "TAKE_OVER");
    assert!(taking.contains(&person), "{taking:?}");
    assert!(rows(&proposal).iter().any(|row| row["overId"] == over));
    assert_eq!(
        told(&app.auditor(), reach, of.clone()).await["reach"],
        before
    );
    accepted(&app.first(), &proposal).await;
    let after = told(&app.auditor(), reach, of.clone()).await["reach"].clone();
    assert_eq!(after["serversDirect"], before["serversDirect"]);
    assert!(after["serversTotal"].as_u64() > before["serversTotal"].as_u64());
    let _made = made(&keeper, &edit(false)).await;
    assert_eq!(told(&app.auditor(), reach, of).await["reach"], before);
    let itself = json!({ "setControl": {
        "controller": olle.segment, "controlled": olle.segment, "controls": true } });
    assert_eq!(against(&keeper, &itself).await, "CONTROLS_ITSELF");
}

async fn who_is_over_the_new_place_gains_what_is_moved_there(backend: Backend) {
    let app = App::start(backend);
    let unit = app.region().clinician().unit;
    let moved = app.id("organisation", &unit).await;
    let parent = format!(
        "SELECT p.hsa_id FROM organisation p JOIN organisation_closure b ON b.descendant_id = p.id \
         JOIN organisation a ON a.id = b.ancestor_id AND a.authority \
         JOIN organisation_closure u ON u.ancestor_id = a.id AND u.descendant_id = '{moved}' \
         WHERE p.kind = 'department' AND p.id NOT IN \
         (SELECT ancestor_id FROM organisation_closure WHERE descendant_id = '{moved}') ORDER BY 1"
    );
    let parent = app.column(&parent).await[0].clone();
    // Somebody reads records there, over the whole department.
    let reader = app.region().clinician();
    let wider = format!(
        "UPDATE role_grant SET organisation_id = (SELECT id FROM organisation WHERE hsa_id = '{parent}') \
         WHERE external_id = '{}'",
        reader.grant
    );
    app.set(&wider).await;
    let keeper = registrar(&app);
    let edit = json!({ "moveOrganisation": { "organisation": unit, "parent": parent } });
    let proposal = proposed(&keeper, &edit).await;
    let person = app.id("person", &reader.person).await;
    let gained = rows(&proposal).iter().any(|row| {
        row["holderId"] == person && row["overId"] == moved && row["patientData"] == true
    });
    assert!(gained, "{proposal}");
    accepted(&app.first(), &proposal).await;
    let below = json!({ "moveOrganisation": { "organisation": parent, "parent": unit } });
    assert_eq!(against(&keeper, &below).await, "NO_PLACE");
    let history = format!(
        "SELECT parent_id FROM organisation_parent WHERE child_id = '{moved}' AND until_date IS NULL"
    );
    assert_eq!(
        app.column(&history).await,
        [app.id("organisation", &parent).await]
    );
}

async fn who_is_moved_to_another_care_provider_gains_what_is_kept_there(backend: Backend) {
    let app = App::start(backend);
    let reader = app.region().clinician();
    let kept = app.region().unit_of_another_authority();
    // The reader's department is a care provider of its own, and the role is over a unit of the region's.
    let department = format!(
        "UPDATE organisation SET care_provider = TRUE \
         WHERE id = (SELECT parent_id FROM organisation WHERE hsa_id = '{}')",
        reader.unit
    );
    app.set(&department).await;
    let over = format!(
        "UPDATE role_grant SET organisation_id = (SELECT id FROM organisation WHERE hsa_id = '{kept}') \
         WHERE external_id = '{}'",
        reader.grant
    );
    app.set(&over).await;
    let parent = "SELECT hsa_id FROM organisation WHERE kind = 'region'";
    let parent = app.column(parent).await[0].clone();
    let edit = json!({ "moveOrganisation": { "organisation": reader.unit, "parent": parent } });
    let proposal = proposed(&registrar(&app), &edit).await;
    let person = app.id("person", &reader.person).await;
    let kept = app.id("organisation", &kept).await;
    let gained = rows(&proposal).iter().any(|row| {
        row["holderId"] == person && row["overId"] == kept && row["patientData"] == true
    });
    assert!(gained, "{proposal}");
}

async fn a_proposal_is_read_declined_and_withdrawn(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let edit = json!({ "moveServer": { "server": olle.server, "segment": olle.other_segment } });
    let keeper = registrar(&app);
    let (one, two) = (
        proposed(&keeper, &edit).await,
        proposed(&keeper, &edit).await,
    );
    let (owner, _) = app.region().holder("Systemägare");
    let owner = app.person(&owner, STRONG);

    let list = "query L($state: EditProposalState) { editProposals(filter: { state: $state }) {
        totalCount nodes { id thingId thing { __typename } } } }";
    let open = json!({ "state": "OPEN" });
    let seen = told(&owner, list, open.clone()).await["editProposals"].clone();
    assert_eq!(seen["totalCount"], 2, "{seen}");
    assert_eq!(seen["nodes"][0]["id"], two["id"], "the latest comes first");
    assert_eq!(seen["nodes"][0]["thing"]["__typename"], "Server");
    let stranger = app.person(&app.region().without_grants(), STRONG);
    let hidden = told(&stranger, list, open.clone()).await["editProposals"].clone();
    assert_eq!(hidden["totalCount"], 0, "{hidden}");
    let node =
        "query N($id: ID!) { node(id: $id) { ... on EditProposal { state gain { digest } } } }";
    let id = json!({ "id": one["id"] });
    assert!(told(&stranger, node, id.clone()).await["node"].is_null());
    let shown = told(&owner, node, id).await["node"].clone();
    assert_eq!(shown["gain"]["digest"], one["gain"]["digest"]);

    let turned_down = declined(&owner, &one).await;
    assert_eq!(
        turned_down["proposal"]["state"], "DECLINED",
        "{turned_down}"
    );
    let taken_back = declined(&keeper, &two).await;
    assert_eq!(taken_back["proposal"]["state"], "WITHDRAWN", "{taken_back}");
    for proposal in [&one, &two] {
        assert_eq!(
            not_accepted(&app.first(), proposal).await,
            "ALREADY_DECIDED"
        );
        let again = declined(&owner, proposal).await;
        assert_eq!(again["errors"][0]["code"], "ALREADY_DECIDED", "{again}");
    }
    let seen = told(&owner, list, open).await["editProposals"].clone();
    assert_eq!(seen["totalCount"], 0, "{seen}");
}

async fn what_may_not_be_seen_is_not_edited(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let stranger = app.person(&app.region().without_grants(), STRONG);
    let nowhere = json!({ "moveServer": { "server": "no-such-host", "segment": olle.segment } });
    let hidden = json!({ "moveServer": { "server": olle.server, "segment": olle.segment } });
    for edit in [&nowhere, &hidden] {
        let payload = edited(&stranger, edit).await;
        assert_eq!(payload["errors"][0]["code"], "NOT_FOUND", "{payload}");
        let path = json!(["input", "edit", "moveServer", "server"]);
        assert_eq!(payload["errors"][0]["path"], path);
        // Both names at once.
        let path = json!(["input", "edit", "moveServer", "segment"]);
        assert_eq!(payload["errors"][1]["path"], path, "{payload}");
    }
    // An auditor sees both and may change neither.
    let document =
        "mutation E($input: EditRegisterInput!) { editRegister(input: $input) { made } }";
    let input = json!({ "input": { "edit": {
        "moveServer": { "server": olle.server, "segment": olle.other_segment } } } });
    let answer = app.auditor().graphql(document, input).await;
    let _error = answer.refused("FORBIDDEN");
}

both_backends! {
    async moving_a_server_waits_for_another_human_being;
    async nobody_accepts_their_own_proposal_or_gain;
    async what_is_accepted_is_what_was_seen;
    async a_permission_of_a_role_is_gained_by_its_holders;
    async a_lower_class_lets_weaker_sign_ins_in;
    async what_is_no_longer_privileged_takes_two;
    async a_control_edge_is_a_way_in;
    async who_is_over_the_new_place_gains_what_is_moved_there;
    async who_is_moved_to_another_care_provider_gains_what_is_kept_there;
    async a_proposal_is_read_declined_and_withdrawn;
    async what_may_not_be_seen_is_not_edited;
}

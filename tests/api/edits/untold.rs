//! What somebody has written by another way is not told by an edit, under the decisions of those who made it: neither
//! into a proposal that waits, nor beside what an edit writes. What can be brought back from the log is, and the edit made.

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, COSMIC, Caller, behorig};

use super::said::{accepted, proposed, registrar, role_keeper};

const ACCEPT: &str = "mutation Accept($input: AcceptEditInput!) { acceptEdit(input: $input) {
    errors { code } proposal { state } } }";

/// That accepting it comes to nothing, without a word of what stands against it.
async fn comes_to_nothing(caller: &Caller, proposal: &Value, why: &str) {
    let input = json!({ "proposal": proposal["id"], "gainDigest": proposal["gain"]["digest"] });
    let answer = caller.graphql(ACCEPT, json!({ "input": input })).await;
    let answer = answer.json();
    assert!(answer["errors"].is_array(), "{why}: {answer}");
    assert!(answer["data"]["acceptEdit"].is_null(), "{why}: {answer}");
}

async fn what_somebody_has_written_into_a_proposal_is_not_accepted(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let other = format!(
        "(SELECT id FROM person WHERE hsa_id = '{}')",
        app.region().without_grants()
    );
    let home = format!(
        "SELECT s.external_id FROM segment s JOIN server v ON v.segment_id = s.id WHERE v.external_id = '{}'",
        olle.server
    );
    let home = app.column(&home).await.remove(0);
    let segments = [olle.other_segment.clone(), home];
    let row = |id: &str| {
        format!(
            "SELECT proposed_by || ' ' || proposers_gain || ' ' || (SELECT COUNT(*) FROM edit_proposer \
             WHERE proposal_id = '{id}') FROM edit_proposal WHERE id = '{id}'"
        )
    };
    let set = |what: &str, id: &str| format!("UPDATE edit_proposal SET {what} WHERE id = '{id}'");
    for (turn, segment) in segments.iter().cycle().take(3).enumerate() {
        let edit = json!({ "moveServer": { "server": olle.server, "segment": segment } });
        let proposal = proposed(&registrar(&app), &edit).await;
        let id = proposal["id"].as_str().expect("an id");
        let was = app.column(&row(id)).await;
        let sql = match turn {
            0 => set(&format!("proposed_by = {other}"), id),
            1 => set("proposers_gain = TRUE", id),
            _ => format!(
                "INSERT INTO edit_proposer (proposal_id, individual_id) \
                 SELECT '{id}', individual_id FROM person WHERE id = {other}"
            ),
        };
        app.tamper(&sql).await;
        // What is accepted is what was proposed, by whoever proposed it.
        accepted(&app.first(), &proposal).await;
        assert_eq!(app.column(&row(id)).await, was, "{sql}");
    }
}

/// The log has the edit's text by its digest alone, so one that was exchanged cannot be brought back.
async fn an_edit_that_somebody_has_rewritten_is_not_accepted(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let edit = json!({ "moveServer": { "server": olle.server, "segment": olle.other_segment } });
    let proposal = proposed(&registrar(&app), &edit).await;
    let rewritten = |from: &str, to: &str| {
        format!("UPDATE edit_proposal SET edit = REPLACE(edit, '{from}', '{to}')")
    };
    app.tamper(&rewritten(":", ": ")).await;
    comes_to_nothing(&app.first(), &proposal, "another text").await;
    app.tamper("UPDATE role SET privileged = FALSE").await;
    let on = ["--database", app.database().url()];
    let repair = ["log", "repair-register", "--reason", "INC-4711"];
    let said = behorig().run(&[&repair[..], &on].concat()).ended_with(2);
    assert!(said.stdout().contains("Left: "), "{}", said.stdout());
    let doctor = behorig().run(&[&["log", "doctor"], &on[..]].concat());
    let doctor = doctor.ended_with(2);
    let named = doctor.stdout();
    assert!(
        named.contains("`edit_proposal`") && !named.contains("`role`"),
        "{named}"
    );
    app.tamper(&rewritten(": ", ":")).await;
    accepted(&app.first(), &proposal).await;
}

async fn a_trigger_gives_a_role_nothing_beside_what_was_decided(backend: Backend) {
    let app = App::start(backend);
    let role = app.region().role_in(COSMIC, "Läsbehörig");
    let edit = json!({ "setRolePermission": {
        "role": role, "permission": "record:write", "held": true } });
    let proposal = proposed(&role_keeper(&app), &edit).await;
    let others = "SELECT NEW.role_id, id, system_key FROM permission WHERE system_key = NEW.system_key \
        AND id NOT IN (SELECT permission_id FROM role_permission WHERE role_id = NEW.role_id)";
    let insert =
        format!("INSERT INTO role_permission (role_id, permission_id, system_key) {others};");
    let (lay, take_away) = match backend {
        Backend::Sqlite => (
            format!("CREATE TRIGGER besides AFTER INSERT ON role_permission BEGIN {insert} END"),
            "DROP TRIGGER besides",
        ),
        Backend::Postgres => (
            format!(
                "CREATE FUNCTION besides() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 IF pg_trigger_depth() = 1 THEN {insert} END IF; RETURN NULL; END $$; \
                 CREATE TRIGGER besides AFTER INSERT ON role_permission \
                 FOR EACH ROW EXECUTE FUNCTION besides()"
            ),
            "DROP TRIGGER besides ON role_permission",
        ),
    };
    let held = format!(
        "SELECT permission_id FROM role_permission \
         WHERE role_id = (SELECT id FROM role WHERE external_id = '{role}') ORDER BY permission_id"
    );
    let before = app.column(&held).await;
    app.tamper(&lay).await;
    comes_to_nothing(&app.first(), &proposal, "a trigger").await;
    assert_eq!(app.column(&held).await, before);
    app.tamper(take_away).await;
    accepted(&app.first(), &proposal).await;
    assert_eq!(app.column(&held).await.len(), before.len() + 1);
}

both_backends! {
    async an_edit_that_somebody_has_rewritten_is_not_accepted;
    async what_somebody_has_written_into_a_proposal_is_not_accepted;
    async a_trigger_gives_a_role_nothing_beside_what_was_decided;
}

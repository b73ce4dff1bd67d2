//! What somebody has written by another way is not told by an edit, under the decisions of those who made it: neither
//! into a proposal that waits, nor beside what an edit writes.

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, COSMIC, Caller};

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

async fn a_proposal_that_somebody_has_rewritten_is_not_accepted(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let edit = json!({ "moveServer": { "server": olle.server, "segment": olle.other_segment } });
    let proposal = proposed(&registrar(&app), &edit).await;
    let id = proposal["id"].as_str().expect("an id");
    let of = format!("FROM edit_proposal WHERE id = '{id}'");
    let other = format!(
        "SELECT id FROM person WHERE hsa_id = '{}'",
        app.region().without_grants()
    );
    let was = app.column(&format!("SELECT proposed_by {of}")).await;
    let set = |what: String| format!("UPDATE edit_proposal SET {what} WHERE id = '{id}'");
    let rewritten = [
        (
            set(format!("proposed_by = ({other})")),
            set(format!("proposed_by = '{}'", was[0])),
        ),
        (
            set("proposers_gain = TRUE".to_owned()),
            set("proposers_gain = FALSE".to_owned()),
        ),
        (
            set("edit = REPLACE(edit, ':', ': ')".to_owned()),
            set("edit = REPLACE(edit, ': ', ':')".to_owned()),
        ),
        (
            format!(
                "INSERT INTO edit_proposer (proposal_id, individual_id) \
                 SELECT '{id}', individual_id FROM person WHERE id = ({other})"
            ),
            format!(
                "DELETE FROM edit_proposer WHERE proposal_id = '{id}' AND individual_id = \
                 (SELECT individual_id FROM person WHERE id = ({other}))"
            ),
        ),
    ];
    for (sql, back) in rewritten {
        app.tamper(&sql).await;
        comes_to_nothing(&app.first(), &proposal, &sql).await;
        app.tamper(&back).await;
    }
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
    async a_proposal_that_somebody_has_rewritten_is_not_accepted;
    async a_trigger_gives_a_role_nothing_beside_what_was_decided;
}

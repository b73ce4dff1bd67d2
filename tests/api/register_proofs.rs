//! What the register had of one thing, proved: as auditors ask for it over HTTP and whoever has the host on the
//! command line, and as anybody verifies it without the service.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::{Backend, Outcome, Response, both_backends};

use super::grants::{create, order, revoke};
use crate::support::{App, Caller, STRONG, behorig, claim};

const PROOF: &str = "query P($id: ID!, $at: SequenceNumber, $values: Boolean! = false) {
    registerProof(id: $id, at: $at, values: $values) {
        after root wasThere toldBy digest state erased size checkpoint text } }";

/// A grant that nobody has made.
const NEVER: &str = "grt_00000000000000000000000060";

async fn ask(caller: &Caller, asked: Value) -> Response {
    caller.graphql(PROOF, asked).await
}

/// What is proved of that, verified without the service: the page must have these words.
#[track_caller]
fn verified(app: &App, answer: &Response, words: &[&str]) -> Value {
    let proof = answer.at("/registerProof").clone();
    let text = proof["text"].as_str().expect("a proof");
    let page = offline(app, text).succeeded().stdout().to_owned();
    for word in words {
        assert!(page.contains(word), "nothing of `{word}` in:\n{page}");
    }
    proof
}

fn offline(app: &App, text: &str) -> Outcome {
    let file = app.database().directory().join("proof.jsonl");
    std::fs::write(&file, text).expect("a file");
    behorig().run(&["log", "verify", &file.to_string_lossy()])
}

fn state(proof: &Value) -> Value {
    let text = proof["state"].as_str().expect("what it was");
    serde_json::from_str(text).expect("JSON")
}

/// A grant made through the service; its id.
async fn granted(app: &App) -> Value {
    let made = create(&app.service("iam"), &order(app)).await;
    assert_eq!(made.at("/createGrant/errors"), &json!([]));
    made.at("/createGrant/grant/id").clone()
}

async fn a_grant_that_was_and_was_revoked_is_proved_as_of_both(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let grant = granted(&app).await;
    let (size, _) = claim(&app.notarise(true));
    let answer = ask(&auditor, json!({ "id": grant })).await;
    let was = verified(&app, &answer, &["GOOD: it was in the register"]);
    assert_eq!(
        (&was["wasThere"], &was["size"]),
        (&json!(true), &json!(size))
    );
    assert_eq!(was["after"], was["toldBy"], "nothing has changed since");
    assert!(state(&was)["revokedAt"].is_null(), "{was}");

    let revoked = revoke(&app.service("iam"), &json!({ "grant": grant })).await;
    assert_eq!(revoked.at("/revokeGrant/errors"), &json!([]));
    let _signed = app.notarise(false);
    let answer = ask(&auditor, json!({ "id": grant })).await;
    let is = verified(
        &app,
        &answer,
        &["GOOD: it was in the register", "revokedAt"],
    );
    assert!(state(&is)["revokedAt"].is_u64(), "{is}");
    assert!(is["toldBy"].as_u64() > was["toldBy"].as_u64());
    // As it was known then, and before anybody made it.
    for (at, there) in [(0, true), (1, false)] {
        let at = was["after"].as_u64().expect("a number") - at;
        let answer = ask(&auditor, json!({ "id": grant, "at": at })).await;
        let then = verified(&app, &answer, &["GOOD: it was "]);
        assert_eq!(then["wasThere"], json!(there), "{at}");
        if there {
            assert_eq!(
                (&then["state"], &then["digest"], &then["root"]),
                (&was["state"], &was["digest"], &was["root"])
            );
        }
    }
    // And once more as it is, after what was so before.
    let again = ask(&auditor, json!({ "id": grant })).await;
    assert_eq!(again.at("/registerProof/digest"), &is["digest"]);
}

async fn a_grant_that_never_was_is_proved_not_to_have_been(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let _signed = app.notarise(true);
    let answer = ask(&auditor, json!({ "id": NEVER })).await;
    let proof = verified(&app, &answer, &["GOOD: it was not in the register"]);
    assert_eq!(
        [
            &proof["wasThere"],
            &proof["toldBy"],
            &proof["digest"],
            &proof["state"]
        ],
        [&json!(false), &Value::Null, &Value::Null, &Value::Null]
    );
    let first = ask(&auditor, json!({ "id": NEVER, "at": 0 })).await;
    let words = ["was not in the register", "before the log's first change"];
    assert!(verified(&app, &first, &words)["after"].is_null());
    // It is of the one id, and of no other.
    let text = proof["text"].as_str().expect("a proof");
    let person = app.id("person", &app.region().clinician().person).await;
    let said = offline(&app, &text.replacen(NEVER, &person, 1)).ended_with(2);
    assert!(said.stdout().contains("TAMPERED"), "{}", said.stdout());
}

async fn a_person_is_proved_with_values_for_who_may_see_them_until_they_are_erased(
    backend: Backend,
) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let _signed = app.notarise(true);
    let person = app.id("person", &app.region().clinician().person).await;
    let without = ask(&auditor, json!({ "id": person })).await;
    let proof = verified(&app, &without, &["givenName", "stayed at home"]);
    assert_eq!(proof["erased"], json!([]));
    let name = app
        .column(&format!(
            "SELECT family_name FROM person WHERE id = '{person}'"
        ))
        .await
        .remove(0);
    let asked = json!({ "id": person, "values": true });
    let answer = ask(&auditor, asked.clone()).await;
    let _proof = verified(&app, &answer, &["GOOD: it was in the register\n", &name]);
    let told = proof["toldBy"].to_string();
    let erase = format!("DELETE FROM audit_slot WHERE seq = {told} AND slot = 'familyName'");
    app.tamper(&erase).await;
    let answer = ask(&auditor, asked).await;
    let words = [
        "personal values of it have been erased",
        "familyName   erased",
    ];
    let erased = verified(&app, &answer, &words);
    assert_eq!(erased["erased"], json!(["familyName"]));
    assert_eq!(
        erased["digest"], proof["digest"],
        "it is proved all the same"
    );
    // To see the values is to read the person, which is on record beside the reading of the log.
    let read = format!(
        "SELECT event_id FROM audit_event WHERE permission = 'person:read' AND resource_id = '{person}'"
    );
    assert_eq!(app.column(&read).await.len(), 2);
}

async fn who_may_not_read_the_log_gets_nothing_and_all_who_ask_are_on_record(backend: Backend) {
    let app = App::start(backend);
    let grant = granted(&app).await;
    let _signed = app.notarise(true);
    let stranger = app.person(&app.region().without_grants(), STRONG);
    let manager = app.person(&app.region().manager().0, STRONG);
    for who in [&stranger, &manager, &app.service("iam")] {
        // What is there and what never was look the same.
        for id in [grant.clone(), json!(NEVER)] {
            let answer = ask(who, json!({ "id": id })).await;
            assert_eq!(answer.at("/registerProof"), &Value::Null);
            assert!(answer.json()["errors"].is_null(), "{}", answer.text());
        }
    }
    let auditor = app.auditor();
    let _proof = ask(&auditor, json!({ "id": grant, "at": 9 })).await;
    let newest = "{ decisions(first: 3, filter: { permission: \"decision:read\" }) {
        nodes { outcome evidence { purpose } } } }";
    let found = auditor.graphql(newest, json!({})).await;
    let grant = grant.as_str().expect("an id");
    let never = format!("register proof of {NEVER}");
    assert_eq!(
        found.at("/decisions/nodes"),
        &json!([
            { "outcome": "ALLOW", "evidence": { "purpose": format!("register proof of {grant} at 9") } },
            { "outcome": "DENY", "evidence": { "purpose": never } },
            { "outcome": "DENY", "evidence": { "purpose": format!("register proof of {grant}") } },
        ])
    );
}

async fn what_cannot_be_proved_is_said(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let early = ask(&auditor, json!({ "id": NEVER })).await;
    assert_eq!(early.refused("CONFLICT")["extensions"]["checkpointSize"], 0);
    let (size, _) = claim(&app.notarise(true));
    let beyond = ask(&auditor, json!({ "id": NEVER, "at": size })).await;
    let _error = beyond.refused("BAD_USER_INPUT");
    // Its own decision is that event, and nobody has signed for it yet.
    let early = ask(&auditor, json!({ "id": NEVER, "at": size })).await;
    assert_eq!(
        early.refused("CONFLICT")["extensions"]["checkpointSize"],
        json!(size)
    );
    let beyond = ask(&auditor, json!({ "id": NEVER, "at": 1_000_000 })).await;
    let error = beyond.refused("BAD_USER_INPUT");
    assert_eq!(error["extensions"]["inputPath"], json!(["at"]));
    let headers = [
        ("content-type", "application/json"),
        ("accept-language", "sv"),
    ];
    let body = json!({ "query": PROOF, "variables": { "id": NEVER, "at": 1_000_000 } });
    let sent = auditor
        .raw()
        .send(Method::POST, "/graphql", &headers, body.to_string());
    let said = sent.await;
    assert!(
        said.text().contains("Den händelsen finns inte."),
        "{}",
        said.text()
    );
    let no_id = ask(&auditor, json!({ "id": "grt_1" })).await;
    let _error = no_id.refused("BAD_USER_INPUT");
    app.tamper("UPDATE audit_head SET pruned_below = 256").await;
    let gone = ask(&auditor, json!({ "id": NEVER, "at": 255 })).await;
    assert_eq!(gone.refused("NOT_FOUND")["extensions"]["prunedBelow"], 256);
}

async fn the_host_prints_the_same_proofs_without_values(backend: Backend) {
    let app = App::start(backend);
    let grant = granted(&app).await;
    let url = app.database().url();
    let grant = grant.as_str().expect("an id");
    let prove = |id: &str, more: &[&str]| {
        let words = ["log", "prove", "--database", url, "--register", id];
        behorig().run(&[&words[..], more].concat())
    };
    let early = prove(grant, &[]).ended_with(3);
    assert!(early.stderr().contains("no checkpoint"), "{early:?}");
    let _signed = app.notarise(true);
    let auditor = app.auditor();
    for at in [None, Some(9)] {
        let asked = json!({ "id": grant, "at": at });
        let answer = ask(&auditor, asked).await;
        let text = answer.at("/registerProof/text").as_str().expect("a text");
        let at: Vec<String> = at
            .iter()
            .flat_map(|at| ["--at".into(), at.to_string()])
            .collect();
        let at: Vec<&str> = at.iter().map(String::as_str).collect();
        let printed = prove(grant, &at).succeeded();
        assert_eq!(printed.stdout().trim_end(), text.trim_end());
    }
}

/// However often it is asked, at whatever event: nothing of it is kept but two registers, and everybody else goes on.
async fn many_who_ask_keep_nobody_from_changing_anything(backend: Backend) {
    let app = App::start(backend);
    let grant = granted(&app).await;
    let (size, _) = claim(&app.notarise(true));
    let auditor = app.auditor();
    let asking = async {
        for at in (0..40).map(|n| size - 1 - n % 7 * 20) {
            let answer = ask(&auditor, json!({ "id": grant, "at": at })).await;
            assert!(
                answer.at("/registerProof/root").is_string(),
                "{}",
                answer.text()
            );
        }
    };
    let changing = async {
        let iam = app.service("iam");
        let gone = revoke(&iam, &json!({ "grant": grant })).await;
        assert_eq!(gone.at("/revokeGrant/errors"), &json!([]));
        let _again = granted(&app).await;
    };
    futures_util::future::join(asking, changing).await;
}

both_backends! {
    async a_grant_that_was_and_was_revoked_is_proved_as_of_both;
    async a_grant_that_never_was_is_proved_not_to_have_been;
    async a_person_is_proved_with_values_for_who_may_see_them_until_they_are_erased;
    async who_may_not_read_the_log_gets_nothing_and_all_who_ask_are_on_record;
    async what_cannot_be_proved_is_said;
    async the_host_prints_the_same_proofs_without_values;
    async many_who_ask_keep_nobody_from_changing_anything;
}

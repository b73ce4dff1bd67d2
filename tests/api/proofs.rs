//! Checkpoints and proofs as callers get them, verified by the algorithms of RFC 9162 and nothing of ours.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use test_support::{Backend, both_backends};

use crate::support::{App, Hash, STRONG, about, ask, behorig, claim, node};

const PROOF: &str = "query P($id: ID!) { decision(id: $id) { seq
    proof { index size leaf hashes checkpoint text } } }";
const LOG: &str =
    "query L($from: SequenceNumber!, $to: SequenceNumber!) { log { size root checkpoint publicKeys
    consistency(from: $from, to: $to) { from fromRoot to toRoot hashes text } } }";

/// An answer about an administrator; the id of its event.
async fn decide(app: &App) -> String {
    let olle = app.region().segment_administrator();
    let question = about(
        &olle.person,
        "server:administer",
        json!({ "server": olle.server }),
    );
    ask(&app.service("server-login"), question)
        .await
        .id()
        .to_owned()
}

fn hashes(list: &Value) -> Vec<Hash> {
    let list = list.as_array().expect("hashes").iter();
    let hash = |hash: &Value| {
        let bytes = HEXLOWER.decode(hash.as_str().expect("text").as_bytes());
        bytes.expect("hexadecimal").try_into().expect("32 bytes")
    };
    list.map(hash).collect()
}

/// RFC 9162 section 2.1.3.2: the root that a path leads to.
fn root_of(index: u64, size: u64, leaf: Hash, path: &[Hash]) -> Hash {
    let (mut inner, mut last, mut root) = (index, size - 1, leaf);
    for hash in path {
        assert_ne!(last, 0, "the path is too long");
        if inner % 2 == 1 || inner == last {
            root = node(hash, &root);
            while inner % 2 == 0 && inner != 0 {
                (inner, last) = (inner >> 1, last >> 1);
            }
        } else {
            root = node(&root, hash);
        }
        (inner, last) = (inner >> 1, last >> 1);
    }
    assert_eq!(last, 0, "the path is too short");
    root
}

/// RFC 9162 section 2.1.4.2.
fn continues(from: (u64, Hash), to: (u64, Hash), path: &[Hash]) -> bool {
    if from.0 == to.0 {
        return path.is_empty() && from.1 == to.1;
    }
    let mut path = path.to_vec();
    if from.0.is_power_of_two() {
        path.insert(0, from.1);
    }
    let (mut inner, mut last) = (from.0 - 1, to.0 - 1);
    while inner % 2 == 1 {
        (inner, last) = (inner >> 1, last >> 1);
    }
    let (mut old, mut new) = (path[0], path[0]);
    for hash in &path[1..] {
        if last == 0 {
            return false;
        }
        if inner % 2 == 1 || inner == last {
            (old, new) = (node(hash, &old), node(hash, &new));
            while inner % 2 == 0 && inner != 0 {
                (inner, last) = (inner >> 1, last >> 1);
            }
        } else {
            new = node(&new, hash);
        }
        (inner, last) = (inner >> 1, last >> 1);
    }
    last == 0 && old == from.1 && new == to.1
}

async fn a_decision_is_proved_by_the_checkpoint_that_covers_it(backend: Backend) {
    let app = App::start(backend);
    let id = decide(&app).await;
    let auditor = app.auditor();
    let early = auditor.graphql(PROOF, json!({ "id": id })).await;
    assert!(early.at("/decision/proof").is_null(), "{early:?}");
    let published = app.notarise(true);
    let answer = auditor.graphql(PROOF, json!({ "id": id })).await;
    let proof = answer.at("/decision/proof");
    let number = |name: &str| proof[name].as_u64().expect("a number");
    assert_eq!(proof["index"], *answer.at("/decision/seq"));
    let checkpoint = proof["checkpoint"].as_str().expect("a note");
    assert_eq!(checkpoint.trim_end(), published.trim_end());
    let (size, root) = claim(checkpoint);
    assert_eq!(size, number("size"));

    let text = proof["text"].as_str().expect("a text");
    let (head, note) = text.split_once("\n\n").expect("two parts");
    assert_eq!(note, checkpoint);
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("c2sp.org/tlog-proof@v1"));
    let extra = lines.next().and_then(|line| line.strip_prefix("extra "));
    let envelope = STANDARD.decode(extra.expect("the event")).expect("base64");
    let stated: Value = serde_json::from_slice(&envelope).expect("an envelope");
    assert_eq!(stated["id"], json!(id));
    let leaf: Hash = Sha256::new_with_prefix([0])
        .chain_update(&envelope)
        .finalize()
        .into();
    assert_eq!(proof["leaf"], HEXLOWER.encode(&leaf));
    assert_eq!(
        root_of(number("index"), size, leaf, &hashes(&proof["hashes"])),
        root
    );
}

async fn the_log_is_proved_to_have_only_grown(backend: Backend) {
    let app = App::start(backend);
    let first = claim(&app.notarise(true));
    for _ in 0..3 {
        decide(&app).await;
    }
    let second = claim(&app.notarise(false));
    let auditor = app.auditor();
    for from in [1, 2, 255, 256, 257, first.0 - 1, first.0, second.0] {
        let wanted = json!({ "from": from, "to": second.0 });
        let answer = auditor.graphql(LOG, wanted).await;
        let proof = answer.at("/log/consistency");
        let root = |name: &str| hashes(&json!([proof[name]]))[0];
        let (old, new) = ((from, root("fromRoot")), (second.0, root("toRoot")));
        assert_eq!(new.1, second.1);
        if from == first.0 {
            assert_eq!(old.1, first.1, "the root that was signed for");
        }
        let path = hashes(&proof["hashes"]);
        assert!(continues(old, new, &path), "{from}");
        if !path.is_empty() {
            assert!(!continues((from, new.1), new, &path), "{from}");
        }
        let text = proof["text"].as_str().expect("the checkpoint is published");
        assert!(text.starts_with(&format!("old {from}\n")), "{text}");
    }
    let nothing = json!({ "from": 0, "to": second.0 });
    let refused = auditor.graphql(LOG, nothing).await;
    assert_eq!(
        refused.json()["errors"][0]["extensions"]["code"],
        "BAD_USER_INPUT"
    );
}

/// Anybody may have the checkpoint; the proofs are for whoever may read what they prove.
async fn a_checkpoint_is_for_anybody_and_a_proof_is_not(backend: Backend) {
    let app = App::start(backend);
    let url = format!("http://{}/log/checkpoint", app.serving().address());
    let none = reqwest::get(&url).await.expect("an answer");
    assert_eq!(none.status().as_u16(), 404);
    let id = decide(&app).await;
    let published = app.notarise(true);
    let served = reqwest::get(&url).await.expect("an answer");
    assert_eq!(served.status().as_u16(), 200);
    let served = served.text().await.expect("text");
    assert_eq!(served.trim_end(), published.trim_end());
    let stranger = app.person(&app.region().without_grants(), STRONG);
    let answer = stranger.graphql(PROOF, json!({ "id": id })).await;
    assert!(answer.at("/decision").is_null());
    let answer = stranger.graphql("{ log { checkpoint } }", json!({})).await;
    assert!(answer.at("/log").is_null());
}

async fn the_host_prints_the_same_proofs(backend: Backend) {
    let app = App::start(backend);
    let id = decide(&app).await;
    let url = app.database().url();
    let prove = |what: &[&str]| {
        let arguments = [&["log", "prove", "--database", url], what].concat();
        behorig().run(&arguments)
    };
    let early = prove(&["1"]).ended_with(3);
    assert!(early.stderr().contains("no checkpoint"), "{early:?}");
    app.notarise(true);
    let answer = app.auditor().graphql(PROOF, json!({ "id": id })).await;
    let seq = answer.at("/decision/seq").to_string();
    let text = answer.at("/decision/proof/text").as_str().expect("a text");
    let printed = prove(&[&seq]).succeeded();
    assert_eq!(printed.stdout().trim_end(), text.trim_end());
    let grown = prove(&["--continues", "7"]).succeeded();
    assert!(grown.stdout().starts_with("old 7\n"), "{grown:?}");
    let beyond = prove(&["999999"]).ended_with(1);
    assert!(beyond.stderr().contains("there is no event"), "{beyond:?}");
}

both_backends! {
    async a_decision_is_proved_by_the_checkpoint_that_covers_it;
    async the_log_is_proved_to_have_only_grown;
    async a_checkpoint_is_for_anybody_and_a_proof_is_not;
    async the_host_prints_the_same_proofs;
}

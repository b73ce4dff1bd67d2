//! Bundles that are not good: what was done to them, and the words that name it.

use serde_json::{Value, json};

use super::log;
use super::maker::Bundle;

/// A change of a bundle, and the words that name it.
pub(super) type Alteration = (&'static str, fn(&mut Bundle), &'static [&'static str]);

/// What a verifier calls tampered.
pub(super) const ALTERATIONS: &[Alteration] = &[
    (
        "an edited event",
        |b| b.edit(25, "req-25", "req-52"),
        &["between event 20 and event 32", "root"],
    ),
    (
        "an edited event after the last published checkpoint",
        |b| b.edit(50, "req-50", "req-05"),
        &["between event 47 and event 59"],
    ),
    (
        "bytes that are not canonical",
        |b| b.edit(25, "\"factsAt\":2", "\"factsAt\": 2"),
        &["event 25", "version 2"],
    ),
    (
        "a member that does not exist",
        |b| b.edit(25, "\"factsAt\":2", "\"factsAs\":2"),
        &["event 25"],
    ),
    (
        "another kind",
        |b| b.edit(25, "\"decision\"", "\"offline\""),
        &["event 25"],
    ),
    (
        "a fraction",
        |b| b.edit(25, "\"factsAt\":2", "\"factsAt\":2.0"),
        &["event 25"],
    ),
    (
        "time that goes back",
        |b| b.edit(25, "\"recordedAt\":1793000000", "\"recordedAt\":1792000000"),
        &["event 25", "recorded before"],
    ),
    (
        "a change that does not follow the last one",
        |b| b.edit(41, "\"previous\":30", "\"previous\":29"),
        &["event 41", "does not follow the last event"],
    ),
    (
        "a change that follows none",
        |b| b.edit(41, "\"previous\":30,", ""),
        &["event 41", "does not follow the last event"],
    ),
    (
        "a change of another thing than was changed",
        |b| b.edit(41, "\"maxHolders\":41", "\"maxHolders\":42"),
        &["event 41", "do not give the root of the register"],
    ),
    (
        "a change without the root of the register",
        |b| {
            let text = b.event(41)["envelope"].as_str().expect("an envelope");
            let (_, root) = text.split_once("\"root\"").expect("a root");
            let root = format!("\"root\"{}", &root[..68]);
            b.edit(41, &root, "");
        },
        &["event 41", "has no root of the register"],
    ),
    (
        "a deleted event",
        |b| {
            let at = b.place(25);
            b.0.remove(at);
        },
        &["event 25", "event 26 stands"],
    ),
    (
        "two adjacent events deleted",
        |b| {
            let at = b.place(25);
            b.0.drain(at..at + 2);
        },
        &["event 25"],
    ),
    (
        "a deleted event, renumbered",
        |b| {
            let at = b.place(25);
            b.0.remove(at);
            renumber(b, at);
        },
        &["between event 20 and event 32"],
    ),
    (
        "an event twice",
        |b| {
            let at = b.place(25);
            let line = b.0[at].clone();
            b.0.insert(at, line);
        },
        &["event 26", "event 25 stands"],
    ),
    (
        "two events swapped",
        |b| {
            let at = b.place(25);
            b.0.swap(at, at + 1);
        },
        &["event 25"],
    ),
    (
        "the bytes of two events swapped",
        |b| swap(b, 25, 26),
        &["between event 20 and event 32"],
    ),
    (
        "the last event missing",
        |b| {
            let at = b.place(59);
            b.0.remove(at);
            b.0.remove(at);
        },
        &["59 events where there should be 60"],
    ),
    (
        "a wrong count",
        |b| b.end()["end"] = 59.into(),
        &["events where there should be"],
    ),
    (
        "a changed value",
        |b| b.event(49)["slots"][0]["value"] = "Åsa 50".into(),
        &["event 49", "justification"],
    ),
    (
        "a changed salt",
        |b| b.event(49)["slots"][0]["salt"] = "2a".repeat(32).into(),
        &["event 49"],
    ),
    (
        "a value that no event commits to",
        |b| b.event(50)["slots"] = b.event(49)["slots"].clone(),
        &["event 50"],
    ),
    (
        "a value under another name",
        |b| b.event(49)["slots"][0]["slot"] = "subject".into(),
        &["event 49"],
    ),
    (
        "a changed fact",
        |b| b.event(2)["facts"][0]["value"] = "{\"id\":\"Eva\"}".into(),
        &["event 2", "does not commit to the facts `principal`"],
    ),
    (
        "a changed salt of a fact",
        |b| b.event(3)["facts"][0]["salt"] = "2a".repeat(32).into(),
        &["event 3", "`target`"],
    ),
    (
        "a fact under another name",
        |b| b.event(2)["facts"][0]["fact"] = "target".into(),
        &["event 2"],
    ),
    (
        "a fact that no decision commits to",
        |b| b.event(41)["facts"] = b.event(2)["facts"].clone(),
        &["event 41"],
    ),
    (
        "the condition of a list with a decision that has none",
        |b| b.event(14)["facts"] = b.event(13)["facts"].clone(),
        &["event 14"],
    ),
    (
        "a checkpoint of another key",
        |b| checkpoint(b, 1, &log().checkpoint(20, 3)),
        &["20 events", "not introduced"],
    ),
    (
        "a checkpoint of the key before",
        |b| checkpoint(b, 3, &log().checkpoint(47, 1)),
        &["47 events", "not introduced"],
    ),
    (
        "a checkpoint of the key after",
        |b| checkpoint(b, 2, &log().checkpoint(33, 2)),
        &["33 events"],
    ),
    (
        "a checkpoint in another place",
        |b| {
            let at = b.checkpoints()[1];
            b.0.swap(at, at + 1);
        },
        &["20 events stands after 21"],
    ),
    (
        "a checkpoint twice",
        |b| {
            let at = b.checkpoints()[1];
            let line = b.0[at].clone();
            b.0.insert(at, line);
        },
        &["20 events"],
    ),
    (
        "an anchor of another key",
        |b| b.end()["checkpoint"] = log().checkpoint(60, 3).into(),
        &["60 events", "not introduced"],
    ),
    (
        "an anchor of fewer events",
        |b| b.end()["checkpoint"] = log().checkpoint(47, 2).into(),
        &["47 events"],
    ),
    (
        "another left edge",
        |b| {
            let a = b.head()["after"].clone();
            b.head()["keys"][0]["proof"][0] =
                a.get(0).cloned().unwrap_or_else(|| "00".repeat(32).into());
        },
        &["event 0", "not in the tree"],
    ),
    (
        "an edited genesis among the keys",
        |b| edit_key(b, 0, "sha256:00", "sha256:01"),
        &["event 0", "not in the tree"],
    ),
    (
        "a wrong endorsement",
        |b| edit_key(b, 1, "\"endorsement\":\"", "\"endorsement\":\"AAAA"),
        &["event 40", "not signed"],
    ),
    (
        "a rotation that is not listed",
        |b| {
            b.head()["keys"].as_array_mut().expect("keys").pop();
        },
        &["event 40", "does not list"],
    ),
];

/// What makes a bundle unreadable, which is never called tampered.
pub(super) const NONSENSE: &[Alteration] = &[
    ("nothing", |b| b.0.clear(), &["empty"]),
    ("an array", |b| b.0[7] = json!([1]), &["line 8"]),
    (
        "an unknown line",
        |b| b.0[7] = json!({ "event": 1 }),
        &["line 8"],
    ),
    (
        "an event without bytes",
        |b| b.0[7] = json!({ "seq": 6 }),
        &["line 8"],
    ),
    (
        "a later version",
        |b| b.head()["bundle"] = 2.into(),
        &["version 2"],
    ),
    (
        "a version that is none",
        |b| b.head()["bundle"] = "1".into(),
        &["line 1"],
    ),
    (
        "no origin",
        |b| {
            b.head().as_object_mut().expect("a head").remove("origin");
        },
        &["line 1"],
    ),
    (
        "another origin",
        |b| b.head()["origin"] = "elsewhere".into(),
        &["origin"],
    ),
    (
        "sizes out of order",
        |b| b.head()["size"] = 59.into(),
        &["line 1"],
    ),
    (
        "a left edge of the wrong length",
        |b| b.head()["before"] = json!(["00".repeat(32)]),
        &["before"],
    ),
    (
        "a right edge of the wrong length",
        |b| b.head()["after"] = json!(["00".repeat(32)]),
        &["after"],
    ),
    (
        "a path of the wrong length",
        |b| {
            b.head()["keys"][1]["proof"]
                .as_array_mut()
                .expect("a path")
                .pop();
        },
        &["path"],
    ),
    ("no keys", |b| b.head()["keys"] = json!([]), &["keys"]),
    (
        "keys out of order",
        |b| b.head()["keys"].as_array_mut().expect("keys").swap(0, 1),
        &["keys"],
    ),
    (
        "upper case",
        |b| b.head()["keys"][0]["proof"][0] = "AB".repeat(32).into(),
        &["line 1"],
    ),
    (
        "a number that is too large",
        |b| b.0[7]["seq"] = (1_u64 << 53).into(),
        &["line 8"],
    ),
    (
        "a fraction for a seq",
        |b| b.0[7]["seq"] = 6.0.into(),
        &["line 8"],
    ),
    (
        "values that the first line denies",
        |b| b.head()["values"] = false.into(),
        &["values"],
    ),
    (
        "a note that is none",
        |b| checkpoint(b, 1, "nothing\n"),
        &["note"],
    ),
    (
        "an anchor that is none",
        |b| b.end()["checkpoint"] = "nothing".into(),
        &["note"],
    ),
    (
        "something after the end",
        |b| {
            let line = b.0[0].clone();
            b.0.push(line);
        },
        &["follows"],
    ),
    (
        "a salt that is none",
        |b| b.event(49)["slots"][0]["salt"] = "2a".into(),
        &["line"],
    ),
];

fn renumber(bundle: &mut Bundle, from: usize) {
    for line in &mut bundle.0[from..] {
        if let Some(seq) = line.get("seq").and_then(Value::as_u64) {
            line["seq"] = (seq - 1).into();
        }
    }
}

fn swap(bundle: &mut Bundle, one: u64, other: u64) {
    let (a, b) = (
        bundle.event(one)["envelope"].clone(),
        bundle.event(other)["envelope"].clone(),
    );
    bundle.event(one)["envelope"] = b;
    bundle.event(other)["envelope"] = a;
}

fn checkpoint(bundle: &mut Bundle, which: usize, note: &str) {
    let at = bundle.checkpoints()[which];
    bundle.0[at] = json!({ "checkpoint": note });
}

fn edit_key(bundle: &mut Bundle, which: usize, from: &str, to: &str) {
    let text = bundle.head()["keys"][which]["envelope"]
        .as_str()
        .expect("an envelope")
        .to_owned();
    assert!(text.contains(from));
    bundle.head()["keys"][which]["envelope"] = text.replacen(from, to, 1).into();
}

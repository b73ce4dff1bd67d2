//! Proofs about the register that are not good: what was done to them, and the words that name it.

use serde_json::{Value, json};

use super::{FIRST, LAST, OTHER, REGISTER, THING, log};

/// A change of a proof's lines, and the words that name it.
pub(super) type Alteration = (&'static str, fn(&mut Vec<Value>), &'static [&'static str]);

/// What a verifier calls tampered.
pub(super) const ALTERATIONS: &[Alteration] = &[
    (
        "another key beside it",
        |p| flip(&mut p[REGISTER]["bucket"][0][0], 63),
        &["event 8", "does not lead to the register's root"],
    ),
    (
        "another digest beside it",
        |p| flip(&mut p[REGISTER]["bucket"][0][1], 0),
        &["does not lead to the register's root"],
    ),
    (
        "something more beside it",
        |p| {
            let more = json!([
                format!("{}ff", &text(&p[REGISTER]["bucket"][1][0])[..62]),
                "00".repeat(32)
            ]);
            list(&mut p[REGISTER]["bucket"]).push(more);
        },
        &["register"],
    ),
    (
        "something less beside it",
        |p| drop(list(&mut p[REGISTER]["bucket"]).remove(0)),
        &["does not lead to the register's root"],
    ),
    (
        "nothing beside it, nor itself",
        |p| list(&mut p[REGISTER]["bucket"]).clear(),
        &["does not lead to the register's root"],
    ),
    (
        "itself not there",
        |p| drop(list(&mut p[REGISTER]["bucket"]).pop()),
        &["does not lead to the register's root"],
    ),
    (
        "the bucket out of order",
        |p| list(&mut p[REGISTER]["bucket"]).reverse(),
        &["not in order"],
    ),
    (
        "a key twice",
        |p| {
            let first = p[REGISTER]["bucket"][0].clone();
            list(&mut p[REGISTER]["bucket"]).insert(0, first);
        },
        &["not in order, each once"],
    ),
    (
        "a key of another bucket",
        |p| p[REGISTER]["bucket"][1][0] = "ff".repeat(32).into(),
        &["lies elsewhere"],
    ),
    (
        "the lowest hash of the way",
        |p| flip(&mut p[REGISTER]["path"][0], 5),
        &["does not lead to the register's root"],
    ),
    (
        "the highest hash of the way",
        |p| flip(&mut p[REGISTER]["path"][15], 5),
        &["does not lead to the register's root"],
    ),
    (
        "two hashes of the way swapped",
        |p| list(&mut p[REGISTER]["path"]).swap(14, 15),
        &["does not lead to the register's root"],
    ),
    (
        "the root of another change",
        |p| edit(&mut p[REGISTER], "\"root\":\"", "\"root\":\"00"),
        &["event 8"],
    ),
    (
        "a change without a root",
        |p| event(&mut p[REGISTER], 7),
        &["event 7", "no change that has a root"],
    ),
    (
        "another event after which it is said",
        |p| event(&mut p[REGISTER], 4),
        &["event 4", "no change that has a root"],
    ),
    (
        "an earlier change after which it is said",
        |p| event(&mut p[REGISTER], 5),
        &["event 5", "does not lead to the register's root"],
    ),
    (
        "before the first change",
        |p| {
            for member in ["seq", "envelope", "proof"] {
                let _gone = p[REGISTER].as_object_mut().expect("a line").remove(member);
            }
        },
        &["does not lead to the register's root"],
    ),
    (
        "the change after which it is said, edited",
        |p| edit(&mut p[REGISTER], "\"maxHolders\":6", "\"maxHolders\":7"),
        &["event 8", "not in the tree"],
    ),
    (
        "the number of what told of it",
        |p| p[THING]["seq"] = 4.into(),
        &["event 4", "not in the tree"],
    ),
    (
        "its path",
        |p| flip(&mut p[REGISTER]["proof"][0], 9),
        &["event 8", "not in the tree"],
    ),
    (
        "bytes that are not canonical",
        |p| edit(&mut p[REGISTER], "\"v\":2", "\"v\": 2"),
        &["event 8", "version 2"],
    ),
    (
        "nothing told of it",
        |p| drop(p.remove(THING)),
        &["the event that tells what it was is missing"],
    ),
    (
        "something else told of it",
        |p| edit(&mut p[THING], "\"maxHolders\":4", "\"maxHolders\":5"),
        &["event 5", "not what was in the register"],
    ),
    (
        "what was told of it before",
        |p| event(&mut p[THING], 1),
        &["event 1", "not what was in the register"],
    ),
    (
        "another commitment",
        |p| edit(&mut p[THING], "\"commitment\":\"", "\"commitment\":\"00"),
        &["event 5", "not what was in the register"],
    ),
    (
        "a personal value without a commitment",
        |p| edit(&mut p[THING], "\"commitment\"", "\"commitmenu\""),
        &["event 5"],
    ),
    (
        "what was told of another thing",
        |p| event(&mut p[THING], 8),
        &["event 8", "something else than the proof is about"],
    ),
    (
        "an event that tells of nothing",
        |p| event(&mut p[THING], 4),
        &["event 4", "something else than the proof is about"],
    ),
    (
        "the path of what told of it",
        |p| flip(&mut p[THING]["proof"][1], 9),
        &["event 5", "not in the tree"],
    ),
    (
        "a member of the same digest",
        |p| edit(&mut p[THING], "\"touches\":[\"*\"]", "\"touches\":[]"),
        &["event 5", "not in the tree"],
    ),
    (
        "a changed value",
        |p| p[THING]["slots"][0]["value"] = "Åsa 5".into(),
        &["event 5", "its slot `name`"],
    ),
    (
        "a changed salt",
        |p| p[THING]["slots"][0]["salt"] = "2a".repeat(32).into(),
        &["event 5", "its slot `name`"],
    ),
    (
        "a value under another name",
        |p| p[THING]["slots"][0]["slot"] = "email".into(),
        &["event 5", "no slot for a value"],
    ),
    (
        "another id",
        |p| p[FIRST]["id"] = (*OTHER).into(),
        &["event 5", "something else than the proof is about"],
    ),
    (
        "a wrong count",
        |p| p[LAST]["end"] = 2.into(),
        &["other lines than the last one counts"],
    ),
    (
        "an anchor of another key",
        |p| p[LAST]["checkpoint"] = log().checkpoint_by(9, 3).into(),
        &["9 events", "not introduced"],
    ),
    (
        "an anchor of the key before",
        |p| p[LAST]["checkpoint"] = log().checkpoint_by(9, 1).into(),
        &["9 events", "not introduced"],
    ),
    (
        "an anchor of fewer events",
        |p| p[LAST]["checkpoint"] = log().checkpoint(8).into(),
        &["of 8 events, and the proof of 9"],
    ),
    (
        "an edited genesis among the keys",
        |p| edit(&mut p[FIRST]["keys"][0], "sha256:00", "sha256:01"),
        &["event 0", "not in the tree"],
    ),
    (
        "a wrong endorsement",
        |p| {
            edit(
                &mut p[FIRST]["keys"][1],
                "\"endorsement\":\"",
                "\"endorsement\":\"AAAA",
            );
        },
        &["event 6", "not signed"],
    ),
    (
        "a rotation that is not listed",
        |p| drop(list(&mut p[FIRST]["keys"]).pop()),
        &["not introduced"],
    ),
    (
        "a restore that is none",
        |p| {
            let other = log().proof(*OTHER, 4, 9, false).register.after;
            p[FIRST]["restores"] = json!([other]);
        },
        &["accounts for no restore"],
    ),
];

/// What makes a proof unreadable, which is never called tampered.
pub(super) const NONSENSE: &[Alteration] = &[
    (
        "another version",
        |p| p[FIRST]["registerProof"] = 2.into(),
        &["version 2"],
    ),
    (
        "a version that is none",
        |p| p[FIRST]["registerProof"] = "1".into(),
        &["line 1"],
    ),
    (
        "an id that is none",
        |p| p[FIRST]["id"] = "grt_1".into(),
        &["no id"],
    ),
    (
        "an id in upper case",
        |p| p[FIRST]["id"] = "GRT_00000000000000000000000060".into(),
        &["no id"],
    ),
    (
        "another origin",
        |p| p[FIRST]["origin"] = "elsewhere".into(),
        &["origin"],
    ),
    ("no size", |p| p[FIRST]["size"] = Value::Null, &["line 1"]),
    ("another size", |p| p[FIRST]["size"] = 400.into(), &["path"]),
    ("no keys", |p| p[FIRST]["keys"] = json!([]), &["keys"]),
    (
        "keys out of order",
        |p| list(&mut p[FIRST]["keys"]).swap(0, 1),
        &["keys"],
    ),
    ("an array", |p| p[REGISTER] = json!([1]), &["line 2"]),
    (
        "no bucket",
        |p| p[REGISTER]["bucket"] = Value::Null,
        &["line 2"],
    ),
    (
        "a bucket that is none",
        |p| p[REGISTER]["bucket"][0] = json!({}),
        &["line 2"],
    ),
    (
        "a key alone",
        |p| drop(list(&mut p[REGISTER]["bucket"][0]).pop()),
        &["line 2"],
    ),
    (
        "upper case",
        |p| p[REGISTER]["path"][0] = "AB".repeat(32).into(),
        &["line 2"],
    ),
    (
        "fifteen hashes",
        |p| drop(list(&mut p[REGISTER]["path"]).pop()),
        &["line 2", "16 hashes"],
    ),
    (
        "a part of an event",
        |p| p[REGISTER]["proof"] = Value::Null,
        &["line 2"],
    ),
    (
        "a path that is too short",
        |p| drop(list(&mut p[REGISTER]["proof"]).pop()),
        &["line 2"],
    ),
    (
        "an event beyond the size",
        |p| p[REGISTER]["seq"] = 9.into(),
        &["line 2"],
    ),
    (
        "a fraction for a seq",
        |p| p[THING]["seq"] = json!(5.0),
        &["line 3"],
    ),
    (
        "a number that is too large",
        |p| p[THING]["seq"] = (1_u64 << 53).into(),
        &["line 3"],
    ),
    (
        "values that the first line denies",
        |p| p[FIRST]["values"] = false.into(),
        &["line 3", "denies"],
    ),
    (
        "the register's line twice",
        |p| p.insert(THING, p[REGISTER].clone()),
        &["line 3", "wrong place"],
    ),
    (
        "the thing's line twice",
        |p| p.insert(THING, p[THING].clone()),
        &["line 4", "wrong place"],
    ),
    (
        "the thing's line first",
        |p| p.swap(REGISTER, THING),
        &["line 2", "wrong place"],
    ),
    (
        "an unknown line",
        |p| p[THING] = json!({ "event": 1 }),
        &["line 3"],
    ),
    (
        "an anchor that is none",
        |p| p[LAST]["checkpoint"] = "nothing".into(),
        &["line 4", "note"],
    ),
    (
        "something after the end",
        |p| p.push(json!({})),
        &["follows"],
    ),
];

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn list(value: &mut Value) -> &mut Vec<Value> {
    value.as_array_mut().expect("a list")
}

/// Another digit in that place of a hash.
fn flip(hash: &mut Value, at: usize) {
    let old = text(hash);
    let digit = if old[at..].starts_with('0') { "1" } else { "0" };
    *hash = format!("{}{digit}{}", &old[..at], &old[at + 1..]).into();
}

/// Another event in that line, with its own path.
fn event(line: &mut Value, seq: u64) {
    let other = log().proved(seq, 9);
    let other = serde_json::to_value(other).expect("JSON");
    for member in ["seq", "envelope", "proof"] {
        line[member] = other[member].clone();
    }
    let _gone = line.as_object_mut().expect("a line").remove("slots");
}

fn edit(event: &mut Value, from: &str, to: &str) {
    let envelope = text(&event["envelope"]);
    assert!(envelope.contains(from), "{envelope}");
    event["envelope"] = envelope.replacen(from, to, 1).into();
}

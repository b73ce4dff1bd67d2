//! The reader of feeds: every line is a record or is told what is wrong with it, and nothing personal is repeated.

use std::collections::BTreeMap;
use std::io::Cursor;

use ::feed::{Feed, Problem};
use domain::text::personal_number::find;
use serde_json::{Value, json};

const REGION: &str = include_str!("../../data/region-300.jsonl");

/// A feed of each kind's first lines, and one of all kinds.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let mut kinds: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in REGION.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let lines = kinds.entry(line["kind"].to_string()).or_default();
        if lines.len() < 3 {
            lines.push(line);
        }
    }
    let trailer = kinds
        .remove("\"expectation\"")
        .expect("a last line")
        .remove(0);
    let all: Vec<Value> = kinds.values().flatten().cloned().collect();
    let feeds = kinds.into_values().chain([all]);
    feeds
        .map(|lines| feed_of(&lines, trailer.clone()))
        .collect()
}

/// The lines and a last one that counts them.
fn feed_of(lines: &[Value], mut trailer: Value) -> Vec<u8> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for kind in lines.iter().filter_map(|line| line["kind"].as_str()) {
        *counts.entry(kind).or_default() += 1;
    }
    trailer["counts"] = json!(counts);
    let lines: Vec<String> = lines
        .iter()
        .chain([&trailer])
        .map(Value::to_string)
        .collect();
    format!("{}\n", lines.join("\n")).into_bytes()
}

/// Lines are counted from one without a gap, a bad one has a reason, and a reason repeats neither a personal number
/// nor what cannot be seen.
///
/// # Errors
/// Why they are not taken.
pub fn read(data: &[u8]) -> Result<(), String> {
    let feed = Feed::open(Cursor::new(data.to_vec()));
    let mut feed = feed.map_err(|error| discreet(&error))?;
    let (mut last, mut wrong) = (0, None);
    while let Some(line) = feed.next_line().map_err(|error| discreet(&error))? {
        assert!(line.number > last, "line {} after {last}", line.number);
        last = line.number;
        if let Err(bad) = &line.record {
            assert!(!bad.problems.is_empty(), "bad without a reason");
            for problem in &bad.problems {
                wrong = Some(told(problem));
            }
        }
    }
    let ending = feed.finish(true).map_err(|error| discreet(&error))?;
    assert!(ending.trailer.is_some() && ending.lines >= last);
    wrong.map_or(Ok(()), Err)
}

fn told(problem: &Problem) -> String {
    let given = problem.given.as_deref().unwrap_or_default();
    assert!(find(given).is_none(), "a personal number is repeated");
    discreet(problem)
}

fn discreet(said: &impl std::fmt::Display) -> String {
    let said = said.to_string();
    assert!(!said.contains(char::is_control), "{said:?}");
    said
}

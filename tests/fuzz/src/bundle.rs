//! The reader of bundles: nothing is called good that the log's key has not signed.

use std::io::Cursor;

use serde_json::Value;
use transparency::bundle::{KnownKey, Question, Source, Verdict, verify};

use crate::format;

/// The bundle of the format's vectors.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    vec![format!("{}\n", format::bundle().join("\n")).into_bytes()]
}

/// Whatever is good by the log's key holds the log's events, each at its place, and no other.
///
/// # Errors
/// Why they are not taken.
pub fn read(data: &[u8]) -> Result<(), String> {
    let source = Source::new(Cursor::new(data.to_vec()));
    let mut source = source.map_err(|error| error.to_string())?;
    let key = format::public_key().parse().expect("a key");
    let question = Question {
        kept: Vec::new(),
        keys: vec![KnownKey { key, since: None }],
    };
    let (verdict, checked) = verify(&mut source, &question, &mut |_| {});
    if !matches!(verdict, Verdict::Good) {
        return Err(format!("{verdict:?}"));
    }
    let known = format::bundle();
    let known: Vec<Value> = known
        .iter()
        .filter_map(|line| event(line.as_bytes()))
        .collect();
    let mut events = 0;
    for found in data.split(|byte| *byte == b'\n').filter_map(event) {
        let seq = usize::try_from(found["seq"].as_u64().expect("a seq")).expect("a place");
        assert_eq!(found["envelope"], known[seq]["envelope"], "event {seq}");
        events += 1;
    }
    // A compressed bundle is not taken apart here.
    assert!(
        events == 0 || events == checked.events,
        "events that were not looked at"
    );
    Ok(())
}

/// A line that holds an event.
fn event(line: &[u8]) -> Option<Value> {
    let line: Value = serde_json::from_slice(line).ok()?;
    line.get("seq").is_some().then_some(line)
}

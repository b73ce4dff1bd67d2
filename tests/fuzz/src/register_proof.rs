//! The reader of proofs about the register: nothing is called good that the log has not told.

use std::io::Cursor;

use transparency::bundle::{KnownKey, Question, Source, Verdict};
use transparency::register_proof::verify;

use crate::format;

/// The proofs of the format's vectors.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let proofs = format::register_proofs().into_iter();
    proofs
        .map(|lines| format!("{}\n", lines.join("\n")).into_bytes())
        .collect()
}

/// What each thing was, by the log of the proofs.
const TOLD: [(&str, &str); 3] = [
    ("rol_00000000000000000000000004", "{\"maxHolders\":1}"),
    ("rol_00000000000000000000000004", "{\"maxHolders\":3}"),
    ("rol_0000000000000000000000000c", "{\"maxHolders\":2}"),
];

/// Whatever is good by the log's key says of a thing what the log told of it, and only of others that they were not
/// there.
///
/// # Errors
/// Why it is not taken.
pub fn read(data: &[u8]) -> Result<(), String> {
    let source = Source::new(Cursor::new(data.to_vec()));
    let mut source = source.map_err(|error| error.to_string())?;
    let key = format::public_key().parse().expect("a key");
    let question = Question {
        kept: Vec::new(),
        keys: vec![KnownKey { key, since: None }],
    };
    let (verdict, found) = verify(&mut source, &question);
    if !matches!(verdict, Verdict::Good) {
        return Err(format!("{verdict:?}"));
    }
    let id = found.id.as_str();
    if let Some(was) = &found.was {
        assert!(TOLD.contains(&(id, &was.state)), "{id}: {}", was.state);
    } else {
        let is_known = TOLD.iter().any(|(known, _)| *known == id);
        assert!(found.after.is_none() || !is_known, "{id} was there");
    }
    Ok(())
}

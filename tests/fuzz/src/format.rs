//! The vectors of `FORMAT.md`: good input of the readers of the log.

use std::sync::LazyLock;

use serde_json::Value;

const FORMAT: &str = include_str!("../../../src/transparency/FORMAT.md");

/// Read once: a fuzzer asks for them with each input.
static VECTORS: LazyLock<Value> = LazyLock::new(|| {
    let (_, block) = FORMAT.split_once("```json\n").expect("vectors");
    let (block, _) = block.split_once("\n```").expect("their end");
    serde_json::from_str(block).expect("JSON")
});

fn texts<'v>(found: &'v Value, of: impl Fn(&'v Value) -> &'v Value) -> Vec<String> {
    let items = found.as_array().expect("a list").iter();
    let text = |item| of(item).as_str().expect("a text").to_owned();
    items.map(text).collect()
}

/// Envelopes of events.
pub(crate) fn envelopes() -> Vec<String> {
    texts(&VECTORS["envelopes"], |vector| &vector["envelope"])
}

/// The lines of a bundle.
pub(crate) fn bundle() -> Vec<String> {
    texts(&VECTORS["bundle"], |line| line)
}

/// The lines of proofs about the register.
pub(crate) fn register_proofs() -> Vec<Vec<String>> {
    let proofs = VECTORS["registerProof"].as_array().expect("a list");
    let lines = |proof: &'static Value| texts(&proof["lines"], |line| line);
    proofs.iter().map(lines).collect()
}

/// The public key that the bundle's log began with.
pub(crate) fn public_key() -> String {
    let key = VECTORS["checkpoint"]["publicKey"].as_str();
    key.expect("a key").to_owned()
}

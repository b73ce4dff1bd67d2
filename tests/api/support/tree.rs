//! The tree of RFC 9162 and what a checkpoint says of it, from the texts and nothing of ours.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// SHA-256.
pub(crate) type Hash = [u8; 32];

/// The hash of an event's bytes.
pub(crate) fn leaf(envelope: &str) -> Hash {
    Sha256::new_with_prefix([0])
        .chain_update(envelope)
        .finalize()
        .into()
}

/// The hash over two others.
pub(crate) fn node(left: &Hash, right: &Hash) -> Hash {
    let hasher = Sha256::new_with_prefix([1]).chain_update(left);
    hasher.chain_update(right).finalize().into()
}

/// Section 2.1.1: the root of the tree of these leaves, of which there is one at least.
pub(crate) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [only] => *only,
        several => {
            let (left, right) = several.split_at(several.len().next_power_of_two() / 2);
            node(&root(left), &root(right))
        }
    }
}

/// Size and root of a checkpoint.
pub(crate) fn claim(note: &str) -> (u64, Hash) {
    let mut lines = note.lines().skip(1);
    let size = lines.next().expect("a size").parse().expect("a number");
    let root = STANDARD.decode(lines.next().expect("a root"));
    (size, root.expect("base64").try_into().expect("32 bytes"))
}

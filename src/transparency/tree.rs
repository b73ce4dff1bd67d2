//! The Merkle tree over the stored bytes (RFC 6962, RFC 9162), grown from its right edge alone.
//!
//! Pure, so that the appender, the notary and an offline verifier hash alike. An append needs the
//! frontier only: the roots of the complete subtrees that the size's binary digits name.

use sha2::{Digest, Sha256};

/// The hash of a leaf, of a subtree or of the whole tree.
pub type Hash = [u8; 32];

/// The levels whose complete subtrees are stored, so that a proof reads at most four short ranges.
pub const STORED_LEVELS: [u32; 4] = [BLOCK_LEVEL, 16, 24, 32];

/// The lowest of those levels: below it there is nothing but leaves.
pub const BLOCK_LEVEL: u32 = 8;

/// How many leaves a block has: what is pruned together.
pub const BLOCK: u64 = 1 << BLOCK_LEVEL;

/// The hash of an event's bytes.
#[must_use]
pub fn leaf_hash(envelope: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0x00]);
    hasher.update(envelope);
    hasher.finalize().into()
}

/// The hash of two neighbours.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0x01]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// The root of a complete subtree of 2^`level` leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// How many times it doubles.
    pub level: u32,
    /// Its place among those of its level, from 0.
    pub index: u64,
    /// Its hash.
    pub hash: Hash,
}

/// The right edge of the tree: everything an append needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// One root for each binary digit 1 of `size`, the largest subtree first.
    peaks: Vec<Hash>,
}

/// The stored frontier has another length than the size demands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a frontier of {bytes} bytes does not belong to a tree of {size} leaves")]
pub struct FrontierError {
    size: u64,
    bytes: usize,
}

impl Frontier {
    /// The frontier of a tree of `size` leaves from its stored bytes.
    ///
    /// # Errors
    /// When there are not 32 bytes for each binary digit 1 of the size.
    pub fn decode(size: u64, bytes: &[u8]) -> Result<Self, FrontierError> {
        let (peaks, rest) = bytes.as_chunks::<32>();
        if rest.is_empty() && u32::try_from(peaks.len()) == Ok(size.count_ones()) {
            Ok(Self {
                size,
                peaks: peaks.to_vec(),
            })
        } else {
            Err(FrontierError {
                size,
                bytes: bytes.len(),
            })
        }
    }

    /// The bytes to store.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.peaks.concat()
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, the largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The tree's root; of an empty tree the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else {
            return Sha256::digest([]).into();
        };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }

    /// Appends a leaf; complete subtrees of a stored level go to `nodes`.
    pub fn append(&mut self, leaf: Hash, nodes: &mut Vec<Node>) {
        let mut hash = leaf;
        // The digits 1 at the low end of the size are the subtrees that the new leaf completes.
        for level in 1..=self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
            if STORED_LEVELS.contains(&level) {
                nodes.push(Node {
                    level,
                    index: self.size >> level,
                    hash,
                });
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }
}

/// Leaves, where nobody stores the subtrees that they complete.
impl Extend<Hash> for Frontier {
    fn extend<T: IntoIterator<Item = Hash>>(&mut self, leaves: T) {
        for leaf in leaves {
            self.append(leaf, &mut Vec::new());
        }
    }
}

impl FromIterator<Hash> for Frontier {
    fn from_iter<T: IntoIterator<Item = Hash>>(leaves: T) -> Self {
        let mut tree = Self::default();
        tree.extend(leaves);
        tree
    }
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;

    use super::*;

    fn grown(leaves: &[Vec<u8>]) -> (Frontier, Vec<Node>) {
        let mut frontier = Frontier::default();
        let mut nodes = Vec::new();
        for leaf in leaves {
            frontier.append(leaf_hash(leaf), &mut nodes);
        }
        (frontier, nodes)
    }

    fn second_opinion(leaves: &[Vec<u8>]) -> Hash {
        let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        for leaf in leaves {
            tree.push(leaf.clone());
        }
        (*tree.root().as_bytes()).into()
    }

    #[test]
    fn the_empty_tree_and_a_single_leaf_are_those_of_rfc_6962() {
        let hex = |hash: Hash| data_encoding::HEXLOWER.encode(&hash);
        assert_eq!(
            hex(Frontier::default().root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            hex(grown(&[Vec::new()]).0.root()),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }

    #[test]
    fn a_stored_node_is_the_root_of_its_own_leaves() {
        let leaves: Vec<Vec<u8>> = (0_u32..70_000).map(|n| n.to_be_bytes().to_vec()).collect();
        let (_, nodes) = grown(&leaves);
        assert_eq!(nodes.iter().filter(|node| node.level == 8).count(), 273);
        assert_eq!(nodes.iter().filter(|node| node.level == 16).count(), 1);
        for node in [nodes[0], nodes[100], *nodes.last().unwrap()] {
            let from = usize::try_from(node.index << node.level).unwrap();
            let own = &leaves[from..from + (1 << node.level)];
            assert_eq!(node.hash, grown(own).0.root());
        }
    }

    #[test]
    fn a_frontier_of_the_wrong_length_is_refused() {
        assert!(Frontier::decode(3, &[0; 64]).is_ok());
        for (size, bytes) in [(3, 32), (3, 65), (4, 64), (0, 32)] {
            assert!(Frontier::decode(size, &vec![0; bytes]).is_err());
        }
    }

    proptest! {
        #[test]
        fn the_root_is_what_another_implementation_finds(
            leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..600),
            cut in any::<prop::sample::Index>(),
        ) {
            let (whole, _) = grown(&leaves);
            prop_assert_eq!(whole.root(), second_opinion(&leaves));

            let cut = cut.index(leaves.len() + 1);
            let (first, _) = grown(&leaves[..cut]);
            let mut resumed = Frontier::decode(first.size(), &first.encode()).unwrap();
            for leaf in &leaves[cut..] {
                resumed.append(leaf_hash(leaf), &mut Vec::new());
            }
            prop_assert_eq!(resumed, whole);
        }
    }
}

//! Proofs about the tree (RFC 9162 sections 2.1.3 and 2.1.4): that an event is in it, and that a later
//! tree continues an earlier one.
//!
//! Apart from the tree because whoever makes a proof names *subtrees* and fetches their hashes where it
//! likes, while whoever checks one has nothing but hashes. Pure: an offline verifier uses all of it.

use std::ops::Range;

use super::tree::{Frontier, Hash, node_hash};

/// The leaves below one node, from the first to before the last.
pub type Subtree = Range<u64>;

/// Where a tree of that many leaves is cut: the largest power of two below the size.
const fn cut(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// The subtrees whose hashes prove that leaf `index` is in a tree of `size` leaves, the lowest first.
///
/// `None`: there is no such leaf.
#[must_use]
pub fn inclusion(index: u64, size: u64) -> Option<Vec<Subtree>> {
    if index >= size {
        return None;
    }
    let (mut from, mut to) = (0, size);
    let mut path = Vec::new();
    while to - from > 1 {
        let middle = from + cut(to - from);
        if index < middle {
            path.push(middle..to);
            to = middle;
        } else {
            path.push(from..middle);
            from = middle;
        }
    }
    path.reverse();
    Some(path)
}

/// The subtrees whose hashes prove that a tree of `later` leaves continues one of `earlier`, the lowest
/// first.
///
/// `None`: `earlier` is 0 or more than `later`; everything continues the empty tree.
#[must_use]
pub fn consistency(earlier: u64, later: u64) -> Option<Vec<Subtree>> {
    if earlier == 0 || earlier > later {
        return None;
    }
    let (mut from, mut to) = (0, later);
    let mut path = Vec::new();
    while to != earlier {
        let middle = from + cut(to - from);
        if earlier <= middle {
            path.push(middle..to);
            to = middle;
        } else {
            path.push(from..middle);
            from = middle;
        }
    }
    // The verifier has the earlier tree's root: it is named only where that is not this subtree.
    if from > 0 {
        path.push(from..to);
    }
    path.reverse();
    Some(path)
}

/// The subtrees of a tree of `size` leaves that lie from leaf `from` on, each as large as can be, from left
/// to right: together with the frontier at `from` they give the root.
#[must_use]
pub fn after(from: u64, size: u64) -> Vec<Subtree> {
    let mut found = Vec::new();
    let mut waiting: Vec<Subtree> = Vec::from([Range {
        start: 0,
        end: size,
    }]);
    while let Some(tree) = waiting.pop() {
        if tree.is_empty() || is_left_of(&tree, from) {
            continue;
        }
        if tree.start >= from {
            found.push(tree);
        } else {
            let middle = tree.start + cut(tree.end - tree.start);
            waiting.push(middle..tree.end);
            waiting.push(tree.start..middle);
        }
    }
    found
}

/// The subtrees whose roots the frontier at `size` has, the largest first.
#[must_use]
pub fn before(size: u64) -> Vec<Subtree> {
    let mut start = 0;
    let mut found = Vec::new();
    while start < size {
        let end = start + (1 << (size - start).ilog2());
        found.push(start..end);
        start = end;
    }
    found
}

/// Whether the subtree is one of the roots that the frontier at `from` has.
const fn is_left_of(tree: &Subtree, from: u64) -> bool {
    tree.end <= from && (tree.end - tree.start).is_power_of_two()
}

/// The root of a tree of which the first leaf and its path are known (RFC 9162 section 2.1.3.2).
///
/// `None`: the path has not the length that index and size demand.
#[must_use]
pub fn root_of_inclusion(index: u64, size: u64, leaf: Hash, path: &[Hash]) -> Option<Hash> {
    let subtrees = inclusion(index, size)?;
    if subtrees.len() != path.len() {
        return None;
    }
    let siblings = subtrees.iter().zip(path);
    Some(siblings.fold(leaf, |hash, (subtree, sibling)| {
        if subtree.start > index {
            node_hash(&hash, sibling)
        } else {
            node_hash(sibling, &hash)
        }
    }))
}

/// The path from a leaf to the root of the complete subtree that these leaves are, the lowest hash first.
///
/// `None`: there is no such leaf.
#[must_use]
pub fn path_within(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    leaves.get(index)?;
    let (mut level, mut index) = (leaves.to_vec(), index);
    let mut path = Vec::new();
    while level.len() > 1 {
        path.push(*level.get(index ^ 1)?);
        let (pairs, _) = level.as_chunks::<2>();
        let above = pairs.iter().map(|[left, right]| node_hash(left, right));
        level = above.collect();
        index /= 2;
    }
    Some(path)
}

/// Whether the path proves that the later root continues the earlier one (RFC 9162 section 2.1.4.2).
#[must_use]
pub fn continues(earlier: (u64, &Hash), later: (u64, &Hash), path: &[Hash]) -> bool {
    let Some(subtrees) = consistency(earlier.0, later.0) else {
        return false;
    };
    if subtrees.len() != path.len() {
        return false;
    }
    let mut steps = subtrees.iter().zip(path).peekable();
    let first = match steps.peek() {
        Some((subtree, hash)) if subtree.end == earlier.0 => {
            let hash = **hash;
            steps.next();
            hash
        }
        // The earlier tree is a complete subtree of the later one: its root is the seed.
        _ => *earlier.1,
    };
    let (mut old, mut new) = (first, first);
    for (subtree, hash) in steps {
        if subtree.start >= earlier.0 {
            new = node_hash(&new, hash);
        } else {
            old = node_hash(hash, &old);
            new = node_hash(hash, &new);
        }
    }
    old == *earlier.1 && new == *later.1
}

/// The root of a tree of `size` leaves from its frontier at some earlier size and the hashes of the
/// subtrees [`after`] it.
///
/// `None`: there are not as many hashes as the sizes demand.
#[must_use]
pub fn root_beyond(frontier: &Frontier, size: u64, rest: &[Hash]) -> Option<Hash> {
    let mut given = Given {
        from: frontier.size(),
        left: frontier.peaks().iter(),
        right: rest.iter(),
    };
    if size == 0 || size < given.from {
        return (size == given.from && rest.is_empty()).then(|| frontier.root());
    }
    let root = given.root(&(0..size))?;
    (given.left.next().is_none() && given.right.next().is_none()).then_some(root)
}

struct Given<'a> {
    from: u64,
    left: std::slice::Iter<'a, Hash>,
    right: std::slice::Iter<'a, Hash>,
}

impl Given<'_> {
    fn root(&mut self, tree: &Subtree) -> Option<Hash> {
        if is_left_of(tree, self.from) {
            return self.left.next().copied();
        }
        if tree.start >= self.from {
            return self.right.next().copied();
        }
        // Not deeper than the tree, which has at most 63 levels.
        let middle = tree.start + cut(tree.end - tree.start);
        let left = self.root(&(tree.start..middle))?;
        let right = self.root(&(middle..tree.end))?;
        Some(node_hash(&left, &right))
    }
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;
    use sha2::Sha256;

    use super::super::tree::leaf_hash;
    use super::*;

    fn leaves(size: u64) -> Vec<Vec<u8>> {
        (0..size).map(|n| n.to_be_bytes().to_vec()).collect()
    }

    fn frontier(leaves: &[Vec<u8>]) -> Frontier {
        let mut frontier = Frontier::default();
        for leaf in leaves {
            frontier.append(leaf_hash(leaf), &mut Vec::new());
        }
        frontier
    }

    fn hashes(leaves: &[Vec<u8>], subtrees: &[Subtree]) -> Vec<Hash> {
        let of = |range: &Subtree| {
            let from = usize::try_from(range.start).unwrap();
            let to = usize::try_from(range.end).unwrap();
            frontier(&leaves[from..to]).root()
        };
        subtrees.iter().map(of).collect()
    }

    fn other(leaves: &[Vec<u8>]) -> MemoryBackedTree<Sha256, Vec<u8>> {
        let mut tree = MemoryBackedTree::new();
        for leaf in leaves {
            tree.push(leaf.clone());
        }
        tree
    }

    #[test]
    fn there_is_no_proof_of_what_is_not_there() {
        assert_eq!(inclusion(0, 0), None);
        assert_eq!(inclusion(7, 7), None);
        assert_eq!(consistency(0, 7), None);
        assert_eq!(consistency(8, 7), None);
        assert_eq!(consistency(7, 7), Some(Vec::new()));
        assert_eq!(inclusion(0, 1), Some(Vec::new()));
    }

    #[test]
    fn the_paths_are_those_of_the_example_in_rfc_9162() {
        assert_eq!(inclusion(0, 7).unwrap(), [1..2, 2..4, 4..7]);
        assert_eq!(inclusion(3, 7).unwrap(), [2..3, 0..2, 4..7]);
        assert_eq!(inclusion(6, 7).unwrap(), [4..6, 0..4]);
        assert_eq!(consistency(3, 7).unwrap(), [2..3, 3..4, 0..2, 4..7]);
        assert_eq!(consistency(7, 8).unwrap(), [6..7, 7..8, 4..6, 0..4]);
        assert_eq!(
            consistency(4, 7).unwrap(),
            inclusion(0, 7).unwrap().split_off(2)
        );
        assert_eq!(consistency(6, 7).unwrap(), [4..6, 6..7, 0..4]);
    }

    proptest! {
        #[test]
        fn a_proof_is_what_another_implementation_makes(
            size in 1_u64..400, index in any::<prop::sample::Index>(), bit in 0_usize..256,
        ) {
            let leaves = leaves(size);
            let tree = other(&leaves);
            let root = frontier(&leaves).root();
            let n = index.index(leaves.len());
            let at = u64::try_from(n).unwrap();

            let path = hashes(&leaves, &inclusion(at, size).unwrap());
            let other = tree.prove_inclusion(n);
            prop_assert_eq!(path.concat(), other.as_bytes());
            let leaf = leaf_hash(&leaves[n]);
            prop_assert_eq!(root_of_inclusion(at, size, leaf, &path), Some(root));

            let earlier = &leaves[..=n];
            let path = hashes(&leaves, &consistency(at + 1, size).unwrap());
            let other = tree.prove_consistency(leaves.len() - 1 - n);
            prop_assert_eq!(path.concat(), other.as_bytes());
            let old = frontier(earlier).root();
            prop_assert!(continues((at + 1, &old), (size, &root), &path));
            let mut wrong = old;
            wrong[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!continues((at + 1, &wrong), (size, &root), &path));
        }

        #[test]
        fn a_frontier_and_what_comes_after_give_the_root(size in 0_u64..400, cut in 0_u64..400) {
            let cut = cut.min(size);
            let leaves = leaves(size);
            let first = frontier(&leaves[..usize::try_from(cut).unwrap()]);
            let rest = hashes(&leaves, &after(cut, size));
            let whole = frontier(&leaves).root();
            prop_assert_eq!(root_beyond(&first, size, &rest), Some(whole));
            let mut longer = rest.clone();
            longer.push(whole);
            prop_assert_eq!(root_beyond(&first, size, &longer), None);
            if !rest.is_empty() {
                prop_assert_eq!(root_beyond(&first, size, &rest[1..]), None);
            }
        }

        #[test]
        fn the_path_within_a_block_is_the_lower_part_of_the_whole_one(index in 0_u64..256) {
            let leaves = leaves(256);
            let whole = hashes(&leaves, &inclusion(index, 256).unwrap());
            let hashes: Vec<Hash> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
            let at = usize::try_from(index).unwrap();
            prop_assert_eq!(path_within(&hashes, at), Some(whole));
        }

        #[test]
        fn a_wrong_path_proves_nothing(
            size in 2_u64..400, index in any::<prop::sample::Index>(), bit in 0_usize..256,
        ) {
            let leaves = leaves(size);
            let n = index.index(leaves.len());
            let at = u64::try_from(n).unwrap();
            let root = frontier(&leaves).root();
            let mut path = hashes(&leaves, &inclusion(at, size).unwrap());
            let leaf = leaf_hash(&leaves[n]);
            prop_assert_eq!(root_of_inclusion(at, size, leaf, &path[1..]), None);
            let step = index.index(path.len());
            path[step][bit / 8] ^= 1 << (bit % 8);
            prop_assert_ne!(root_of_inclusion(at, size, leaf, &path), Some(root));
        }
    }
}

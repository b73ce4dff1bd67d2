//! The tree of the stored bytes, grown beside one that forgives what is known to differ.
//!
//! A single altered event changes every root above it. So that one alteration is named once and in its own
//! place, a second tree takes the notary's word for a leaf, or the stored root for a block of 256 events,
//! wherever the bytes say otherwise: what agrees with either tree is not at fault.

use transparency::tree::{BLOCK, BLOCK_LEVEL, Frontier, Hash, Node, node_hash};

#[derive(Debug, Default)]
struct Tree {
    /// Over the roots of complete blocks.
    blocks: Frontier,
    /// Within the block that is not complete.
    within: Frontier,
}

impl Tree {
    fn peaks(&self) -> Vec<Hash> {
        [self.blocks.peaks(), self.within.peaks()].concat()
    }

    fn root(&self) -> Hash {
        let mut peaks = self.peaks().into_iter().rev();
        let last = peaks.next().unwrap_or_else(|| Frontier::default().root());
        peaks.fold(last, |right, left| node_hash(&left, &right))
    }

    fn close(&mut self, root: Hash, nodes: &mut Vec<Node>) {
        let level = |node: Node| Node {
            level: node.level + BLOCK_LEVEL,
            ..node
        };
        let mut above = Vec::new();
        self.blocks.append(root, &mut above);
        self.within = Frontier::default();
        nodes.extend(above.into_iter().map(level));
    }
}

/// Both trees.
#[derive(Debug, Default)]
pub(super) struct Trees {
    bytes: Tree,
    forgiving: Tree,
    size: u64,
}

/// The nodes that a block completes, by either tree.
#[derive(Debug, Default)]
pub(super) struct Completed {
    pub(super) bytes: Vec<Node>,
    pub(super) forgiving: Vec<Node>,
}

impl Trees {
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf: as the bytes give it, and as it is said to have been.
    pub(super) fn append(&mut self, bytes: Hash, said: Hash) {
        self.bytes.within.append(bytes, &mut Vec::new());
        self.forgiving.within.append(said, &mut Vec::new());
        self.size += 1;
    }

    /// Whether a block is complete.
    pub(super) const fn at_block(&self) -> bool {
        self.size > 0 && self.size.is_multiple_of(BLOCK)
    }

    /// Whether the hash is the root of the block that is complete.
    pub(super) fn is_block(&self, hash: Hash) -> bool {
        hash == self.bytes.within.root() || hash == self.forgiving.within.root()
    }

    /// Goes past a block of which only the root is stored.
    pub(super) fn skip(&mut self, root: Hash) -> Completed {
        self.size += BLOCK;
        let mut completed = Completed::default();
        self.bytes.close(root, &mut completed.bytes);
        self.forgiving.close(root, &mut completed.forgiving);
        completed
    }

    /// Closes the block; `stored` is what is stored as its root, `known` whether leaves are known from outside.
    pub(super) fn close(&mut self, stored: Option<Hash>, known: bool) -> Completed {
        let mut completed = Completed::default();
        let bytes = self.bytes.within.root();
        let said = self.forgiving.within.root();
        self.bytes.close(bytes, &mut completed.bytes);
        let forgiven = if known { said } else { stored.unwrap_or(said) };
        self.forgiving.close(forgiven, &mut completed.forgiving);
        completed
    }

    /// Whether the tree so far has that root.
    pub(super) fn has_root(&self, root: &[u8]) -> bool {
        root == self.bytes.root() || root == self.forgiving.root()
    }

    /// The roots of the complete subtrees by either tree, the largest first.
    pub(super) fn peaks(&self) -> (Vec<Hash>, Vec<Hash>) {
        (self.bytes.peaks(), self.forgiving.peaks())
    }
}

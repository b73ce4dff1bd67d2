//! The root of the register: one hash that says what every thing of it is (`FORMAT.md`, section 2.7).
//!
//! Pure, so that who appends, who inspects and who verifies a bundle make the same of the same changes. A thing lies in a
//! bucket by its id, so a change costs one bucket and the sixteen hashes above it, and a proof of one thing is its
//! bucket and a path.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::canonical::{Object, Value};
use super::tree::{Hash, leaf_hash, node_hash};

/// How many levels are above the buckets.
pub(crate) const LEVELS: u32 = 16;

/// How many buckets there are.
const BUCKETS: usize = 1 << LEVELS;

/// What a thing of the register is, as one hash: of what a change tells of it.
///
/// `personal` has the commitments to what may not stand in clear, by name, in hexadecimal.
#[must_use]
pub fn digest<'a>(
    id: &str,
    state: &Object,
    personal: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Hash {
    let mut hidden = Object::new();
    for (name, commitment) in personal {
        // Names of slots are letters, which every object can have as keys.
        let _ = hidden.insert(name, commitment);
    }
    let mut whole = Object::new().with("id", id).with("state", state.clone());
    if !hidden.is_empty() {
        whole.set("personal", hidden);
    }
    Sha256::digest(Value::from(whole).to_text()).into()
}

/// The thing that an envelope tells of, and what it is then; `None`: it tells of none.
#[must_use]
pub fn told(envelope: &Value) -> Option<(String, Hash)> {
    let envelope = envelope.as_object()?;
    let id = envelope.get("entity")?.as_text()?;
    let state = envelope.get("state")?.as_object()?;
    let slots = envelope.get("slots").and_then(Value::as_object);
    let names = envelope.get("personal").and_then(Value::as_array);
    let mut personal = Vec::new();
    for name in names.into_iter().flatten() {
        let name = name.as_text()?;
        let slot = slots?.get(name)?.as_object()?;
        personal.push((name, slot.get("commitment")?.as_text()?));
    }
    Some((id.to_owned(), digest(id, state, personal)))
}

/// The register, each thing of it by the hash of its id and by what it is.
#[derive(Debug, Clone)]
pub struct StateTree {
    /// Of each bucket the keys and digests, in the order of the keys.
    buckets: Vec<Vec<(Hash, Hash)>>,
    /// The root at 1, the two below a node `n` at `2n` and `2n + 1`; the buckets' leaves from [`BUCKETS`] on.
    nodes: Vec<Hash>,
}

impl Default for StateTree {
    fn default() -> Self {
        let mut hash = leaf_hash(&[]);
        let mut nodes = vec![hash; 2 * BUCKETS];
        for level in (0..LEVELS).rev() {
            hash = node_hash(&hash, &hash);
            let first = 1 << level;
            for node in nodes.iter_mut().skip(first).take(first) {
                *node = hash;
            }
        }
        Self {
            buckets: vec![Vec::new(); BUCKETS],
            nodes,
        }
    }
}

impl StateTree {
    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.nodes.get(1).copied().unwrap_or_default()
    }

    /// Those things are that from now on.
    pub fn set<'a>(&mut self, things: impl IntoIterator<Item = (&'a str, Hash)>) {
        let mut dirty = BTreeSet::new();
        for (id, digest) in things {
            let key = key(id);
            let bucket = bucket(&key);
            if let Some(bucket) = self.buckets.get_mut(bucket) {
                let at = bucket.binary_search_by_key(&key, |(key, _)| *key);
                match (at, at.ok().and_then(|at| bucket.get_mut(at))) {
                    (_, Some(known)) => known.1 = digest,
                    (Ok(at) | Err(at), None) => bucket.insert(at, (key, digest)),
                }
            }
            dirty.insert(bucket + BUCKETS);
        }
        for leaf in &dirty {
            let things = self.buckets.get(leaf - BUCKETS);
            let hash = bucket_hash(things.map_or(&[], Vec::as_slice));
            self.put(*leaf, hash);
        }
        while dirty.first().is_some_and(|node| *node > 1) {
            dirty = dirty.iter().map(|node| node / 2).collect();
            for node in &dirty {
                let below = |at: usize| self.nodes.get(at).copied().unwrap_or_default();
                let hash = node_hash(&below(2 * node), &below(2 * node + 1));
                self.put(*node, hash);
            }
        }
    }

    /// The keys and digests of the bucket where the thing is, or would be, in the order of the keys.
    #[must_use]
    pub fn bucket_of(&self, id: &str) -> &[(Hash, Hash)] {
        let things = self.buckets.get(bucket(&key(id)));
        things.map_or(&[], Vec::as_slice)
    }

    /// The hashes beside the way from that bucket to the root, the lowest first.
    #[must_use]
    pub fn path_of(&self, id: &str) -> Vec<Hash> {
        let leaf = BUCKETS + bucket(&key(id));
        let beside = (0..LEVELS).map(|level| (leaf >> level) ^ 1);
        let hash = |at| self.nodes.get(at).copied().unwrap_or_default();
        beside.map(hash).collect()
    }

    fn put(&mut self, at: usize, hash: Hash) {
        if let Some(node) = self.nodes.get_mut(at) {
            *node = hash;
        }
    }
}

/// By what a thing of that id lies in its bucket.
#[must_use]
pub fn key(id: &str) -> Hash {
    Sha256::digest(id).into()
}

/// Whether two keys lie in the same bucket.
#[must_use]
pub fn is_beside(one: &Hash, other: &Hash) -> bool {
    bucket(one) == bucket(other)
}

/// The root of the register where the bucket of that key has these keys and digests and the path leads on from it;
/// `None`: the path has not a hash for each level.
#[must_use]
pub fn root_of_bucket(of: &Hash, things: &[(Hash, Hash)], path: &[Hash]) -> Option<Hash> {
    if u32::try_from(path.len()) != Ok(LEVELS) {
        return None;
    }
    let mut at = bucket(of);
    Some(path.iter().fold(bucket_hash(things), |hash, beside| {
        let is_left = at.is_multiple_of(2);
        at /= 2;
        if is_left {
            node_hash(&hash, beside)
        } else {
            node_hash(beside, &hash)
        }
    }))
}

fn bucket(key: &Hash) -> usize {
    let [first, second, ..] = *key;
    usize::from(first) << 8 | usize::from(second)
}

fn bucket_hash(things: &[(Hash, Hash)]) -> Hash {
    let hashes = things.iter().flat_map(|(key, digest)| [*key, *digest]);
    let bytes: Vec<u8> = hashes.flatten().collect();
    leaf_hash(&bytes)
}

/// A root as an envelope spells it.
#[must_use]
pub fn spelled(root: &Hash) -> String {
    HEXLOWER.encode(root)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// The root by the format's words alone.
    fn plain(things: &BTreeMap<String, Hash>) -> Hash {
        let mut leaves: Vec<BTreeMap<Hash, Hash>> = vec![BTreeMap::new(); BUCKETS];
        for (id, digest) in things {
            leaves[bucket(&key(id))].insert(key(id), *digest);
        }
        let mut level: Vec<Hash> = leaves
            .into_iter()
            .map(|bucket| {
                let bytes: Vec<u8> = bucket
                    .into_iter()
                    .flat_map(|(key, digest)| [key, digest])
                    .flatten()
                    .collect();
                leaf_hash(&bytes)
            })
            .collect();
        while level.len() > 1 {
            level = level
                .chunks(2)
                .map(|two| node_hash(&two[0], &two[1]))
                .collect();
        }
        level[0]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

        #[test]
        fn any_order_and_any_batches_give_the_root_of_what_is_last(
            changes in proptest::collection::vec(("[a-c]{1,3}", any::<u8>()), 0..40),
            size in 1_usize..9,
        ) {
            let (mut tree, mut things) = (StateTree::default(), BTreeMap::new());
            for batch in changes.chunks(size) {
                tree.set(batch.iter().map(|(id, n)| (id.as_str(), [*n; 32])));
                things.extend(batch.iter().map(|(id, n)| (id.clone(), [*n; 32])));
            }
            prop_assert_eq!(tree.root(), plain(&things));
            for id in things.keys().map(String::as_str).chain(["never"]) {
                let (bucket, path) = (tree.bucket_of(id), tree.path_of(id));
                prop_assert_eq!(root_of_bucket(&key(id), bucket, &path), Some(tree.root()));
                let told = bucket.iter().find(|(own, _)| *own == key(id));
                prop_assert_eq!(told.map(|(_, digest)| *digest), things.get(id).copied());
                prop_assert_eq!(root_of_bucket(&key(id), bucket, &path[1..]), None);
            }
        }
    }

    #[test]
    fn a_thing_is_another_by_its_id_by_what_is_in_clear_and_by_what_is_not() {
        let state = Object::new().with("from", "2026-01-01");
        let base = digest("grt_1", &state, [("name", "aa")]);
        let other = Object::new().with("from", "2026-01-02");
        for differing in [
            digest("grt_2", &state, [("name", "aa")]),
            digest("grt_1", &other, [("name", "aa")]),
            digest("grt_1", &state, [("name", "ab")]),
            digest("grt_1", &state, [("email", "aa")]),
            digest("grt_1", &state, []),
        ] {
            assert_ne!(base, differing);
        }
    }
}

//! Folds the register from the changes of a log, and says which of them does not fit (`FORMAT.md`, sections 2.2 and 2.7).
//!
//! Pure, so that who inspects a database and who verifies a bundle hold changes to the same: whoever forges one is told
//! the same by both.

use std::collections::BTreeMap;

use domain::Words;
use domain::speaks::Speaks;

use super::canonical::Value;
use super::state_root::{StateTree, spelled, told};

/// Why a change does not fit the register that the log tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum Misfit {
    /// It does not name the last event before it that told of the same thing.
    Previous,
    /// The changes up to it do not give the root of the register that it has.
    Root,
    /// It is the last change of its commit and has no root of the register.
    NoRoot,
}

impl Speaks for Misfit {
    fn words(&self) -> Words {
        match self {
            Self::Previous => Words::new(
                "it does not follow the last event before it about the same thing",
                "Den följer inte på den senaste händelsen före den om samma sak.",
            ),
            Self::Root => Words::new(
                "the changes up to it do not give the root of the register that it has",
                "Ändringarna till och med den ger inte den registerrot som den har.",
            ),
            Self::NoRoot => Words::new(
                "it is the last change of its commit and has no root of the register",
                "Den är den sista ändringen i sin transaktion men har ingen registerrot.",
            ),
        }
    }
}

/// The register as the changes so far give it.
#[derive(Debug)]
pub struct Fold {
    /// Below which seq changes are missing.
    floor: u64,
    /// Nothing: those that are missing cannot be done without.
    tree: Option<StateTree>,
    latest: BTreeMap<String, u64>,
    /// A change that no root follows so far.
    open: Option<u64>,
}

impl Fold {
    /// Of a part of a log: the events from that seq on.
    #[must_use]
    pub fn of_part(from: u64) -> Self {
        Self {
            tree: (from == 0).then(StateTree::default),
            ..Self::of_pruned(from)
        }
    }

    /// Of a log that was pruned below that seq: of the changes there, those are left that told last of their things.
    #[must_use]
    pub fn of_pruned(below: u64) -> Self {
        Self {
            floor: below,
            tree: Some(StateTree::default()),
            latest: BTreeMap::new(),
            open: None,
        }
    }

    /// The next change, by its canonical bytes; what does not fit of it.
    pub fn change(&mut self, seq: u64, envelope: &[u8]) -> Vec<Misfit> {
        let value = Value::parse(envelope).ok();
        let own = value.as_ref().and_then(Value::as_object);
        let member = |name: &str| own.and_then(|own| own.get(name));
        let previous = member("previous").and_then(Value::as_integer);
        let previous = previous.map(|seq| u64::try_from(seq).unwrap_or(u64::MAX));
        let thing = member("entity").and_then(Value::as_text);
        let root = member("root").and_then(Value::as_text);
        let mut misfits = Vec::new();
        if !self.follows(seq, thing.unwrap_or_default(), previous) {
            misfits.push(Misfit::Previous);
        }
        if seq >= self.floor {
            self.open = root.is_none().then_some(seq);
        }
        let Some(tree) = &mut self.tree else {
            return misfits;
        };
        let told = value.as_ref().and_then(told);
        let is_told = told.is_some();
        tree.set(told.iter().map(|(thing, digest)| (thing.as_str(), *digest)));
        let differs = root.is_some_and(|root| root != spelled(&tree.root()));
        if !is_told || seq >= self.floor && differs {
            misfits.push(Misfit::Root);
        }
        misfits
    }

    /// Whether a change names the last event before it that told of the same thing; what is missing is not looked for.
    fn follows(&mut self, seq: u64, thing: &str, previous: Option<u64>) -> bool {
        let before = self.latest.insert(thing.to_owned(), seq);
        let missing = previous.is_some_and(|said| said < self.floor && before < Some(said));
        previous == before || missing
    }

    /// Another event, or the end of the log: the change that should have had a root, if there is one.
    pub fn close(&mut self) -> Option<u64> {
        self.open.take()
    }

    /// Which event told last of each thing.
    #[must_use]
    pub fn into_latest(self) -> BTreeMap<String, u64> {
        self.latest
    }
}

impl Default for Fold {
    fn default() -> Self {
        Self::of_part(0)
    }
}

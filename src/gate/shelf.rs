//! The policies by which each operation decides: those in force at the moment that it reads the register at.
//!
//! Which set is in force is a row of the register, so an operation whose facts include a release decides by
//! what was released, on every instance and without anybody telling anybody. Which moment has which set is
//! remembered: nothing is asked until the register has changed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Policies;
use super::facts::FactError;
use super::register::RegisterAt;
use domain::{Speaks, Words};

/// How many sets are kept at hand: the one in force, those of operations on their way, and one to go back to.
const AT_HAND: usize = 4;

#[derive(Debug)]
pub(super) struct Shelf {
    first: Arc<Policies>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    by_generation: BTreeMap<u64, Arc<Policies>>,
    /// The newest moment that was asked about, and the generation that was in force then.
    newest: Option<(u64, u64)>,
}

impl Shelf {
    pub(super) fn new(first: Arc<Policies>) -> Self {
        let known = Known {
            by_generation: BTreeMap::from([(first.generation, Arc::clone(&first))]),
            newest: None,
        };
        Self {
            first,
            known: Mutex::new(known),
        }
    }

    /// The policies in force at the moment of the facts.
    ///
    /// # Errors
    /// When the register cannot be read, or what it holds cannot be used.
    pub(super) async fn in_force(&self, register: &RegisterAt) -> Result<Arc<Policies>, FactError> {
        let moment = register.facts_at();
        if let Some(known) = self.known(|known| known.at(moment)) {
            return Ok(known);
        }
        let Some(generation) = register.at().generation() else {
            return Ok(Arc::clone(&self.first));
        };
        let known = self.known(|known| known.by_generation.get(&generation).cloned());
        let policies = match known {
            Some(policies) => policies,
            None => Arc::new(self.load(register, generation).await?),
        };
        self.known(|known| known.remember(moment, &policies));
        Ok(policies)
    }

    async fn load(&self, register: &RegisterAt, generation: u64) -> Result<Policies, FactError> {
        let corrupt = |problem: Words| FactError::Corrupt {
            table: "policy_set",
            id: generation.to_string(),
            problem,
        };
        // What was released is what the register says, whatever stands beside the texts.
        let kept = register.log().policies(generation).await?;
        let kept = kept.zip(register.at().digest(generation));
        let (files, digest) = kept.ok_or_else(|| {
            corrupt(Words::new(
                "its texts are not there",
                "Dess texter finns inte.",
            ))
        })?;
        let fresh = self.first.set.fresh_seconds();
        let policies = Policies::released(generation, (&digest, &files), fresh);
        let policies = policies.map_err(|error| corrupt(error.words()))?;
        tracing::info!(
            generation,
            digest = policies.set.digest(),
            "other policies are in force"
        );
        Ok(policies)
    }

    fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Known {
    fn at(&self, moment: u64) -> Option<Arc<Policies>> {
        let (_, generation) = self.newest.filter(|(newest, _)| *newest == moment)?;
        self.by_generation.get(&generation).cloned()
    }

    fn remember(&mut self, moment: u64, policies: &Arc<Policies>) {
        let generation = policies.generation;
        self.by_generation.insert(generation, Arc::clone(policies));
        if self.newest.is_none_or(|(newest, _)| newest < moment) {
            self.newest = Some((moment, generation));
        }
        while self.by_generation.len() > AT_HAND {
            let in_force = self.newest.map(|(_, generation)| generation);
            let oldest = self
                .by_generation
                .keys()
                .copied()
                .find(|one| Some(*one) != in_force);
            let Some(oldest) = oldest else { break };
            self.by_generation.remove(&oldest);
        }
    }
}

//! Which policies are in force.

use domain::id::INSTALLATION;

use crate::At;
use crate::index::Relation;
use crate::things::PolicySet;

impl At<'_> {
    fn policy_sets(&self) -> impl Iterator<Item = &PolicySet> {
        let ids = self.region.users(INSTALLATION, Relation::Released);
        ids.filter_map(|id| self.region.get(id))
    }

    /// The generation of the policies that are in force; `None`: none were released.
    #[must_use]
    pub fn generation(&self) -> Option<u64> {
        let active = self.policy_sets().filter(|set| set.active);
        active.map(|set| set.generation).max()
    }

    /// The digest that the policies of a generation were released under; `None`: none were.
    #[must_use]
    pub fn digest(&self, generation: u64) -> Option<String> {
        let mut sets = self.policy_sets();
        sets.find_map(|set| (set.generation == generation).then(|| set.digest.clone()))
    }
}

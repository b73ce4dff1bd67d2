//! Leave to go on listing, page after page, for somebody who follows.
//!
//! Apart from [`Operation::list`], whose rows are part of its one event: here the decision is one event and
//! the rows are none, for events about what was read of the log would be read in turn. What takes the
//! event's place is that the lease gives leave for a snapshot only if nothing that the decision rests on
//! has changed in it.

use std::sync::Arc;

use audit::{DatabaseError, Depends, Snapshot};
use domain::action::{List, Listable};
use domain::clock::fresh;
use domain::id::EventId;
use domain::verdict::Reason;
use policy::Filter;

use super::Policies;
use super::event;
use super::list::Listed;
use super::operation::Operation;
use super::permit::Permit;
use super::refusal::Refusal;

/// What somebody asks for who asks for a lease, as its event says.
const PURPOSE: &str = "follow";

/// Leave to list things of a kind, again and again, as long as what it rests on holds.
#[derive(Debug)]
pub struct ListLease<K> {
    action: List<K>,
    filter: Filter,
    decision: EventId,
    facts_at: u64,
    depends: Depends,
    policies: Arc<Policies>,
}

impl Operation {
    /// Leave to go on listing things of a kind; the event says which, and that it is for following.
    ///
    /// # Errors
    /// A refusal where the question could not be decided.
    pub fn lease<K: Listable>(&self, action: List<K>) -> Result<ListLease<K>, Refusal> {
        let listed = self.list_filter(K::LISTED, Some(PURPOSE.to_owned()));
        let Listed {
            filter,
            question,
            stages,
            depends,
        } = listed;
        let decision = fresh(self.clock.as_ref());
        let about = event::Listing {
            kind: K::NAME,
            ids: Vec::new(),
            question,
            filter: filter.clone(),
            stages,
            depends: depends.clone(),
        };
        self.enter(event::listed(self, decision, K::READ, about)?);
        Ok(ListLease {
            action,
            filter,
            decision,
            facts_at: self.register.facts_at(),
            depends,
            policies: Arc::clone(&self.policies),
        })
    }
}

impl<K> ListLease<K> {
    /// The event of the decision.
    #[must_use]
    pub const fn decision(&self) -> EventId {
        self.decision
    }

    /// Whether there is nothing at all that may be shown.
    #[must_use]
    pub fn shows_nothing(&self) -> bool {
        self.filter == Filter::None
    }

    /// What a policy of the set that decided says of itself; `None`: the set has none of that id.
    #[must_use]
    pub fn reason(&self, policy: &str) -> Option<Reason> {
        self.policies.set.reason(policy)
    }

    /// Leave for a page of what that snapshot holds; `None`: something that the decision rests on has
    /// changed there, so it has to be made again.
    ///
    /// # Errors
    /// The database fails.
    pub async fn permit_at(
        &mut self,
        snapshot: &Snapshot,
    ) -> Result<Option<Permit<List<K>>>, DatabaseError> {
        if snapshot.outdates(self.facts_at, &self.depends).await? {
            return Ok(None);
        }
        self.facts_at = self.facts_at.max(snapshot.facts_at());
        Ok(Some(Permit::listing(
            self.action.clone(),
            self.filter.clone(),
            self.decision,
        )))
    }
}
